"""The table of architectures: a card's name opens its class, and no other name opens anything."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core.errors import ModelFileError
from core.models.architectures import ARCHITECTURES, open_model
from core.models.checkpoint import ModelFile, read_model_file
from core.models.protocol import Decoder, PictureModel, TrainableDecoder

CPU = torch.device("cpu")


def test_a_model_file_opens_as_what_its_card_names(tiny_model: Path) -> None:
    stored = read_model_file(tiny_model)
    opened = open_model(stored, CPU)
    assert type(opened) is ARCHITECTURES[stored.card.architecture]
    assert isinstance(opened, Decoder)
    assert isinstance(opened, TrainableDecoder)
    assert not isinstance(opened, PictureModel)
    assert opened.device == CPU
    assert opened.code_size == stored.tensors["codes"].shape[1]
    assert not any(each.requires_grad for each in opened.parameters())


def test_every_architecture_has_the_name_under_which_it_stands() -> None:
    assert {name: each.architecture for name, each in ARCHITECTURES.items()} == {
        name: name for name in ARCHITECTURES
    }


def test_an_unknown_architecture_is_refused_with_those_that_are_known(tiny_model: Path) -> None:
    stored = read_model_file(tiny_model)
    strange = ModelFile(replace(stored.card, architecture="hash grid"), stored.tensors)
    known = ", ".join(ARCHITECTURES)
    with pytest.raises(ModelFileError, match=f"'hash grid', which .* knows {known}"):
        open_model(strange, CPU)
