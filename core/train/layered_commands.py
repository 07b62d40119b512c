"""The command `train-layered`: from folders of coloured assets to a model of any object's picture.

Its state is kept in one work folder, and it goes on where it was stopped: `layers/` holds what is
seen of every asset, `packed/` the same for training, `view-network/` checkpoint, log and curve.
"""

import argparse
import sys
from pathlib import Path

import torch
from tqdm import tqdm

from ..devices import pick_device
from ..errors import InputError
from ..memory import keep_freed
from ..models.checkpoint import ModelCard, read_model_file, write_model_file
from ..models.layered import LayeredModel, network_of
from ..prior.view_network import PREFIX, ViewNetwork, ViewNetworkConfig
from .assets import Asset, list_assets, split_families
from .averaging import averaged
from .layered_dataset import LayersConfig, PackedLayers, pack_layers, prepare_layers
from .loop import LoopConfig, read_checkpoint, run
from .photographs import load_backgrounds
from .view_network_training import ViewNetworkTraining, ViewNetworkTrainingConfig

NETWORK = "view-network"
"""Folder of the training, in the work folder."""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "train-layered", help="train a model that makes one picture's object, of any kind"
    )
    parser.add_argument("assets", type=Path, nargs="+", help="folders with one sub-folder per kind")
    parser.add_argument("--output", type=Path, required=True, help="the model file to write")
    parser.add_argument(
        "--work", type=Path, default=Path("out/layered"), help="data, checkpoints and curves"
    )
    parser.add_argument("--base", type=Path, help="layered model whose network is trained on")
    parser.add_argument("--backgrounds", type=Path, help="folder of photographs to put behind")
    parser.add_argument("--steps", type=int, default=40_000, help="batches of 16 photographs")
    parser.add_argument(
        "--views", type=int, default=LayersConfig.views, help="of every asset, to photograph"
    )
    parser.add_argument(
        "--stage",
        choices=("all", "release"),
        default="all",
        help="release: only write the model file of what is trained so far",
    )
    parser.add_argument("--workers", type=int, default=2, help="processes that see assets")
    parser.add_argument(
        "--test-share", type=float, default=0.1, help="of the families of names, kept out"
    )
    parser.add_argument("--seed", type=int, default=0, help="draws cameras, lights and batches")
    parser.add_argument("--device", default="auto", help="where to train: cpu, cuda, mps, xpu")
    parser.add_argument("--assets-licence", default="not stated", help="for the model's card")
    parser.add_argument("--licence", default="not stated", help="of the weights, for the card")
    parser.set_defaults(run=run_train)


def run_train(options: argparse.Namespace) -> None:
    """See the assets, train, and write the model file.

    Raises:
        InputError: An asset or an option cannot be used, or nothing is trained yet.
    """
    keep_freed()
    assets = [asset for folder in options.assets for asset in list_assets(folder)]
    train, test = split_families(_without_twins(assets), options.test_share)
    if not train:
        raise InputError(f"all {len(assets)} assets are kept out for the test; lower --test-share")
    network = _new_network(tuple(sorted({asset.category for asset in train})), options)
    if options.stage == "all":
        training = ViewNetworkTraining(
            _seen(train, options),
            load_backgrounds(options.backgrounds),
            network,
            ViewNetworkTrainingConfig(seed=options.seed),
            pick_device(options.device),
        )
        steps = LoopConfig(options.steps)
        run(training, options.work / NETWORK, steps, show=sys.stderr.isatty())
    _release(network.card, train, test, options)


def _new_network(kinds: tuple[str, ...], options: argparse.Namespace) -> ViewNetwork:
    """The network with which a training begins: that of a layered model, or one that knows nothing.

    Raises:
        ModelFileError: The model is no layered one, or its file cannot be used.
    """
    if options.base is not None:
        return network_of(read_model_file(options.base)).for_kinds(kinds)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(options.seed)
        return ViewNetwork(ViewNetworkConfig(kinds))


def _without_twins(assets: list[Asset]) -> list[Asset]:
    """The assets, each kind and name once.

    Raises:
        InputError: Two folders have an asset of the same kind and name.
    """
    known: dict[str, Asset] = {}
    for asset in assets:
        if asset.key in known:
            raise InputError(
                f"{asset.path} and {known[asset.key].path} have one name; rename one of them"
            )
        known[asset.key] = asset
    return list(known.values())


def _seen(train: list[Asset], options: argparse.Namespace) -> PackedLayers:
    """The layered views of the training assets; what cannot be seen is said and left out."""
    config = LayersConfig(views=options.views, seed=options.seed)
    folder = options.work / "layers"
    with tqdm(total=len(train), desc="see", disable=not sys.stderr.isatty()) as bar:
        for asset, problem in prepare_layers(train, folder, config, options.workers):
            if problem is not None:
                tqdm.write(f"left out {asset.key}: {problem}", file=sys.stderr)
            bar.update()
    return pack_layers(train, folder, options.work / "packed")


def _release(
    card: dict[str, object], train: list[Asset], test: list[Asset], options: argparse.Namespace
) -> None:
    """Write the model file of what is trained so far."""
    state, step = read_checkpoint(options.work / NETWORK)
    weights = averaged(state, "encoder.")
    model = ModelCard(
        name=options.output.stem,
        architecture=LayeredModel.architecture,
        categories=[],
        decoder=card,
        image_encoder={},
        trained_on={
            "assets": options.assets_licence,
            "train": [asset.key for asset in train],
            "test": [asset.key for asset in test],
            "steps": step,
        },
        licence=options.licence,
    )
    write_model_file(options.output, model, {PREFIX + k: v for k, v in weights.items()})
