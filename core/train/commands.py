"""The commands `prepare` and `train`: from a folder of assets to a model.

Both keep their state in one work folder and go on where they were stopped:
`prepared/`, `packed/` and `mixed/` hold the data, `decoder/`, `codes/`, `encoder/`, `points/`
and `views/` checkpoints, logs and curves.
"""

import argparse
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from tqdm import tqdm

from ..devices import pick_device
from ..errors import InputError
from ..field.triplane import TriplaneConfig, TriplaneDecoder
from ..memory import keep_freed
from ..prior.image_encoder import ImageEncoder, ImageEncoderConfig
from ..prior.point_encoder import PointEncoder, PointEncoderConfig
from ..prior.view_encoder import ViewEncoder, ViewEncoderConfig
from ..tensors import CodeMetric, Codes
from .assets import Asset, list_assets, split_assets
from .auto_decoder import AutoDecoderConfig, AutoDecoderTraining, principal_codes
from .code_metric import code_metric
from .code_refinement import CodeRefinement, CodeRefinementConfig, refined_codes
from .completion_commands import add_parser as add_completion_parser
from .dataset import PackedAssets, pack
from .evaluation_commands import add_parser as add_evaluation_parser
from .image_training import ImageTraining, ImageTrainingConfig
from .loop import CHECKPOINT, LoopConfig, averaged, read_checkpoint, run
from .mixing import MixingConfig, mix_shapes, mixed_shapes
from .neighbours import Neighbours
from .point_training import PointTraining, PointTrainingConfig
from .preparation import PreparationConfig, prepare_assets
from .release import Licences, Trained, release
from .view_training import ViewTraining, ViewTrainingConfig

STARTER_DECODER = TriplaneConfig(channels=(96, 96, 48))

PARTS = ("decoder", "codes", "encoder", "points", "views")
"""Folders of the five trainings, in the work folder."""

MIXED = "mixed"
"""Folder of the mixed shapes, in the work folder."""

NEEDED = ("decoder", "encoder", "points")
"""Those without which there is no model."""


def add_parsers(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", neighbours: Neighbours
) -> None:
    """Add the commands to the command line."""
    prepare = commands.add_parser("prepare", help="turn assets into samples and pictures on disk")
    _add_data_options(prepare)
    prepare.set_defaults(run=run_prepare)

    train = commands.add_parser("train", help="train a model on a folder of assets")
    _add_data_options(train)
    train.add_argument("--output", type=Path, required=True, help="the model file to write")
    train.add_argument("--decoder-epochs", type=int, default=80, help="visits to every shape")
    train.add_argument("--encoder-steps", type=int, default=8000, help="batches of 64 pictures")
    train.add_argument(
        "--point-steps", type=int, default=12000, help="batches of 64 partial shapes"
    )
    train.add_argument(
        "--view-steps",
        type=int,
        default=5000,
        help="batches of 64 pictures for fitting codes to outlines; 0: codes are not fitted",
    )
    train.add_argument(
        "--mixed-shapes",
        type=int,
        default=MixingConfig.shapes,
        help="shapes between the assets that the encoder learns as well; 0: none",
    )
    train.add_argument(
        "--stage",
        choices=("all", MIXED, *PARTS, "release"),
        default="all",
        help="train only one part, or only write the model file of what is trained so far",
    )
    train.add_argument("--device", default="auto", help="where to train: cpu, cuda, mps, xpu")
    train.add_argument("--assets-licence", default="not stated", help="for the model's card")
    train.add_argument("--licence", default="not stated", help="of the weights, for the card")
    train.set_defaults(run=partial(run_train, neighbours))

    add_evaluation_parser(commands, neighbours)
    add_completion_parser(commands, neighbours)


def run_prepare(options: argparse.Namespace) -> None:
    """Prepare all assets of a folder, those of the test split included."""
    _prepare(list_assets(options.assets), options)


def run_train(neighbours: Neighbours, options: argparse.Namespace) -> None:
    """Prepare what is missing, train, and write the model file."""
    keep_freed()
    train, test = split_assets(list_assets(options.assets), options.test_share, options.seed)
    _prepare(train, options)
    data = _packed(train, neighbours, options)
    if options.stage in ("all", "decoder"):
        _train_decoder(data, options)
    if options.stage in ("all", "codes"):
        _refine_codes(data, options)
    if options.stage in ("all", MIXED) and options.mixed_shapes > 0:
        _mix(data, neighbours, options)
    if options.stage in ("all", "encoder"):
        _train_encoder(data, options)
    if options.stage in ("all", "points"):
        _train_point_encoder(data, options)
    if options.stage in ("all", "views") and options.view_steps > 0:
        _train_view_encoder(data, options)
    if options.stage in ("all", "release"):
        _release(data, test, options)


def _add_data_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("assets", type=Path, help="folder with one sub-folder per category")
    parser.add_argument(
        "--work", type=Path, default=Path("out/training"), help="data, checkpoints and curves"
    )
    parser.add_argument("--workers", type=int, default=2, help="processes that prepare assets")
    parser.add_argument("--test-share", type=float, default=0.05, help="kept out of the training")
    parser.add_argument("--seed", type=int, default=0, help="draws split, samples and batches")


def _prepare(assets: list[Asset], options: argparse.Namespace) -> None:
    config = PreparationConfig(seed=options.seed)
    done = prepare_assets(assets, options.work / "prepared", config, options.workers)
    for asset, problem in tqdm(
        done, total=len(assets), desc="prepare", disable=not sys.stderr.isatty()
    ):
        if problem is not None:
            tqdm.write(f"left out {asset.key}: {problem}", file=sys.stderr)


def _packed(
    train: list[Asset], neighbours: Neighbours, options: argparse.Namespace
) -> PackedAssets:
    work, config = options.work, PreparationConfig(seed=options.seed)
    return pack(train, work / "prepared", work / "packed", config, neighbours.frame)


def _train_decoder(data: PackedAssets, options: argparse.Namespace) -> None:
    config = AutoDecoderConfig(seed=options.seed)
    config = replace(config, batch=min(config.batch, len(data.assets)))
    device = pick_device(options.device)
    training = AutoDecoderTraining(data, STARTER_DECODER, config, device)
    steps = max(1, options.decoder_epochs * len(data.assets) // config.batch)
    run(training, options.work / "decoder", LoopConfig(steps), show=sys.stderr.isatty())


def _refine_codes(data: PackedAssets, options: argparse.Namespace) -> None:
    codes, _, decoder = _learned_codes(data, options)
    if decoder is None:
        raise InputError("there is no decoder to fit codes to; train the decoder first")
    folder = options.work / "codes"
    if _refined(codes, options) is None:  # a checkpoint would be of another decoder's codes
        (folder / CHECKPOINT).unlink(missing_ok=True)
    config = CodeRefinementConfig(seed=options.seed)
    training = CodeRefinement(data, codes, decoder, config, pick_device(options.device))
    run(training, folder, LoopConfig(training.steps), show=sys.stderr.isatty())


def _mix(data: PackedAssets, neighbours: Neighbours, options: argparse.Namespace) -> None:
    codes, _, decoder = _finished_codes(data, options)
    if decoder is None:
        raise InputError("there is no decoder to make mixed shapes; train the decoder first")
    done = mix_shapes(
        decoder,
        codes,
        data.category_numbers,
        partial(_metric_of, codes, decoder, data, options),
        neighbours.surface_of,
        options.work / MIXED,
        MixingConfig(options.mixed_shapes, seed=options.seed),
        options.workers,
    )
    with tqdm(total=options.mixed_shapes, desc="mix", disable=not sys.stderr.isatty()) as bar:
        for count in done:
            bar.update(count - bar.n)


def _train_encoder(data: PackedAssets, options: argparse.Namespace) -> None:
    codes, scale, decoder = _finished_codes(data, options)
    mixed = None
    if decoder is not None and options.mixed_shapes > 0:
        mixed = mixed_shapes(options.work / MIXED, codes, decoder)
    training = ImageTraining(
        data,
        codes,
        scale,
        partial(_metric_of, codes, decoder, data, options),
        ImageEncoderConfig(STARTER_DECODER.code_size, len(data.categories)),
        ImageTrainingConfig(seed=options.seed),
        pick_device(options.device),
        mixed,
    )
    run(
        training,
        options.work / "encoder",
        LoopConfig(options.encoder_steps),
        show=sys.stderr.isatty(),
    )


def _train_point_encoder(data: PackedAssets, options: argparse.Namespace) -> None:
    codes, scale, decoder = _finished_codes(data, options)
    training = PointTraining(
        data,
        codes,
        scale,
        partial(_metric_of, codes, decoder, data, options),
        PointEncoderConfig(STARTER_DECODER.code_size, len(data.categories)),
        PointTrainingConfig(seed=options.seed),
        pick_device(options.device),
    )
    steps = LoopConfig(options.point_steps)
    run(training, options.work / "points", steps, show=sys.stderr.isatty())


def _train_view_encoder(data: PackedAssets, options: argparse.Namespace) -> None:
    training = ViewTraining(
        data,
        ViewEncoderConfig(),
        ViewTrainingConfig(seed=options.seed),
        pick_device(options.device),
    )
    run(training, options.work / "views", LoopConfig(options.view_steps), show=sys.stderr.isatty())


def _finished_codes(
    data: PackedAssets, options: argparse.Namespace
) -> tuple[Codes, torch.Tensor, TriplaneDecoder | None]:
    """As `_learned_codes`, fitted once more where that has been done."""
    codes, scale, decoder = _learned_codes(data, options)
    refined = _refined(codes, options)
    return codes if refined is None else refined, scale, decoder


def _refined(codes: Codes, options: argparse.Namespace) -> Codes | None:
    state = _trained("codes", options)
    return None if state is None else refined_codes(state, codes)


def _learned_codes(
    data: PackedAssets, options: argparse.Namespace
) -> tuple[Codes, torch.Tensor, TriplaneDecoder | None]:
    """Codes, their scale and the decoder; before there is one, principal codes and None."""
    state = _trained("decoder", options)
    if state is None:
        return *principal_codes(data.lattice, STARTER_DECODER.code_size), None
    scale = state["decoder.code_scale"]
    return state["codes"] * scale, scale, _decoder_of(state)


def _trained(part: str, options: argparse.Namespace) -> dict[str, torch.Tensor] | None:
    """The state of one of `PARTS`; None of one that has not been trained."""
    folder = options.work / part
    return read_checkpoint(folder)[0] if (folder / CHECKPOINT).exists() else None


def _metric_of(
    codes: Codes, decoder: TriplaneDecoder | None, data: PackedAssets, options: argparse.Namespace
) -> CodeMetric:
    if decoder is None:  # principal codes are as far apart as their fields
        return torch.eye(codes.shape[1])
    return code_metric(decoder.to(pick_device(options.device)), codes, data)


def _decoder_of(state: dict[str, torch.Tensor]) -> TriplaneDecoder:
    decoder = TriplaneDecoder(STARTER_DECODER)
    decoder.load_state_dict(averaged(state, "decoder."))
    return decoder


def _release(data: PackedAssets, test: list[Asset], options: argparse.Namespace) -> None:
    sizes = (STARTER_DECODER.code_size, len(data.categories))
    codes, _, decoder = _finished_codes(data, options)
    needed = {name: read_checkpoint(options.work / name)[0] for name in NEEDED}
    views = _trained("views", options)
    release(
        options.output,
        codes,
        Trained(needed["decoder"], TriplaneDecoder(STARTER_DECODER)),
        Trained(needed["encoder"], ImageEncoder(ImageEncoderConfig(*sizes))),
        Trained(needed["points"], PointEncoder(PointEncoderConfig(*sizes))),
        Trained(views, ViewEncoder(ViewEncoderConfig())) if views is not None else None,
        _metric_of(codes, decoder, data, options),
        data.assets,
        test,
        Licences(options.assets_licence, options.licence),
    )
