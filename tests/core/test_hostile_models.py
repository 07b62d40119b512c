"""Model files made to do harm are refused by both readers with one sentence, and cost little."""

import json
import struct
import tracemalloc
from pathlib import Path

import pytest

from core.errors import ModelFileError
from core.models.card import CARD_KEY, read_card
from core.models.checkpoint import FORMAT_VERSION, read_model_file

CARD = {
    "format": FORMAT_VERSION,
    **{"name": "mine", "categories": [], "licence": "mine", "trained_on": {}, "scores": {}},
    **{"decoder": {}, "image_encoder": {}},
}

LITTLE_BYTES = 20_000_000
"""The most that refusing a file of a few bytes may take of memory."""


def tensor(begin: int, end: int, shape: list[int], dtype: str = "F32") -> dict:
    """A tensor's entry in the header."""
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def write(path: Path, tensors: dict | bytes, length: int | None = None) -> Path:
    """A model file of 64 bytes of data with these entries, and a card that is sound."""
    if isinstance(tensors, dict):
        header = {"__metadata__": {CARD_KEY: json.dumps(CARD)}, **tensors}
        text = json.dumps(header).encode()
    else:
        text = tensors
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + bytes(64))
    return path


@pytest.fixture(autouse=True)
def _little_memory():
    """Holds every test to little memory, as Python counts it."""
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < LITTLE_BYTES


@pytest.mark.parametrize("read", [read_card, read_model_file])
@pytest.mark.parametrize("length", [2**63 - 1, 2**64 - 1, 10**12, 99_000_000, 0])
def test_an_absurd_length_of_the_header_is_refused(tmp_path, read, length):
    path = write(tmp_path / "long.safetensors", {}, length)
    with pytest.raises(ModelFileError, match=r"truncated or no \.safetensors file"):
        read(path)


@pytest.mark.parametrize("read", [read_card, read_model_file])
@pytest.mark.parametrize("bracket", [b"[", b'{"a":'])
def test_a_header_of_endless_depth_is_refused(tmp_path, read, bracket):
    path = write(tmp_path / "deep.safetensors", bracket * 100_000)
    with pytest.raises(ModelFileError, match=r"truncated or no \.safetensors file"):
        read(path)


@pytest.mark.parametrize("read", [read_card, read_model_file])
def test_a_card_of_endless_depth_is_refused(tmp_path, read):
    header = {"__metadata__": {CARD_KEY: "[" * 100_000}, "w": tensor(0, 64, [16])}
    path = write(tmp_path / "deep.safetensors", json.dumps(header).encode())
    with pytest.raises(ModelFileError, match=r"card of .* cannot be read"):
        read(path)


@pytest.mark.parametrize(
    "tensors",
    [
        {"w": tensor(-4, 0, [1])},
        {"w": tensor(8, 4, [1])},
        {"w": tensor(0, 4, [2])},
        {"w": tensor(0, 2**40, [2**38])},
        {"w": tensor(0, 64, [2**62, 2**62, 16])},
        {"w": tensor(0, 64, [-16])},
        {"v": tensor(0, 64, [16]), "w": tensor(0, 64, [16])},
        {"v": tensor(0, 40, [10]), "w": tensor(32, 64, [8])},
        {"v": tensor(0, 16, [4]), "w": tensor(32, 64, [8])},
        {"w": tensor(0, 64, [64], dtype="PICKLE")},
        {"w": {"dtype": "F32"}},
        {"w": "/etc/passwd"},
    ],
    ids=[
        *("negative", "backwards", "too short", "beyond the end", "overflow", "negative shape"),
        *("same place", "overlap", "gap", "unknown type", "no place", "no entry"),
    ],
)
def test_tensors_that_lie_where_none_may_are_refused(tmp_path, tensors):
    path = write(tmp_path / "crooked.safetensors", tensors)
    with pytest.raises(ModelFileError, match=r"truncated or no \.safetensors file"):
        read_model_file(path)


def test_a_pickle_under_a_models_name_is_refused_and_not_run(tmp_path):
    ran = tmp_path / "ran"
    # what pickle.load would run: open(ran, "w")
    pickled = b"cbuiltins\nopen\n(V" + str(ran).encode() + b"\nVw\ntR."
    path = tmp_path / "model.safetensors"
    path.write_bytes(pickled)
    for read in (read_card, read_model_file):
        with pytest.raises(ModelFileError, match=r"truncated or no \.safetensors file"):
            read(path)
    assert not ran.exists()
