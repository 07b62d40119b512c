"""Small trainings of every kind, on the packed library of boxes and cans."""

import numpy as np
import torch

from core.models.triplane import TriplaneConfig, TriplaneDecoder
from core.prior.image_encoder import ImageEncoderConfig
from core.prior.point_encoder import PointEncoderConfig
from core.prior.view_encoder import ViewEncoderConfig
from core.train.auto_decoder import AutoDecoderConfig, AutoDecoderTraining, principal_codes
from core.train.code_refinement import CodeRefinement, CodeRefinementConfig
from core.train.image_training import ImageTraining, ImageTrainingConfig
from core.train.latent_interpolation import InterpolatedShapes
from core.train.point_training import PointTraining, PointTrainingConfig
from core.train.view_training import ViewTraining, ViewTrainingConfig

CPU = torch.device("cpu")
SMALL_DECODER = TriplaneConfig(code_size=6, channels=(16, 16, 8), plane_channels=4, hidden=16)
SMALL_ENCODER = ImageEncoderConfig(
    code_size=6, categories=2, widths=(8, 8, 8, 8), blocks=(1, 1, 1, 1), hidden=16
)
SMALL_POINTS = PointEncoderConfig(code_size=6, categories=2, widths=(8, 16, 16, 32), hidden=32)


def decoder_training(packed, **options):
    config = AutoDecoderConfig(batch=4, points=200, **options)
    return AutoDecoderTraining(packed, lambda: TriplaneDecoder(SMALL_DECODER), config, CPU)


def code_refinement(packed):
    training = decoder_training(packed)
    codes = (training.codes.weight * training.scale).detach()
    config = CodeRefinementConfig(2, descents=3, points=64, checked_points=64, least_gain=-9.0)
    return CodeRefinement(packed, codes, training.decoder, config, CPU)


def encoder_training(packed, interpolated=None, metric=None, **options):
    codes, scale = principal_codes(packed.lattice, 6)
    config = ImageTrainingConfig(**{"batch": 8, **options})
    metric = torch.eye(6) if metric is None else metric
    return ImageTraining(
        packed,
        codes,
        scale,
        lambda: metric,
        encoder_config=SMALL_ENCODER,
        config=config,
        device=CPU,
        interpolated=interpolated,
    )


def interpolated_boxes(packed, made):
    """Rows of the category of boxes, all of one code, with the views of the first box."""
    count = 4
    return InterpolatedShapes(
        codes=np.full((count, 6), 7, np.float32),
        category_numbers=np.zeros(count, np.int64),
        views=np.stack([packed.views[0]] * count),
        cameras=np.stack([packed.cameras[0]] * count),
        suns=np.stack([packed.suns[0]] * count),
        made=np.array(made, np.int64),
    )


def point_training(packed, **options):
    codes, scale = principal_codes(packed.lattice, 6)
    config = PointTrainingConfig(batch=12, points=64, **options)
    return PointTraining(
        packed,
        codes,
        scale,
        lambda: torch.eye(6),
        encoder_config=SMALL_POINTS,
        config=config,
        device=CPU,
    )


def view_training(packed):
    encoder = ViewEncoderConfig(picture_px=32, widths=(8, 8), hidden=16)
    return ViewTraining(packed, encoder, ViewTrainingConfig(batch=8), CPU)
