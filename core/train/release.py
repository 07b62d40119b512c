"""From the trainings to one model file: weights, codes, statistics and the card."""

from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor, nn

from ..models.checkpoint import (
    CODE_METRIC,
    DECODER_PREFIX,
    CodeStatistics,
    ModelCard,
    write_model_file,
)
from ..models.protocol import TrainableDecoder
from ..prior.image_encoder import PREFIX as IMAGE_PREFIX
from ..prior.image_encoder import ImageEncoder
from ..prior.point_encoder import PREFIX as POINT_PREFIX
from ..prior.point_encoder import PointEncoder
from ..prior.view_encoder import PREFIX as VIEW_PREFIX
from ..prior.view_encoder import ViewEncoder
from ..tensors import CodeMetric, Codes
from .assets import Asset
from .averaging import averaged

SHRINKAGE = 0.05
"""Share of the pooled covariance in every category's; few shapes do not fix all directions."""


@dataclass(frozen=True)
class Licences:
    """What the model was trained on and what may be done with it."""

    assets: str
    """Name and licence of the training assets."""

    weights: str
    """Licence of the weights and of what they make."""


Module = TypeVar("Module", bound=nn.Module | TrainableDecoder)


@dataclass(frozen=True, eq=False)
class Trained(Generic[Module]):
    """What a training has come to."""

    state: dict[str, Tensor]
    """Of the training."""

    module: Module
    """Of the sizes that were trained; its own weights are not read."""


def category_statistics(
    codes: Codes, category_numbers: NDArray[np.int64], categories: list[str]
) -> dict[str, CodeStatistics]:
    """The Gaussian of every category's codes, its covariance mixed with the pooled one.

    Source:
        Friedman, Regularized Discriminant Analysis, 1989 (doi:10.1080/01621459.1989.10478752),
        equation 16, with one fixed weight.
    """
    numbers = torch.from_numpy(category_numbers)
    means = torch.stack([codes[numbers == n].mean(dim=0) for n in range(len(categories))])
    spread = codes - means[numbers]
    pooled = _covariance(spread)
    return {
        name: CodeStatistics(
            means[n], (1 - SHRINKAGE) * _covariance(spread[numbers == n]) + SHRINKAGE * pooled
        )
        for n, name in enumerate(categories)
    }


def release(
    path: Path,
    codes: Codes,
    *,
    decoder: Trained[TrainableDecoder],
    image_encoder: Trained[ImageEncoder],
    point_encoder: Trained[PointEncoder],
    view_encoder: Trained[ViewEncoder] | None,
    metric: CodeMetric,
    train: list[Asset],
    test: list[Asset],
    licences: Licences,
) -> ModelCard:
    """Write the model file of the finished (or still running) trainings.

    Args:
        path: `<name>.safetensors`.
        codes: Of the shapes in `train`, in order.
        decoder: From an `AutoDecoderTraining`.
        image_encoder: From an `ImageTraining`.
        point_encoder: From a `PointTraining`.
        view_encoder: From a `ViewTraining`; None for a model that fits no outlines.
        metric: Of the decoder's codes.
        train: The shapes that the decoder was trained on.
        test: The shapes that no training has seen.
        licences: For the card.
    """
    weights = averaged(decoder.state, "decoder.")
    categories = sorted({asset.category for asset in train})
    numbers = np.array([categories.index(asset.category) for asset in train])
    card = ModelCard(
        name=path.stem,
        architecture=decoder.module.architecture,
        categories=categories,
        decoder=decoder.module.card,
        image_encoder=image_encoder.module.card,
        point_encoder=point_encoder.module.card,
        view_encoder={} if view_encoder is None else view_encoder.module.card,
        trained_on={
            "assets": licences.assets,
            "train": [asset.key for asset in train],
            "test": [asset.key for asset in test],
        },
        licence=licences.weights,
        statistics=category_statistics(codes, numbers, categories),
    )
    tensors = {DECODER_PREFIX + k: v for k, v in weights.items()}
    encoders = [(IMAGE_PREFIX, image_encoder), (POINT_PREFIX, point_encoder)]
    if view_encoder is not None:
        encoders.append((VIEW_PREFIX, view_encoder))
    for prefix, encoder in encoders:
        tensors |= {prefix + k: v for k, v in averaged(encoder.state, "encoder.").items()}
    # float16 on disk, which has few digits near zero; the factor means nothing
    tensors |= {"codes": codes, CODE_METRIC: metric / metric.diagonal().mean()}
    write_model_file(path, card, tensors)
    return card


def _covariance(centred: Codes) -> Float[Tensor, "code_size code_size"]:
    return centred.T @ centred / max(len(centred), 1)
