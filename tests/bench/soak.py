"""Many jobs in one Blender: what they leave in memory, among the datablocks and on the disk.

    .venv/bin/python tests/bench/soak.py [JOBS]

Small jobs with the shipped model through the queue: most are done, some fail, are cancelled or
lose their worker's model. Results are deleted as an artist deletes them. The last line is JSON.
Measured with 1,000 jobs on two shared cores: 18 minutes; Blender has 281 MB after 50 jobs and
284 MB at the end, the worker 535 and 535; a tick costs 0.17 ms (99 %: 0.88 ms).
"""

import importlib
import json
import mmap
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

RESOLUTION = 32

WAITING = 3
"""Jobs that are kept in the queue."""

SAMPLES = 40
"""Of the memory, over the whole run."""


def main(count: int) -> int:
    """Runs so many jobs and says what is left of them."""
    import bpy

    import build

    with tempfile.TemporaryDirectory() as scratch:
        build.development("packaging").stage(Path(scratch) / "isoform")
        sys.path.insert(0, scratch)
        addon_utils = importlib.import_module("addon_utils")
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        addon_utils.enable("isoform", default_set=True)
        bpy.context.preferences.addons["isoform"].preferences.python_path = sys.executable
        told = Soak(importlib.import_module("isoform.addon.jobs.scheduler")).run(count)
        addon_utils.disable("isoform", default_set=True)
        told["folders"] = len(list(Path(bpy.app.tempdir).glob("isoform_*")))
    print(json.dumps(told))
    return 0


class Soak:
    """Asks for one job after another, and plays the timer that a Blender with a window has."""

    def __init__(self, jobs: object) -> None:
        import bpy

        self.bpy, self.jobs = bpy, jobs
        self.reconstruction = importlib.import_module("isoform.addon.scene.reconstruction")
        self.completion = importlib.import_module("isoform.addon.scene.completion")
        self.settings = importlib.import_module("isoform.core.operations.settings")
        self.pictures = sorted((ROOT / "tests" / "data").glob("example_*.png"))
        self.blank = self._blank()
        self.states: dict[str, int] = {}
        self.asked = 0
        self.seen: set[int] = set()

    def run(self, count: int) -> dict[str, object]:
        """What is left after `count` jobs."""
        bpy, jobs = self.bpy, self.jobs
        bpy.ops.ed.undo_push(message="start")
        memory, before, started = [], self._blocks(), time.monotonic()
        while len(self.seen) < count:
            while self.asked < count and len(jobs.queue.of("waiting")) < WAITING:
                self._ask()
            jobs._tick()
            self._see_ended()
            if len(self.seen) * SAMPLES >= (len(memory) + 1) * count:
                memory.append((resident_mb(None), resident_mb(self._worker())))
                print(len(self.seen), *(f"{each:.1f}" for each in memory[-1]), flush=True)
            time.sleep(0.005)
        costs = sorted(jobs.tick_costs_s)
        bpy.ops.isoform.clear_jobs()
        jobs.supervisor.stop()
        return {
            "jobs": self.states,
            "seconds": time.monotonic() - started,
            "memory_mb": memory,
            "new_blocks": {
                name: number - before[name]
                for name, number in self._blocks().items()
                if number != before[name]
            },
            "timer": jobs._tick(),
            "tick_ms": [1000 * costs[len(costs) // 2], 1000 * costs[int(0.99 * len(costs))]],
        }

    def _ask(self) -> None:
        """Of a hundred jobs two complete a mesh, three fail and two are cancelled at once."""
        bpy, number = self.bpy, self.asked
        self.asked += 1
        options = {"resolution": RESOLUTION, "seed": number}
        if number % 50 == 5:
            part = self._part()
            rest = {"pose": "canonical", "keep": "exact"}
            order = self.completion.Order(self.settings.CompleteSettings(**options, **rest))
        else:
            picture = self.blank if number % 33 == 32 else self.pictures[number % 3]
            asked = self.settings.ReconstructSettings(**options)
            order = self.reconstruction.Order(asked, picture)
        job = self.jobs.add(bpy.context, order)
        if number % 50 == 5:
            self._delete(part)
        if number % 50 == 49:
            self.jobs.queue.cancel(job)
        if number % 100 == 50:
            bpy.ops.isoform.free_memory()
        self.jobs.follow()

    def _see_ended(self) -> None:
        for job in self.jobs.queue.jobs:
            if job.is_under_way or job.number in self.seen:
                continue
            self.seen.add(job.number)
            self.states[job.state] = self.states.get(job.state, 0) + 1
            if job.state == "done" and job.placed.name:
                self._delete(self.bpy.data.objects[job.placed.name])

    def _delete(self, thing: object) -> None:
        data = thing.data
        self.bpy.data.objects.remove(thing)
        self.bpy.data.meshes.remove(data)

    def _part(self) -> object:
        """An open box, selected: what is left of a table, say."""
        bpy = self.bpy
        data = bpy.data.meshes.new("Part")
        corners = [(x, y, z) for z in (-0.4, 0.4) for x in (-0.4, 0.4) for y in (-0.4, 0.4)]
        data.from_pydata(corners, [], [(0, 1, 3, 2), (0, 2, 6, 4), (1, 5, 7, 3), (0, 4, 5, 1)])
        thing = bpy.data.objects.new("Part", data)
        bpy.context.collection.objects.link(thing)
        for each in bpy.context.selected_objects:
            each.select_set(False)
        thing.select_set(True)
        bpy.context.view_layer.objects.active = thing
        bpy.context.view_layer.update()
        return thing

    def _blank(self) -> Path:
        path = Path(self.bpy.app.tempdir) / "blank.png"
        image = self.bpy.data.images.new("blank", 8, 8, alpha=True)
        image.pixels.foreach_set([0.0] * 256)
        image.save(filepath=str(path))
        self.bpy.data.images.remove(image)
        return path

    def _blocks(self) -> dict[str, int]:
        names = ("objects", "meshes", "images", "materials", "libraries", "texts", "scenes")
        return {name: len(getattr(self.bpy.data, name)) for name in names}

    def _worker(self) -> int | None:
        client = self.jobs.supervisor._client
        return None if client is None else client._process.pid


def resident_mb(pid: int | None) -> float:
    """Memory of a process, or of this one; 0 where it has just ended."""
    try:
        pages = Path(f"/proc/{pid or 'self'}/statm").read_text().split()[1]
    except OSError:
        return 0.0
    return int(pages) * mmap.PAGESIZE / (1 << 20)


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
