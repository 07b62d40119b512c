"""Scoring what is made of one picture: the truth scores best, a refusal worst."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.__main__ import main
from core.errors import EmptySurfaceError
from core.evaluate.pictures import BOUND, WORST_CHAMFER, Compared, Scored, compared, table_text
from core.field.layered import LayeredField
from core.meshes import TriangleMesh
from core.operations.extracting import surface_of
from core.train.assets import Asset, list_assets, load_asset


def refusing(shown):
    raise EmptySurfaceError("the field never crosses the iso-level")


@pytest.fixture(scope="module")
def rows(library):
    """A box and a can by their true crossings, by themselves, and refused."""
    assets = [list_assets(library)[index] for index in (0, 4)]
    by_asset = iter([load_asset(asset) for asset in assets])
    methods = {
        BOUND: lambda shown: surface_of(LayeredField(shown.crossings), 48),
        "themselves": lambda shown: next(by_asset),
        "refusing": refusing,
    }
    return list(compared(methods, assets, 0))


def test_a_shape_compared_with_itself_scores_best(rows):
    for row in rows:
        assert row.by_method["themselves"].f_score > 0.9
        assert row.by_method["themselves"].chamfer < 0.01


def test_the_crossings_of_convex_things_show_nearly_all(rows):
    for row in rows:
        assert row.by_method[BOUND].f_score > 0.8


def test_a_refused_picture_scores_worst(rows):
    for row in rows:
        assert row.by_method["refusing"].f_score == 0
        assert row.by_method["refusing"].chamfer == WORST_CHAMFER
        assert row.by_method["refusing"].mesh is None


def test_pictures_are_cut_out(rows):
    alpha = rows[0].picture[..., 3]
    assert {alpha.min(), alpha.max()} == {0.0, 1.0}
    assert (rows[0].picture[alpha == 0] == 0).all()


def test_kinds_count_alike_however_many_things_they_have():
    mesh = TriangleMesh(np.zeros((3, 3), np.float32), np.zeros((1, 3), np.int32))
    picture = np.zeros((2, 2, 4), np.float32)

    def row(kind, name, score):
        asset = Asset(kind, name, Path(f"{name}.ply"))
        return Compared(asset, picture, mesh, {"one": Scored(mesh, score, 0.01)})

    text = table_text([row("box", "a", 1.0), row("box", "b", 0.0), row("can", "c", 1.0)])
    last = text.splitlines()[-1].split()
    assert last[:4] == ["macro", "mean", "3", "0.750"]


def test_the_command_prints_a_row_a_kind_and_draws_a_sheet(library, tiny_model, tmp_path, capsys):
    sheet = tmp_path / "sheet.png"
    options = ["--model", str(tiny_model), "--test-share", "1", "--per-category", "1"]
    command = ["evaluate-pictures", str(library), *options, "--resolution", "32"]
    assert main([*command, "--sheet", str(sheet)]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in printed] == ["kind", "box", "can", "macro"]
    with Image.open(sheet) as drawn:
        assert drawn.width > drawn.height > 0
    assert main([*command, "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {row["asset"].split("/")[0] for row in rows} == {"box", "can"}
    assert all(0 <= row[BOUND]["f_score"] <= 1 for row in rows)


def test_where_nothing_is_kept_out_that_is_said(library, capsys):
    assert main(["evaluate-pictures", str(library), "--test-share", "0"]) == 2
    assert "is kept out of training" in capsys.readouterr().err
