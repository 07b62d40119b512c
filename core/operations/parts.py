"""Parts: what of a model completing needs, as the stages before the surface want it."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from ..devices import half_precision, one_thread
from ..errors import ModelFileError
from ..latent.latent_prior import CodePrior, LatentPrior, whitening_root
from ..models.checkpoint import CODE_METRIC, ModelFile
from ..models.protocol import Decoder
from ..prior.point_encoder import Guess, OrientedPoints, PointEncoder
from ..tensors import BatchPoints, BatchValues, CodeMetric, Codes

ENCODED = 4
"""Observations that are encoded at a time: more leave the processor's cache."""


@dataclass(frozen=True, eq=False)
class Parts:
    """What of a model completing needs."""

    decoder: Decoder
    fitting: Decoder
    """The decoder for codes that are fitted."""
    encoder: PointEncoder
    known: LatentPrior
    categories: tuple[str, ...]
    device: torch.device

    @classmethod
    def of(
        cls,
        decoder: Decoder,
        fitting: Decoder,
        encoder: PointEncoder,
        stored: ModelFile,
        device: torch.device,
    ) -> "Parts":
        """The parts of a model that is in memory already."""
        card = stored.card
        numbers = [card.categories.index(key.split("/")[0]) for key in card.trained_on["train"]]
        priors = [category_prior(stored, name) for name in card.categories]
        known = LatentPrior(
            stored.tensors["codes"],
            torch.tensor(numbers),
            torch.cat([each.means for each in priors]),
            torch.cat([each.roots for each in priors]),
        )
        return cls(decoder, fitting, encoder, known, tuple(card.categories), device)

    def fields_of(self, codes: Codes) -> Callable[[BatchPoints], BatchValues]:
        """The fields of a batch of codes; differentiable in codes and points."""
        return self.fitting.fields_of(codes)

    def encode(self, observed: OrientedPoints) -> Guess:
        """The point encoder's answer, on the CPU."""
        with torch.no_grad(), half_precision(self.device):
            answers = [self.encoder(few) for few in observed.to(self.device).split(ENCODED)]
            return Guess(*(torch.cat(each).cpu() for each in zip(*answers, strict=True)))


def category_prior(stored: ModelFile, category: str) -> CodePrior:
    """What is usual in a category, for one hypothesis.

    Raises:
        ModelFileError: The model's metric does not belong to its codes.
    """
    statistics, metric = stored.card.statistics[category], code_metric_of(stored)
    with one_thread():
        root = whitening_root(statistics.covariance, metric)
    return CodePrior(statistics.mean[None], root[None])


def code_metric_of(stored: ModelFile) -> CodeMetric:
    """How far apart shapes are whose codes differ; the identity in models that do not say it.

    Raises:
        ModelFileError: The metric does not belong to the model's codes.
    """
    size = stored.tensors["codes"].shape[1]
    metric = stored.tensors.get(CODE_METRIC, torch.eye(size))
    if metric.shape != (size, size) or not metric.isfinite().all():
        raise ModelFileError(
            f"the model '{stored.card.name}' does not fit its own card (its metric of codes is no "
            f"{size} x {size} numbers); download or train it again"
        )
    return metric
