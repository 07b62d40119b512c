"""Parts that their own mirror images complete, without a model."""

from pathlib import Path

import numpy as np
import pytest
import trimesh

from core.field.analytic import box, union
from core.finish.planes import Plane
from core.frames import UprightPose
from core.inputs.ordering import in_canonical_order, mesh_in_canonical_order
from core.inputs.partial import observe
from core.meshes import TriangleMesh
from core.operations.engine import Engine
from core.operations.reflecting import Reflection, agrees, reflected

POSE = UprightPose(0.7, 3.0, (10.0, -4.0, 1.0))


def furniture(*boxes: list) -> trimesh.Trimesh:
    return trimesh.util.concatenate([trimesh.creation.box(bounds=each) for each in boxes])


def leg(x: float, y: float) -> list:
    return [[x - 0.03, y - 0.03, -0.5], [x + 0.03, y + 0.03, 0.0]]


def before(whole: trimesh.Trimesh, normal: list, at: list) -> trimesh.Trimesh:
    vertices, faces, _ = trimesh.intersections.slice_faces_plane(
        whole.vertices, whole.faces, np.array(normal, float), np.array(at, float)
    )
    cut = trimesh.Trimesh(vertices, faces, process=False)
    cut.merge_vertices()
    return cut


def found_for(part: trimesh.Trimesh) -> tuple[TriangleMesh, Reflection | None]:
    partial = TriangleMesh.from_arrays(POSE.to_scene(np.asarray(part.vertices)), part.faces)
    observation = observe(partial, np.random.default_rng(0))
    ordered = mesh_in_canonical_order(partial)
    return partial, reflected(partial, ordered, observation.points, observation.box)


SEAT, BACK = [[-0.2, -0.2, 0.0], [0.2, 0.2, 0.05]], [[-0.2, 0.15, 0.05], [0.2, 0.2, 0.5]]
LEGS = [leg(x, y) for x in (-0.17, 0.17) for y in (-0.17, 0.17)]
CHAIR, TABLE = furniture(SEAT, BACK, *LEGS), furniture([[-0.4, -0.2, 0.0], [0.4, 0.2, 0.05]], *LEGS)


def assert_is(mesh: TriangleMesh, whole: trimesh.Trimesh, box: list) -> None:
    """The mesh in the scene is the whole, to the precision of coordinates there."""
    vertices = POSE.from_scene(mesh.vertices.astype(np.float64))
    made = trimesh.Trimesh(vertices, mesh.faces, process=False)
    assert made.volume == pytest.approx(whole.volume, rel=1e-4)
    assert np.allclose(made.bounds, box, atol=1e-4)


@pytest.mark.parametrize("whole", [CHAIR, TABLE], ids=["chair", "table"])
def test_three_legs_become_four(whole: trimesh.Trimesh) -> None:
    partial, found = found_for(trimesh.Trimesh(whole.vertices, whole.faces[:-12], process=False))
    assert found is not None
    assert found.is_evident
    assert found.adds_a_leg
    count = len(partial.faces)
    assert np.array_equal(found.mesh.vertices[: len(partial.vertices)], partial.vertices)
    assert np.array_equal(found.mesh.faces[:count], partial.faces)
    assert len(found.mesh.faces) == count + 12
    assert_is(found.mesh, whole, whole.bounds)


def test_the_half_of_a_chair_becomes_the_whole() -> None:
    whole = furniture(SEAT, BACK, *LEGS)
    partial, found = found_for(before(whole, [-1, 0, 0], [0, 0, 0]))
    assert found is not None
    assert found.is_evident
    assert found.mesh.is_closed
    assert np.array_equal(found.mesh.vertices[: len(partial.vertices)], partial.vertices)
    assert_is(found.mesh, whole, whole.bounds)


def test_a_half_with_a_little_of_the_other_side_is_not_made_wider() -> None:
    # slats tell where the middle is
    slats = [[[x - 0.01, 0.16, 0.05], [x + 0.01, 0.19, 0.4]] for x in (-0.15, -0.02, 0.02, 0.15)]
    whole = furniture(SEAT, *slats, *LEGS)
    _, found = found_for(before(whole, [-1, 0, 0], [0.035, 0, 0]))
    assert found is not None
    vertices = POSE.from_scene(found.mesh.vertices.astype(np.float64))
    assert vertices[:, 0].max() == pytest.approx(0.2, abs=2e-3)


def test_the_half_of_a_table_needs_a_model_that_agrees() -> None:
    _, found = found_for(before(TABLE, [-1, 0, 0], [0, 0, 0]))
    assert found is not None
    assert not found.is_evident
    assert_is(found.mesh, TABLE, TABLE.bounds)


def test_the_front_of_a_chair_is_no_evidence_of_its_back() -> None:
    _, found = found_for(before(CHAIR, [0, -1, 0], [0, 0, 0]))
    assert found is not None
    assert not found.is_evident


@pytest.mark.parametrize(
    "part",
    [
        CHAIR,
        TABLE,
        furniture(SEAT, BACK, *LEGS, [[0.17, -0.2, 0.15], [0.2, 0.2, 0.2]]),
        before(CHAIR, [0, 0, -1], [0, 0, 0.3]),
        before(CHAIR, [-1, 1, 0.5], [-0.1, 0, 0]),
    ],
    ids=["whole chair", "whole table", "one arm", "cut off level", "less than a half"],
)
def test_nothing_is_mirrored_without_evidence(part: trimesh.Trimesh) -> None:
    assert found_for(part)[1] is None


@pytest.mark.parametrize(("beside", "expected"), [(0.0, True), (0.2, False)])
def test_what_is_round_and_was_cut_beside_its_axis_is_no_half(
    beside: float, expected: bool
) -> None:
    # without the arm it would have a plane of symmetry across the cut as well
    arm = trimesh.creation.box(bounds=[[-0.15, 0.2, -0.3], [0.15, 0.8, 0.3]])
    tube = trimesh.creation.cylinder(radius=0.3, height=0.8, sections=64)
    _, found = found_for(before(trimesh.util.concatenate([tube, arm]), [-1, 0, 0], [beside, 0, 0]))
    assert (found is not None and found.is_evident) is expected


def test_a_desk_with_drawers_on_one_side_lacks_no_leg(tiny_model: Path) -> None:
    drawers = [[0.2, -0.18, -0.5], [0.38, 0.18, 0.0]]
    desk = furniture([[-0.4, -0.2, 0.0], [0.4, 0.2, 0.05]], *LEGS[:2], drawers)
    partial, found = found_for(desk)
    assert found is None or not found.adds_a_leg
    assert Engine(tiny_model, "cpu").complete(partial, resolution=32).is_unchanged


@pytest.mark.parametrize(
    ("yaw", "expected"), [(0.0, True), (np.pi / 2, False)], ids=["sides", "front and back"]
)
def test_a_field_agrees_with_its_own_plane_alone(yaw: float, expected: bool) -> None:
    field = union(
        box((0.2, 0.2, 0.025), (0.0, 0.0, 0.025)), box((0.2, 0.025, 0.225), (0.0, 0.175, 0.275))
    )
    partial, found = found_for(before(CHAIR, [-1, 0, 0], [0, 0, 0]))
    observation = observe(partial, np.random.default_rng(0))
    centre = observation.box.from_scene(np.array([POSE.offset]))[0]
    turned = POSE.yaw_rad + yaw
    normal = np.array([np.cos(turned), np.sin(turned), 0.0])
    mirror = Reflection(
        partial,
        (Plane(turned, float(normal @ centre)),),
        observation.box,
        is_evident=False,
        is_half=False,
        adds_a_leg=False,
    )
    points = observation.box.to_scene(observation.points)
    assert found is not None
    assert agrees(field, POSE, mirror, points) is expected


@pytest.fixture(scope="module")
def three_legs() -> TriangleMesh:
    """A chair, somewhere in a scene, that the tiny model knows nothing like."""
    return TriangleMesh.from_arrays(POSE.to_scene(np.asarray(CHAIR.vertices)), CHAIR.faces[:-12])


def test_a_leg_is_added_to_what_the_model_does_not_know(
    tiny_model: Path, three_legs: TriangleMesh
) -> None:
    found = Engine(tiny_model, "cpu").complete(three_legs, resolution=32, hypotheses=2)
    (kept,) = found.hypotheses
    count = len(three_legs.vertices)
    assert not found.is_unchanged
    assert any("only what its own mirror image shows was added" in each for each in found.warnings)
    assert kept.observed_vertices == count
    assert kept.observed_faces == len(three_legs.faces)
    assert np.array_equal(kept.mesh.vertices[:count], three_legs.vertices)
    assert np.array_equal(kept.mesh.faces[: kept.observed_faces], three_legs.faces)
    assert kept.is_closed
    assert_is(kept.mesh, CHAIR, CHAIR.bounds)
    leg_area = 4 * 0.06 * 0.5 + 2 * 0.06**2
    assert kept.invented_share == pytest.approx(leg_area / CHAIR.area, rel=1e-3)


def test_a_leg_that_was_mirrored_counts_as_invented_in_a_fused_surface(
    tiny_model: Path, three_legs: TriangleMesh
) -> None:
    found = Engine(tiny_model, "cpu").complete(three_legs, resolution=48, keep="fused")
    (kept,) = found.hypotheses
    vertices = POSE.from_scene(kept.mesh.vertices.astype(np.float64))
    low = vertices[:, 2] < -0.1
    of_leg = low & (vertices[:, 0] > 0) & (vertices[:, 1] > 0)
    assert kept.is_closed
    assert of_leg.any()
    assert not kept.is_observed[of_leg].any()
    assert kept.is_observed[low & ~of_leg].mean() > 0.9


def test_the_order_of_a_listing_changes_no_bit_of_what_is_seen() -> None:
    partial, found = found_for(before(CHAIR, [-1, 0, 0], [0, 0, 0]))
    generator = np.random.default_rng(4)
    order = generator.permutation(len(partial.vertices))
    faces = np.argsort(order)[partial.faces][generator.permutation(len(partial.faces))]
    shuffled = TriangleMesh.from_arrays(partial.vertices[order], np.roll(faces, 1, axis=1))
    points = observe(shuffled, np.random.default_rng(0)).points
    again = reflected(shuffled, mesh_in_canonical_order(shuffled), points, found.box)
    assert again.planes == found.planes
    one, other = (in_canonical_order(each.mesh) for each in (found, again))
    assert np.array_equal(one.vertices, other.vertices)
    assert np.array_equal(one.faces, other.faces)
    # what was given comes first, as it was given
    assert np.array_equal(again.mesh.vertices[: len(order)], shuffled.vertices)
    assert np.array_equal(again.mesh.faces[: len(faces)], shuffled.faces)
