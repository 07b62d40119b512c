import numpy as np
import pytest

from core.finish.seams import Part, follow, meet

CELL = 0.02
LENGTHS = {"cell": CELL, "reach": 0.1, "blend": 0.2}


def plane(columns, rows, step, origin=(0.0, 0.0, 0.0)):
    """A flat strip of triangles that look up, from `origin` along x and y."""
    x, y = np.meshgrid(np.arange(columns + 1), np.arange(rows + 1), indexing="ij")
    vertices = np.stack([x * step, y * step, 0 * x], axis=-1).reshape(-1, 3) + origin
    at = np.arange((columns + 1) * (rows + 1)).reshape(columns + 1, rows + 1)
    a, b, c, d = at[:-1, :-1], at[1:, :-1], at[1:, 1:], at[:-1, 1:]
    faces = np.concatenate([np.stack([a, b, c], -1), np.stack([a, c, d], -1)])
    return Part(vertices.astype(float), faces.reshape(-1, 3).astype(np.int64))


def test_without_images_nothing_moves():
    points, none = np.zeros((2, 3)), np.zeros((0, 3))
    assert follow(points, none, none, blend=0.1) is points
    assert follow(none, points, points, blend=0.1) is none


def test_points_follow_the_images_around_them_and_no_others():
    centre = np.random.default_rng(0).uniform(-0.1, 0.1, (100, 3))
    residual = np.tile([0.0, 0.0, 0.02], (100, 1))
    points = np.array([centre[0], [0.5, 0, 0]])
    moved = follow(points, centre, residual, blend=0.1)
    np.testing.assert_allclose(moved - points, [[0, 0, 0.02], [0, 0, 0]], atol=1e-12)


def test_a_part_far_from_everything_stays():
    part, observed = plane(4, 4, CELL), plane(4, 4, CELL, (5.0, 0, 0))
    moved, weld = meet(part, observed, **LENGTHS)
    np.testing.assert_array_equal(moved, part.vertices)
    assert (weld == -1).all()


def test_nothing_observed_moves_nothing():
    nothing = Part(np.zeros((0, 3)), np.zeros((0, 3), np.int64))
    part = plane(4, 4, CELL)
    assert meet(part, nothing, **LENGTHS)[0] is part.vertices
    assert len(meet(nothing, part, **LENGTHS)[0]) == 0


def test_borders_side_by_side_are_welded_vertex_to_vertex():
    """A gap of one cell and a step of half a cell, closed."""
    observed = plane(10, 20, CELL)
    part = plane(30, 20, CELL, (11 * CELL, 0, CELL / 2))
    moved, weld = meet(part, observed, **LENGTHS)
    welded = np.flatnonzero(weld >= 0)
    np.testing.assert_array_equal(moved[welded], observed.vertices[weld[welded]])
    assert len(np.unique(weld[welded])) == len(welded)
    facing = np.flatnonzero(part.vertices[:, 0] < 11.5 * CELL)
    assert np.isin(facing[1:-1], welded).all()
    # the sides of the part are drawn to the corners, as far as the reach
    beyond = part.vertices[:, 0] > 11 * CELL + LENGTHS["reach"] + LENGTHS["blend"]
    np.testing.assert_allclose(moved[beyond], part.vertices[beyond], atol=CELL / 10)


def test_between_the_ends_of_a_long_edge_the_part_keeps_half_a_cell_away():
    side = 20 * CELL
    observed = plane(1, 1, side)
    part = plane(30, 20, CELL, (side + CELL, 0, 0))
    moved, weld = meet(part, observed, **LENGTHS)
    facing = np.flatnonzero(part.vertices[:, 0] < side + 1.5 * CELL)
    middle = facing[3:-3]
    assert (weld[middle] == -1).all()
    np.testing.assert_allclose(moved[middle, 0] - side, CELL / 2, atol=1e-9)


def test_a_border_inside_a_surface_sinks_into_it():
    """A tube above a sheet: its lower rim ends half a cell below."""
    angle = 2 * np.pi * np.arange(24) / 24
    ring = np.stack([0.08 * np.cos(angle), 0.08 * np.sin(angle), np.full(24, CELL)], axis=1)
    tube = plane(24, 10, CELL)
    wrapped = np.arange(25)[:, None] % 24 * 11 + np.arange(11)
    vertices = (ring[:, None] + np.arange(11)[:, None] * [0, 0, CELL]).reshape(-1, 3)
    part = Part(vertices, wrapped.ravel()[tube.faces])
    observed = plane(1, 1, 1.0, (-0.5, -0.5, 0))
    moved, weld = meet(part, observed, **LENGTHS)
    assert (weld == -1).all()
    assert moved[::11, 2] == pytest.approx(np.full(24, -CELL / 2))
    np.testing.assert_allclose(moved[::11, :2], ring[:, :2], atol=1e-9)
