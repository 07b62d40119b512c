"""An engine without torch, staged as core/operations/engine.py.

Of a picture the name says what to do, of a mesh the seed: see `REFUSE` and those below.
"""

import base64
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import Cancelled, InputError
from ..files.scene import numbered, write_completed_mesh, write_scene_mesh
from ..frames import standing_at
from ..meshes import TriangleMesh

BOX = TriangleMesh(
    np.array(
        [[x, y, z] for x in (-0.25, 0.25) for y in (-0.25, 0.25) for z in (-0.5, 0.5)], np.float32
    ),
    np.array(
        [
            *([0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1]),
            *([2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]),
        ],
        np.int32,
    ),
)
"""Half as wide as it is high."""


LARGE = TriangleMesh(np.tile(BOX.vertices, (12_000, 1)), BOX.faces)
"""More than a megabyte."""

REFUSE, SURPRISE, SLOW, BROKEN, EMPTY, UNSURE = 101, 102, 103, 104, 105, 106
"""Seeds of `complete`."""


PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAQAAAACCAYAAAB/qH1jAAAAGklEQVR4"
    "nGNkYGBgOBEg8p8BCpiQOQwMDAwAWwsEWiRXxBMAAAAASUVORK5CYII="
)
"""Four by two pixels, one of them transparent."""


@dataclass
class Result:
    mesh: TriangleMesh
    normals: np.ndarray
    code: np.ndarray | None
    category: str
    confidence: float
    seconds: dict[str, float]
    warnings: tuple[str, ...]
    notes: tuple = ()

    def in_scene(self, size_m):
        placement = standing_at((0.0, 0.0, 0.0), self.mesh.bounds, size_m)
        return TriangleMesh(placement.to_scene(self.mesh.vertices), self.mesh.faces)

    def save(self, path, *, size_m):
        return write_scene_mesh(Path(path), self.in_scene(size_m), self.normals)


@dataclass
class Completed:
    mesh: TriangleMesh
    normals: np.ndarray
    observed_vertices: int
    observed_faces: int
    confidence: np.ndarray
    is_observed: np.ndarray
    code: np.ndarray
    is_closed: bool
    widest_gap_m: float
    warnings: tuple[str, ...]
    exact: None = None


@dataclass
class Completion:
    hypotheses: tuple[Completed, ...]
    category: str
    confidence: float
    seconds: dict[str, float]
    warnings: tuple[str, ...]
    is_unchanged: bool

    def save(self, path):
        paths = [numbered(Path(path), number) for number in range(len(self.hypotheses))]
        for own, each in zip(paths, self.hypotheses, strict=True):
            write_completed_mesh(own, each.mesh, each.normals, each.is_observed, each.confidence)
        return tuple(paths), ()


@dataclass
class CutOut:
    picture: np.ndarray
    share: float
    touches_border: bool
    pieces: int
    warnings: tuple = ()
    notes: tuple = ()

    def save(self, path):
        path.write_bytes(PNG)


def up(mesh):
    """Normals that all point up: what they are makes no difference to the add-on."""
    return np.tile(np.array([0, 0, 1], np.float32), (len(mesh.vertices), 1))


def misbehave(path, device, resolution):
    """Dies, or is short of memory, where the picture's name says so."""
    if path.stem == "hungry" and resolution > 48:
        raise MemoryError
    if path.stem == "wallclock":
        time.time = lambda: 0.0
    has_died = path.with_suffix(".died")
    if path.stem == "deadly" or (path.stem == "fragile" and not has_died.exists()):
        has_died.touch()
        os.kill(os.getpid(), signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
        time.sleep(10)
    if path.stem == "graphic" and device != "cpu":
        os._exit(7)


def go_through_stages(progress, cancelled):
    """Long enough in each to be met there."""
    for stage in ("inputs", "prior", "surface", "finish"):
        for step in range(20):
            progress(stage, step / 20)
            time.sleep(0.01)
            if cancelled():
                raise Cancelled("the job was cancelled")


class Engine:
    def __init__(self, model, device):
        self.model, self.device, self.points_per_batch = model, device, 1 << 16

    def cut_out(self, picture, correction):
        path = Path(picture)
        if not path.is_file():
            raise InputError(f"there is no picture {path}; choose another")
        if path.stem == "blank":
            raise InputError("the picture blank.png is fully transparent; choose another")
        share = 0.25 + 0.01 * correction.grow_px
        pieces = 1 if correction.largest_only else 2
        return CutOut(np.ones((4, 4, 4), np.float32), share, path.stem == "cropped", pieces)

    def reconstruct(
        self, pictures, *, category, resolution, target_faces, seed, progress, cancelled, **_others
    ):
        path = Path(pictures[0])
        if not path.is_file():
            raise InputError(f"there is no picture {path}; choose another")
        if path.stem == "blank":
            raise InputError("the picture blank.png is fully transparent; choose another")
        if path.stem == "surprise":
            raise KeyError("surprise")
        misbehave(path, self.device, resolution)
        if path.stem == "gripping":
            progress("field", 0.5)
            sum(range(1 << 30))  # for seconds no other thread of this process runs
        if path.stem == "staged":
            go_through_stages(progress, cancelled)
        progress("field", 0.25)
        end = time.monotonic() + (30 if path.stem in ("slow", "deaf") else 0)
        while time.monotonic() < end:
            progress("field", 0.5)
            time.sleep(0.01)
            if cancelled() and path.stem != "deaf":
                raise Cancelled("the job was cancelled")
        warnings = ("the mesh has more faces than asked",) if target_faces == 4 else ()
        code = np.array([resolution, seed, target_faces or 0, len(pictures)], np.float32)
        code = None if path.stem == "codeless" else code
        found = "chair" if category == "auto" else category
        mesh = LARGE if path.stem == "large" else BOX
        sure = 0.25 if path.stem == "doubtful" else 0.75
        return Result(mesh, up(mesh), code, found, sure, {"field": 0.25}, warnings)

    def complete(
        self,
        observed,
        *,
        category,
        pose,
        keep,
        hypotheses,
        empty,
        noise,
        resolution,
        seed,
        anyway,
        progress,
        cancelled,
        **_others,
    ):
        if seed == REFUSE:
            raise InputError("the mesh is a single triangle; select more of the shape")
        if seed == SURPRISE:
            raise KeyError("surprise")
        progress("fit", 0.25)
        end = time.monotonic() + (30 if seed == SLOW else 0)
        while time.monotonic() < end:
            progress("fit", 0.5)
            time.sleep(0.01)
            if cancelled():
                raise Cancelled("the job was cancelled")
        numbers = [resolution, seed, noise or -1, pose == "canonical", empty == "visible"]
        code = np.array(numbers, np.float32)
        found = "chair" if category == "auto" else category
        make = tent if keep == "exact" else box
        shapes = tuple(make(observed, 1.0 + each, code, seed) for each in range(hypotheses))
        warnings = ("the pose is ambiguous", "a guess") if seed == UNSURE else ()
        is_whole = observed.is_closed and not anyway
        if is_whole:
            warnings = ("the mesh is whole already",)
        return Completion(shapes, found, 0.5, {"fit": 0.25}, warnings, is_whole)


def tent(observed, height, code, seed):
    """The observed mesh, each of its borders closed by triangles that meet `height` above it."""
    given = len(observed.vertices)
    used = observed.vertices[np.unique(observed.faces)]
    top = (used.min(axis=0) + used.max(axis=0)) / 2
    top[2] = used[:, 2].max() + height
    faces = observed.faces.tolist()
    edges = {each for a, b, c in faces for each in ((a, b), (b, c), (c, a))}
    new = [(b, a, given) for a, b in sorted(edges) if (b, a) not in edges]
    new = {BROKEN: [(0, 1, given + 1)], EMPTY: [*new, (0, 0, given)]}.get(seed, new)
    mesh = TriangleMesh(np.vstack([observed.vertices, top[None]]), observed.faces)
    # past the door of TriangleMesh, which lets no BROKEN mesh in
    object.__setattr__(mesh, "faces", np.array([*faces, *new], np.int32))
    is_observed = np.arange(given + 1) < given
    confidence = np.where(is_observed, 1.0, 0.25).astype(np.float32)
    kept = (given, len(observed.faces))
    return Completed(mesh, up(mesh), *kept, confidence, is_observed, code, True, 0.0, ("a guess",))


def box(observed, height, code, seed):
    """A box around the observed mesh, `height` times as high."""
    low, high = observed.bounds
    size = (high - low) * np.array([1, 1, height], np.float32)
    vertices = (BOX.vertices / np.ptp(BOX.vertices, axis=0) + 0.5) * size + low
    faces = BOX.faces[:0] if seed == EMPTY else BOX.faces
    mesh = TriangleMesh(vertices.astype(np.float32), faces)
    flags = np.arange(8) % 2 == 0
    confidence = np.linspace(0, 1, 8, dtype=np.float32)
    return Completed(mesh, up(mesh), 0, 0, confidence, flags, code, True, np.inf, ())
