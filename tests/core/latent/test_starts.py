"""The starts of a search: at every heading the encoder's code, and known ones like it."""

from types import SimpleNamespace

import pytest
import torch

from core.latent.posed import PosePrior
from core.latent.starts import StartsConfig, starts_of

ALL = torch.tensor([True, True])


def two_ways(observed):
    """An encoder that finds two headings, half a turn apart, alike."""
    logits = torch.full((len(observed), 36), -9.0)
    logits[:, [0, 18]] = 0.0
    return SimpleNamespace(
        codes=torch.zeros(len(observed), 2),
        log_precision=torch.zeros(len(observed), 2),
        category_logits=torch.zeros(len(observed), 2),
        heading_logits=logits,
        place=torch.zeros(len(observed), 4),
        place_log_precision=torch.full((len(observed), 4), 4.0),
    )


@pytest.fixture
def starts_with(observed_of, known):
    points = torch.rand(100, 3, generator=torch.Generator().manual_seed(0))

    def made(**options):
        generator = torch.Generator().manual_seed(0)
        config = StartsConfig(**options)
        return starts_of(two_ways, observed_of(points), known, ALL, config, generator)

    return made


@pytest.mark.parametrize("neighbours", [2, 3, 20])
def test_the_nearest_known_codes_of_every_heading_also_fill_the_box(starts_with, known, neighbours):
    starts = starts_with(headings=2, neighbours=neighbours, filling=2)
    columns = 1 + min(neighbours, len(known.codes))
    plain, filling = starts[: 2 * columns], starts[2 * columns :]
    nearest = plain.numbers.reshape(2, columns)[:, 1:3].flatten()
    assert filling.numbers.tolist() == nearest.tolist()
    headings = plain.poses.starts.headings_rad.reshape(2, columns)[:, 1:3].flatten()
    expected = PosePrior.filling(headings)
    assert torch.equal(filling.poses.starts.centres, expected.starts.centres)
    assert torch.equal(filling.poses.starts.headings_rad, headings)


def test_the_encoder_s_own_code_never_fills_the_box(starts_with):
    starts = starts_with(headings=2, neighbours=20, filling=2)
    assert (starts.numbers < 0).sum() == 2


def test_where_the_pose_is_known_nothing_else_is_tried(starts_with, known):
    starts = starts_with(headings=None, move_pose=False, neighbours=20)
    assert len(starts.codes) == 1 + len(known.codes)
    assert not starts.poses.starts.headings_rad.any()
