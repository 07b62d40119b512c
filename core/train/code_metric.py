"""How far apart two shapes are whose codes differ by a little: the metric of the decoder.

An auto-decoder's codes hold much that no surface shows, and an encoder that is to answer every
entry alike spends itself on that.

Source:
    Arvanitidis, Hansen, Hauberg, Latent Space Oddity, 2018 (arXiv:1710.11379), section 2, the
    pull-back metric of a generator. Ours is the mean over shapes, one for all codes.
"""

import numpy as np
import torch

from ..latent.posed import kept_fields
from ..models.protocol import Decoder
from ..tensors import CodeMetric, Codes
from .dataset import PackedAssets
from .preparation import STEP as SAMPLE_STEP

SHAPES, POINTS = 54, 400
"""Asked, and how many points on the surface of each."""

CODE_STEP = 0.1
"""Of an entry's typical size, by which it is moved."""


def code_metric(decoder: Decoder, codes: Codes, data: PackedAssets) -> CodeMetric:
    """The metric at some of the codes, on average.

    Args:
        decoder: Trained on these.
        codes: One per shape.
        data: The shapes.
    """
    chosen = range(0, len(codes), max(1, len(codes) // SHAPES))
    steps = CODE_STEP * decoder.code_scale.cpu()
    total = torch.zeros(codes.shape[1], codes.shape[1])
    for shape in chosen:
        surface = data.surface[shape, :POINTS, :3].astype(np.float32) * np.float32(SAMPLE_STEP)
        code = codes[shape].cpu()
        moved = torch.cat([code[None], code + torch.diag(steps)])
        fields = kept_fields(decoder.fields_of, moved)
        values = fields(torch.from_numpy(surface).expand(len(moved), -1, -1))
        slopes = (values[1:] - values[:1]) / steps[:, None]
        total += slopes @ slopes.T / slopes.shape[1]
    return total / len(chosen)
