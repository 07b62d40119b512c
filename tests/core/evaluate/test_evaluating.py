"""Scores: perfect for the truth, worst for failures, fair to every method."""

from dataclasses import dataclass

import numpy as np
import pytest

from core.errors import EmptySurfaceError
from core.evaluate.evaluating import METHODS, WORST, Evaluation, score, table, table_text, truth_of
from core.meshes import TriangleMesh
from core.train.assets import list_assets, load_asset

POINTS = 20_000


@dataclass
class Made:
    mesh: TriangleMesh
    first_guess: np.ndarray
    category: str


def evaluation(library, reconstruct):
    assets = list_assets(library)
    train = [asset for asset in assets if not asset.name.endswith("2")]
    codes = np.eye(len(train), dtype=np.float32)
    picture = np.ones((8, 8, 4), np.float32)
    mean = {
        category: load_asset(next(a for a in train if a.category == category))
        for category in ("box", "can")
    }
    return (
        Evaluation(train, codes, reconstruct, mean.__getitem__, lambda *_: picture, points=POINTS),
        [asset for asset in assets if asset.name.endswith("2")],
    )


def test_the_truth_itself_scores_best_and_nothing_scores_worst(library):
    mesh = load_asset(list_assets(library)[0])
    truth = truth_of(mesh, POINTS, np.random.default_rng(0))
    best = score(mesh, truth, np.random.default_rng(1))
    assert best.f_score > 0.99
    assert best.iou > 0.999
    # two draws of 20,000 points on an area of about 3 lie half a hundredth apart
    assert best.chamfer_l1 < 0.01
    assert best.normals > 0.97
    nothing = TriangleMesh.from_arrays(np.zeros((0, 3)), np.zeros((0, 3), int))
    assert score(nothing, truth, np.random.default_rng(1)) == WORST
    assert score(None, truth, np.random.default_rng(1)) == WORST


def test_a_shape_twice_as_thick_has_half_the_iou(library):
    mesh = load_asset(list_assets(library)[0])
    truth = truth_of(mesh, POINTS, np.random.default_rng(0))
    thick = TriangleMesh.from_arrays(mesh.vertices * [1, 2, 1], mesh.faces)
    assert score(thick, truth, np.random.default_rng(1)).iou == pytest.approx(0.5, abs=0.01)


def test_every_method_is_scored_in_the_same_table(library):
    wanted = {"box": 0, "can": 3}  # places in the training list
    scored, test = None, None

    def reconstruct(picture):
        asset = test[len(done)]
        done.append(asset)
        code = np.zeros(6, np.float32)
        code[wanted[asset.category]] = 1
        return Made(load_asset(asset), code, asset.category)

    done = []
    scored, test = evaluation(library, reconstruct)
    rows = list(scored.rows(test))
    means = table(rows)
    assert list(means) == list(METHODS)
    assert means["picture"]["macro mean"].f_score > 0.99
    assert means["picture"]["macro mean"].iou > 0.99
    for row in rows:
        # no training shape equals the test shape, so the oracle is good and not perfect
        assert row.scores["oracle"].chamfer_l1 <= row.scores["retrieval"].chamfer_l1 + 1e-3
        assert row.scores["oracle"].iou < 0.99
        # retrieval took the training shape of the answered code, which is the mean here
        assert row.scores["retrieval"].iou == pytest.approx(row.scores["mean shape"].iou, abs=0.02)
    text = table_text(means)
    assert "macro mean" in text
    assert "retrieval" in text


def test_a_failed_reconstruction_counts_with_the_worst_score(library):
    def fail(picture):
        raise EmptySurfaceError("the field never crosses the iso-level")

    scored, test = evaluation(library, fail)
    row = next(scored.rows(test[:1], methods=("picture", "retrieval")))
    assert row.scores == {"picture": WORST, "retrieval": WORST}
