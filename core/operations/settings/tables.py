"""The manual's tables of options: Markdown, made from the declarations and pasted into the manual.

python -m core.operations.settings.tables
"""

import sys

from . import OPERATIONS, Operation
from .setting import Declared, declared_in

HEAD = "| option | in the panel | what it is | default | allowed |\n|---|---|---|---|---|\n"


def table_of(operation: Operation) -> str:
    """A row for every setting that the command line or the panel has, with a line end each."""
    return HEAD + "".join(_row(each) for each in declared_in(operation.settings))


def _row(declared: Declared) -> str:
    setting = declared.setting
    option = f"`{declared.option}`" if setting.flag else ""
    label = setting.label if setting.panel else ""
    cells = (option, label, setting.help, _default(declared), _allowed(declared))
    return f"| {' | '.join(cells)} |\n"


def _default(declared: Declared) -> str:
    """The default as the command line has it."""
    if declared.default is None:
        return declared.setting.flag.none if declared.setting.flag else ""
    if declared.kind is bool:
        return "on" if declared.default else "off"
    return f"{declared.default:g}" if declared.kind is float else str(declared.default)


def _allowed(declared: Declared) -> str:
    """The texts or the range of numbers that are allowed; empty where it goes without saying."""
    setting = declared.setting
    if setting.choices:
        return ", ".join(each.key for each in setting.choices)
    low, high = setting.low, setting.high
    words = ""
    if setting.above is not None:
        words = f"above {setting.above:g}"
    elif low is not None:
        words = f"{low:g} or more" if high is None else f"{low:g} to {high:g}"
    return f"{words} {setting.unit}".strip()


if __name__ == "__main__":
    for each in OPERATIONS:
        if each.command is not None:
            sys.stdout.write(f"{each.name}\n\n{table_of(each)}\n")
