"""A batch as Blender does it: what is asked, its inputs, its workers, its end.

folder or collection -> core.batch ~> core.worker: pool ~> supervision ~> client ~~ server
                        core.batch -> files of the workers, or scene -> assets
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import cast

import bpy

from ...core.batch.folder import MESHES, FileStore, check_output_folder, inputs_of, pieces_of
from ...core.batch.log import BatchLog, Entry
from ...core.batch.running import Batch, Item
from ...core.files.picture_formats import PICTURES
from ...core.worker.pool import PoolWorker
from ...core.worker.protocol import Complete, Reconstruct
from ...core.worker.supervision import Supervisor
from ..runtime import places, preferences
from ..words import said
from .scene import AssetStore, Meshes, picture_job

LOOK_S = 0.01
"""Between two looks at the workers, where nobody else needs the time."""

NO_SUFFIX = ""
"""Of results that are objects: they have names, but no files."""


@dataclass(frozen=True)
class Order:
    """What is asked of a batch."""

    source: Path | bpy.types.Collection
    """A folder of pictures or meshes, or a collection of meshes."""

    output: Path
    """The folder of the log, and of the files."""

    suffix: str
    """Of the files; empty where results become assets of the scene."""

    workers: int
    is_resumed: bool
    template: Reconstruct | Complete
    """A `Reconstruct` for pictures, a `Complete` for meshes."""


def new_worker() -> PoolWorker:
    """A worker of its own, in the Python that the preferences say now."""
    find = partial(places.worker_python, preferences.choices(bpy.context)[0])
    new = places.new_worker_folder
    return PoolWorker(Supervisor(find, new), new)


class Run:
    """A batch and what became of it.

    Args:
        order: What is asked.
        tell: Called with the line of every input that has ended.

    Raises:
        InputError: There is no input, or the output folder cannot be used.
    """

    def __init__(self, order: Order, tell: Callable[[Entry], None]) -> None:
        self.needs_scene = order.suffix == NO_SUFFIX or not isinstance(order.source, Path)
        self.store: FileStore | AssetStore
        self.log = BatchLog(order.output)
        items = self._items(order)
        check_output_folder(order.output)
        count = min(order.workers, len(items))
        self.batch = Batch(
            items,
            [new_worker() for _ in range(count)],
            self.log,
            self.store,
            order.template,
            is_resumed=order.is_resumed,
            version=places.version(),
            tell=tell,
        )

    def to_end(self, tell: Callable[[float], None]) -> None:
        """Runs the batch to its end.

        Args:
            tell: Told the fraction of the inputs that have ended, a few times a second.

        Raises:
            IsoformError: It cannot go on; what was done is done.
        """
        try:
            while self.batch.advance(LOOK_S):
                tell(self.batch.ended / self.batch.total)
                time.sleep(LOOK_S)
        finally:
            self.batch.stop()

    def summary(self) -> str:
        """What became of it, for the panel."""
        batch = self.batch
        return said(
            "{done} done, {failed} failed, {skipped} done before, {doubtful} doubtful",
            done=batch.done,
            failed=batch.failed,
            skipped=batch.skipped,
            doubtful=batch.doubtful,
        )

    def _items(self, order: Order) -> list[Item]:
        files = FileStore(order.output, order.suffix)
        self.store = files
        if not isinstance(order.source, Path):
            return self._objects(order, Meshes(order.source), cast(Complete, order.template))
        suffixes = PICTURES if isinstance(order.template, Reconstruct) else MESHES
        found = inputs_of(order.source, suffixes, order.output)
        if order.suffix == NO_SUFFIX:
            return self._pictures(order.source, found, cast(Reconstruct, order.template))
        return files.items(order.source, found, order.template, self.log)

    def _objects(self, order: Order, meshes: Meshes, template: Complete) -> list[Item]:
        if order.suffix == NO_SUFFIX:
            store = AssetStore(lambda name, folder: meshes.job(name, template, folder))
            self.store = store
            return [
                Item(name, name, partial(meshes.content, name), partial(store.request, name))
                for name in meshes.names
            ]
        wanted = {name: name for name in meshes.names}
        outputs = FileStore(order.output, order.suffix).outputs(wanted, template, self.log)
        return [
            Item(name, output, partial(meshes.content, name), partial(meshes.request, name, asked))
            for name, output in outputs.items()
            for asked in [replace(template, output=str(order.output / output))]
        ]

    def _pictures(self, folder: Path, files: list[Path], template: Reconstruct) -> list[Item]:
        paths = {path.relative_to(folder).as_posix(): path.absolute() for path in files}
        store = AssetStore(lambda name, folder: picture_job(paths[name], template, folder))
        self.store = store
        return [
            Item(name, path.stem, partial(pieces_of, path), partial(store.request, name))
            for name, path in paths.items()
        ]
