"""Completed: one shape that a completion gives, in the frame of what was given."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import trimesh
from numpy.typing import NDArray

from ..files.meshes import check_mesh_path
from ..files.scene import write_completed_mesh
from ..frames import UprightPose
from ..geometry.welding import vertex_normals
from ..meshes import ExactVertices, TriangleMesh


@dataclass(frozen=True, eq=False)
class Completed:
    """One completion, in the frame of the input."""

    mesh: TriangleMesh
    """About `exact.origin`, where there is one."""

    code: NDArray[np.float32]
    """(code_size,) latent code of the whole shape."""

    pose: UprightPose
    """Where that shape's unit cube lies in the frame of the input."""

    observed_vertices: int
    """So many of the first vertices are the input's, bit for bit; 0 unless "exact" was kept."""

    observed_faces: int
    """So many of the first faces are the input's."""

    is_observed: NDArray[np.bool_]
    """(V,) whether a vertex is given by the input, or invented."""

    confidence: NDArray[np.float32]
    """(V,) in [0, 1]; 1 where observed. Elsewhere how narrow the posterior is there, times the
    confidence of the whole completion."""

    is_closed: bool
    widest_gap_m: float
    """Widest distance that the seam had to bridge, in the input's lengths."""

    invented_share: float
    """Of the area, in [0, 1]."""

    warnings: tuple[str, ...] = ()
    """One sentence for everything that came out worse than asked."""

    floating_share: float = 0.0
    """Of the area that invented parts have which touch nothing given, not even over others."""

    exact: ExactVertices | None = None
    """The vertices in double, those of the input as they were given; None where the mesh's own
    are exact already."""

    @property
    def vertices(self) -> NDArray[np.float64]:
        """(V, 3) in the frame of the input, however far from the origin."""
        return self.mesh.vertices.astype(np.float64) if self.exact is None else self.exact.absolute

    def with_floating(self, share: float) -> "Completed":
        """The same, with the share of the area that floats, and a word where there is one."""
        if not share > 0:
            return self
        warning = (
            f"{share:.0%} of the surface was invented and touches nothing that was given; delete "
            "it, or give more of the shape or its category"
        )
        return replace(self, floating_share=share, warnings=(*self.warnings, warning))

    def save(self, path: str | Path) -> tuple[str, ...]:
        """Writes a mesh file in the frame of the input; gives one sentence for all that it lacks.

        .glb and .ply files tell of every vertex whether it was given, and its confidence.

        Args:
            path: With the suffix .glb (turned to +Y up, as glTF asks), .obj, .ply or .stl.

        Raises:
            InputError: The suffix is another one, or the file cannot be written.
        """
        check_mesh_path(Path(path))
        kinds = (self.is_observed, self.confidence)
        return write_completed_mesh(Path(path), self.mesh, self.normals, *kinds, exact=self.exact)

    def to_trimesh(self) -> trimesh.Trimesh:
        """The mesh with its normals, in the frame of the input, for what trimesh can do with it."""
        arrays = {"vertices": self.vertices, "faces": self.mesh.faces}
        return trimesh.Trimesh(**arrays, vertex_normals=self.normals, process=False)

    @property
    def normals(self) -> NDArray[np.float32]:
        """(V, 3) unit vertex normals, for smooth shading."""
        return vertex_normals(self.mesh)
