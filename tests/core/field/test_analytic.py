import math

import pytest
import torch

from core.field.analytic import (
    AnalyticField,
    box,
    capsule,
    intersection,
    plate,
    sphere,
    torus,
    union,
)

EXACT = {
    "sphere": sphere(0.3, (0.1, 0.0, -0.1)),
    "box": box((0.3, 0.2, 0.1), (0.0, 0.05, 0.0)),
    "capsule": capsule((-0.2, 0.0, 0.1), (0.3, 0.1, 0.0), 0.07),
    "torus": torus(0.3, 0.1),
    "plate": plate((1.0, 2.0, -1.0), 0.1, 0.05),
}


def random_points(count=2000):
    return (
        torch.rand(count, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64) - 0.5
    )


@pytest.mark.parametrize(
    ("field", "point", "distance"),
    [
        (sphere(0.3), (0.0, 0.4, 0.0), 0.1),
        (sphere(0.3), (0.0, 0.0, 0.0), -0.3),
        (box((0.1, 0.2, 0.3)), (0.4, 0.6, 0.3), 0.5),
        (box((0.1, 0.2, 0.3)), (0.0, 0.0, 0.25), -0.05),
        (capsule((0.0, 0.0, 0.0), (0.0, 0.0, 0.2), 0.1), (0.3, 0.0, 0.1), 0.2),
        (capsule((0.0, 0.0, 0.0), (0.0, 0.0, 0.2), 0.1), (0.0, 0.3, 0.6), 0.4),
        (torus(0.3, 0.1), (0.0, 0.3, 0.25), 0.15),
        (plate((0.0, 0.0, 2.0), 0.1, 0.2), (0.5, 0.5, -0.2), 0.2),
        (union(sphere(0.1), sphere(0.1, (0.5, 0.0, 0.0))), (0.7, 0.0, 0.0), 0.1),
        (intersection(sphere(0.3), sphere(0.3, (0.4, 0.0, 0.0))), (0.2, 0.0, 0.0), -0.1),
    ],
)
def test_distances_at_known_points(field, point, distance):
    values = field(torch.tensor([point], dtype=torch.float64))
    assert values.tolist() == pytest.approx([distance], abs=1e-12)


@pytest.mark.parametrize("name", EXACT)
def test_gradients_have_unit_length(name):
    points = random_points().requires_grad_()
    (gradient,) = torch.autograd.grad(EXACT[name](points).sum(), points)
    lengths = gradient.norm(dim=1)
    assert torch.allclose(lengths, torch.ones_like(lengths), atol=1e-9)


@pytest.mark.parametrize("name", EXACT)
def test_values_follow_the_dtype_of_the_points(name):
    points = random_points(10)
    assert EXACT[name](points).dtype == torch.float64
    assert EXACT[name](points.float()).dtype == torch.float32
    assert EXACT[name](points[:0]).shape == (0,)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: sphere(0.0), "radius must be positive; found 0"),
        (lambda: box((0.1, -0.2, 0.1)), "half size must be positive; found -0.2"),
        (lambda: capsule((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), 0.1), "start to end must be positive"),
        (lambda: torus(0.1, 0.2), "major - minor must be positive; found -0.1"),
        (lambda: plate((0.0, 0.0, 0.0), 0.0, 0.1), "length of the normal must be positive"),
        (lambda: plate((0.0, 0.0, 1.0), 0.0, math.nan), "thickness must be positive; found nan"),
        (union, "a union needs at least one field"),
        (intersection, "an intersection needs at least one field"),
    ],
)
def test_solids_that_do_not_exist_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(("name", "value"), [("lipschitz", -1.0), ("clamp", 0.0)])
def test_what_is_known_of_a_field_must_be_positive(name, value):
    with pytest.raises(ValueError, match=f"{name} must be positive; found {value}"):
        AnalyticField(sphere(0.3), **{name: value})


@pytest.mark.parametrize("join", [union, intersection])
def test_what_is_put_together_is_as_steep_as_the_steepest_and_known_as_far_as_all(join):
    both = join(AnalyticField(sphere(0.3), 2.0), AnalyticField(sphere(0.2), 1.5, clamp=0.05))
    assert (both.lipschitz, both.clamp) == (2.0, 0.05)
