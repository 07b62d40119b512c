"""Names for results: from their inputs', safe on every system, unique in their folder.

A picture's name may come from anywhere. What becomes of it here has no folder in it, is none of
the names that Windows keeps for devices, fits every file system, and never names a file that
somebody else has put into the output folder. The rules are written out here, not taken from
pathvalidate: Blender's own Python loads this file, and has none of the engine's libraries.
"""

import itertools
import os
import unicodedata
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

from ..errors import InputError

FORBIDDEN = frozenset('<>:"/\\|?*')
"""In names of files on Windows; others allow more."""

DEVICES = frozenset(
    ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"]
    + [f"{name}{digit}" for name in ("COM", "LPT") for digit in "0123456789\u00b9\u00b2\u00b3"]
)
"""Names that mean a device on Windows, whatever suffix follows."""

LONGEST_BYTES = 120
"""Of a stem: with a number and a suffix it fits every file system."""

USUAL_LIMIT = 255
"""Longest name of a file where the system cannot tell: that of NTFS, APFS, ext4 and XFS."""

UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Unicode's categories of characters that show nothing, or change what others show."""


def safe_stem(name: str) -> str:
    """`name` as the stem of a file's name on every system; never empty, never a folder."""
    text = unicodedata.normalize("NFC", name)
    text = "".join(
        "_" if each in FORBIDDEN or unicodedata.category(each) in UNSEEN else each for each in text
    )
    text = text.strip(" .")
    text = text.encode()[:LONGEST_BYTES].decode(errors="ignore").rstrip(" .")
    if text.split(".")[0].rstrip().upper() in DEVICES:
        text = f"_{text}"
    return text or "shape"


def unfinished_path(path: Path, suffix: str = ".tmp") -> Path:
    """A hidden file beside `path`, to be renamed to it once it is whole.

    Its name is new every time, and short: one that is made of the final name would be too long
    where that name is as long as the file system allows.

    Args:
        path: Of the file that is to be written.
        suffix: For programs that go by it.
    """
    return path.with_name(f".{uuid.uuid4().hex}{suffix}")


def check_name(path: Path) -> None:
    """Finds out, before any work is done, whether the file system allows a name of that length.

    Raises:
        InputError: It does not.
    """
    if os.name == "nt":
        length, unit = len(path.name.encode("utf-16-le", "surrogatepass")) // 2, "characters"
    else:
        length, unit = len(os.fsencode(path.name)), "bytes"
    longest = _longest_name(path.parent)
    if length > longest:
        raise InputError(
            f"the name of the output '{path.name}' has {length} {unit}, and its file system takes "
            f"at most {longest}; choose a shorter one"
        )


class OutputNames:
    """Hands out names, none twice; letters that differ only in case count as the same.

    Args:
        is_taken: Whether a name belongs to something else already.
    """

    def __init__(self, is_taken: Callable[[str], bool]) -> None:
        self._is_taken = is_taken
        self._given: set[str] = set()

    def keep(self, stem: str, endings: Sequence[str]) -> bool:
        """Whether an input may have the name again that it had before.

        Args:
            stem: As a log tells it, so anything.
            endings: Of all files that the name is for.
        """
        names = {_folded(stem + each) for each in endings}
        if stem != safe_stem(stem) or names & self._given:
            return False
        self._given |= names
        return True

    def claim(self, stem: str, endings: Sequence[str]) -> str:
        """The safe stem itself, or with the first number that makes all its names free."""
        stem = safe_stem(stem)
        for number in itertools.count(1):
            candidate = stem if number == 1 else f"{stem}_{number}"
            names = [candidate + each for each in endings]
            folded = {_folded(each) for each in names}
            if not folded & self._given and not any(map(self._is_taken, names)):
                self._given |= folded
                break
        return candidate


def _longest_name(folder: Path) -> int:
    """Of a file in the folder, in bytes; in UTF-16 units on Windows."""
    try:
        told = os.pathconf(folder, "PC_NAME_MAX")
    except (AttributeError, OSError, ValueError):  # Windows; no such folder; a system without it
        return USUAL_LIMIT
    return told if told > 0 else USUAL_LIMIT


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
