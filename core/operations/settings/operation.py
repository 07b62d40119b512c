"""What an operation is, said once: its name, what goes in, and what may be set."""

from dataclasses import dataclass
from typing import Literal

from .common import EngineSettings


@dataclass(frozen=True)
class Command:
    """How an operation stands on the command line, beside its settings."""

    help: str
    """Line in the list of commands."""

    description: str
    """Paragraph above the options."""

    epilog: str
    """Paragraph below the options."""


@dataclass(frozen=True)
class Operation:
    """One thing that the engine does for a person."""

    name: str
    """Verb: the command's name and the operator's, and the kind of its request."""

    inputs: Literal["pictures", "meshes"]
    """What is given: pictures of one object, or meshes that are parts of one shape."""

    settings: type[EngineSettings]
    """Class of what may be set."""

    command: Command | None = None
    """Place on the command line; None where it has none."""
