"""Every failure that a user can cause, each with its remedy.

A message has three parts: what is wrong, the value that was found, what to do. It is
one sentence for a person, shown in the panel or on stderr; the command then exits 2.
A caller's mistake in code is a `ValueError`, never one of these.
"""


class IsoformError(Exception):
    """The family: whoever catches it shows `str(error)` and leaves everything as it was."""


class InputError(IsoformError):
    """A picture, mesh, path or option given by the user cannot be used."""


class ModelFileError(IsoformError):
    """A model file is missing, truncated, foreign, or of another format version."""


class EmptySurfaceError(IsoformError):
    """The field never crosses the iso-level, so there is no surface to show."""


class OutOfMemoryError(IsoformError):
    """The device has too little memory for what was asked."""


class Cancelled(IsoformError):
    """The user asked to stop; nothing was changed."""


class WorkerError(IsoformError):
    """The worker process died, hung, or could not be started."""
