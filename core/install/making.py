"""A runtime made from nothing: environment, wheels, import test, and only then in use.

What was there before is left alone until the new one has passed. Whatever goes wrong, what was
begun is removed again.
"""

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ..errors import Cancelled, InstallError
from . import asking, bundles, downloading, locks, machine, runtimes, wheels
from .messages import Install, InstallBundle, Progress, Runtime
from .programs import Programs

TELL_EVERY_S = 0.2
"""Between two progress events."""

ETA_AFTER_S = 3.0
"""No end is guessed before."""

SHIPPED_MODELS = Path(__file__).parents[1] / "zoo"


class Meter:
    """Counts bytes and tells how far the whole is.

    Args:
        tell: Called with progress events, a few times a second.
        is_cancelled: Asked as often as bytes are counted.
    """

    def __init__(self, tell: Callable[[Progress], None], is_cancelled: Callable[[], bool]) -> None:
        self._tell, self._is_cancelled = tell, is_cancelled
        self._total_bytes = 1
        self._done_bytes = self._stage_bytes = 0
        self._stage = ""
        self._began_s = self._told_s = time.monotonic()

    def expect(self, total_bytes: int) -> None:
        """Sets what the whole comes to."""
        self._total_bytes = max(total_bytes, 1)

    def begin(self, stage: str) -> None:
        """Names what comes next; what was counted stays counted."""
        self._stage, self._stage_bytes = stage, self._done_bytes
        self._say()

    def add(self, count: int) -> None:
        """Counts bytes.

        Raises:
            Cancelled: The user asked to stop.
        """
        self.reach(self._done_bytes - self._stage_bytes + count)

    def reach(self, count: int) -> None:
        """Sets how many bytes of this stage are done.

        Raises:
            Cancelled: The user asked to stop.
        """
        if self._is_cancelled():
            raise Cancelled("stopped as asked; nothing was changed")
        self._done_bytes = max(self._done_bytes, self._stage_bytes + count)
        if time.monotonic() - self._told_s > TELL_EVERY_S:
            self._say()

    def _say(self) -> None:
        self._told_s = time.monotonic()
        elapsed_s = self._told_s - self._began_s
        fraction = min(self._done_bytes / self._total_bytes, 1.0)
        is_known = elapsed_s > ETA_AFTER_S and 0.01 < fraction < 1
        eta_s = elapsed_s * (1 - fraction) / fraction if is_known else None
        self._tell(Progress(self._stage, fraction, eta_s))


def install(request: Install, programs: Programs, meter: Meter) -> Runtime:
    """Makes a runtime from what pip fetches, and makes it the current one.

    Raises:
        InstallError: It cannot be made; what was there before is still there.
        Cancelled: The user asked to stop; likewise.
        OSError: Likewise, of a file.
    """
    folder = Path(request.folder)
    plan = locks.plan(
        request.backend, request.wheel_index, machine.platform_name(), machine.python_tag()
    )
    with _new_environment(folder, plan.key, plan.needed_bytes, programs) as environment:
        meter.expect(plan.download_bytes + plan.disk_bytes)
        meter.begin("Preparing")
        _make(environment, programs, has_pip=True)
        meter.begin("Downloading")
        python, scratch = machine.interpreter_of(environment), environment / "download"
        found = downloading.download(
            plan, request.backend, python, scratch, programs=programs, told=meter.reach
        )
        return _fill(
            environment, found, scratch, backend=request.backend, programs=programs, meter=meter
        )


def install_bundle(request: InstallBundle, programs: Programs, meter: Meter) -> Runtime:
    """Makes a runtime from a bundle, without any network, and makes it the current one.

    Raises:
        InstallError: The bundle is not whole or not for this Blender, or the runtime does not
            pass; what was there before is still there.
        Cancelled: The user asked to stop; likewise.
        OSError: Likewise, of a file.
    """
    folder, source = Path(request.folder), Path(request.bundle)
    bundle = bundles.read(source)
    size_bytes = sum(entry.bytes for entry in bundle.files.values())
    key = bundle.files[bundle.named("wheels")[-1]].sha256[:6] if bundle.named("wheels") else "none"
    with _new_environment(folder, key, 5 * size_bytes, programs) as environment:
        meter.expect(4 * size_bytes)
        meter.begin("Preparing")
        _make(environment, programs, has_pip=False)
        meter.begin("Checking")
        scratch = environment / "bundle"
        copies = bundles.copy_verified(source, bundle, scratch, meter.add)
        found = [copy for copy in copies if copy.suffix == ".whl"]
        meter.expect(size_bytes + wheels.unpacked_bytes(found))
        _keep_models([copy for copy in copies if copy not in found], Path(request.models))
        return _fill(
            environment, found, scratch, backend=bundle.backend, programs=programs, meter=meter
        )


@contextlib.contextmanager
def _new_environment(
    folder: Path, key: str, needed_bytes: int, programs: Programs
) -> Iterator[Path]:
    """The folder of a runtime to be made; removed unless it was completed."""
    machine.refuse_long_path(str(folder / f"999-{key}"))
    with runtimes.locked(folder) as descriptor:
        programs.held = descriptor
        programs.log = folder / runtimes.LOG
        programs.log.write_text("", encoding="utf-8")
        runtimes.remove(runtimes.rubbish(folder))
        machine.refuse_full_disk(folder, needed_bytes)
        environment = runtimes.new_environment(folder, key)
        try:
            yield environment
        finally:
            if not (environment / runtimes.COMPLETE).exists():
                shutil.rmtree(runtimes.long_path(environment), ignore_errors=True)


def _make(environment: Path, programs: Programs, *, has_pip: bool) -> None:
    command = [sys.executable, "-I", "-m", "venv", environment]
    status, printed = programs.run([*command, *([] if has_pip else ["--without-pip"])])
    if status != 0:
        last = (printed.strip().splitlines() or [f"exit status {status}"])[-1]
        raise InstallError(
            f"the Python of this Blender ({sys.executable}) cannot make an environment"
            f"{' with pip' if has_pip else ''} ({last[:120]}); use an existing Python"
            f"{', or Install from Folder, which needs no pip' if has_pip else ''}"
        )


def _fill(
    environment: Path,
    found: list[Path],
    scratch: Path,
    *,
    backend: str,
    programs: Programs,
    meter: Meter,
) -> Runtime:
    """Unpacks the wheels, tests what came out, and declares it complete."""
    meter.begin("Unpacking")
    wheels.unpack(found, environment, meter.add)
    shutil.rmtree(runtimes.long_path(scratch))
    meter.begin("Testing")
    python = machine.interpreter_of(environment)
    runtime = asking.ask(python, programs, runtimes.bytes_under(environment))
    asking.refuse_without_device(runtime, backend)
    runtimes.complete(environment, runtime)
    return runtime


def _keep_models(copies: list[Path], folder: Path) -> None:
    """Keeps the models that the extension does not bring itself, each whole or not at all."""
    for copy in copies:
        shipped = SHIPPED_MODELS / copy.name
        if shipped.is_file() and shipped.read_bytes() == copy.read_bytes():
            continue
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f"{copy.name}.part"
        shutil.copyfile(copy, draft)
        os.replace(draft, folder / copy.name)
