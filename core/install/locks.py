"""The lock files: what a runtime is made of, by platform, backend and Python.

`engine.txt` is for all. Of PyTorch there is one file for each platform and backend, and where the
hashes are known for one Python alone, one more that names it.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from ..errors import InstallError
from . import machine

FOLDER = Path(__file__).parent / "locks"

UNKNOWN_BUILD_BYTES = (3_000_000_000, 7_000_000_000)
"""To download and on disk, of a build of PyTorch for a graphics card that no file describes."""


@dataclass(frozen=True)
class Plan:
    """What is to be installed, and what that takes."""

    engine: Path
    """Requirements with hashes, without PyTorch."""

    torch: Path
    """Requirements of PyTorch's build."""

    is_hashed: bool
    """Whether the file of PyTorch's build is complete and has hashes."""

    wheel_index: str
    """Where PyTorch's build is fetched from; empty: from where pip is configured to."""

    download_bytes: int

    disk_bytes: int
    """Of the finished runtime."""

    @property
    def needed_bytes(self) -> int:
        """On the disk, while the wheels lie beside what comes out of them."""
        return self.download_bytes + self.disk_bytes

    @property
    def key(self) -> str:
        """A few letters that stand for the content."""
        content = self.engine.read_bytes() + self.torch.read_bytes() + self.wheel_index.encode()
        return hashlib.sha256(content).hexdigest()[:6]


def plan(backend: str, wheel_index: str, platform: str, python: str) -> Plan:
    """What the backend takes on this platform.

    Args:
        backend: One of `machine.BACKENDS`.
        wheel_index: What the artist has pasted, in which an address is looked for; may be empty.
        platform: As of `machine.platform_name`.
        python: As of `machine.python_tag`.

    Raises:
        InstallError: PyTorch has no such build.
    """
    if backend not in machine.OFFERED.get(platform, ()):
        raise InstallError(
            f"PyTorch has no build for {machine.BACKENDS.get(backend, backend)} on "
            f"{platform or 'this kind of machine'}; choose another backend, or an existing Python"
        )
    address = address_in(wheel_index)
    engine = FOLDER / "engine.txt"
    names = (f"{platform}-{backend}-{python}.txt", f"{platform}-{backend}.txt")
    torch = next(FOLDER / name for name in names if (FOLDER / name).exists())
    sizes = [_sizes(engine.read_text()), _sizes(torch.read_text())]
    return Plan(
        engine=engine,
        torch=torch,
        is_hashed="--hash=" in torch.read_text() and not address,
        wheel_index=address,
        download_bytes=sum(download for download, _ in sizes),
        disk_bytes=sum(disk for _, disk in sizes),
    )


def address_in(pasted: str) -> str:
    """The index's address in what was pasted, which may be the whole command; or "".

    Raises:
        InstallError: There are words, and no address among them.
    """
    if not pasted.strip():
        return ""
    found = re.search(r"(?:https?|file)://[^\s\"']+", pasted)
    if found is None:
        raise InstallError(
            f"the wheel index '{pasted.strip()[:60]}' is no address; paste the one after "
            "--index-url on PyTorch's installation page, or leave it empty"
        )
    return found[0]


def needs_address(backend: str, platform: str) -> bool:
    """Whether PyTorch's build is not where pip looks unless it is told to."""
    return (platform, backend) not in {("linux", "cuda"), ("windows", "cpu"), ("macos", "mps")}


def pins_of(requirements: str) -> list[str]:
    """The `name==version` of each project, without hashes."""
    return [line.split()[0] for line in requirements.splitlines() if re.match(r"\w", line)]


def _sizes(requirements: str) -> tuple[int, int]:
    found = dict(re.findall(r"^# (download|disk)_bytes = (\d+)$", requirements, re.MULTILINE))
    if not found:
        return UNKNOWN_BUILD_BYTES
    return int(found["download"]), int(found["disk"])
