"""What completions are scored by: regions told apart, baselines, and the tables."""

import numpy as np
import pytest
import trimesh

from core.evaluate.completion import (
    CompletionRow,
    Condition,
    completion_table,
    means_of,
    score_regions,
)
from core.frames import UprightPose
from core.meshes import TriangleMesh
from core.train.assets import Asset
from core.train.cutting import PartialMesh

POSE = UprightPose(0.7, 3.0, (1.0, -2.0, 5.0))


def half(side):
    ball = trimesh.creation.icosphere(subdivisions=4, radius=0.5)
    faces = ball.faces[(ball.triangles_center[:, 0] >= 0) == (side > 0)]
    return TriangleMesh.from_arrays(ball.vertices, faces)


@pytest.fixture
def case():
    seen, missing = half(-1), half(1)
    placed = TriangleMesh.from_arrays(POSE.to_scene(seen.vertices), seen.faces)
    return PartialMesh(placed, POSE, seen, missing)


def scores(mesh, case):
    return score_regions(mesh, case, 20_000, 1.5, np.random.default_rng(0))


def test_the_truth_has_the_best_scores_in_both_regions(case):
    found = scores(case.whole, case)
    assert found.observed_near == 1.0
    # near the cut, a point may be nearest to a true one across it
    assert min(found.missing_f_score, found.observed_f_score) > 0.999
    # two draws of 20,000 points on a sphere of area 3.1 lie about 0.006 from each other
    assert max(found.missing_chamfer_l1, found.observed_chamfer_l1) < 0.01
    assert found.closed == 1.0
    assert found.seconds == 1.5


def test_a_copy_of_the_input_finds_nothing_of_what_is_missing(case):
    found = scores(case.seen, case)
    assert found.observed_f_score > 0.99
    assert found.missing_f_score < 0.1
    # from the far pole to the rim it is a quarter of the way round
    assert 0.1 < found.missing_chamfer_l1 < 0.5
    assert found.closed == 0.0


def test_what_is_off_by_less_than_two_percent_counts_and_by_more_does_not(case):
    whole = case.whole
    for shift, expected in ((0.01, 1.0), (0.03, 0.0)):
        grown = TriangleMesh(whole.vertices * np.float32(1 + 2 * shift), whole.faces)
        found = scores(grown, case)
        assert found.missing_f_score == pytest.approx(expected, abs=0.01)
        assert found.observed_near == 0.0


def test_split_vertices_and_turned_parts_do_not_open_a_mesh(case):
    whole = case.whole
    turned = np.concatenate([whole.faces[:100, ::-1], whole.faces[100:]])
    assert scores(TriangleMesh(whole.vertices, turned), case).closed == 1.0


def test_means_are_taken_over_categories_and_the_table_names_everything(case, tmp_path):
    condition = Condition("view", 0.25, 0.005)
    good, bad = scores(case.whole, case), scores(case.seen, case)
    rows = [
        CompletionRow(Asset(category, str(n), tmp_path), condition, "ours", each, None, case)
        for n, (category, each) in enumerate([("a", good), ("a", good), ("b", bad)])
    ]
    assert means_of(rows).closed == 0.5
    table = completion_table(rows)
    assert "view, 25% removed, noise 0.005, 3 shapes" in table
    assert "ours" in table
    assert "missing_f_score" in table
