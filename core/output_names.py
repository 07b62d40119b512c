"""Names for results: from their inputs', safe on every system, unique in their folder.

A picture's name may come from anywhere. What becomes of it here has no folder in it, is none of
the names that Windows keeps for devices, fits every file system, and never names a file that
somebody else has put into the output folder.
"""

import itertools
import unicodedata
from collections.abc import Callable, Sequence

FORBIDDEN = frozenset('<>:"/\\|?*')
"""In names of files on Windows; others allow more."""

DEVICES = frozenset(
    ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"]
    + [f"{name}{digit}" for name in ("COM", "LPT") for digit in "0123456789\u00b9\u00b2\u00b3"]
)
"""Names that mean a device on Windows, whatever suffix follows."""

LONGEST_BYTES = 120
"""Of a stem: with a number, a suffix and a temporary name's additions it stays below 255."""

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


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
