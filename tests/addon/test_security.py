"""A reconstruction and a completion open no socket, read no pickle and write where they may.

The installed extension and its worker run under Python's audit hooks, and where the system can,
in a namespace without a network and under strace, which sees what native libraries do.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.addon.blenders import blender

pytestmark = [
    pytest.mark.blender,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="the watched interpreter is a script"),
]

HERE = Path(__file__).parent
PICTURE = HERE.parent / "data" / "example_chair.png"


def works(*command: str) -> bool:
    """Whether this system lets the command run."""
    found = shutil.which(command[0])
    return found is not None and subprocess.run(command, capture_output=True).returncode == 0


WITHOUT_NETWORK = ["unshare", "--net"] if works("unshare", "--net", "true") else []
CAN_TRACE = works("strace", "-o", "/dev/null", "true")


@pytest.fixture(scope="module")
def watched(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """What Blender and the worker did, each a list of events, and what strace saw of the worker."""
    folder = tmp_path_factory.mktemp("watched")
    for name in ("user", "home", "temporary"):
        (folder / name).mkdir()
    logs = {name: folder / f"{name}.log" for name in ("blender", "worker", "strace")}
    trace = ["strace", "-f", "-qq", "-e", "trace=network", "-o", str(logs["strace"])]
    command = [*WITHOUT_NETWORK, *(trace if CAN_TRACE else []), sys.executable, "-I"]
    command += [str(HERE / "audited.py"), str(logs["worker"])]
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
    python.chmod(0o755)
    one = blender("5.0", folder / "user")
    homes = {"HOME": "home", "XDG_CACHE_HOME": "home", "TMPDIR": "temporary"}
    one.environment |= {key: str(folder / name) for key, name in homes.items()}
    one.extension("install-file", "--repo=user_default", archive)
    out = folder / "told.json"
    one.script(HERE / "security_script.py", logs["blender"], PICTURE, python, out)
    told = json.loads(out.read_text())
    return SimpleNamespace(
        folder=folder,
        told=told,
        strace=logs["strace"].read_text() if CAN_TRACE else None,
        **{name: events(logs[name]) for name in ("blender", "worker")},
    )


def events(log: Path) -> list[list[str]]:
    """The lines of an audit log."""
    return [json.loads(line) for line in log.read_text().splitlines()]


def named(found: list[list[str]], *beginnings: str) -> list[list[str]]:
    """The events whose names begin so."""
    return [event for event in found if event[0].startswith(beginnings)]


def test_both_jobs_were_done_and_watched(watched: SimpleNamespace) -> None:
    assert watched.told["said"] == ["{'FINISHED'}", "{'FINISHED'}"]
    assert named(watched.blender, "subprocess.Popen") != []
    assert named(watched.blender, "write") != []
    assert named(watched.worker, "write") != []


@pytest.mark.parametrize("process", ["blender", "worker"])
def test_no_socket_is_opened(watched: SimpleNamespace, process: str) -> None:
    beginnings = ("socket.", "urllib.", "http.", "ftplib.", "smtplib.")
    assert named(vars(watched)[process], *beginnings) == []


@pytest.mark.skipif(not CAN_TRACE, reason="there is no strace, or it may not trace")
def test_no_native_library_opens_a_socket(watched: SimpleNamespace) -> None:
    # of a thread that is killed meanwhile strace writes `???( <detached ...>`, which is no call
    calls = [line for line in watched.strace.splitlines() if re.match(r"(\d+ +)?\w+\(", line)]
    assert [line for line in calls if "AF_UNIX" not in line] == []
    # the C library asks its own cache of users and groups, which is no network
    assert [line for line in calls if "nscd" not in line and "connect(" in line] == []


@pytest.mark.parametrize("process", ["blender", "worker"])
def test_no_pickle_is_read(watched: SimpleNamespace, process: str) -> None:
    assert named(vars(watched)[process], "pickle.") == []


def test_the_worker_alone_is_started_and_without_a_shell(watched: SimpleNamespace) -> None:
    started = named(watched.blender, "subprocess.Popen", "os.")
    assert {event[1] for event in started} == {repr(str(watched.folder / "python"))}
    assert not [event for event in named(watched.worker, "subprocess.", "os.") if "sh'" in event[1]]


@pytest.mark.parametrize("process", ["blender", "worker"])
def test_files_are_written_in_the_users_and_the_temporary_folder_alone(
    watched: SimpleNamespace, process: str
) -> None:
    allowed = (str(watched.folder), os.devnull)
    written = {event[1] for event in named(vars(watched)[process], "write")}
    elsewhere = {path for path in written if not path.startswith(allowed)}
    # Python's own cache of compiled modules lies beside them
    assert {path for path in elsewhere if "/__pycache__" not in path} == set()
    assert {each.name for each in (watched.folder / "home").iterdir()} <= {
        "thumbnails"
    }  # Blender's
