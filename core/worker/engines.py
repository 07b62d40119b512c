"""The engine as the worker sees it: what is called of it, and what is read of its answers.

Protocols, so that a job can be tested, and the worker started, without torch.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ..meshes import ExactVertices, TriangleMesh
from ..operations.settings import Correction
from ..operations.settings.setting import Value

Progress = Callable[[str, float], None]
IsCancelled = Callable[[], bool]


@runtime_checkable
class ResultLike(Protocol):
    """What is read of `operations.results.Result`."""

    code: Iterable[float] | None
    category: str
    confidence: float
    seconds: dict[str, float]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]

    def in_scene(self, size_m: float) -> TriangleMesh:
        """The mesh on the floor at the origin, its longest side `size_m` metres."""
        ...

    def save(self, path: str, *, size_m: float) -> TriangleMesh:
        """Writes that mesh to a file; gives it as it was written."""
        ...


@runtime_checkable
class CompletedLike(Protocol):
    """What is read of each shape of `operations.completing.Completion`."""

    mesh: TriangleMesh
    code: Iterable[float]
    observed_vertices: int
    observed_faces: int
    confidence: NDArray[np.float32]
    is_observed: NDArray[np.bool_]
    is_closed: bool
    exact: ExactVertices | None
    widest_gap_m: float
    warnings: tuple[str, ...]


@runtime_checkable
class CompletionLike(Protocol):
    """What is read of `operations.completing.Completion`."""

    hypotheses: Sequence[CompletedLike]
    category: str
    confidence: float
    seconds: dict[str, float]
    warnings: tuple[str, ...]
    is_unchanged: bool

    def save(self, path: str) -> tuple[tuple[Path, ...], tuple[str, ...]]:
        """Writes all shapes; gives the files, best first, and what these could not hold."""
        ...


@runtime_checkable
class CutOutLike(Protocol):
    """What is read of `inputs.correcting.CutOut`."""

    picture: NDArray[np.float32]
    share: float
    touches_border: bool
    pieces: int
    warnings: tuple[str, ...]
    notes: tuple[str, ...]

    def save(self, path: Path) -> None:
        """Writes the picture as a PNG with its matte."""
        ...


@runtime_checkable
class EngineLike(Protocol):
    """What is called of `operations.engine.Engine`."""

    device: object
    """That computes; its text begins with "cpu", "cuda" and the like."""

    points_per_batch: int
    """May be lowered between two jobs."""

    def cut_out(self, picture: str, correction: Correction) -> CutOutLike:
        """What a reconstruction would see of a picture file, corrected as told."""
        ...

    def reconstruct(
        self,
        pictures: list[str] | list[str | NDArray[np.float32]],
        *,
        progress: Progress,
        cancelled: IsCancelled,
        **settings: Value,
    ) -> ResultLike:
        """What is made of pictures; `settings` are those of `ReconstructSettings` on the work."""
        ...

    def complete(
        self,
        observed: TriangleMesh | Path,
        *,
        progress: Progress,
        cancelled: IsCancelled,
        **settings: Value,
    ) -> CompletionLike:
        """What is made of a mesh; `settings` are those of `CompleteSettings` on the work."""
        ...
