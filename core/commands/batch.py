"""The command `batch`: everything in a folder, by several workers, with a log to resume from."""

import argparse
import json
import sys
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .. import options
from ..batch import Batch
from ..batch_files import MESHES, FileStore, check_output_folder, inputs_of
from ..batch_log import FAILED, BatchLog, Entry
from ..cards import model_path, read_card
from ..errors import InputError
from ..messages import Complete, Reconstruct
from ..picture_formats import PICTURES
from .lanes import WorkerLane

LOOK_S = 0.02
"""Between two looks at the workers."""


def add_parser(commands: options.Commands) -> None:
    """Add `batch` to the command line."""
    options.add_batch(commands).set_defaults(run=batch)


def batch(given: argparse.Namespace) -> int:
    """A folder's files to mesh files, and what became of each on stdout; the exit status.

    Raises:
        InputError: An option or a folder cannot be used, or the output cannot be written.
        WorkerError: No worker can be started.
    """
    options.check_workers(given.workers)
    is_picture = given.inputs == "pictures"
    template = options.template_given(Reconstruct if is_picture else Complete, given)
    _check_model(template)
    files = inputs_of(given.folder, PICTURES if is_picture else MESHES, given.output)
    check_output_folder(given.output)
    log, store = BatchLog(given.output), FileStore(given.output, f".{given.format}")
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="isoform_", ignore_cleanup_errors=True) as scratch:
        run = Batch(
            store.items(given.folder, files, template, log),
            _lanes(Path(scratch), min(given.workers, len(files))),
            log,
            store,
            template,
            is_resumed=given.resume,
            version=_version(),
            tell=_tell_trouble if given.json else _tell,
        )
        try:
            while run.advance(LOOK_S):
                time.sleep(LOOK_S)
        except KeyboardInterrupt:
            sys.stderr.write(
                f"isoform: {run.ended} of {run.total} inputs have ended; "
                "the same command with --resume goes on\n"
            )
            raise
        finally:
            run.stop()
    _report(given, run, log, time.monotonic() - start)
    return options.PARTLY if run.failed else options.DONE


def _check_model(template: Reconstruct | Complete) -> None:
    """Finds out before any work whether all inputs would fail for the same reason.

    Raises:
        InputError: The category is unknown to the model.
        ModelFileError: There is no such model, or it cannot be used.
    """
    categories = read_card(model_path(template.model)).categories
    if template.category not in ("auto", *categories):
        raise InputError(
            f"the category '{template.category}' is unknown to the model '{template.model}'; "
            f"choose one of {', '.join(('auto', *categories))}"
        )


def _lanes(scratch: Path, count: int) -> list[WorkerLane]:
    folders = [scratch / f"worker_{number + 1}" for number in range(count)]
    for each in folders:
        each.mkdir()
    return [WorkerLane(each) for each in folders]


def _version() -> str:
    """Of the installed engine; empty where it runs from a folder that was never installed."""
    try:
        return version("isoform")
    except PackageNotFoundError:
        return ""


def _tell(entry: Entry) -> None:
    if entry.status == FAILED:
        sys.stderr.write(f"isoform: {entry.input}: {entry.error}\n")
        return
    made = ", ".join(entry.written) or "nothing to add"
    closed = "closed" if entry.closed else "not closed"
    shape = f"{entry.category}, {entry.faces:,} triangles, {closed}" if entry.faces else "unchanged"
    sure = "" if entry.confidence is None else f", confidence {entry.confidence:.0%}"
    sentence = f"{entry.input}: {made}: {shape}{sure}, {entry.seconds['total']:.2f} s\n"
    sys.stdout.write(sentence)
    sys.stdout.flush()
    _tell_warnings(entry)


def _tell_warnings(entry: Entry) -> None:
    for each in (*entry.warnings, *entry.notes):
        sys.stderr.write(f"isoform: {entry.input}: {each}\n")


def _tell_trouble(entry: Entry) -> None:
    if entry.status == FAILED:
        _tell(entry)
    else:
        _tell_warnings(entry)


def _report(given: argparse.Namespace, run: Batch, log: BatchLog, seconds: float) -> None:
    if given.json:
        counts = {"inputs": run.total, "done": run.done, "failed": run.failed}
        counts |= {"skipped": run.skipped, "doubtful": run.doubtful}
        counts |= {"seconds": round(seconds, 3), "log": str(log.path)}
        sys.stdout.write(json.dumps(counts) + "\n")
        return
    sys.stdout.write(
        f"{run.done} done, {run.failed} failed, {run.skipped} left out as done before, "
        f"{run.doubtful} doubtful, "
        f"{seconds:.1f} s; see {log.path}\n"
    )
