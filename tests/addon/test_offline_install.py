"""From the zip to the first mesh in an empty Blender without a network, click by click.

Real files throughout: the package, the bundle with the wheels that pip fetches, the shipped model.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import build

pytestmark = [pytest.mark.blender, pytest.mark.slow]

packaging, bundling = build.development("packaging"), build.development("bundling")

SCRIPT = Path(__file__).parent / "offline_script.py"
PICTURE = build.ROOT / "tests" / "data" / "example_chair.png"

CAN_CLOSE_NETWORK = (
    shutil.which("unshare") is not None
    and subprocess.run(["unshare", "--net", "true"], capture_output=True).returncode == 0
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """The extension's zip, of the files as they are."""
    folder = tmp_path_factory.mktemp("zip")
    return packaging.write_zip(packaging.stage(folder / "stage"), folder)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """The real bundle for this machine's CPU and the Python that runs the tests."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    try:
        return bundling.bundle(tmp_path_factory.mktemp("the bundle"), version, "cpu")
    except bundling.IsoformError as error:
        pytest.skip(f"pip's configuration does not offer the wheels: {error}")


WATCHER = (
    "import sys, os; "
    "note = lambda words: os.write(os.open({path!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND), "
    "(words + chr(10)).encode()); "
    "note('watching ' + str(os.getpid())); "
    "sys.addaudithook(lambda event, _: event.startswith('socket.') and note(event))\n"
)
"""A line that Python runs at its start; the file then has every use of a socket."""


def drive(archive, user, bundle="", python=""):
    """What the script tells of a Blender with that user folder, and the seconds it took."""
    pytest.importorskip("bpy", reason="Blender's module is not installed")
    command = [sys.executable, "-I", str(SCRIPT), "--"]
    watcher = user.parent / "watcher.txt"
    watcher.write_text(WATCHER.format(path=str(user.parent / "sockets.txt")))
    command += [str(archive), str(bundle), str(PICTURE), str(python), str(watcher)]
    if CAN_CLOSE_NETWORK:
        command = ["unshare", "--net", *command]
    settings = {**os.environ, "BLENDER_USER_RESOURCES": str(user)}
    began = time.monotonic()
    done = subprocess.run(command, env=settings, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1]), time.monotonic() - began


def test_a_watched_python_tells_of_its_sockets(tmp_path):
    noted = tmp_path / "sockets.txt"
    words = WATCHER.format(path=str(noted)) + "import socket; socket.socket().close()"
    subprocess.run([sys.executable, "-I", "-c", words], check=True)
    assert noted.read_text().splitlines()[1:] == ["socket.__new__"]


def test_from_the_zip_to_the_first_mesh_without_a_network_or_socket(
    archive, bundle, tmp_path, capsys
):
    told, seconds = drive(archive, tmp_path / "Zoë's файлы 模型", bundle)
    assert told["faces"] > 1000
    assert len(told["clicks"]) <= 4
    # three minutes are promised of a machine that has nothing else to do
    assert seconds < 180 or os.getloadavg()[0] > os.cpu_count()
    assert not told["online"]
    assert not told["install"]
    noted = (tmp_path / "sockets.txt").read_text().splitlines()
    watched = [line for line in noted if line.startswith("watching")]
    assert told["installers"] >= 1
    assert len(watched) >= 1 + told["installers"] + 1, "Blender, the installer and the worker"
    assert [line for line in noted if line not in watched] == []
    assert told["python"].startswith(told["user"])
    assert told["state"][0].startswith("Ready: torch 2.13.0+cpu, Python 3.")
    with capsys.disabled():
        clicks = ", ".join(f"{name} {count} s" for name, count in told["clicks"])
        sys.stdout.write(f"\nfrom the zip to the first mesh in {seconds:.0f} s: {clicks}\n")


def test_with_a_chosen_python_two_clicks_make_a_mesh(archive, tmp_path):
    told, _ = drive(archive, tmp_path / "user", python=sys.executable)
    assert told["faces"] > 1000
    assert len(told["clicks"]) == 2
    assert told["python"] == sys.executable
