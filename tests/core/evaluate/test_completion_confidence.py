"""Judging the confidence of completions: what is good is what the missing region says."""

import json
from dataclasses import dataclass

import pytest

from core.__main__ import main
from core.errors import EmptySurfaceError
from core.evaluate.completion import Condition, partial_of
from core.evaluate.completion_confidence import completion_confidence_text, judged_completions
from core.frames import UprightPose
from core.meshes import TriangleMesh
from core.train.assets import list_assets

HALF = Condition("half-space", 0.5, 0.0)


@dataclass
class Kept:
    mesh: TriangleMesh
    pose: UprightPose


@dataclass
class Answer:
    hypotheses: tuple[Kept, ...]
    category: str
    confidence: float
    warnings: tuple[str, ...]
    is_unchanged: bool


def answering(mesh, confidence, warnings=(), *, is_unchanged=False):
    """What makes one mesh of every partial one."""
    kept = (Kept(mesh, UprightPose(0.0, 1.0, (0.0, 0.0, 0.0))),)
    return lambda partial: Answer(kept, "box", confidence, warnings, is_unchanged)


def refusing(partial):
    raise EmptySurfaceError("the field never crosses the iso-level")


@pytest.fixture(scope="module")
def asset(library):
    return list_assets(library)[0]


@pytest.fixture(scope="module")
def case(asset):
    return partial_of(asset, HALF, 0)


def in_scene(mesh, case):
    return TriangleMesh.from_arrays(case.pose.to_scene(mesh.vertices), mesh.faces)


def test_the_truth_is_good_and_what_adds_nothing_is_not(asset, case):
    methods = (
        answering(in_scene(case.whole, case), 0.9),
        answering(case.mesh, 0.6, ("the confidence is low",)),
        answering(in_scene(case.whole, case), 0.01, ("nothing was invented",), is_unchanged=True),
        refusing,
    )
    rows = [next(judged_completions(each, [asset], [HALF], 40_000, 0)) for each in methods]
    assert [row.is_good for row in rows] == [True, False, False, False]
    # 10,000 points per unit of area: a disc of 2 % misses them all once in 300,000
    assert rows[0].f_score > 0.99
    assert [row.confidence for row in rows] == [0.9, 0.6, 0.01, 0.0]
    text = completion_confidence_text(rows)
    assert "good: 1 completions, 0% of them with a warning" in text
    assert "not good: 3 completions, 67% of them with a warning" in text
    assert "unchanged or refused: 2 of 4 shapes" in text


def test_the_same_seed_cuts_alike_and_another_one_otherwise(asset, case):
    asked = []

    def listening(partial):
        asked.append(partial)
        return answering(partial, 0.5)(partial)

    for seed in (0, 0, 1):
        next(judged_completions(listening, [asset], [HALF], 500, seed))
    one, same, _ = (len(each.faces) for each in asked)
    assert one == same == len(case.mesh.faces)
    assert (asked[0].vertices == asked[1].vertices).all()
    assert asked[2].vertices.tobytes() != asked[0].vertices.tobytes()


def test_the_command_prints_a_curve_or_a_line_per_shape(library, tiny_model, capsys):
    command = ["evaluate-completion-confidence", str(library), "--model", str(tiny_model)]
    command += ["--resolution", "16", "--per-category", "1", "--points", "500"]
    assert main(command) == 0
    out = capsys.readouterr().out
    assert "calibration error" in out
    assert "over 2 results" in out
    assert main([*command, "--category", "can", "--json"]) == 0
    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert line["asset"].startswith("can/")
    assert 0 <= line["confidence"] <= 1
    assert line["good"] == (line["f_score"] >= 0.6)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--share", "1"], "--share must lie between 0 and 1; found 1"),
        (["--category", "spoon"], "has 0 assets of the categories asked for"),
    ],
)
def test_what_cannot_be_judged_is_refused(library, tiny_model, capsys, options, sentence):
    command = ["evaluate-completion-confidence", str(library), "--model", str(tiny_model)]
    assert main([*command, *options]) == 2
    assert sentence in capsys.readouterr().err
