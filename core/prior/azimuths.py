"""Azimuths as beliefs over bins around the object, since many objects look alike from sides."""

import torch
from jaxtyping import Float
from torch import Tensor

AZIMUTHS = 48
"""Bins around the object; bin k looks from azimuth 2 pi k / 48."""

WIDTH_RAD = 2 * torch.pi / AZIMUTHS


def turns_from_bins(azimuths: Float[Tensor, " b"]) -> Float[Tensor, "b azimuths"]:
    """Angles, rad in [-pi, pi], by which azimuths lie beyond every bin's."""
    turns = azimuths[:, None] - WIDTH_RAD * torch.arange(AZIMUTHS, device=azimuths.device)
    return torch.atan2(turns.sin(), turns.cos())


def spread_over_bins(
    azimuths: Float[Tensor, " b"], deviation: float
) -> Float[Tensor, "b azimuths"]:
    """Beliefs in known azimuths: neighbouring bins are nearly right.

    Args:
        azimuths: Rad.
        deviation: Of the beliefs, in bins.
    """
    off = turns_from_bins(azimuths) / (WIDTH_RAD * deviation)
    return torch.softmax(-0.5 * off.square(), dim=1)
