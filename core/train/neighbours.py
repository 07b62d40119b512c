"""What the commands use of the stages that training must not import."""

from collections.abc import Callable
from dataclasses import dataclass

from ..tensors import Picture
from .latent_interpolation import SurfaceOf


@dataclass(frozen=True)
class Neighbours:
    """What the commands use of the stages that training must not import."""

    frame: Callable[[Picture], Picture]
    """Crops a picture to its object as the encoder sees it."""

    surface_of: SurfaceOf
    """A field's surface without crumbs."""
