"""The shapes of a model's card are found in a folder, in the card's order."""

from dataclasses import replace

import pytest

from core.errors import InputError
from core.evaluate.subjects import assets_of_card
from core.models.checkpoint import read_model_file


@pytest.fixture
def card(tiny_model):
    def naming(train, test):
        known = read_model_file(tiny_model).card
        return replace(known, trained_on={"assets": "none", "train": train, "test": test})

    return naming


def test_a_card_s_shapes_are_found_in_its_order(card, library):
    train, test = assets_of_card(card(["can/can_2", "box/box_0"], ["can/can_0"]), library)
    assert [asset.key for asset in train] == ["can/can_2", "box/box_0"]
    assert [asset.key for asset in test] == ["can/can_0"]


def test_of_a_card_that_names_nothing_there_is_nothing(card, library):
    assert assets_of_card(card([], []), library) == ([], [])


def test_shapes_that_a_folder_lacks_are_counted_and_the_first_is_named(card, library):
    named = card(["box/box_0", "box/gone"], ["can/can_9"])
    with pytest.raises(InputError, match=r"lacks 2 of the assets .* \(box/gone, \.\.\.\); name"):
        assets_of_card(named, library)
