"""What the worker does for a job: asks the engine, writes its meshes, says what came out.

The engine is a protocol here: nothing of this needs torch. Files are written in the job's own
folder, a mesh for other programs where the job says, and all only after the engine has ended well.
"""

import logging
import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import Cancelled
from ..files.arrays import read_arrays, write_arrays
from ..files.meshes import check_mesh_path
from ..meshes import TriangleMesh
from ..operations.settings import Correction
from ..operations.settings.setting import values_of
from .checks import check_of
from .engines import CompletedLike, EngineLike, IsCancelled, Progress
from .job_messages import (
    Complete,
    Completed,
    Finished,
    Hypothesis,
    Matte,
    Matted,
    OfMesh,
    OfPictures,
    Reconstruct,
)
from .protocol import Job, Result, StageProgress

logger = logging.getLogger(__name__)

PROGRESS_INTERVAL_S = 0.05
"""Shortest time between two events of one stage: what an eye can follow, and few enough to tail."""

ETA_AFTER_S = 0.5
"""Of a stage that has run for less no end is guessed."""


def run(job: Job, engine: EngineLike, progress: Progress, cancelled: IsCancelled) -> Result:
    """The event of the job's good end; its files are then whole.

    Raises:
        Cancelled: `cancelled` said so; nothing was written.
        IsoformError: The engine or a file of the job refused.
        OSError: A file cannot be written.
    """
    if isinstance(job, OfPictures | OfMesh) and job.output:
        check_mesh_path(Path(job.output))  # before the work, not after it
    return ACTS[type(job)](job, engine, progress, cancelled)


class ThrottledProgress:
    """The engine's `progress=`: an event at the start of each stage, then a few per second.

    Args:
        job: Its name.
        emit: Called with every event.
    """

    def __init__(self, job: str, emit: Callable[[StageProgress], None]) -> None:
        self._job, self._emit = job, emit
        self._stage = ""
        self._stage_start = self._last = 0.0

    def __call__(self, stage: str, fraction: float) -> None:
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._stage_start = stage, now
        elif now - self._last < PROGRESS_INTERVAL_S:
            return
        self._last = now
        fraction = min(max(float(fraction), 0.0), 1.0)
        elapsed = now - self._stage_start
        known = elapsed >= ETA_AFTER_S and fraction > 0
        eta_s = elapsed * (1 - fraction) / fraction if known else None
        self._emit(StageProgress(self._job, stage, fraction, eta_s))


def _matte(job: Matte, engine: EngineLike, progress: Progress, cancelled: IsCancelled) -> Matted:
    progress("inputs", 0.0)
    start = time.monotonic()
    cut = engine.cut_out(job.picture, job.correction)
    _stop_when(cancelled)
    path = Path(job.folder) / "cut_out.png"
    cut.save(path)
    logger.info("job %s: cut out in %s", job.job, path)
    return Matted(
        job=job.job,
        picture=str(path),
        share=float(cut.share),
        touches_border=bool(cut.touches_border),
        pieces=int(cut.pieces),
        seconds={"inputs": time.monotonic() - start},
        warnings=tuple(cut.warnings),
        notes=tuple(cut.notes),
    )


def _corrected(job: Reconstruct, engine: EngineLike) -> list[str | NDArray[np.float32]]:
    """The pictures, those with a correction cut out as it asks."""
    corrections = job.corrections or (Correction(),) * len(job.pictures)
    return [
        picture if correction == Correction() else engine.cut_out(picture, correction).picture
        for picture, correction in zip(job.pictures, corrections, strict=True)
    ]


def _reconstruct(
    job: Reconstruct, engine: EngineLike, progress: Progress, cancelled: IsCancelled
) -> Finished:
    result = engine.reconstruct(
        _corrected(job, engine),
        **values_of(job, "work"),
        progress=progress,
        cancelled=cancelled,
    )
    _stop_when(cancelled)
    mesh, path = result.in_scene(job.size_m), Path(job.folder) / "mesh.npz"
    write_arrays(path, {"vertices": mesh.vertices.data, "faces": mesh.faces.data})
    logger.info("job %s: %d faces in %s", job.job, len(mesh.faces), path)
    if job.output:
        result.save(job.output, size_m=job.size_m)
    return Finished(
        job=job.job,
        mesh=str(path),
        code=() if result.code is None else tuple(float(each) for each in result.code),
        category=result.category,
        confidence=float(result.confidence),
        seconds={stage: float(each) for stage, each in result.seconds.items()},
        vertices=len(mesh.vertices),
        faces=len(mesh.faces),
        closed=mesh.is_closed,
        check=check_of(mesh),
        warnings=tuple(result.warnings),
        notes=tuple(result.notes),
        written=(job.output,) if job.output else (),
    )


def _complete(
    job: Complete, engine: EngineLike, progress: Progress, cancelled: IsCancelled
) -> Completed:
    completion = engine.complete(
        _observed(Path(job.mesh)),
        **values_of(job, "work"),
        progress=progress,
        cancelled=cancelled,
    )
    _stop_when(cancelled)
    is_unchanged = bool(completion.is_unchanged)
    written, lost = completion.save(job.output) if job.output else ((), ())
    shapes = () if is_unchanged else completion.hypotheses
    return Completed(
        job=job.job,
        hypotheses=tuple(
            _hypothesis(each, Path(job.folder) / f"hypothesis_{rank}.npz")
            for rank, each in enumerate(shapes, start=1)
        ),
        category=completion.category,
        confidence=float(completion.confidence),
        seconds={stage: float(each) for stage, each in completion.seconds.items()},
        unchanged=is_unchanged,
        warnings=(*completion.warnings, *lost),
        written=tuple(map(str, written)),
    )


def _observed(path: Path) -> TriangleMesh | Path:
    """What is to be completed: arrays from Blender, or a file that the engine itself reads."""
    if path.suffix != ".npz":
        return path
    vertices, faces = read_arrays(path, ("vertices", "faces"))
    return TriangleMesh(np.asarray(vertices).reshape(-1, 3), np.asarray(faces).reshape(-1, 3))


def _hypothesis(shape: CompletedLike, path: Path) -> Hypothesis:
    """What is told of the shape, whose mesh is written to `path`."""
    mesh = shape.mesh
    if shape.exact is not None:
        mesh = TriangleMesh.from_arrays(shape.exact.absolute, mesh.faces)
    observed = np.ascontiguousarray(shape.is_observed, np.uint8)
    confidence = np.ascontiguousarray(shape.confidence, np.float32)
    arrays = {
        "vertices": mesh.vertices.data,
        "faces": mesh.faces.data,
        "observed": observed.data,
        "confidence": confidence.data,
    }
    write_arrays(path, arrays)
    logger.info("%d faces, %d of them given, in %s", len(mesh.faces), shape.observed_faces, path)
    gap_m = float(shape.widest_gap_m)
    return Hypothesis(
        mesh=str(path),
        code=tuple(float(each) for each in shape.code),
        vertices=len(mesh.vertices),
        faces=len(mesh.faces),
        observed_vertices=int(shape.observed_vertices),
        observed_faces=int(shape.observed_faces),
        closed=bool(shape.is_closed),
        check=check_of(mesh),
        widest_gap_m=gap_m if math.isfinite(gap_m) else None,
        warnings=tuple(shape.warnings),
    )


def _stop_when(cancelled: IsCancelled) -> None:
    """Holds back what an engine gives that has not heard of the cancel.

    Raises:
        Cancelled: `cancelled` said so.
    """
    if cancelled():
        raise Cancelled("stopped as asked; nothing was changed")


ACTS: dict[type[Job], Callable[..., Result]] = {
    Reconstruct: _reconstruct,
    Complete: _complete,
    Matte: _matte,
}
"""What is done for a request of each kind."""
