"""A job's report for an issue: versions, settings, times, sentence, the end of the log.

Nothing of a picture or a mesh is in it but names and numbers, and folders of the user's home
are written as ~.
"""

import json
import platform
import re
from dataclasses import asdict
from pathlib import Path

from .job import Job

HIDDEN = ("job", "folder")
"""Of a request: where this Blender keeps it says nothing."""


def report(job: Job, blender: str, extension: str) -> str:
    """Markdown text.

    Args:
        job: That has ended.
        blender: Blender's version.
        extension: The extension's version.
    """
    versions = {
        "Isoform": extension,
        "Blender": blender,
        "System": platform.platform(),
        **{f"Worker's {name}": each for name, each in job.versions.items()},
        "Device": f"{job.device or 'unknown'} (asked for: {job.request.device})",
    }
    settings = {key: each for key, each in asdict(job.request).items() if key not in HIDDEN}
    lines = [f"### Isoform: {job.request.kind}, {job.state}", ""]
    if job.failure is not None:
        lines += [f"> {job.failure.sentence}", ""]
    lines += [f"- {name}: {each}" for name, each in versions.items()]
    lines += [f"- Settings: `{json.dumps(settings, ensure_ascii=False)}`"]
    if job.seconds:
        seconds = ", ".join(f"{stage} {each:.2f}" for stage, each in job.seconds.items())
        lines += [f"- Seconds by stage: {seconds}"]
    if job.deaths:
        lines += [f"- Workers that ended by themselves: {job.deaths}"]
    if job.log_tail:
        lines += ["", "```", job.log_tail, "```"]
    return shortened("\n".join(lines) + "\n", str(Path.home()))


def shortened(text: str, home: str) -> str:
    """`text` with `home` as ~, however its path is written there."""
    escaped = json.dumps(home, ensure_ascii=False)[1:-1]
    for each in (home, escaped, home.replace("\\", "/")):
        if len(each) > 1:  # a home of / would make every path begin with ~
            text = re.sub(re.escape(each) + r"(?![\w.-])", "~", text)
    return text
