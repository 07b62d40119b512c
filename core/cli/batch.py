"""The command `batch`: everything in a folder, by several workers, with a log to resume from.

`reconstruct --each` and `complete --each` do the same with the files that they are given.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ..batch.folder import MESHES, FileStore, check_output_folder, common_folder, inputs_of
from ..batch.log import FAILED, BatchLog, Entry
from ..batch.running import Batch
from ..errors import InputError, WorkerError
from ..files.picture_formats import PICTURES
from ..models.card import model_path, read_card
from ..worker.client import AS_THIS_ONE
from ..worker.pool import PoolWorker
from ..worker.protocol import Complete, Reconstruct
from ..worker.supervision import Supervisor
from . import options

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
    is_picture = given.inputs == "pictures"
    template = _template(Reconstruct if is_picture else Complete, given)
    files = inputs_of(given.folder, PICTURES if is_picture else MESHES, given.output)
    return _run(given, given.folder, files, template)


def batch_of(
    files: Iterable[str | Path], kind: type[Reconstruct | Complete], given: argparse.Namespace
) -> int:
    """Files to mesh files, one of each, as `batch` does it; the exit status.

    Args:
        files: Pictures or meshes, each of an object of its own; named after their places in the
            innermost folder that holds them all.
        kind: What is asked for each.
        given: What `argparse` gives for `kind`'s own command.

    Raises:
        InputError: An option cannot be used, or the output cannot be written.
        WorkerError: No worker can be started.
    """
    template = _template(kind, given)
    paths = [Path(os.path.abspath(each)) for each in files]
    return _run(given, common_folder(paths), paths, template)


def _template(
    kind: type[Reconstruct | Complete], given: argparse.Namespace
) -> Reconstruct | Complete:
    """What is asked for every input.

    Raises:
        InputError: An option cannot be used.
        ModelFileError: There is no such model, or it cannot be used.
    """
    options.check_workers(given.workers)
    template = options.template_given(kind, given)
    _check_model(template)
    return template


def _run(
    given: argparse.Namespace, folder: Path, files: Sequence[Path], template: Reconstruct | Complete
) -> int:
    """The files of a folder to mesh files; the exit status.

    Raises:
        InputError: The output cannot be written.
        WorkerError: No worker can be started.
    """
    check_output_folder(given.output)
    log, store = BatchLog(given.output), FileStore(given.output, f".{given.format}")
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="isoform_", ignore_cleanup_errors=True) as scratch:
        run = Batch(
            store.items(folder, files, template, log),
            _workers(Path(scratch), min(given.workers, len(files))),
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


def _workers(scratch: Path, count: int) -> list[PoolWorker]:
    def new_folder() -> Path:
        try:
            return Path(tempfile.mkdtemp(dir=scratch))
        except OSError as error:
            raise WorkerError(
                f"no folder can be made in {scratch} ({error.strerror}); free some disk space"
            ) from error

    def this_python() -> Path:
        return Path(sys.executable)

    return [
        PoolWorker(Supervisor(this_python, new_folder, AS_THIS_ONE), new_folder)
        for _ in range(count)
    ]


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
