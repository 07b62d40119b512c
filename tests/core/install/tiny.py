"""Tiny wheels and bundles, and installers: real files and processes, with modules of few lines."""

import json
import subprocess
import sys
import time
import zipfile
from pathlib import Path

from core.files import json_lines
from core.install import bundles, installer, machine, messages, probe
from core.worker import protocol as worker_messages

FAKE_TORCH = """
__version__ = "2.13.0+cpu"

class _Tensor:
    def add(self, number):
        return self

    def sum(self):
        return 1.0

def zeros(count, device):
    if device != "cpu":
        raise RuntimeError("no such device")
    return _Tensor()
"""


def make_wheel(folder, name, files, version="1.0"):
    """Writes a wheel with those files (name -> text) and returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    about = f"{name}-{version}.dist-info"
    metadata = {
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{each},,\n" for each in (*files, *metadata, f"{about}/RECORD"))
    with zipfile.ZipFile(path, "w") as archive:
        for each, text in {**files, **metadata, f"{about}/RECORD": record}.items():
            archive.writestr(each, text)
    return path


def engine_files():
    """Modules that stand for all that the engine imports."""
    files = {}
    for name in probe.MODULES:
        parts = name.split(".")
        for depth in range(1, len(parts) + 1):
            files["/".join([*parts[:depth], "__init__.py"])] = ""
    return files | {"torch/__init__.py": FAKE_TORCH}


def describe(folder, **changes):
    """Writes `bundle.json` for this machine, or with `changes`."""
    bundles.describe(folder, "cpu", machine.platform_name(), machine.python_tag())
    if changes:
        told = json.loads((folder / bundles.NAME).read_text()) | changes
        (folder / bundles.NAME).write_text(json.dumps(told))
    return folder


def site_packages(environment: Path) -> Path:
    """Where the modules of a runtime lie."""
    return next(environment.glob("[Ll]ib*/**/site-packages"))


class Process:
    """An installer's process, as Blender starts it."""

    def __init__(self, folder, request, prefix=(), **options):
        folder.mkdir(parents=True, exist_ok=True)
        self.events_path = folder / worker_messages.EVENTS_NAME
        with (folder / "log").open("w") as log:
            self.process = subprocess.Popen(
                [*prefix, sys.executable, "-I", installer.__file__, str(folder)],
                stdin=subprocess.PIPE,
                stderr=log,
                **options,
            )
        self.send(request)

    def send(self, request):
        """Writes one request."""
        self.process.stdin.write(json_lines.line_of(request))
        self.process.stdin.flush()

    def events(self):
        """Everything said so far."""
        if not self.events_path.exists():
            return []
        whole = self.events_path.read_bytes().split(b"\n")[:-1]
        return [messages.event_from_line(line) for line in whole]

    def until(self, condition, limit_s=60.0):
        """Waits until `condition` holds for an event, and returns that."""
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            for event in self.events():
                if condition(event):
                    return event
            time.sleep(0.02)
        raise AssertionError(f"not within {limit_s} s: {self.events()[-3:]}")

    def answer(self):
        """The event that ends it."""
        return self.until(lambda event: not isinstance(event, messages.Progress))
