"""What a model file says of itself, read without its weights and with the standard library alone.

A `.safetensors` file begins with eight bytes, the length of its header, and the header, which is
JSON. The card is a text of the header's metadata, and JSON again. Blender reads it to say which
categories a model knows; the engine's own reader is `models/checkpoint.py`.
"""

import json
import struct
from dataclasses import dataclass
from pathlib import Path

from ..errors import ModelFileError

ZOO = Path(__file__).parents[1] / "zoo"
"""Where the shipped models lie."""

CARD_KEY = "isoform"
"""Of the header's metadata."""

MAX_HEADER_BYTES = 100_000_000
"""The format's own limit; a longer header is no header."""


@dataclass(frozen=True)
class Card:
    """What is told of a model before it is used."""

    name: str

    categories: tuple[str, ...]
    """What it knows."""

    licence: str
    """Of the weights and of what they make."""

    assets: str
    """What it was trained on; empty where the card does not say."""


def model_path(model: str | Path) -> Path:
    """The file of a model: a name in `zoo`, or a path that ends in .safetensors.

    The file need not exist; reading it tells.
    """
    path = Path(model)
    if path.suffix == ".safetensors" or path.parent != Path():
        return path
    return ZOO / f"{path.name}.safetensors"


def read_card(path: Path) -> Card:
    """The card of a model file; costs a read of its header alone.

    Raises:
        ModelFileError: The file is missing, truncated, no model of ours, or its card is damaged.
    """
    try:
        text = _card_text(path)
    except OSError as error:
        raise ModelFileError(
            f"the model file {path} cannot be read ({error.strerror}); choose another"
        ) from error
    except (ValueError, AttributeError, RecursionError) as error:
        raise ModelFileError(
            f"{path} is truncated or no .safetensors file ({error}); download or copy it again"
        ) from error
    if not isinstance(text, str):
        raise ModelFileError(
            f"{path} is no model of ours: it has no card; choose a model that was made for this"
        )
    try:
        values = json.loads(text)
        trained_on = values.get("trained_on", {})
        return Card(
            name=str(values["name"]),
            categories=tuple(str(each) for each in values["categories"]),
            licence=str(values["licence"]),
            assets=str(trained_on.get("assets", "")),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelFileError(
            f"the card of {path} cannot be read ({error!r}); download or train the model again"
        ) from error


def _card_text(path: Path) -> object:
    """The card as it stands in the header; None where there is none.

    Raises:
        OSError: The file cannot be read.
        ValueError: It does not begin with a header.
    """
    with path.open("rb") as file:
        start = file.read(8)
        if len(start) < 8:
            raise ValueError(f"it has {len(start)} bytes")
        (length,) = struct.unpack("<Q", start)
        if length > MAX_HEADER_BYTES:
            raise ValueError(f"a header of {length} bytes")
        there = path.stat().st_size - len(start)
        if there < length:
            raise ValueError(f"{there} of {length} bytes of the header are there")
        header = file.read(length)
    return json.loads(header).get("__metadata__", {}).get(CARD_KEY)
