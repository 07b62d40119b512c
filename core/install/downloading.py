"""Wheels fetched by pip, as the user has configured it, and checked against the lock files."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from ..errors import InstallError
from .locks import Plan, pins_of
from .machine import BACKENDS
from .programs import Programs
from .runtimes import bytes_under

UNREACHABLE = ("Max retries", "timed out", "name resolution", "SSLError", "ProxyError", "NewConn")
"""What pip prints, among much else, when there is no way to an index."""

NO_TORCH = ("No matching distribution found for torch", "Cannot install torch")
"""What pip prints when no index has the release; the latter where a constraint is configured."""


def download(
    plan: Plan,
    backend: str,
    python: Path,
    folder: Path,
    *,
    programs: Programs,
    told: Callable[[int], None],
) -> list[Path]:
    """Fetches all wheels of the plan; PyTorch first, which is what may not be found.

    Args:
        plan: What to fetch.
        backend: Which the plan is for.
        python: Of an environment that has pip.
        folder: For the wheels; made when missing.
        programs: Runs pip.
        told: Called a few times a second with the bytes fetched so far; may raise `Cancelled`.

    Returns:
        The wheels' paths.

    Raises:
        InstallError: pip failed; the sentence says why as far as pip does.
        Cancelled: The user asked to stop.
        OSError: The folder cannot be written.
    """
    wheels, scratch = folder / "wheels", folder / "scratch"
    for each in (wheels, scratch):
        each.mkdir(parents=True, exist_ok=True)
    settings = os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))
    done = 0

    def watch() -> None:
        told(max(done, bytes_under(wheels), done + bytes_under(scratch)))

    def pip(*arguments: str | Path) -> None:
        nonlocal done
        command = [python, "-I", "-m", "pip", "--disable-pip-version-check", "--no-input"]
        command += ["download", "--only-binary=:all:", "--progress-bar=off", "--dest", wheels]
        status, printed = programs.run([*command, *arguments], settings=settings, watch=watch)
        if status != 0:
            raise InstallError(sentence_of(printed, backend, folder))
        done = bytes_under(wheels)

    index = ["--index-url", plan.wheel_index] if plan.wheel_index else []
    if plan.is_hashed:
        pip("--no-deps", "--require-hashes", "--requirement", plan.torch)
        pip("--no-deps", "--require-hashes", "--requirement", plan.engine)
    else:
        torch = next(pin for pin in pins_of(plan.torch.read_text()) if pin.startswith("torch=="))
        pip("--no-deps", *index, torch)
        pip("--no-deps", "--require-hashes", "--requirement", plan.engine)
        pins = folder / "pins.txt"
        pins.write_text("\n".join(pins_of(plan.engine.read_text())) + "\n")
        # the libraries that this build alone asks for; the rest is found beside it
        pip(*index, "--find-links", wheels, "--constraint", pins, torch)
    shutil.rmtree(scratch, ignore_errors=True)
    return sorted(wheels.glob("*.whl"))


def sentence_of(printed: str, backend: str, folder: Path) -> str:
    """What went wrong and what to do, from what pip printed.

    Args:
        printed: All of it.
        backend: What was to be installed for.
        folder: Where the wheels were to go.
    """
    if "No space left" in printed:
        return f"the disk of {folder} is full; free some space and press Install again"
    if "DO NOT MATCH THE HASHES" in printed:
        return (
            "a file that pip fetched is not the one that Isoform was tested with (its SHA-256 "
            "differs); nothing was installed: try again, or ask whoever runs your package index"
        )
    if any(words in printed for words in UNREACHABLE):
        return (
            "pip cannot reach its package index; check the network and the proxy, or use Install "
            "from Folder, which needs none"
        )
    if any(words in printed for words in NO_TORCH):
        return (
            f"pip finds no PyTorch for {BACKENDS[backend]} where it looks; choose it on PyTorch's "
            "installation page and paste the address after --index-url into Wheel Index, or take "
            "another backend"
        )
    lines = [line for line in printed.splitlines() if line.strip()] or ["no message"]
    last = ([line for line in lines if line.startswith("ERROR")] or lines)[-1]
    return f"pip failed ({last[:200]}); see the log, or use an existing Python"
