"""What a job asks for and what it gives: the long messages of `messages.py`.

A job is a request with a name and a folder. It ends in one event: its result here, or else
`Failed` or `Stopped`. Frames and units are those of a Blender scene: metres, +Z up.
"""

from dataclasses import dataclass
from typing import ClassVar

from .doubts import is_doubtful


@dataclass(frozen=True)
class Correction:
    """How the object's cut-out is to differ from what the engine finds by itself."""

    crop: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
    """Shares of the picture, in [0, 1), that are cut away at its left, right, top and bottom."""

    largest_only: bool = False
    """Whether all pieces but the largest are dropped."""

    grow_px: int = 0
    """Moves the outline outwards; inwards where negative. Pixels of the picture as it is loaded."""


@dataclass(frozen=True)
class Matte:
    """Asks for the cut-out of a picture: what a reconstruction would see of it."""

    kind: ClassVar[str] = "matte"

    job: str
    """Names this job in its events; unique in the life of a worker."""

    folder: str
    """Existing folder for the job's files."""

    picture: str
    """Picture file."""

    correction: Correction

    model: str
    """A shipped model's name, or a model file; the one that stays loaded for the next job."""

    device: str
    """"auto" or a torch device's name."""


@dataclass(frozen=True)
class Reconstruct:
    """Asks for the mesh of the one object that the pictures show."""

    kind: ClassVar[str] = "reconstruct"

    job: str
    """Names this job in its events; unique in the life of a worker."""

    folder: str
    """Existing folder for the job's files."""

    pictures: tuple[str, ...]
    """Picture files of one object; at least one."""

    category: str
    """A category of the model, or "auto"."""

    resolution: int
    """Lattice samples per axis."""

    target_faces: int | None
    """Wanted number of faces; None keeps all."""

    seed: int
    """Of everything random in the job."""

    size_m: float
    """Length of the result's longest side, in metres."""

    model: str
    """A shipped model's name, or a model file."""

    device: str
    """"auto" or a torch device's name."""

    corrections: tuple[Correction, ...] = ()
    """Of the pictures' cut-outs: one for each, or none at all."""

    output: str = ""
    """Mesh file to be written as well, for other programs; empty writes none."""


@dataclass(frozen=True)
class Complete:
    """Asks for the whole shape that a broken or half-modelled mesh is a part of."""

    kind: ClassVar[str] = "complete"

    job: str
    """Names this job in its events; unique in the life of a worker."""

    folder: str
    """Existing folder for the job's files."""

    mesh: str
    """File of the arrays `vertices` (V, 3) and `faces` (F, 3), for `array_files.read_arrays`.

    In metres, +Z up, counter-clockwise seen from outside; what is trusted, and no more. Any other
    suffix than .npz names a mesh file as other programs write it.
    """

    category: str
    """A category of the model, or "auto"."""

    pose: str
    """What is known of the mesh's pose: "auto", "upright" or "canonical"."""

    keep: str
    """What becomes of the given surface: "exact", "fused" or "none"; "auto" for a file's."""

    hypotheses: int
    """How many shapes are wanted; at least one."""

    empty: str
    """Where the space is known to be empty: "none" or "visible"."""

    noise: float | None
    """Standard deviation of the vertices in metres; None has it estimated."""

    resolution: int
    """Lattice samples per axis."""

    seed: int
    """Of everything random in the job."""

    model: str
    """A shipped model's name, or a model file."""

    device: str
    """"auto" or a torch device's name."""

    output: str = ""
    """Mesh file to be written as well, for other programs; further shapes get numbers."""

    anyway: bool = False
    """Whether a mesh of which nothing is missing is completed as well."""


@dataclass(frozen=True)
class Matted:
    """An object is cut out."""

    kind: ClassVar[str] = "matted"

    job: str

    picture: str
    """PNG file of the whole picture, with the object's matte as its alpha."""

    share: float
    """Of the picture's area that the object covers."""

    touches_border: bool
    """Whether the object reaches the picture's edge."""

    pieces: int
    """Parts that do not touch each other."""

    seconds: dict[str, float]
    """Time by stage."""

    warnings: tuple[str, ...] = ()
    """One sentence for everything that came out worse than asked."""

    notes: tuple[str, ...] = ()
    """One sentence for everything that was done otherwise than asked, with as good a result."""


@dataclass(frozen=True)
class MeshCheck:
    """What an artist asks of a mesh before it is printed, cut or sculpted."""

    pieces: int
    """Parts that share no vertex."""

    open_edges: int
    """Edges of one face."""

    crowded_edges: int
    """Edges of more than two faces."""

    flipped_edges: int
    """Edges of two faces of which one is inside out."""


@dataclass(frozen=True)
class Finished:
    """A job has ended well."""

    kind: ClassVar[str] = "result"

    job: str

    mesh: str
    """File of the arrays `vertices` (V, 3) and `faces` (F, 3), for `array_files.read_arrays`.

    In metres, of the size asked for, standing on the floor at the origin; front -Y, +Z up.
    """

    code: tuple[float, ...]
    """The latent code; empty where the model has none."""

    category: str
    """The category given, or the one that was recognised."""

    confidence: float
    """That an artist would keep the result, in [0, 1]."""

    seconds: dict[str, float]
    """Time by stage."""

    vertices: int

    faces: int

    closed: bool
    """Whether the mesh is closed."""

    check: MeshCheck

    warnings: tuple[str, ...]
    """One sentence for everything that came out worse than asked."""

    written: tuple[str, ...] = ()
    """The file that `output` asked for."""

    notes: tuple[str, ...] = ()
    """One sentence for everything that was done otherwise than asked, with as good a result."""

    @property
    def is_doubtful(self) -> bool:
        """Whether somebody should look at the result before using it."""
        return is_doubtful(self.confidence, self.warnings)


@dataclass(frozen=True)
class Hypothesis:
    """One whole shape that fits what was given."""

    mesh: str
    """File of the arrays `vertices` (V, 3), `faces` (F, 3), `observed` (V,) and `confidence` (V,).

    In the frame of the given mesh. `observed` is 1 where the vertex was given and 0 where it was
    invented, `confidence` lies in [0, 1].
    """

    code: tuple[float, ...]
    """The latent code."""

    vertices: int

    faces: int

    observed_vertices: int
    """So many first vertices are those that were given, in order and to the bit."""

    observed_faces: int
    """So many first faces are those that were given, in order; 0 unless `keep` was "exact"."""

    closed: bool
    """Whether the mesh is closed."""

    check: MeshCheck

    widest_gap_m: float | None
    """Between the given and the invented surface; None where that cannot be said."""

    warnings: tuple[str, ...]
    """One sentence for everything that came out worse than asked."""


@dataclass(frozen=True)
class Completed:
    """A completion has ended well."""

    kind: ClassVar[str] = "completed"

    job: str

    hypotheses: tuple[Hypothesis, ...]
    """Best first; none where `unchanged`."""

    category: str
    """The category given, or the one that was recognised; "" of a whole mesh."""

    confidence: float
    """That the given mesh is something that the model knows, at the right pose, in [0, 1]; 1 of a
    whole mesh."""

    seconds: dict[str, float]
    """Time by stage."""

    unchanged: bool
    """Whether nothing was added: the mesh is whole already, or nothing that the model knows."""

    warnings: tuple[str, ...]
    """One sentence for everything that came out worse than asked, whichever the shape."""

    written: tuple[str, ...] = ()
    """The files that `output` asked for, best first; the given mesh's own copy if `unchanged`."""

    notes: tuple[str, ...] = ()
    """One sentence for everything that was done otherwise than asked, with as good a result."""

    @property
    def is_doubtful(self) -> bool:
        """Whether somebody should look at the best shape before using it; of none there is one."""
        return not self.unchanged and is_doubtful(self.confidence, self.warnings_of(0))

    def warnings_of(self, number: int) -> tuple[str, ...]:
        """All that is to be said of one shape: what holds for every shape, and what for it alone.

        Args:
            number: Its place in `hypotheses`; where there is none, it makes no difference.
        """
        if not self.hypotheses:
            return self.warnings
        best, own = self.hypotheses[0].warnings, self.hypotheses[number].warnings
        common = [each for each in self.warnings if each in own or each not in best]
        return tuple(dict.fromkeys((*common, *own)))
