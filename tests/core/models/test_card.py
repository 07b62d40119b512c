"""A model's card is read without torch; what is no card is refused in one sentence."""

import json
import struct
from pathlib import Path

import pytest

from core.errors import ModelFileError
from core.models.card import CARD_KEY, MAX_HEADER_BYTES, Card, read_card
from core.models.checkpoint import read_model_file

ZOO = Path(__file__).parents[3] / "core" / "zoo"
CARD = {"name": "mine", "categories": ["boat"], "licence": "mine alone", "trained_on": {}}


@pytest.fixture
def model(tmp_path):
    """Makes a file of a header and no weights."""

    def make(header, name="mine.safetensors"):
        data = json.dumps(header).encode() if isinstance(header, dict) else header
        path = tmp_path / name
        path.write_bytes(struct.pack("<Q", len(data)) + data)
        return path

    return make


def with_card(card):
    text = card if isinstance(card, str) else json.dumps(card)
    return {"__metadata__": {CARD_KEY: text}}


def test_the_shipped_models_say_the_same_as_to_the_engine():
    for path in ZOO.glob("*.safetensors"):
        card, engines = read_card(path), read_model_file(path).card
        assert card.categories == tuple(engines.categories)
        assert (card.name, card.licence) == (engines.name, engines.licence)
        assert card.assets == engines.trained_on["assets"]


def test_a_card_without_assets_is_a_card(model):
    assert read_card(model(with_card(CARD))) == Card("mine", ("boat",), "mine alone", "")


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        (b"no JSON", "truncated or no .safetensors file"),
        (b"[]", "truncated or no .safetensors file"),
        ({}, "has no card"),
        ({"__metadata__": {CARD_KEY: 7}}, "has no card"),
        (with_card("{"), "card of .* cannot be read"),
        (with_card("[]"), "card of .* cannot be read"),
        (with_card({"name": "mine"}), "card of .* cannot be read"),
        (with_card(CARD | {"trained_on": 7}), "card of .* cannot be read"),
    ],
)
def test_what_has_no_card_is_refused(model, header, sentence):
    with pytest.raises(ModelFileError, match=sentence):
        read_card(model(header))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "it has 0 bytes"),
        (struct.pack("<Q", 100) + b"{}", "2 of 100 bytes"),
        (struct.pack("<Q", MAX_HEADER_BYTES + 1) + b"{}", "a header of 100000001 bytes"),
    ],
)
def test_a_truncated_file_is_refused(tmp_path, data, sentence):
    path = tmp_path / "short.safetensors"
    path.write_bytes(data)
    with pytest.raises(ModelFileError, match=sentence):
        read_card(path)


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(ModelFileError, match="cannot be read"):
        read_card(tmp_path / "none.safetensors")
