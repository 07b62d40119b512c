"""The picture encoder's training: which examples are drawn, and that it learns."""

import numpy as np
import pytest
import torch

from tests.core.train.trainings import (
    encoder_training,
    interpolated_boxes,
)


def test_categories_that_are_read_worse_are_drawn_more_often(packed):
    training = encoder_training(packed)
    training.errors = torch.tensor([4.0, 1.0])
    drawn = [training.draw_shapes(np.random.default_rng(seed)) for seed in range(400)]
    counts = np.bincount(np.concatenate(drawn), minlength=len(packed.assets))
    first, second = (counts[packed.category_numbers == number].mean() for number in (0, 1))
    assert first / second == pytest.approx(2, rel=0.1)  # the root of their errors
    before = training.errors.clone()
    training.step(0, 1.0)
    assert (training.errors != before).any()
    assert torch.equal(training.state()["errors"], training.errors)


def test_a_few_steps_lower_the_error_of_the_codes(packed):
    training = encoder_training(packed, rate=5e-3)
    losses = [training.step(number, 1.0)["code"] for number in range(40)]
    assert np.mean(losses[-5:]) < 0.7 * np.mean(losses[:5])


def test_interpolated_shapes_take_their_share_of_the_categories_that_have_some(packed):
    training = encoder_training(
        packed, interpolated_boxes(packed, [1, 3]), batch=64, interpolated_share=0.75
    )
    boxes, interpolated = 0, 0
    for seed in range(8):
        pictures, codes, categories = training.draw_examples(np.random.default_rng(seed))
        assert pictures.shape == (64, 4, 128, 128)
        is_interpolated = (codes == 7).all(dim=1)
        assert (categories[is_interpolated] == 0).all()
        boxes, interpolated = (
            boxes + int((categories == 0).sum()),
            interpolated + int(is_interpolated.sum()),
        )
        own = torch.from_numpy(packed.category_numbers)
        for code, category in zip(
            codes[~is_interpolated], categories[~is_interpolated], strict=True
        ):
            assert own[(training.codes == code).all(dim=1)] == category
    assert interpolated / boxes == pytest.approx(0.75, abs=0.08)
    assert np.isfinite(training.step(0, 1.0)["shape"])


def test_rows_that_hold_no_shape_are_not_drawn(packed):
    training = encoder_training(packed, interpolated_boxes(packed, []), interpolated_share=1.0)
    _, codes, _ = training.draw_examples(np.random.default_rng(0))
    assert not (codes == 7).all(dim=1).any()
    interpolated = interpolated_boxes(packed, [2])
    interpolated.codes[[0, 1, 3]] = 9
    training = encoder_training(packed, interpolated, batch=64, interpolated_share=1.0)
    _, codes, categories = training.draw_examples(np.random.default_rng(0))
    assert (codes[categories == 0] == 7).all()
