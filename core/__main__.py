"""The command line: `python -m core`, also installed as `isoform`.

Stdout carries the answer, stderr everything else; `cli.options` says what the exit status means.
As a script, `python -I .../core/__main__.py`, it is run by Blender for `blender --command isoform`,
and then ends with the end of its stdin: it never outlives its starter.
"""

import os
import sys

if __name__ == "__main__" and not __package__:
    # Any Python may have been chosen by the user; nothing newer than 3.8 is used until here.
    import threading
    from importlib.util import find_spec
    from pathlib import Path

    absent = [name for name in ("numpy", "torch") if find_spec(name) is None]
    lacks = "Python 3.11" if sys.version_info < (3, 11) else " and ".join(absent)
    if lacks:
        sys.stderr.write(
            f"isoform: the Python {sys.executable} cannot run Isoform (it lacks {lacks}); choose "
            "one that has torch in the preferences, or with ISOFORM_PYTHON\n"
        )
        raise SystemExit(2)
    # as in worker.py: -I leaves the script's folder off the path, and this process is not Blender
    sys.path.insert(0, str(Path(__file__).absolute().parents[1]))
    __package__ = "core"

    def leave_with_starter() -> None:
        """Ends the process, whatever it is doing, when its stdin has ended."""
        while os.read(0, 1 << 12):  # not by sys.stdin, whose lock a thread may not hold at the end
            pass
        os._exit(130)

    threading.Thread(target=leave_with_starter, daemon=True).start()

import argparse
import json
from collections.abc import Sequence

from .cli import batch, complete, reconstruct
from .cli.options import DONE, FAILED, STOPPED, Parser, add_models, commands_of, escape_unprintable
from .errors import IsoformError

TRAINING = {
    "prepare": "turn a folder of assets into distance samples and pictures",
    "train": "train a model on prepared assets",
    "train-layered": "train a model that makes one picture's object, of any kind",
    "evaluate": "score a model on its test split",
    "evaluate-pictures": "score what models make of one picture each of real things",
    "evaluate-completion": "score completions of cut test shapes, beside baselines",
    "evaluate-confidence": "compare the confidence of reconstructions with how good they are",
    "evaluate-completion-confidence": "compare the confidence of completions with their worth",
}
"""Commands that `train` and `evaluate` bring, with their help; imported when one is asked for."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Args:
        arguments: Without the program's name; the process's own when not given.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    escape_unprintable()
    try:
        options = _parser(arguments[0] if arguments else "").parse_args(arguments)
        return options.run(options) or DONE
    except IsoformError as error:
        sys.stderr.write(f"isoform: {error}\n")
        return FAILED
    except KeyboardInterrupt:
        sys.stderr.write("isoform: stopped\n")
        return STOPPED
    except SystemExit as stop:  # argparse's way to end, after help or a complaint
        return int(stop.code or 0)


def _parser(command: str) -> argparse.ArgumentParser:
    parser = Parser(prog="isoform", description="Whole 3D shapes from a picture, offline.")
    commands = commands_of(parser)
    reconstruct.add_parser(commands)
    complete.add_parser(commands)
    batch.add_parser(commands)
    add_models(commands).set_defaults(run=list_shipped)
    if command in TRAINING:
        from .evaluate import commands as evaluation
        from .evaluate import completion_commands, completion_confidence, confidence, pictures
        from .inputs.image import frame_object
        from .operations.extracting import surface_of
        from .train import commands as training
        from .train import layered_commands
        from .train.neighbours import Neighbours

        layered_commands.add_parser(commands)
        training.add_parsers(commands, Neighbours(frame_object, surface_of))
        for each in (evaluation, pictures, completion_commands, confidence, completion_confidence):
            each.add_parser(commands)
    else:
        for name, summary in TRAINING.items():
            commands.add_parser(name, help=summary)
    return parser


def list_shipped(options: argparse.Namespace) -> None:
    """The shipped models on stdout: categories, licence and measured scores."""
    from .operations.zoo import shipped_models

    cards = shipped_models()
    if options.json:
        kept = ("name", "categories", "trained_on", "licence", "scores")
        rows = [{key: getattr(card, key) for key in kept} for card in cards]
        sys.stdout.write(json.dumps(rows) + "\n")
        return
    for card in cards:
        sys.stdout.write(f"{card.name}: {', '.join(card.categories)}\n")
        sys.stdout.write(f"  licence: {card.licence}\n")
        for name, score in card.scores.items():
            mean = score.get("macro mean", score) if isinstance(score, dict) else score
            sys.stdout.write(f"  {name}: {json.dumps(mean)}\n")


if __name__ == "__main__":
    raise SystemExit(main())
