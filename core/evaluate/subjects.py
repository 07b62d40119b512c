"""What is evaluated: the engine as the commands here see it, and the shapes of its model's card."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..frames import UprightPose
from ..latent.latent_prior import LatentPrior
from ..latent.pose import Encoder
from ..meshes import TriangleMesh
from ..models.checkpoint import ModelCard
from ..models.protocol import Decoder
from ..tensors import FieldsOf, Picture
from ..train.assets import Asset, list_assets
from .evaluating import Reconstruction


@runtime_checkable
class CompletedLike(Protocol):
    """What is read of one completion."""

    @property
    def mesh(self) -> TriangleMesh:
        """Whole mesh, in the frame and scale of the partial one."""
        ...

    @property
    def pose(self) -> UprightPose:
        """Pose of the unit cube in the frame of the partial mesh."""
        ...


@runtime_checkable
class CompletionLike(Protocol):
    """What is read of an answer to a partial shape."""

    @property
    def hypotheses(self) -> Sequence[CompletedLike]:
        """Completed shapes, best first."""
        ...

    @property
    def category(self) -> str:
        """Category of the best hypothesis."""
        ...

    @property
    def is_unchanged(self) -> bool:
        """Whether the mesh was found to be whole, and came back as it was."""
        ...

    @property
    def confidence(self) -> float:
        """Probability, in [0, 1], that what was added is right."""
        ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """One sentence for everything that came out worse than asked."""
        ...


@runtime_checkable
class PartsLike(Protocol):
    """What baselines in completion use of a model."""

    @property
    def decoder(self) -> Decoder:
        """Decoder whose fields become the surfaces."""
        ...

    @property
    def known(self) -> LatentPrior:
        """Codes of the training shapes and statistics of every category."""
        ...

    @property
    def fields_of(self) -> FieldsOf:
        """The fields of a batch of codes; differentiable in codes and points."""
        ...

    @property
    def encode(self) -> Encoder:
        """The point encoder: codes of observed points, on the CPU."""
        ...


@runtime_checkable
class ShapeEngine(Protocol):
    """What evaluation needs of the engine."""

    @property
    def parts(self) -> PartsLike:
        """Decoder, encoder and statistics, as completing uses them."""
        ...

    @property
    def categories(self) -> tuple[str, ...]:
        """Names of categories, in the order of the encoder's answers."""
        ...

    def reconstruct(self, pictures: list[Picture], *, resolution: int) -> Reconstruction:
        """The shape in pictures of one object, from `resolution` samples per axis."""
        ...

    def complete(
        self, observed: TriangleMesh, *, keep: str, resolution: int, anyway: bool
    ) -> CompletionLike:
        """The whole of a partial mesh; with `anyway`, of one that looks whole as well."""
        ...

    def decode(self, code: NDArray[np.float32], *, resolution: int) -> TriangleMesh:
        """The mesh of a (code_size,) latent code, in the unit cube."""
        ...


def assets_of_card(card: ModelCard, folder: Path) -> tuple[list[Asset], list[Asset]]:
    """The training and the test shapes that a model's card names.

    Raises:
        InputError: The folder lacks some of them.
    """
    by_key = {asset.key: asset for asset in list_assets(folder)}
    named = [card.trained_on["train"], card.trained_on["test"]]
    missing = [key for keys in named for key in keys if key not in by_key]
    if missing:
        raise InputError(
            f"{folder} lacks {len(missing)} of the assets that the model's card names "
            f"({missing[0]}, ...); name the folder that it was trained on"
        )
    train, test = ([by_key[key] for key in keys] for keys in named)
    return train, test
