"""The manual's tables of options are those that the declarations make."""

from pathlib import Path

import pytest

from core.operations.settings import OPERATIONS, Operation
from core.operations.settings.tables import table_of

MANUAL = Path(__file__).parents[4] / "addon" / "README.md"

COMMANDS = [each for each in OPERATIONS if each.command is not None]


@pytest.mark.parametrize("operation", COMMANDS, ids=lambda each: each.name)
def test_the_manual_has_the_table_of_every_command(operation: Operation) -> None:
    made = table_of(operation)
    assert made in MANUAL.read_text(encoding="utf-8"), (
        f"paste what `python -m core.operations.settings.tables` prints:\n{made}"
    )


def test_a_row_tells_option_label_default_and_range() -> None:
    table = table_of(COMMANDS[1])
    cells = {row.split("|")[1].strip(" `-"): row.split("|") for row in table.splitlines()}
    told = {name: tuple(cells[name][place].strip() for place in (2, 4, 5)) for name in cells}
    assert told["hypotheses"] == ("Hypotheses", "1", "1 to 8")
    assert told["noise"] == ("Noise", "auto", "0 or more metres")
    assert told["keep"] == ("Keep", "auto", "auto, exact, fused, none")
    assert told["anyway"] == ("Complete Anyway", "off", "")
    assert told["device"] == ("", "auto", "")
    assert cells["noise"][3].strip().startswith("How far off the given vertices are")
