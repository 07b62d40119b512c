"""The installer's process: what it makes, what it leaves when it fails, and whom it tells."""

import contextlib
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.install import machine, messages, runtimes
from tests.core.install.tiny import describe, make_wheel, site_packages

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="plays with POSIX processes")


def environments(order) -> list[str]:
    """Names of the runtimes' folders."""
    names = (each.name for each in Path(order.folder).glob("*-*"))
    return sorted(names)


def add_much(bundle: Path, megabytes: int = 300) -> None:
    """Makes unpacking the bundle take a while."""
    block = "x" * 1_000_000
    make_wheel(bundle / "wheels", "much", {f"much/{n}.txt": block for n in range(megabytes)})
    describe(bundle)


def test_a_bundle_becomes_the_current_runtime(start, order) -> None:
    installer = start(order)
    answer = installer.answer()
    assert isinstance(answer, messages.Runtime), answer
    assert (answer.torch, answer.devices) == ("2.13.0+cpu", ("cpu",))
    environment, runtime = runtimes.current(Path(order.folder))
    assert runtime == answer
    assert runtimes.working_python(Path(order.folder)) == Path(answer.python)
    assert answer.python.startswith(str(environment))
    assert sorted(each.name for each in environment.iterdir() if each.name == "bundle") == []
    assert (Path(order.models) / "mine.safetensors").read_bytes() == b"weights"
    stages = [each.stage for each in installer.events() if isinstance(each, messages.Progress)]
    assert list(dict.fromkeys(stages)) == ["Preparing", "Checking", "Unpacking", "Testing"]
    assert "probe.py" in (Path(order.folder) / runtimes.LOG).read_text()
    assert installer.process.wait(10) == 0


def test_a_second_installation_replaces_the_first_once_it_has_passed(start, order) -> None:
    first = start(order).answer()
    second = start(order).answer()
    assert first.python != second.python
    assert runtimes.current(Path(order.folder))[1] == second
    assert start(messages.Tidy(order.folder, everything=False)).answer() == messages.Tidied(0)
    assert [each[:2] for each in environments(order)] == ["2-"]
    assert start(messages.Tidy(order.folder, everything=True)).answer() == messages.Tidied(0)
    assert environments(order) == []


@contextlib.contextmanager
def counting_server() -> Iterator[tuple[str, list[object]]]:
    """A server's address, and who has called."""
    calls: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    caller, address = server.accept()
                    calls.append(address)
                    caller.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", calls
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def test_a_bundle_needs_no_network_whatever_pip_is_configured_to(start, order) -> None:
    with counting_server() as (address, calls):
        names = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "HTTP_PROXY", "HTTPS_PROXY", "https_proxy")
        installer = start(order, env={**os.environ, **dict.fromkeys(names, address)})
        assert isinstance(installer.answer(), messages.Runtime)
        assert calls == []
        socket.create_connection(("127.0.0.1", int(address.rsplit(":", 1)[1]))).close()
        time.sleep(0.2)
        assert len(calls) == 1


def test_an_engine_that_fails_its_import_test_leaves_the_old_one(start, order) -> None:
    old = start(order).answer()
    broken = {"igl/__init__.py": "raise ImportError('no such symbol')"}
    make_wheel(Path(order.bundle) / "wheels", "zz_broken", broken)
    describe(Path(order.bundle))
    answer = start(order).answer()
    assert "lacks libigl (ImportError: no such symbol)" in answer.sentence
    assert runtimes.current(Path(order.folder))[1] == old
    assert len(environments(order)) == 1


def test_an_engine_without_the_wanted_device_leaves_the_old_one(start, order) -> None:
    describe(Path(order.bundle), backend="cuda")
    answer = start(order).answer()
    assert "torch 2.13.0+cpu was installed and finds no device for CUDA" in answer.sentence
    assert environments(order) == []


def test_a_cancel_stops_it_and_removes_what_was_begun(start, order) -> None:
    add_much(Path(order.bundle))
    installer = start(order)
    installer.until(lambda event: getattr(event, "stage", "") == "Unpacking")
    began = time.monotonic()
    installer.send(messages.Cancel())
    assert installer.answer() == messages.Abandoned()
    assert time.monotonic() - began < 5
    assert environments(order) == []


@pytest.mark.parametrize("end", ["Blender closed", "killed"])
def test_what_an_interrupted_installer_leaves_is_removed_by_the_next(start, order, end) -> None:
    old = start(order).answer()
    add_much(Path(order.bundle))
    installer = start(order)
    installer.until(lambda event: getattr(event, "stage", "") == "Unpacking")
    if end == "killed":
        installer.process.kill()
    else:
        installer.process.stdin.close()
    installer.process.wait(2)
    assert runtimes.current(Path(order.folder))[1] == old
    assert not runtimes.is_locked(Path(order.folder))
    assert len(environments(order)) == 2
    assert start(messages.Tidy(order.folder, everything=False)).answer() == messages.Tidied(0)
    assert len(environments(order)) == 1


def test_of_two_at_once_one_installs_and_the_other_says_so(start, order) -> None:
    add_much(Path(order.bundle))
    first = start(order)
    first.until(lambda event: getattr(event, "stage", "") == "Unpacking")
    first.process.send_signal(signal.SIGSTOP)
    try:
        second = start(order).answer()
    finally:
        first.process.send_signal(signal.SIGCONT)
    assert "another Blender is installing the engine in" in second.sentence
    assert isinstance(first.answer(), messages.Runtime)


def test_a_full_disk_is_one_clear_sentence_and_leaves_nothing(start, order) -> None:
    make_wheel(Path(order.bundle) / "wheels", "big", {"big.bin": "x" * 3_000_000})
    describe(Path(order.bundle))

    def allow_small_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))

    answer = start(order, preexec_fn=allow_small_files).answer()
    assert "a file of the engine cannot be written" in answer.sentence
    assert "free some disk space" in answer.sentence
    assert environments(order) == []


CAN_MOUNT = (
    shutil.which("unshare") is not None
    and subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode == 0
)


@pytest.mark.skipif(not CAN_MOUNT, reason="a read-only home needs the right to mount")
def test_a_read_only_home_is_one_clear_sentence(start, tmp_path: Path, bundle: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    order = messages.InstallBundle(str(home / "rt"), str(bundle), str(home / "models"))
    words = 'mount -t tmpfs -o ro none "$0" && exec "$@"'
    answer = start(order, prefix=["unshare", "--mount", "sh", "-c", words, str(home)]).answer()
    assert "rt cannot be written (Read-only file system); set BLENDER_USER_RES" in answer.sentence


def test_modules_of_the_runtime_lie_in_the_runtime(start, order) -> None:
    start(order).answer()
    environment, _ = runtimes.current(Path(order.folder))
    assert (site_packages(environment) / "torch" / "__init__.py").is_file()
    assert machine.interpreter_of(environment).is_file()
