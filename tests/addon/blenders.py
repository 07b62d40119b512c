"""Blenders as tests start them: each with an empty user folder, the zip installed by its command.

The newest module of Blender always; `build.py test --all` makes those of 4.2 and 4.5, and a full
Blender comes from the environment variable ISOFORM_BLENDER or the PATH.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import build

INSTALL_BY_MODULE = """
import sys, bpy
from bl_pkg.bl_extension_cli import cli_extension_handler
sys.exit(cli_extension_handler(sys.argv[1:]))
"""
"""What `blender --command extension` runs, for a Blender that is a Python module."""

INSTALL_FROM = """
import sys, bpy
from bl_pkg.bl_extension_cli import cli_extension_handler as run
bpy.context.preferences.system.use_online_access = True
sys.exit(
    run(["repo-add", "--clear-all", "--url=" + sys.argv[1], "studio"])
    or run(["install", "--sync", "--enable", "studio.isoform"])
)
"""
"""Blender asks for online access before it looks at any repository, be it a folder on this disk."""

LIMIT_S = 300
"""Of one Blender: reconstruction and completion on two cores take a tenth of it."""


class Blender:
    """One Blender, with an empty user folder of its own."""

    def __init__(self, user: Path) -> None:
        self.environment = {**os.environ, "BLENDER_USER_RESOURCES": str(user)}

    def run(self, command: list[str | Path]) -> str:
        """What the command printed, which ended well."""
        done = subprocess.run(
            list(map(str, command)),
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT_S,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout


class ModuleBlender(Blender):
    """Blender as a module of the interpreter `python`."""

    def __init__(self, user: Path, python: str) -> None:
        super().__init__(user)
        self.python = python

    def extension(self, *arguments: str | Path) -> str:
        """Runs a command of `blender --command extension`."""
        return self.run([self.python, "-c", INSTALL_BY_MODULE, *arguments])

    def install_from(self, url: str) -> str:
        """Adds the repository, alone, and installs the extension from it."""
        return self.run([self.python, "-c", INSTALL_FROM, url])

    def script(self, path: Path, *arguments: str | Path) -> str:
        """Runs a script without a window."""
        return self.run([self.python, path, "--", *arguments])


class FullBlender(Blender):
    """Blender as people start it."""

    def __init__(self, user: Path, command: str) -> None:
        super().__init__(user)
        self.command = command

    def extension(self, *arguments: str | Path) -> str:
        """Runs a command of `blender --command extension`."""
        return self.run([self.command, "--command", "extension", *arguments])

    def install_from(self, url: str) -> str:
        """Adds the repository, alone, and installs the extension from it."""
        added = self.extension("repo-add", "--clear-all", f"--url={url}", "studio")
        command = [self.command, "--online-mode", "--command", "extension", "install"]
        return added + self.run([*command, "--sync", "--enable", "studio.isoform"])

    def script(self, path: Path, *arguments: str | Path) -> str:
        """Runs a script without a window."""
        options = ["--background", "--python-exit-code", "1", "--python", path]
        return self.run([self.command, *options, "--", *arguments])

    def window(self, path: Path, *arguments: str | Path) -> str:
        """Runs a script in a window, on a screen of its own where there is none."""
        options = ["--window-geometry", "0", "0", "1600", "900", "--python", path]
        is_on_screen = sys.platform != "linux" or {"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ)
        screen = ["xvfb-run", "--auto-servernum", "--server-args=-screen 0 1600x900x24"]
        before = [] if is_on_screen or not shutil.which("xvfb-run") else screen
        return self.run([*before, self.command, *options, "--", *arguments])


def blender(name: str, user: Path) -> Blender:
    """The Blender of this name; skips where `build.py test` has not told of one.

    Args:
        name: "5.0", an older version, or "full".
        user: Empty folder, for what it remembers.
    """
    if name == "5.0":
        return ModuleBlender(user, sys.executable)
    variable = build.BLENDERS if name == "full" else f"{build.BLENDERS}_{name.replace('.', '')}"
    if not (command := os.environ.get(variable)):
        pytest.skip(f"{variable} is not set; build.py test --all sets it where it can")
    return FullBlender(user, command) if name == "full" else ModuleBlender(user, command)
