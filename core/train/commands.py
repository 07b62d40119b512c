"""The commands `prepare` and `train`: from a folder of assets to a model.

Both keep their state in one work folder and go on where they were stopped; see `training_stages`.
"""

import argparse
from functools import partial
from pathlib import Path

from ..errors import InputError
from ..memory import keep_freed
from .assets import Asset, list_assets, split_assets
from .latent_interpolation import InterpolationConfig
from .neighbours import Neighbours
from .training_stages import (
    FURTHER,
    PACKED,
    PARTS,
    fit_further,
    interpolate,
    packed,
    prepare,
    refine_codes,
    train_decoder,
    train_encoder,
    train_point_encoder,
    train_view_encoder,
    write_model,
)

INTERPOLATION = "interpolation"
"""Stage in which the interpolated shapes are made."""

FORMER_STAGES = {"mixed": INTERPOLATION}
FORMER_OPTION = "--mixed-shapes"
"""What scripts may still call the stage and `--interpolated-shapes`; no help names them."""


def add_parsers(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", neighbours: Neighbours
) -> None:
    """Add the commands to the command line."""
    prepared = commands.add_parser("prepare", help="turn assets into samples and pictures on disk")
    _add_data_options(prepared)
    prepared.set_defaults(run=run_prepare)

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
        "--interpolated-shapes",
        type=int,
        default=InterpolationConfig.shapes,
        help="shapes between the assets that the encoder learns as well; 0: none",
    )
    train.add_argument(
        FORMER_OPTION,
        dest="interpolated_shapes",
        type=int,
        default=argparse.SUPPRESS,
        help=argparse.SUPPRESS,
    )
    train.add_argument(
        "--further-assets",
        type=Path,
        help="folder of assets that only the picture encoder learns, by codes that are fitted "
        "to the finished decoder",
    )
    train.add_argument(
        "--stage",
        type=lambda name: FORMER_STAGES.get(name, name),
        choices=("all", INTERPOLATION, FURTHER, *PARTS, "release"),
        default="all",
        help="train only one part, or only write the model file of what is trained so far",
    )
    train.add_argument("--device", default="auto", help="where to train: cpu, cuda, mps, xpu")
    train.add_argument("--assets-licence", default="not stated", help="for the model's card")
    train.add_argument("--licence", default="not stated", help="of the weights, for the card")
    train.set_defaults(run=partial(run_train, neighbours))


def run_prepare(options: argparse.Namespace) -> None:
    """Prepare all assets of a folder, those of the test split included."""
    prepare(list_assets(options.assets), options)


def run_train(neighbours: Neighbours, options: argparse.Namespace) -> None:
    """Prepare what is missing, train, and write the model file.

    Raises:
        InputError: An asset or an option cannot be used.
    """
    _check_stage(options)
    keep_freed()
    assets = list_assets(options.assets)
    train, test = split_assets(assets, options.test_share, options.seed)
    further = _further_assets(assets, options)
    prepare(train + further, options)
    data, joined = packed(train, Path(PACKED), neighbours, options), None
    if further and options.stage in ("all", FURTHER, "encoder"):
        joined = packed(data.assets + further, Path(FURTHER, PACKED), neighbours, options)
    if options.stage in ("all", "decoder"):
        train_decoder(data, options)
    if options.stage in ("all", "codes"):
        refine_codes(data, options)
    if options.stage in ("all", FURTHER) and joined is not None:
        fit_further(data, joined, options)
    if options.stage in ("all", INTERPOLATION) and options.interpolated_shapes > 0:
        interpolate(data, neighbours, options)
    if options.stage in ("all", "encoder"):
        train_encoder(data, joined, options)
    if options.stage in ("all", "points"):
        train_point_encoder(data, options)
    if options.stage in ("all", "views") and options.view_steps > 0:
        train_view_encoder(data, options)
    if options.stage in ("all", "release"):
        write_model(data, test, options)


def _check_stage(options: argparse.Namespace) -> None:
    """Refuse a stage by name whose own option leaves it nothing to do.

    Raises:
        InputError: It would do nothing, and not say so.
    """
    idle = {
        FURTHER: (options.further_assets is None, "name their folder with --further-assets"),
        INTERPOLATION: (options.interpolated_shapes <= 0, "give more than 0 --interpolated-shapes"),
        "views": (options.view_steps <= 0, "give more than 0 --view-steps"),
    }
    nothing_to_do, remedy = idle.get(options.stage, (False, ""))
    if nothing_to_do:
        raise InputError(f"--stage {options.stage} has nothing to do; {remedy}")


def _further_assets(assets: list[Asset], options: argparse.Namespace) -> list[Asset]:
    """Those of the other folder; none where none is named.

    Raises:
        InputError: One of them has the category and name of an asset of the first folder, which
            may be kept for the test, or a category that the first folder has not.
    """
    if options.further_assets is None:
        return []
    further = list_assets(options.further_assets)
    keys, categories = ({asset.key for asset in assets}, {asset.category for asset in assets})
    for asset in further:
        if asset.key in keys:
            raise InputError(
                f"{asset.key} is in {options.assets} as well as in {options.further_assets}; "
                "a shape that is kept for the test must not be learned, so rename it"
            )
        if asset.category not in categories:
            raise InputError(
                f"{options.further_assets} has the category {asset.category}, which the decoder "
                f"does not know; it knows {', '.join(sorted(categories))}"
            )
    return further


def _add_data_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("assets", type=Path, help="folder with one sub-folder per category")
    parser.add_argument(
        "--work", type=Path, default=Path("out/training"), help="data, checkpoints and curves"
    )
    parser.add_argument("--workers", type=int, default=2, help="processes that prepare assets")
    parser.add_argument("--test-share", type=float, default=0.05, help="kept out of the training")
    parser.add_argument("--seed", type=int, default=0, help="draws split, samples and batches")
