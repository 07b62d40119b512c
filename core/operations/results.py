"""Result: what a reconstruction gives."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import trimesh
from jaxtyping import Float
from numpy.typing import NDArray

from ..files.meshes import check_mesh_path
from ..files.scene import write_scene_mesh
from ..frames import Camera, standing_at
from ..inputs.cut_out_signals import CutOutSignals
from ..meshes import TriangleMesh


@dataclass(frozen=True, eq=False)
class Result:
    """What one reconstruction gives."""

    mesh: TriangleMesh
    """Closed, in the unit cube, as the field gives it."""

    normals: NDArray[np.float32]
    """(V, 3) unit vertex normals, outward, for smooth shading."""

    code: NDArray[np.float32] | None
    """(code_size,) the latent code of the shape; None of a model that has no codes."""

    first_guess: NDArray[np.float32] | None
    """(code_size,) what the encoder took the code for, before the stage latent; None without."""

    category: str
    """As asked, or the one that the encoder finds likeliest; "object" where it tells none."""

    confidence: float
    """How likely it is, in [0, 1], that an artist would keep the mesh; see `doubting`."""

    seconds: dict[str, float]
    """Wall-clock seconds by stage, in flow order: inputs, prior, latent (where the model has a
    view encoder), surface, finish."""

    cameras: tuple[Camera, ...] = ()
    """Where each picture was taken from, in the unit cube; none of a model without view encoder."""

    cutouts: tuple[Float[np.ndarray, "s s 4"], ...] = ()
    """What the encoder saw, one per picture: the object cut out, centred and framed."""

    signals: tuple[CutOutSignals, ...] = ()
    """What was measured of each picture and its cut-out."""

    warnings: tuple[str, ...] = field(default_factory=tuple)
    """One sentence for everything that came out worse than asked."""

    notes: tuple[str, ...] = ()
    """One sentence for everything that was done otherwise than asked, with as good a result."""

    def in_scene(self, size_m: float = 1.0) -> TriangleMesh:
        """The mesh as it stands on the floor at the origin: metres, +Z up, its front to -Y.

        Args:
            size_m: Length of its longest side, in metres.
        """
        placement = standing_at((0.0, 0.0, 0.0), self.mesh.bounds, size_m)
        return TriangleMesh(placement.to_scene(self.mesh.vertices), self.mesh.faces)

    def save(self, path: str | Path, *, size_m: float = 1.0) -> TriangleMesh:
        """Writes a mesh file as `in_scene` places it; gives the mesh as it was written.

        Args:
            path: With the suffix .glb (turned to +Y up, as glTF asks), .obj, .ply or .stl.
            size_m: Length of the longest side, in metres.

        Raises:
            InputError: The suffix is another one, or the file cannot be written.
        """
        check_mesh_path(Path(path))
        return write_scene_mesh(Path(path), self.in_scene(size_m), self.normals)

    def to_trimesh(self) -> trimesh.Trimesh:
        """The mesh with its normals, in the unit cube, for what trimesh can do with it."""
        arrays = {"vertices": self.mesh.vertices, "faces": self.mesh.faces}
        return trimesh.Trimesh(**arrays, vertex_normals=self.normals, process=False)


def warnings_of(mesh: TriangleMesh, target_faces: int | None) -> tuple[str, ...]:
    """One sentence for everything in which a mesh is worse than asked."""
    found = []
    if not mesh.is_closed:
        found.append("the mesh is not closed; try a higher resolution")
    if target_faces is not None and len(mesh.faces) > target_faces:
        found.append(
            f"{len(mesh.faces)} faces are left, not {target_faces}: fewer would tear the mesh"
        )
    return tuple(found)
