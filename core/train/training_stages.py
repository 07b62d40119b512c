"""What `train` does, stage by stage; each goes on where it was stopped.

Of the work folder, `prepared/`, `packed/` and `mixed/` hold the data, `further/` data and codes
of assets that only the picture encoder learns, and `decoder/`, `codes/`, `encoder/`, `points/`
and `views/` checkpoints, logs and curves.
"""

import argparse
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor
from tqdm import tqdm

from ..devices import pick_device
from ..errors import InputError
from ..models.protocol import TrainableDecoder
from ..models.triplane import TriplaneConfig, TriplaneDecoder
from ..prior.image_encoder import ImageEncoder, ImageEncoderConfig
from ..prior.point_encoder import PointEncoder, PointEncoderConfig
from ..prior.view_encoder import ViewEncoder, ViewEncoderConfig
from ..tensors import CodeMetric, Codes
from .assets import Asset
from .auto_decoder import AutoDecoderConfig, AutoDecoderTraining, principal_codes
from .averaging import averaged
from .code_metric import code_metric
from .code_refinement import CodeRefinement, CodeRefinementConfig, refined_codes
from .dataset import PackedAssets, pack
from .image_training import ImageTraining, ImageTrainingConfig
from .latent_interpolation import InterpolationConfig, interpolate_shapes, interpolated_shapes
from .loop import CHECKPOINT, LoopConfig, read_checkpoint, run
from .neighbours import Neighbours
from .point_training import PointTraining, PointTrainingConfig
from .preparation import PreparationConfig, prepare_assets
from .release import Licences, Trained, category_statistics, release
from .view_training import ViewTraining, ViewTrainingConfig

STARTER_DECODER = TriplaneConfig(channels=(96, 96, 48))

PARTS = ("decoder", "codes", "encoder", "points", "views")
"""Folders of the five trainings, in the work folder."""

PACKED = "packed"
"""Folder of the arrays, in the work folder and in that of the further assets."""

INTERPOLATED = "mixed"
"""Folder of the interpolated shapes, in the work folder; called as it always was, so that those
that are there are found."""

FURTHER = "further"
"""Folder of the further assets, in the work folder."""

NEEDED = ("decoder", "encoder", "points")
"""Those without which there is no model."""


def prepare(assets: list[Asset], options: argparse.Namespace) -> None:
    """Prepare what is missing; assets that cannot be are said and left out."""
    config = PreparationConfig(seed=options.seed)
    done = prepare_assets(assets, options.work / "prepared", config, options.workers)
    for asset, problem in tqdm(
        done, total=len(assets), desc="prepare", disable=not sys.stderr.isatty()
    ):
        if problem is not None:
            tqdm.write(f"left out {asset.key}: {problem}", file=sys.stderr)


def packed(
    assets: list[Asset], folder: Path, neighbours: Neighbours, options: argparse.Namespace
) -> PackedAssets:
    """The arrays of these assets, in a folder of the work folder."""
    config = PreparationConfig(seed=options.seed)
    prepared, output = options.work / "prepared", options.work / folder
    return pack(assets, prepared, output, config, neighbours.frame)


def train_decoder(data: PackedAssets, options: argparse.Namespace) -> None:
    """The decoder, and the codes of the training shapes."""
    config = AutoDecoderConfig(seed=options.seed)
    config = replace(config, batch=min(config.batch, len(data.assets)))
    device = pick_device(options.device)
    training = AutoDecoderTraining(data, _new_decoder, config, device)
    steps = max(1, options.decoder_epochs * len(data.assets) // config.batch)
    run(training, options.work / "decoder", LoopConfig(steps), show=sys.stderr.isatty())


def refine_codes(data: PackedAssets, options: argparse.Namespace) -> None:
    """Codes fitted once more to the finished decoder.

    Raises:
        InputError: There is no decoder.
    """
    codes, _, decoder = _learned_codes(data, options)
    _fit_codes("codes", data, codes, decoder, options)


def fit_further(data: PackedAssets, joined: PackedAssets, options: argparse.Namespace) -> None:
    """Codes of the further assets in `joined`, from the means of their categories on.

    Raises:
        InputError: There is no decoder, or a category has no codes to start from.
    """
    codes, _, decoder = _finished_codes(data, options)
    start = _further_start(codes, joined)
    _fit_codes(FURTHER, joined, start, decoder, options, finished=len(codes))


def interpolate(data: PackedAssets, neighbours: Neighbours, options: argparse.Namespace) -> None:
    """Shapes between the training shapes, and their pictures.

    Raises:
        InputError: There is no decoder.
    """
    codes, _, decoder = _finished_codes(data, options)
    if decoder is None:
        raise InputError("there is no decoder to make interpolated shapes; train the decoder first")
    done = interpolate_shapes(
        decoder,
        codes,
        data.category_numbers,
        partial(_metric_of, codes, decoder, data, options),
        neighbours.surface_of,
        output=options.work / INTERPOLATED,
        config=InterpolationConfig(options.interpolated_shapes, seed=options.seed),
        workers=options.workers,
    )
    with tqdm(
        total=options.interpolated_shapes, desc="interpolate", disable=not sys.stderr.isatty()
    ) as bar:
        for count in done:
            bar.update(count - bar.n)


def train_encoder(
    data: PackedAssets, joined: PackedAssets | None, options: argparse.Namespace
) -> None:
    """The encoder of pictures, onto the finished codes; of the further assets in `joined` as well.

    Raises:
        InputError: The further assets have no codes of this decoder.
    """
    codes, scale, decoder = _finished_codes(data, options)
    targets = codes
    if joined is not None:
        targets = _fitted_codes(FURTHER, _further_start(codes, joined), options)
    if targets is None:
        raise InputError(f"the further assets have no codes yet; run --stage {FURTHER} first")
    interpolated = None
    if decoder is not None and options.interpolated_shapes > 0:
        interpolated = interpolated_shapes(options.work / INTERPOLATED, codes, decoder)
    training = ImageTraining(
        data if joined is None else joined,
        targets,
        scale,
        partial(_metric_of, codes, decoder, data, options),
        encoder_config=ImageEncoderConfig(STARTER_DECODER.code_size, len(data.categories)),
        config=ImageTrainingConfig(seed=options.seed),
        device=pick_device(options.device),
        interpolated=interpolated,
    )
    run(
        training,
        options.work / "encoder",
        LoopConfig(options.encoder_steps),
        show=sys.stderr.isatty(),
    )


def train_point_encoder(data: PackedAssets, options: argparse.Namespace) -> None:
    """The encoder of partial shapes, onto the finished codes."""
    codes, scale, decoder = _finished_codes(data, options)
    training = PointTraining(
        data,
        codes,
        scale,
        partial(_metric_of, codes, decoder, data, options),
        encoder_config=PointEncoderConfig(STARTER_DECODER.code_size, len(data.categories)),
        config=PointTrainingConfig(seed=options.seed),
        device=pick_device(options.device),
    )
    steps = LoopConfig(options.point_steps)
    run(training, options.work / "points", steps, show=sys.stderr.isatty())


def train_view_encoder(data: PackedAssets, options: argparse.Namespace) -> None:
    """The encoder of where pictures are taken from."""
    training = ViewTraining(
        data,
        ViewEncoderConfig(),
        ViewTrainingConfig(seed=options.seed),
        pick_device(options.device),
    )
    run(training, options.work / "views", LoopConfig(options.view_steps), show=sys.stderr.isatty())


def _finished_codes(
    data: PackedAssets, options: argparse.Namespace
) -> tuple[Codes, Tensor, TrainableDecoder | None]:
    """As `_learned_codes`, fitted once more where that has been done."""
    codes, scale, decoder = _learned_codes(data, options)
    refined = _fitted_codes("codes", codes, options)
    return codes if refined is None else refined, scale, decoder


def _fit_codes(
    part: str,
    data: PackedAssets,
    start: Codes,
    decoder: TrainableDecoder | None,
    options: argparse.Namespace,
    *,
    finished: int = 0,
) -> None:
    """Fit codes to the decoder, from `start` on; see `CodeRefinement` of the first `finished`.

    Raises:
        InputError: There is no decoder.
    """
    if decoder is None:
        raise InputError("there is no decoder to fit codes to; train the decoder first")
    folder = options.work / part
    if _fitted_codes(part, start, options) is None:  # a checkpoint would be of another start
        (folder / CHECKPOINT).unlink(missing_ok=True)
    config, device = CodeRefinementConfig(seed=options.seed), pick_device(options.device)
    training = CodeRefinement(data, start, decoder, config, device, finished=finished)
    run(training, folder, LoopConfig(training.steps), show=sys.stderr.isatty())


def _fitted_codes(part: str, start: Codes, options: argparse.Namespace) -> Codes | None:
    """What `_fit_codes` came to from this start; None where it was not run from it."""
    state = _trained(part, options)
    return None if state is None else refined_codes(state, start)


def _further_start(codes: Codes, joined: PackedAssets) -> Float[Tensor, "joined code_size"]:
    """The codes, and behind them the mean of its category for every further asset.

    Raises:
        InputError: Such a category has no codes, for none of its assets could be prepared.
    """
    numbers = joined.category_numbers
    unknown = {*numbers[len(codes) :].tolist()} - {*numbers[: len(codes)].tolist()}
    if unknown:
        raise InputError(
            f"there are further assets of the category {joined.categories[min(unknown)]}, but no "
            "asset of it that the decoder was trained on; see above which were left out"
        )
    known = category_statistics(codes, numbers[: len(codes)], joined.categories)
    means = torch.stack([known[name].mean for name in joined.categories])
    return torch.cat([codes, means[torch.from_numpy(numbers[len(codes) :])]])


def _learned_codes(
    data: PackedAssets, options: argparse.Namespace
) -> tuple[Codes, Tensor, TrainableDecoder | None]:
    """Codes, their scale and the decoder; before there is one, principal codes and None."""
    state = _trained("decoder", options)
    if state is None:
        return *principal_codes(data.lattice, STARTER_DECODER.code_size), None
    scale = state["decoder.code_scale"]
    return state["codes"] * scale, scale, _decoder_of(state)


def _trained(part: str, options: argparse.Namespace) -> dict[str, Tensor] | None:
    """The state of what was trained in this folder; None where nothing was."""
    folder = options.work / part
    return read_checkpoint(folder)[0] if (folder / CHECKPOINT).exists() else None


def _metric_of(
    codes: Codes, decoder: TrainableDecoder | None, data: PackedAssets, options: argparse.Namespace
) -> CodeMetric:
    if decoder is None:  # principal codes are as far apart as their fields
        return torch.eye(codes.shape[1])
    return code_metric(decoder.to(pick_device(options.device)), codes, data)


def _new_decoder() -> TrainableDecoder:
    return TriplaneDecoder(STARTER_DECODER)


def _decoder_of(state: dict[str, Tensor]) -> TrainableDecoder:
    decoder = _new_decoder()
    decoder.load_state_dict(averaged(state, "decoder."))
    return decoder


def write_model(data: PackedAssets, test: list[Asset], options: argparse.Namespace) -> None:
    """The model file of what is trained so far."""
    sizes = (STARTER_DECODER.code_size, len(data.categories))
    codes, _, decoder = _finished_codes(data, options)
    needed = {name: read_checkpoint(options.work / name)[0] for name in NEEDED}
    views = _trained("views", options)
    view_encoder = None if views is None else Trained(views, ViewEncoder(ViewEncoderConfig()))
    release(
        options.output,
        codes,
        decoder=Trained(needed["decoder"], _new_decoder()),
        image_encoder=Trained(needed["encoder"], ImageEncoder(ImageEncoderConfig(*sizes))),
        point_encoder=Trained(needed["points"], PointEncoder(PointEncoderConfig(*sizes))),
        view_encoder=view_encoder,
        metric=_metric_of(codes, decoder, data, options),
        train=data.assets,
        test=test,
        licences=Licences(options.assets_licence, options.licence),
    )
