"""Every failure that a user can cause, each with its remedy.

A message has three parts: what is wrong, the value that was found, what to do. It is
one sentence for a person, shown in the panel or on stderr; the command then exits 2.
Where a button can do what the sentence says, the error carries its name as well.
A caller's mistake in code is a `ValueError`, never one of these.
"""

import errno

SMALLER_RESOLUTION = "smaller_resolution"
USE_CPU = "use_cpu"
ANOTHER_MODEL = "another_model"
INSTALL_RUNTIME = "install_runtime"
ANOTHER_PYTHON = "another_python"
FREE_DISK = "free_disk"

REMEDIES = (
    *(SMALLER_RESOLUTION, USE_CPU, ANOTHER_MODEL),
    *(INSTALL_RUNTIME, ANOTHER_PYTHON, FREE_DISK),
)
"""What a button can do about a failure; an empty text stands for none of it."""


class IsoformError(Exception):
    """The family: whoever catches it shows `str(error)` and leaves everything as it was.

    Args:
        sentence: For the user.
        remedy: One of `REMEDIES`; the class's own when not given.

    Raises:
        ValueError: The remedy is unknown.
    """

    remedy = ""

    def __init__(self, sentence: str = "", *, remedy: str | None = None) -> None:
        super().__init__(sentence)
        if remedy is not None:
            if remedy not in ("", *REMEDIES):
                raise ValueError(f"the remedy {remedy!r} is unknown")
            self.remedy = remedy


class InputError(IsoformError):
    """A picture, mesh, path or option given by the user cannot be used."""


class UnknownShapeError(InputError):
    """Points look like nothing that the model knows, so no surface can be made of them."""


class ModelFileError(IsoformError):
    """A model file is missing, truncated, foreign, or of another format version."""

    remedy = ANOTHER_MODEL


class EmptySurfaceError(IsoformError):
    """The field never crosses the iso-level, so there is no surface to show."""


class OutOfMemoryError(IsoformError):
    """The device has too little memory for what was asked."""

    remedy = SMALLER_RESOLUTION


class Cancelled(IsoformError):
    """The user asked to stop; nothing was changed."""


class WorkerError(IsoformError):
    """The worker process died, hung, or could not be started."""


class InstallError(IsoformError):
    """The engine's own Python environment could not be made, found or checked."""

    remedy = INSTALL_RUNTIME


def remedy_of(error: OSError) -> str:
    """What helps when a file cannot be written: disk space, where that is what lacks."""
    full = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return FREE_DISK if error.errno in full else ""
