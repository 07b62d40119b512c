"""Parts: what of a model completing needs, as the stages before the surface want it."""

from dataclasses import dataclass

import torch

from ..devices import computes_bfloat16, half_precision, one_thread
from ..errors import ModelFileError
from ..latent.known import CodePrior, Known, whitening_root
from ..models.checkpoint import CODE_METRIC, ModelFile
from ..models.triplane import Planes, TriplaneDecoder
from ..prior.point_encoder import Guess, OrientedPoints, PointEncoder
from ..tensors import BatchPoints, BatchValues, CodeMetric, Codes

ENCODED = 4
"""Observations that are encoded at a time: more leave the processor's cache."""

REMEMBERED = 48
"""Codes whose planes are kept, three quarters of a megabyte each."""


@dataclass(frozen=True, eq=False)
class Parts:
    """What of a model completing needs."""

    decoder: TriplaneDecoder
    fitting: TriplaneDecoder
    """The decoder for codes that are fitted; see `decoder_for_fitting`."""
    encoder: PointEncoder
    known: Known
    categories: tuple[str, ...]
    device: torch.device

    @classmethod
    def of(
        cls,
        decoder: TriplaneDecoder,
        fitting: TriplaneDecoder,
        encoder: PointEncoder,
        stored: ModelFile,
        device: torch.device,
    ) -> "Parts":
        """The parts of a model that is in memory already."""
        card = stored.card
        numbers = [card.categories.index(key.split("/")[0]) for key in card.trained_on["train"]]
        priors = [category_prior(stored, name) for name in card.categories]
        known = Known(
            stored.tensors["codes"],
            torch.tensor(numbers),
            torch.cat([each.means for each in priors]),
            torch.cat([each.roots for each in priors]),
        )
        return cls(decoder, fitting, encoder, known, tuple(card.categories), device)

    def fields_of(self, codes: Codes) -> "_Fields":
        """The fields of a batch of codes; differentiable in codes and points."""
        return decoded_fields(self.fitting, codes)

    def remembering(self) -> "RememberedFields":
        """The same, for a search: codes that do not move are decoded once."""
        return RememberedFields(self.fitting)

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


def decoder_for_fitting(decoder: TriplaneDecoder) -> TriplaneDecoder:
    """The decoder, its weights cast only once to what `_planes` would cast them to each time."""
    pays = computes_bfloat16(decoder.code_scale.device)
    return decoder.with_half_generator() if pays else decoder


def decoded_fields(decoder: TriplaneDecoder, codes: Codes) -> "_Fields":
    """The fields of a batch of codes; differentiable in codes and points."""
    return _Fields(decoder, _planes(decoder, codes))


class RememberedFields:
    """Fields of batches of codes; the first `REMEMBERED` that do not move are decoded only once.

    A search starts from the same few training codes at many headings.
    """

    def __init__(self, decoder: TriplaneDecoder) -> None:
        self._decoder = decoder
        self._known: dict[bytes, Planes] = {}

    def __call__(self, codes: Codes) -> "_Fields":
        if codes.requires_grad:
            return decoded_fields(self._decoder, codes)
        keys = [code.numpy().tobytes() for code in codes.cpu()]
        new = {key: code for key, code in zip(keys, codes, strict=True) if key not in self._known}
        found = dict(self._known)
        if new:
            found |= zip(new, _planes(self._decoder, torch.stack([*new.values()])), strict=True)
        if len(found) <= REMEMBERED:
            self._known = found
        return _Fields(self._decoder, torch.stack([found[key] for key in keys]))


def _planes(decoder: TriplaneDecoder, codes: Codes) -> Planes:
    device = decoder.code_scale.device
    with half_precision(device):
        return decoder.planes(codes.to(device)).float()


class _Fields:
    """Fields of a batch, asked from the CPU, computed where the decoder is."""

    def __init__(self, decoder: TriplaneDecoder, planes: Planes) -> None:
        self._decoder, self._planes = decoder, planes

    def __call__(self, points: BatchPoints) -> BatchValues:
        return self._decoder.values(self._planes, points.to(self._planes.device)).cpu()
