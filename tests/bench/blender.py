"""What Blender's main thread spends: a result into the scene, and a look at a running job."""

import importlib
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from fields import ROOT
from timing import best_seconds, heading, row

sys.path.insert(0, str(ROOT))

WANTED_INSERTION_S, WANTED_TICK_S = 0.050, 0.001


def main_thread() -> None:
    """The staged add-on in Blender's own module: insertion, and ticks while a worker starts."""
    heading("Blender's main thread")
    import bpy

    import build

    with tempfile.TemporaryDirectory() as scratch:
        build.development("packaging").stage(Path(scratch) / "isoform")
        sys.path.insert(0, scratch)
        addon_utils = importlib.import_module("addon_utils")
        addon_utils.enable("isoform", default_set=True)
        scene_out = importlib.import_module("isoform.addon.scene.object_out")
        jobs = importlib.import_module("isoform.addon.jobs.scheduler")
        vertices, faces = torus(317)
        mesh = scene_out.Triangles(vertices.data, faces.data)

        def insert() -> None:
            scene_out.insert(mesh, scene_out.destination_at_cursor(bpy.context, "torus"), {})

        seconds = best_seconds(5, it=insert)["it"]
        row(
            f"{len(faces):,} triangles", seconds, f"wanted: below {WANTED_INSERTION_S * 1e3:.0f} ms"
        )
        row(
            "one tick", tick_seconds(jobs), f"wanted: below {WANTED_TICK_S * 1e3:.0f} ms; the worst"
        )
        addon_utils.disable("isoform", default_set=True)
        sys.path.remove(scratch)


def tick_seconds(jobs: object) -> float:
    """The longest of twenty ticks while a job's worker is starting."""
    import bpy

    bpy.context.preferences.addons["isoform"].preferences.python_path = sys.executable
    picture = next(iter(sorted((ROOT / "tests" / "data").glob("*.png"))))
    reconstruction = importlib.import_module("isoform.addon.scene.reconstruction")
    settings = importlib.import_module("isoform.core.operations.settings")
    order = reconstruction.Order(settings.ReconstructSettings(resolution=64), picture)
    job = jobs.add(bpy.context, order)
    jobs.queue.advance()  # starts the worker
    longest = 0.0
    for _ in range(20):
        time.sleep(0.02)
        started = time.perf_counter()
        jobs._tick()
        longest = max(longest, time.perf_counter() - started)
    jobs.supervisor.stop()
    jobs.queue.remove(job)
    return longest


def torus(steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and the 2 steps^2 triangles of a torus."""
    u, v = np.meshgrid(np.arange(steps), np.arange(steps), indexing="ij")
    around, across = 2 * np.pi * u / steps, 2 * np.pi * v / steps
    reach = 0.35 + 0.12 * np.cos(across)
    vertices = np.stack(
        [reach * np.cos(around), reach * np.sin(around), 0.12 * np.sin(across)], axis=-1
    )

    def at(i: np.ndarray, j: np.ndarray) -> np.ndarray:
        return (i % steps) * steps + j % steps

    corners = [at(u, v), at(u + 1, v), at(u + 1, v + 1), at(u, v), at(u + 1, v + 1), at(u, v + 1)]
    return vertices.reshape(-1, 3).astype(np.float32), np.stack(corners, axis=-1).reshape(
        -1, 3
    ).astype(np.int32)
