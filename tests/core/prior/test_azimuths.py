"""Azimuths over bins: round the circle, and symmetric about what is true."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.prior.azimuths import AZIMUTHS, WIDTH_RAD, spread_over_bins, turns_from_bins

ANGLES = st.floats(-10, 10, width=32)


@settings(deadline=None)
@given(ANGLES)
def test_a_bin_and_the_turn_from_it_are_the_azimuth(azimuth):
    reached = turns_from_bins(torch.tensor([azimuth]))[0] + WIDTH_RAD * torch.arange(AZIMUTHS)
    off = (reached - azimuth) / (2 * torch.pi)
    torch.testing.assert_close(off, off.round(), atol=1e-5, rtol=0)


@settings(deadline=None)
@given(ANGLES)
def test_the_nearest_bin_is_believed_most(azimuth):
    belief = spread_over_bins(torch.tensor([azimuth]), 1.0)[0]
    np.testing.assert_allclose(float(belief.sum()), 1, atol=1e-5)
    nearest = turns_from_bins(torch.tensor([azimuth]))[0].abs().min()
    likeliest = turns_from_bins(torch.tensor([azimuth]))[0].abs()[belief.argmax()]
    torch.testing.assert_close(likeliest, nearest, atol=1e-4, rtol=0)


def test_on_a_bin_the_neighbours_are_believed_alike():
    belief = spread_over_bins(torch.tensor([7 * WIDTH_RAD]), 1.0)[0]
    torch.testing.assert_close(belief[6], belief[8])
    torch.testing.assert_close(belief[8] / belief[7], torch.tensor(-0.5).exp())
