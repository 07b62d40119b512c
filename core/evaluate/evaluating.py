"""Scores on shapes that no training has seen, beside what any sceptic would compare with.

One picture, canonical frame, no alignment to the truth; points on both surfaces each way;
a failed or empty mesh counts with the worst score. Rows of the table:

- `picture`: the model's own reconstruction;
- `retrieval`: the training shape whose code is nearest to the encoder's code;
- `mean shape`: the decoded mean code of the true category;
- `oracle`: the training shape of the true category nearest to the truth by Chamfer-L1,
  which no method could choose without knowing the truth.

Insides are those of solids as `field.solid` makes them of soups, closed and with walls of a
least thickness: a shade or a leaf of paper has no other volume.

Source:
    Tatarchenko et al., What Do Single-view 3D Reconstruction Networks Learn?, 2019
    (arXiv:1905.03678), for retrieval as the yardstick and the F-score; Mescheder et al.,
    Occupancy Networks, 2019 (arXiv:1812.03828), supplement, for counting failures and for
    comparing volumes of meshes made watertight.
"""

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ..errors import IsoformError
from ..field.solid import Solid, solid_of
from ..geometry.surface_samples import SurfaceSamples, sample_surface
from ..meshes import TriangleMesh
from ..metrics.chamfer import chamfer_l1, f_score, nearest_points
from ..metrics.normals import normal_consistency
from ..metrics.occupancy import MeshOccupancy, Occupancy, volumetric_iou
from ..tensors import Picture
from ..train.assets import Asset, load_asset

ORACLE_POINTS = 2048
"""Per shape when the nearest training shape is sought; the score itself uses all points."""

METHODS = ("picture", "retrieval", "mean shape", "oracle")


@runtime_checkable
class Reconstruction(Protocol):
    """What evaluation reads of a reconstruction."""

    @property
    def mesh(self) -> TriangleMesh:
        """Mesh in the unit cube; one without faces scores worst."""
        ...

    @property
    def first_guess(self) -> NDArray[np.float32] | None:
        """(code_size,) the encoder's own code; None of a model that has no codes."""
        ...

    @property
    def category(self) -> str:
        """The category as asked, or the likeliest."""
        ...

    @property
    def confidence(self) -> float:
        """Probability, in [0, 1], that an artist would keep the mesh."""
        ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """One sentence for everything that came out worse than asked."""
        ...


@dataclass(frozen=True)
class Scores:
    """How near a mesh comes to the truth, whose longest side is 1."""

    f_score: float
    """At 2 % of the longest side, in [0, 1]."""

    iou: float
    """Volumetric, in [0, 1]."""

    chamfer_l1: float
    """Half the sum of both mean distances."""

    normals: float
    """Normal consistency, in [0, 1]."""


WORST = Scores(0.0, 0.0, float(np.sqrt(3.0)), 0.0)
"""Of a failure: the unit cube's diagonal as distance, nothing else in common."""


@dataclass(frozen=True, eq=False)
class Truth:
    """A shape made ready to be compared with."""

    solid: Solid
    """Decides the inside."""
    surface: SurfaceSamples
    """Points on the visible surface."""
    visible: TriangleMesh
    """The faces that can be seen."""


class Shape(NamedTuple):
    """A mesh to be scored: its visible surface, and what decides its inside."""

    visible: TriangleMesh
    inside: Occupancy


@dataclass(frozen=True, eq=False)
class Row:
    """One picture of one test shape, scored."""

    asset: Asset
    view: int
    found_category: str
    scores: dict[str, Scores]
    """By method."""
    meshes: dict[str, TriangleMesh | None]
    """By method, and `truth`."""
    picture: Picture


def truth_of(mesh: TriangleMesh, points: int, generator: np.random.Generator) -> Truth:
    """A shape ready to be compared with; hidden faces inside overlapping parts do not count."""
    solid = solid_of(mesh)
    visible = solid.visible
    return Truth(solid, sample_surface(visible, points, generator), visible)


def score(
    mesh: TriangleMesh | None,
    truth: Truth,
    generator: np.random.Generator,
    inside: Occupancy | None = None,
) -> Scores:
    """A mesh against the truth; no mesh, or one without faces, has the worst score.

    Args:
        mesh: Its surface is compared.
        truth: What with.
        generator: Draws the points.
        inside: Decides the inside; `mesh` itself unless that shows a soup's visible faces alone.
    """
    if mesh is None or len(mesh.faces) == 0:
        return WORST
    drawn = sample_surface(mesh, len(truth.surface.points), generator)
    nearest = nearest_points(drawn.points, truth.surface.points)
    return Scores(
        f_score(nearest),
        volumetric_iou(inside or MeshOccupancy(mesh), truth.solid, generator),
        chamfer_l1(nearest),
        normal_consistency(drawn.normals, truth.surface.normals, nearest),
    )


class Evaluation:
    """Everything that the rows of the table are made of.

    Args:
        train: Shapes of the training, in the order of `codes`.
        codes: (N, code_size) their codes.
        reconstruct: Makes a mesh from one picture.
        mean_mesh: Decodes the mean code of a category.
        picture_of: (asset, view) to the picture of that view.
        points: On each surface.
        seed: Draws views and points.
    """

    def __init__(
        self,
        train: Sequence[Asset],
        codes: NDArray[np.float32],
        reconstruct: Callable[[Picture], Reconstruction],
        mean_mesh: Callable[[str], TriangleMesh],
        picture_of: Callable[[Asset, int], Picture],
        *,
        points: int = 100_000,
        seed: int = 0,
    ) -> None:
        self.train, self.codes = list(train), codes
        self.reconstruct, self.mean_mesh, self.picture_of = reconstruct, mean_mesh, picture_of
        self.points, self.seed = points, seed
        self._means: dict[str, TriangleMesh] = {}
        self._clouds: dict[str, NDArray[np.float32]] = {}

    def rows(
        self, test: Sequence[Asset], views: int = 1, methods: Sequence[str] = METHODS
    ) -> Iterator[Row]:
        """Score every test shape from `views` pictures each, chosen by the seed."""
        for asset in test:
            key = zlib.crc32(asset.key.encode())
            generator = np.random.default_rng([self.seed, key])
            chosen = np.random.default_rng([self.seed, key, 2]).permutation(10)[:views]
            truth = truth_of(load_asset(asset), self.points, generator)
            fixed = self._fixed_shapes(asset, truth, methods)
            known = {
                name: score(shape.visible, truth, generator, shape.inside)
                for name, shape in fixed.items()
            }
            for view in chosen:
                yield self._row(
                    asset,
                    int(view),
                    truth,
                    fixed=fixed,
                    known=known,
                    methods=methods,
                    generator=generator,
                )

    def _row(
        self,
        asset: Asset,
        view: int,
        truth: Truth,
        *,
        fixed: dict[str, Shape],
        known: dict[str, Scores],
        methods: Sequence[str],
        generator: np.random.Generator,
    ) -> Row:
        picture = self.picture_of(asset, view)
        meshes: dict[str, TriangleMesh | None] = {
            **{name: shape.visible for name, shape in fixed.items()},
            "truth": truth.visible,
        }
        scores, found = dict(known), ""
        try:
            result = self.reconstruct(picture)
        except IsoformError:
            meshes["picture"], scores["picture"] = None, WORST
        else:
            found = result.category
            meshes["picture"], scores["picture"] = result.mesh, score(result.mesh, truth, generator)
            if "retrieval" in methods and result.first_guess is not None:
                nearest = np.argmin(((self.codes - result.first_guess) ** 2).sum(axis=1))
                shape = self._train_shape(self.train[nearest])
                meshes["retrieval"] = shape.visible
                scores["retrieval"] = score(shape.visible, truth, generator, shape.inside)
        scores.setdefault("retrieval", WORST)
        return Row(asset, view, found, {m: scores[m] for m in methods}, meshes, picture)

    def _fixed_shapes(self, asset: Asset, truth: Truth, methods: Sequence[str]) -> dict[str, Shape]:
        """What does not depend on the picture."""
        shapes = {}
        if "mean shape" in methods:
            if asset.category not in self._means:
                self._means[asset.category] = self.mean_mesh(asset.category)
            mean = self._means[asset.category]
            shapes["mean shape"] = Shape(mean, MeshOccupancy(mean))
        if "oracle" in methods:
            shapes["oracle"] = self._train_shape(self._nearest_by_chamfer(asset, truth))
        return shapes

    def _nearest_by_chamfer(self, asset: Asset, truth: Truth) -> Asset:
        target = truth.surface.points[:: max(1, len(truth.surface.points) // ORACLE_POINTS)]
        others = [other for other in self.train if other.category == asset.category]
        distances = [chamfer_l1(nearest_points(self._cloud(other), target)) for other in others]
        return others[int(np.argmin(distances))]

    def _cloud(self, asset: Asset) -> NDArray[np.float32]:
        if asset.key not in self._clouds:
            generator = np.random.default_rng([self.seed, zlib.crc32(asset.key.encode()), 1])
            mesh = load_asset(asset)
            self._clouds[asset.key] = sample_surface(mesh, ORACLE_POINTS, generator).points
        return self._clouds[asset.key]

    @staticmethod
    def _train_shape(asset: Asset) -> Shape:
        solid = solid_of(load_asset(asset))
        return Shape(solid.visible, solid)


def table(rows: Sequence[Row]) -> dict[str, dict[str, Scores]]:
    """Mean scores by method and category, and under `macro mean` the mean over categories."""
    categories = sorted({row.asset.category for row in rows})
    methods = list(rows[0].scores) if rows else []
    means: dict[str, dict[str, Scores]] = {}
    for method in methods:
        means[method] = {
            category: _mean([row.scores[method] for row in rows if row.asset.category == category])
            for category in categories
        }
        means[method]["macro mean"] = _mean(list(means[method].values()))
    return means


def table_text(means: dict[str, dict[str, Scores]]) -> str:
    """The table as text: a block per score, a line per category, a column per method."""
    lines = []
    for entry in fields(Scores):
        lines.append(f"{entry.name:<12}" + "".join(f"{method:>12}" for method in means))
        for category in next(iter(means.values()), {}):
            values = [getattr(means[method][category], entry.name) for method in means]
            lines.append(f"{category:<12}" + "".join(f"{value:>12.4f}" for value in values))
        lines.append("")
    return "\n".join(lines)


def _mean(scores: Sequence[Scores]) -> Scores:
    return Scores(*(float(v) for v in np.mean([astuple(one) for one in scores], axis=0)))
