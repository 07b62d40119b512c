"""What a button can do about a failed job: ask for less, ask elsewhere, or open the right page."""

from dataclasses import replace
from typing import Any, Literal, cast

from ...core import errors
from ...core.operations.settings.common import ShapeSettings
from ...core.worker import protocol
from ..words import shown
from .job import Job

RESOLUTIONS = (16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)
"""What is offered instead of a higher one: each takes about half of the next one's memory."""

MODEL = "starter"
"""It ships with the extension, so it is always there."""

Page = Literal["isoform", "files"]
"""Of the preferences: the extension's own, or that of Blender's folders."""

PAGES: dict[str, tuple[Page, str]] = {
    errors.INSTALL_RUNTIME: ("isoform", "Install the Engine..."),
    errors.ANOTHER_PYTHON: ("isoform", "Choose Another Python..."),
    errors.FREE_DISK: ("files", "Choose Another Folder..."),
}
"""Where the cause can be removed, and what the button that leads there says."""


def smaller(resolution: int) -> int | None:
    """The next lower resolution; None below the lowest."""
    return max((each for each in RESOLUTIONS if each < resolution), default=None)


def label(job: Job) -> str:
    """What the button says; empty where there is none."""
    remedy = "" if job.failure is None else job.failure.remedy
    if page(job) is not None:
        return shown(PAGES[remedy][1])
    if (request := instead(job)) is None:
        return ""
    if remedy == errors.SMALLER_RESOLUTION:
        asked, less = _resolution(job.request), _resolution(request)
        return shown("Use {less} Instead of {asked}", less=less, asked=asked)
    return shown("Use the CPU" if remedy == errors.USE_CPU else "Use the Starter Model")


def instead(job: Job) -> protocol.Job | None:
    """The request that is more likely to go well; None where there is none."""
    remedy, request = "" if job.failure is None else job.failure.remedy, job.request
    if remedy == errors.SMALLER_RESOLUTION and isinstance(request, ShapeSettings):
        less = smaller(request.resolution)
        # mypy sees no field of `ShapeSettings` in what is a `Job` as well
        return None if less is None else replace(cast(Any, request), resolution=less)
    if remedy == errors.USE_CPU and request.device != "cpu":
        return replace(request, device="cpu")
    if remedy == errors.ANOTHER_MODEL and request.model != MODEL:
        return replace(request, model=MODEL)
    return None


def page(job: Job) -> Page | None:
    """The page of the preferences where the cause can be removed; None where that is no page."""
    remedy = "" if job.failure is None else job.failure.remedy
    return PAGES[remedy][0] if remedy in PAGES else None


def _resolution(request: protocol.Job) -> int:
    return request.resolution if isinstance(request, ShapeSettings) else 0
