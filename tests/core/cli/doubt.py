"""What running a command gives, and what it says of pictures that no model knows."""

import re
from collections.abc import Callable

Run = Callable[..., tuple[int, str, str]]
"""Exit status, stdout and stderr of a command with these options."""


def doubt_of(err: str) -> str:
    """What the tiny model, which has learned nothing, says on stderr of every picture."""
    times = re.search(r"\(([0-9.]+) times", err)
    return (
        f"isoform: the picture looks like nothing that the model knows ({times and times[1]} times "
        "as far from all that it has learned as those are from each other); this is only the "
        "nearest lamp\n"
    )
