"""Posed codes: there and back, and the same in batches of any size."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.frames import UprightPose
from core.latent.posed import PosePrior, Poses, kept_fields

POINTS = torch.rand(3, 40, 3, generator=torch.Generator().manual_seed(0)) - 0.5


def random_poses(count, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return Poses(
        6 * torch.rand(count, generator=generator),
        torch.rand(count, 3, generator=generator) - 0.5,
        torch.rand(count, generator=generator) - 0.5,
    )


@settings(deadline=None, max_examples=50)
@given(
    yaw=st.floats(-7, 7),
    centre=st.tuples(*[st.floats(-1, 1)] * 3),
    scale=st.floats(0.2, 5),
)
def test_a_pose_agrees_with_the_upright_pose_of_the_frames(yaw, centre, scale):
    pose = Poses(torch.tensor([yaw]), torch.tensor([centre]), torch.tensor([float(np.log(scale))]))
    expected = UprightPose(yaw, scale, centre).from_scene(POINTS[0].double().numpy())
    # float32, at coordinates of up to 3 / 0.2
    np.testing.assert_allclose(pose.to_unit(POINTS[:1])[0], expected, atol=2e-5)


def test_the_box_itself_moves_nothing_and_costs_nothing():
    box = PosePrior.box(3)
    torch.testing.assert_close(box.starts.to_unit(POINTS), POINTS)
    assert not box.cost(box.starts).any()


def test_one_of_some_poses_is_an_upright_pose():
    poses = random_poses(3)
    expected = poses.to_unit(POINTS)[1]
    found = poses.upright(1).from_scene(POINTS[1].double().numpy())
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_pose_costs_half_its_squared_deviations_whatever_its_heading():
    expected, poses = random_poses(4), random_poses(4, seed=2)
    centre = torch.tensor([0.1, 0.2, 0.3]).expand(4, -1)
    prior = PosePrior(expected, expected, centre, torch.full((4,), 0.5))
    away = (poses.centres - expected.centres) / centre
    scale = (poses.log_scales - expected.log_scales) / 0.5
    torch.testing.assert_close(prior.cost(poses), 0.5 * (away.square().sum(1) + scale.square()))
    turned = Poses(poses.yaws_rad + 1, poses.centres, poses.log_scales)
    assert torch.equal(prior.cost(turned), prior.cost(poses))


def test_starting_elsewhere_leaves_expectations_where_they_were():
    expected, poses = random_poses(4), random_poses(4, seed=2)
    prior = PosePrior.loose(expected, 0.2)
    moved = prior.at(poses)
    assert torch.equal(moved.starts.centres, poses.centres)
    assert torch.equal(moved.cost(poses), prior.cost(poses))
    rows = torch.tensor([3, 1])
    assert torch.equal(moved[rows].cost(poses[rows]), prior.cost(poses)[rows])


def test_directions_are_turned_back_and_keep_their_lengths():
    poses = random_poses(3)
    turned = poses.turn_back(POINTS)
    torch.testing.assert_close(turned.norm(dim=2), POINTS.norm(dim=2))
    step = 1e-2
    ahead = poses.to_unit(POINTS + step * POINTS) - poses.to_unit(POINTS)
    scaled = turned * step / poses.log_scales.exp()[:, None, None]
    torch.testing.assert_close(ahead, scaled, atol=1e-6, rtol=1e-3)


def test_rows_of_poses_are_poses():
    poses = random_poses(5)
    rows = torch.tensor([3, 0, 4])
    for row, number in enumerate(rows.tolist()):
        alone = poses[torch.tensor([number])].to_unit(POINTS[row : row + 1])[0]
        torch.testing.assert_close(poses[rows].to_unit(POINTS)[row], alone)


def test_every_part_of_a_pose_gets_a_gradient_and_a_detached_one_shares_nothing():
    poses = random_poses(3)
    parts = (poses.yaws_rad, poses.centres, poses.log_scales)
    for part in parts:
        part.requires_grad_()
    poses.to_unit(POINTS)[..., 0].sum().backward()
    assert all((part.grad != 0).any() for part in parts)
    copy = poses.detached()
    assert not copy.centres.requires_grad
    copy.centres.fill_(9.0)
    assert (poses.centres < 1).all()


def test_some_of_an_observation_keeps_what_belongs_together(observed_of):
    count, generator = 50, torch.Generator().manual_seed(0)
    points = torch.rand(count, 3, generator=generator)
    observed = observed_of(points, -points, parts=torch.arange(count), empty=points[:7] + 5)
    some = observed.some(20, generator)
    assert some.points.shape == some.normals.shape == (20, 3)
    assert some.empty.shape == (10, 3)
    assert torch.equal(some.points, points[some.parts])
    assert torch.equal(some.normals, -points[some.parts])
    assert (some.empty > 4).all()
    again = observed.some(20, torch.Generator().manual_seed(3))
    assert torch.equal(again.points, observed.some(20, torch.Generator().manual_seed(3)).points)


def test_of_no_empty_points_none_are_drawn(observed_of):
    assert observed_of(POINTS[0]).some(20, torch.Generator()).empty.shape == (0, 3)


@pytest.mark.parametrize("batch", [1, 2, 5, 16])
def test_the_size_of_batches_changes_no_value(steps, batch):
    codes = torch.randn(5, 2, generator=torch.Generator().manual_seed(0))
    points = POINTS[:1].expand(5, -1, -1)
    values = kept_fields(steps, codes, batch)(points)
    torch.testing.assert_close(values, steps(codes)(points))
    assert not kept_fields(steps, codes.requires_grad_(), batch)(points).requires_grad
