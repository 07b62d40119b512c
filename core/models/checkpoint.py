"""Model files: weights and a JSON card in one `.safetensors`; no pickle is ever read.

Tensors are float16 on disk, those of encoders smaller yet; see `rounding`. The card, in the
file's metadata under `models.card.CARD_KEY`, says what the model is, what it was trained on, under
which licence, and how it scored.
"""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from jaxtyping import Float
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from ..errors import ModelFileError
from ..files.names import unfinished_path
from .card import CARD_KEY
from .rounding import rounded, unrounded

FORMAT_VERSION = 2
"""Of what is written. Files of version 1, which hold float16 alone, are read as well."""

DECODER_PREFIX = "decoder."
"""Of the decoder's tensors in a model file."""

CODE_METRIC = "code_metric"
"""Name of the metric of codes, up to a factor; older models have none."""


@dataclass(frozen=True, eq=False)
class CodeStatistics:
    """The Gaussian of one category's latent codes."""

    mean: Float[Tensor, " code_size"]
    """float32."""

    covariance: Float[Tensor, "code_size code_size"]
    """float32, positive semi-definite."""


@dataclass(frozen=True, eq=False)
class ModelCard:
    """What a model file says of itself."""

    name: str
    """As in the zoo."""

    categories: list[str]
    """In the order of the picture encoder's answers."""

    decoder: dict[str, object]
    """Configuration of the decoder."""

    image_encoder: dict[str, object]
    """Configuration of the picture encoder."""

    trained_on: dict[str, object]
    """Name and licence of the assets, counts, and the keys of the test split."""

    licence: str
    """Of the weights and of what they make."""

    architecture: str = "triplane"
    """Name of the class of models in `architectures`; cards of old files do not say it."""

    point_encoder: dict[str, object] = field(default_factory=dict)
    """Configuration of the point encoder; empty in a model that has none."""

    view_encoder: dict[str, object] = field(default_factory=dict)
    """Configuration of the view encoder; empty in a model that has none."""

    scores: dict[str, object] = field(default_factory=dict)
    """Measured on the test split; by category and as the macro mean."""

    statistics: dict[str, CodeStatistics] = field(default_factory=dict)
    """By category; stored as tensors beside the weights."""


@dataclass(frozen=True, eq=False)
class ModelFile:
    """A model as read from disk: card and tensors, all float32."""

    card: ModelCard
    tensors: dict[str, Tensor]
    """By name; `decoder.*`, `image_encoder.*`, `point_encoder.*`, `view_encoder.*`; `codes`
    of the training shapes; `CODE_METRIC`."""

    def load_into(self, module: nn.Module, prefix: str) -> None:
        """Copy the tensors under `prefix` into `module`, all of them and no others.

        Raises:
            ModelFileError: A tensor is missing, left over, or of another shape.
        """
        own = {k[len(prefix) :]: v for k, v in self.tensors.items() if k.startswith(prefix)}
        try:
            module.load_state_dict(own, strict=True)
        except RuntimeError as error:
            raise ModelFileError(
                f"the model '{self.card.name}' does not fit its own card "
                f"({str(error).splitlines()[-1].strip()}); download or train it again"
            ) from error


_CARD_KEYS = (
    *("name", "architecture", "categories", "decoder", "image_encoder", "point_encoder"),
    *("view_encoder", "trained_on", "licence", "scores"),
)


def write_model_file(path: Path, card: ModelCard, tensors: dict[str, Tensor]) -> None:
    """Write a model, whole or not at all; see `rounding` for what becomes of its tensors.

    Args:
        path: `<name>.safetensors`.
        card: What the model says of itself.
        tensors: By name.
    """
    stored = rounded(tensors)
    for category, statistics in card.statistics.items():
        stored[f"statistics.{category}.mean"] = statistics.mean.float().contiguous()
        stored[f"statistics.{category}.root"] = _root(statistics.covariance).half().contiguous()
    text = json.dumps({"format": FORMAT_VERSION} | {key: getattr(card, key) for key in _CARD_KEYS})
    _save(path, stored, text)


def write_scores(path: Path, scores: dict[str, object]) -> None:
    """Put other scores into a model's card; not a bit of its tensors changes.

    Writing the whole model anew would round its statistics once more.

    Args:
        path: A model file, read before.
        scores: As in the card.
    """
    with safe_open(path, framework="pt") as file:
        text = file.metadata()[CARD_KEY]
        stored = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118 - no mapping
    _save(path, stored, json.dumps(json.loads(text) | {"scores": scores}))


def _save(path: Path, stored: dict[str, Tensor], card: str) -> None:
    unfinished = unfinished_path(path)
    try:
        save_file(stored, unfinished, metadata={CARD_KEY: card})
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def read_model_file(path: Path) -> ModelFile:
    """Read a model's card and tensors, the latter as float32 on the CPU.

    Raises:
        ModelFileError: The file is missing, truncated, no model of ours, or of another
            format version.
    """
    if not path.is_file():
        raise ModelFileError(
            f"there is no model file {path}; choose a model of the zoo or the path of a "
            ".safetensors file"
        )
    try:
        with safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get(CARD_KEY)
            stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    except (SafetensorError, OSError) as error:
        raise ModelFileError(
            f"{path} is truncated or no .safetensors file ({error}); download or copy it again"
        ) from error
    if text is None:
        raise ModelFileError(
            f"{path} is no model of ours: it has no card; choose a model that was made for this"
        )
    card = _card(path, text)
    try:
        tensors = unrounded(stored)
        statistics = {}
        for category in card.categories:
            root = tensors.pop(f"statistics.{category}.root")
            mean = tensors.pop(f"statistics.{category}.mean")
            statistics[category] = CodeStatistics(mean, root @ root.T)
    except (ValueError, KeyError, TypeError, RuntimeError) as error:
        raise ModelFileError(
            f"{path} does not hold what its card says ({error!r}); download or train the model "
            "again"
        ) from error
    return ModelFile(replace(card, statistics=statistics), tensors)


def _card(path: Path, text: str) -> ModelCard:
    """The card, its statistics still to be filled in from the tensors."""
    try:
        values = json.loads(text)
        version = values.pop("format")
        if version not in (1, FORMAT_VERSION):
            raise ModelFileError(
                f"{path} has format version {version}, this version reads 1 and {FORMAT_VERSION}; "
                "update the extension or choose another model"
            )
        card = ModelCard(**values)
        if not isinstance(card.architecture, str):
            raise TypeError("its architecture is no name")
        return card
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelFileError(
            f"the card of {path} cannot be read ({error!r}); download or train the model again"
        ) from error


def _root(covariance: Float[Tensor, "n n"]) -> Float[Tensor, "n k"]:
    """A matrix R with R R^T the covariance; rounded to float16 it stays semi-definite."""
    values, vectors = torch.linalg.eigh(covariance.double())
    return (vectors * values.clamp_min(0).sqrt()).float()
