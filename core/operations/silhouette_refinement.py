"""Silhouette refinement: a first guess of a code, fitted to the outlines that the pictures show."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float
from scipy.ndimage import distance_transform_edt
from torch import Tensor

from ..devices import one_thread
from ..frames import Camera
from ..latent.silhouette import CodeGuess, Fitted, SilhouetteConfig, fit_silhouettes
from ..latent.views import Outline, ViewPrior, Views
from ..models.checkpoint import ModelFile
from ..models.protocol import Decoder
from ..prior.view_encoder import PREFIX, ViewEncoder
from ..tensors import Picture

SOLID = 0.5
"""Alpha from which a pixel belongs to the object."""

DEVIATIONS = (0.02, 0.3)
"""Least and greatest deviation of elevation (rad) and log distance that are believed."""


def refine_silhouettes(
    decoder: Decoder,
    view_encoder: ViewEncoder,
    framed: Sequence[Picture],
    guess: CodeGuess,
    tell: Callable[[float], None],
) -> Fitted:
    """The code near the guess whose outlines are those of the pictures, and the best cameras.

    Args:
        decoder: For codes that are fitted.
        view_encoder: Of the same model.
        framed: What the picture encoder saw, one per picture; their order changes no bit.
        guess: Code and deviations, on the CPU.
        tell: Told the fraction that is done; may raise to stop.
    """
    # rays are drawn and sums are made in the order of the pictures: it must not be the user's
    order = sorted(range(len(framed)), key=lambda number: framed[number].tobytes())
    ordered = [framed[number] for number in order]
    outlines = [outline_of(picture) for picture in ordered]
    with one_thread():
        fitted = fit_silhouettes(
            decoder.fields_of,
            outlines,
            guess,
            _views_seen(view_encoder, ordered),
            config=SilhouetteConfig(),
            generator=torch.Generator().manual_seed(0),
            tell=tell,
        )
    back = torch.tensor(order).argsort()
    return replace(fitted, views=Views(*(part[:, back] for part in fitted.views.parts())))


def cameras_of(views: Views) -> tuple[Camera, ...]:
    """The cameras of one hypothesis, one for each picture.

    The field of view is that of the framed cut-out. Its centre may lie a little beside the line
    of sight to the cube's centre, which a `Camera` does not tell.
    """
    angles = (views.azimuths_rad, views.elevations_rad, 2 * views.log_halves.exp().atan())
    rows = torch.stack([*angles, views.log_distances.exp()], dim=-1)[0].tolist()
    return tuple(Camera(*row) for row in rows)


def outline_of(picture: Picture) -> Outline:
    """Signed distance of every pixel to the matte's outline, in halves of the picture's side."""
    solid = picture[..., 3] > SOLID
    if not solid.any():  # glass and wires: what is most opaque is the object
        solid = picture[..., 3] >= picture[..., 3].max()
    pixels = distance_transform_edt(~solid) - distance_transform_edt(solid)
    return torch.from_numpy((pixels * (2 / len(solid))).astype(np.float32))


def premultiplied(framed: Sequence[Picture], device: torch.device) -> Float[Tensor, "b 4 s s"]:
    """Framed pictures as the encoders take them."""
    pictures = torch.from_numpy(np.stack(framed)).permute(0, 3, 1, 2).to(device)
    return torch.cat([pictures[:, :3] * pictures[:, 3:], pictures[:, 3:]], dim=1)


def view_encoder_of(stored: ModelFile, device: torch.device) -> ViewEncoder | None:
    """The view encoder of a model that has one.

    Raises:
        ModelFileError: It does not fit its own card.
    """
    if not stored.card.view_encoder:
        return None
    encoder = ViewEncoder.from_card(stored.card.view_encoder)
    stored.load_into(encoder, PREFIX)
    return encoder.to(device).eval()


def _views_seen(encoder: ViewEncoder, framed: Sequence[Picture]) -> ViewPrior:
    belief = encoder(premultiplied(framed, encoder.typical.device))
    return ViewPrior(
        belief.azimuth_logits.log_softmax(dim=1).cpu(),
        belief.expected.cpu(),
        (-belief.log_precision / 2).exp().clamp(*DEVIATIONS).cpu(),
    )
