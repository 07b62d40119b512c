"""`blender --command isoform ...`: the commands that need a scene, done here; others passed on.

A command begins with an empty file or the one that it names, and saves beside the output, whose
name it takes at the end. The file that it reads stays as it is, unless it is the output.
"""

import argparse
import atexit
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import bpy

from ...core.batch.log import FAILED as INPUT_FAILED
from ...core.batch.log import Entry
from ...core.cli.options import (
    DONE,
    FAILED,
    PARTLY,
    STOPPED,
    check_workers,
    escape_unprintable,
    template_given,
)
from ...core.errors import INSTALL_RUNTIME, Cancelled, InputError, IsoformError, WorkerError
from ...core.worker import protocol
from ...core.worker.job_messages import Hypothesis
from ...core.worker.protocol import Complete, Completed, Failed, Finished, Reconstruct, Stopped
from ..batch import run as batch_run
from ..batch import scene
from ..jobs.job import Job, Placed
from ..runtime import places, preferences
from ..scene import blend_files
from . import asked as cli

logger = logging.getLogger(__name__)

ASSETS_NAME = "isoform_assets.blend"
"""The file of a batch whose results are assets, in the output folder."""

LOOK_S = 0.01
"""Between two looks at the worker."""


def run(arguments: list[str]) -> int:
    """Does what the command line asks; its exit status."""
    # Blender's own handler takes two Ctrl-C, the second of which ends it in the middle of anything
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    escape_unprintable()
    try:
        given = cli.parse(arguments)
        if not cli.needs_scene(given):
            python = places.worker_python(preferences.choices(bpy.context)[0])
            return cli.run_engine(python, cli.passed_on(given, arguments))
        act = {"reconstruct": _reconstruct, "complete": _complete, "batch": _batch}
        return act[given.command](given)
    except IsoformError as error:
        farm = "; or name a Python that has torch with ISOFORM_PYTHON"
        sys.stderr.write(f"isoform: {error}{farm if error.remedy == INSTALL_RUNTIME else ''}\n")
        return FAILED
    except KeyboardInterrupt:
        sys.stderr.write("isoform: stopped\n")
        return STOPPED
    except SystemExit as stop:  # argparse's way to end, after help or a complaint
        return int(stop.code or DONE)
    finally:
        if before is not None:  # Python has set it
            signal.signal(signal.SIGINT, before)


def _reconstruct(given: argparse.Namespace) -> int:
    """Pictures of one object to a .blend file.

    Raises:
        InputError: An option cannot be used, or the file not be written.
        WorkerError: The worker cannot be started, or failed.
    """
    blend_files.check(given.output)
    if given.frame == "unit":
        raise InputError(
            "--frame unit has no meaning in a .blend file; leave it out, or choose another suffix"
        )
    template = template_given(Reconstruct, given)
    pictures = tuple(os.path.abspath(each) for each in given.pictures)
    blend_files.begin()

    def job(folder: Path) -> Job:
        first = scene.picture_job(Path(pictures[0]), template, folder)
        first.request = replace(cast(Reconstruct, first.request), pictures=pictures)
        return first

    with _Finished(job) as ended:
        placed = ended.place()
        blend_files.save(given.output)
        _report(given, template, ended.result, [given.output], placed.notes)
    return DONE


def _complete(given: argparse.Namespace) -> int:
    """An object of a .blend file, or mesh files, to a .blend or a mesh file.

    Raises:
        InputError: An option, the object or a file cannot be used, or the output not be written.
        WorkerError: The worker cannot be started, or failed.
    """
    is_blend = given.output.suffix.lower() == cli.BLEND
    if is_blend:
        blend_files.check(given.output)
    template = template_given(Complete, given)
    if given.object is None:
        blend_files.begin()
        things = [each for path in given.partials for each in blend_files.imported(path)]
    else:
        blend_files.open_(given.blend)
        things = [blend_files.object_of(given.object)]
    if is_blend:
        with _Finished(partial(scene.completing_job, things, template)) as ended:
            placed = ended.place()
            blend_files.save(given.output)
            _report(given, template, ended.result, [given.output], placed.notes)
        return DONE
    template = replace(template, output=str(given.output.absolute()))
    with _Finished(lambda folder: _unplaced(things[0], template, folder)) as ended:
        written = [Path(each) for each in ended.result.written]
        _report(given, template, ended.result, written, ended.result.notes)
    return DONE


def _batch(given: argparse.Namespace) -> int:
    """A collection to files or assets, or a folder of pictures to assets.

    Raises:
        InputError: An option or a folder cannot be used, or the output cannot be written.
        WorkerError: No worker can be started.
    """
    check_workers(given.workers)
    is_assets = given.results == "assets"
    output = given.output.absolute()
    folder = None if given.folder is None else given.folder.absolute()
    template: Reconstruct | Complete
    if folder is None:
        template = template_given(Complete, given)
    else:
        template = template_given(Reconstruct, given)
    made = output / ASSETS_NAME
    if is_assets and given.resume and made.is_file():
        blend_files.open_(made)
    elif folder is None:
        blend_files.open_(given.blend)
    else:
        blend_files.begin()
    order = batch_run.Order(
        source=blend_files.collection_of(given.collection) if folder is None else folder,
        output=output,
        suffix="" if is_assets else f".{given.format}",
        workers=given.workers,
        is_resumed=given.resume,
        template=template,
    )
    start = time.monotonic()
    run = batch_run.Run(order, partial(_tell, given.json))
    try:
        run.to_end(lambda fraction: None)
    finally:
        if is_assets:  # what was done before Ctrl-C or a full disk, too
            blend_files.save(made)
    batch = run.batch
    if given.json:
        counts = {"inputs": batch.total, "done": batch.done, "failed": batch.failed}
        counts |= {"skipped": batch.skipped, "doubtful": batch.doubtful}
        more = {"seconds": round(time.monotonic() - start, 3), "log": str(run.log.path)}
        sys.stdout.write(json.dumps({**counts, **more}) + "\n")
    else:
        sys.stdout.write(f"{run.summary()}; see {run.log.path}\n")
    return PARTLY if batch.failed else DONE


class _Finished:
    """A job that one worker has ended, with its files until the block ends.

    Args:
        job: Makes it in a folder.

    Raises:
        InputError: It cannot be made.
        WorkerError: No worker can be started, or the job failed.
    """

    def __init__(self, job: Callable[[Path], Job]) -> None:
        self._make = job
        self._worker = batch_run.new_worker()

    def __enter__(self) -> "_Finished":
        try:
            self._worker.start(self._request)
            while (outcome := self._worker.outcome()) is None:
                time.sleep(LOOK_S)
            if isinstance(outcome, Failed):
                raise WorkerError(outcome.sentence, remedy=outcome.remedy)
            if isinstance(outcome, Stopped):
                raise Cancelled("the job was stopped; nothing was written")
        except BaseException:
            self._worker.stop()
            raise
        self.result = cast(Finished | Completed, outcome)
        return self

    def __exit__(self, *exception: object) -> None:
        self._worker.stop()

    def place(self) -> Placed:
        """Inserts the result into the scene."""
        return self.job.place(self.job.request, self.result)

    def _request(self, folder: Path) -> protocol.Job:
        self.job = self._make(folder)
        return self.job.request


def _unplaced(thing: bpy.types.Object, template: Complete, folder: Path) -> Job:
    """Asks for a file alone."""
    return Job(scene.mesh_request(thing, template, folder), _place_nothing, thing.name)


def _place_nothing(request: protocol.Job, result: protocol.Result, *, here: bool = False) -> Placed:
    """Nothing: the worker has written the file that was asked for."""
    return Placed("", "", ())


def _tell(is_json: bool, entry: Entry) -> None:
    if entry.status == INPUT_FAILED:
        sys.stderr.write(f"isoform: {entry.input}: {entry.error}\n")
        return
    if not is_json:
        made = ", ".join(entry.written) or "nothing to add"
        sure = "" if entry.confidence is None else f"confidence {entry.confidence:.0%}, "
        sys.stdout.write(f"{entry.input}: {made}: {sure}{entry.seconds['total']:.2f} s\n")
        sys.stdout.flush()
    for each in (*entry.warnings, *entry.notes):
        sys.stderr.write(f"isoform: {entry.input}: {each}\n")


def _report(
    given: argparse.Namespace,
    asked: Reconstruct | Complete,
    result: Finished | Completed,
    outputs: list[Path],
    notes: tuple[str, ...],
) -> None:
    shapes: tuple[Finished | Hypothesis, ...] = (result,) if isinstance(result, Finished) else ()
    warnings = result.warnings
    if isinstance(result, Completed):
        shapes, warnings = result.hypotheses, result.warnings_of(0)
    for each in (*warnings, *notes):
        sys.stderr.write(f"isoform: {each}\n")
    if given.json:
        report = {
            "outputs": [str(each) for each in outputs],
            "model": asked.model,
            "category": result.category,
            "confidence": round(result.confidence, 4),
            "seed": asked.seed,
            "resolution": asked.resolution,
            "seconds": {stage: round(value, 4) for stage, value in result.seconds.items()},
            "faces": [each.faces for each in shapes],
            "closed": [each.closed for each in shapes],
            "warnings": list(warnings),
            "notes": list(notes),
        }
        sys.stdout.write(json.dumps(report) + "\n")
        return
    seconds = sum(result.seconds.values())
    names = ", ".join(map(str, outputs)) or "nothing was written"
    made = "; ".join(map(_described, shapes)) or "unchanged"
    # a whole mesh has no category
    told = ", ".join(filter(None, (result.category, made, f"confidence {result.confidence:.0%}")))
    sys.stdout.write(f"{names}: {told}, {seconds:.2f} s\n")


def _described(shape: Finished | Hypothesis) -> str:
    return f"{shape.faces:,} faces, {'closed' if shape.closed else 'not closed'}"


_handle: object = None


def register() -> None:
    """Adds the command."""
    global _handle
    # fake-bpy-module does not know that it gives a handle
    _handle = bpy.utils.register_cli_command(cli.NAME, run)  # type: ignore
    # Blender 4.2 as a Python module crashes at its end where a command is left
    atexit.register(unregister)


def unregister() -> None:
    """Removes it."""
    global _handle
    if _handle is not None:
        atexit.unregister(unregister)
        bpy.utils.unregister_cli_command(_handle)
        _handle = None
