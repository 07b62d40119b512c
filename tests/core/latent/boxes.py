"""Boxes as codes, and their outlines in framed pictures, in closed form."""

import numpy as np
import torch

from core.frames import Camera
from core.latent.views import ViewPrior

SIDE = 64

CAMERA = Camera(azimuth_rad=0.8, elevation_rad=0.35, fov_rad=0.6, distance=2.2)

TRUE = torch.tensor([0.12, 0.3, -0.1])
"""Half the sizes, but for the base of `box_fields`, of the box that is seen."""

BASE = torch.tensor([0.2, 0.15, 0.45])


def box_fields(codes):
    """Signed distances of boxes; a code adds to the half sizes of a narrow high one."""
    half = (BASE + 0.5 * codes)[:, None]

    def values(points):
        apart = points.abs() - half
        outside = apart.clamp(min=0).square().sum(dim=-1).add(1e-12).sqrt()
        return outside + apart.amax(dim=-1).clamp(max=0)

    return values


def outline_of_box(code, camera=CAMERA):
    """The outline's signed distance in a framed picture, from dense rays against the box."""
    from scipy.ndimage import distance_transform_edt

    half = (BASE + 0.5 * code).numpy()
    corners = np.stack(np.meshgrid(*([[-1, 1]] * 3)), axis=-1).reshape(-1, 3) * half
    local = (corners - camera.position) @ camera.rotation.T
    plane = local[:, :2] / local[:, 2:]
    low, high = plane.min(axis=0), plane.max(axis=0)
    size = (high - low).max() / 2 / 0.8
    steps = ((np.arange(SIDE) + 0.5) / SIDE * 2 - 1) * size
    middle = (low + high) / 2
    y, x = np.meshgrid(steps + middle[1], steps + middle[0], indexing="ij")
    right, down, forward = camera.rotation
    rays = x[..., None] * right + y[..., None] * down + forward
    ends = (np.array([[-1.0], [1.0]]) * half - camera.position)[:, None, None] / rays
    enter, leave = ends.min(axis=0).max(axis=-1), ends.max(axis=0).min(axis=-1)
    hit = enter < leave
    pixels = distance_transform_edt(~hit) - distance_transform_edt(hit)
    return torch.from_numpy((pixels * 2 / SIDE).astype(np.float32))


def prior_of(camera=CAMERA, azimuth_deviation=None):
    logits = torch.zeros(1, 48)
    if azimuth_deviation is not None:
        turns = torch.arange(48) * 2 * torch.pi / 48 - camera.azimuth_rad
        logits = -0.5 * (turns / azimuth_deviation).square()[None]
    expected = torch.tensor([[camera.elevation_rad, np.log(camera.distance)]]).float()
    return ViewPrior(logits.log_softmax(dim=1), expected, torch.full((1, 2), 0.05))
