"""What completions are compared with, on shapes whose completion is known."""

import numpy as np
import pytest
import torch
import trimesh

from core.evaluate import baselines
from core.evaluate.baselines import deepsdf_procedure, mirror_and_poisson
from core.frames import UprightPose
from core.latent.posed import Observed
from core.meshes import TriangleMesh

POSE = UprightPose(0.7, 3.0, (1.0, -2.0, 5.0))


def test_mirror_and_poisson_closes_a_ball_from_its_half():
    ball = trimesh.creation.icosphere(subdivisions=4, radius=0.5)
    seen = ball.faces[ball.triangles_center[:, 0] < 0]
    mesh = TriangleMesh.from_arrays(POSE.to_scene(ball.vertices), seen)
    made = mirror_and_poisson(mesh, POSE, np.random.default_rng(0))
    radii = np.linalg.norm(made.vertices, axis=1)
    # lattice of 1.5 / 128 and a Gaussian of one cell
    assert np.abs(radii - 0.5).max() < 2 * 1.5 / 128
    assert made.is_closed


def balls(codes):
    radii = 0.3 + codes[:, :1]
    return lambda points: points.square().sum(dim=2).sqrt() - radii


@pytest.mark.parametrize("radius", [0.25, 0.4])
def test_the_published_procedure_finds_the_radius_of_a_ball(monkeypatch, radius):
    # in few and long steps, of which the second half is a tenth as long
    monkeypatch.setattr(baselines, "DEEPSDF_STEPS", 60)
    monkeypatch.setattr(baselines, "DEEPSDF_RATE", 0.03)
    monkeypatch.setattr(baselines, "DEEPSDF_SAMPLES", 200)
    generator = torch.Generator().manual_seed(0)
    normals = torch.randn(300, 3, generator=generator)
    normals = normals / normals.norm(dim=1, keepdim=True)
    observed = Observed(
        radius * normals,
        normals,
        torch.zeros(300, dtype=torch.long),
        torch.full((300,), torch.inf),
        torch.zeros(0, 3),
    )
    code = deepsdf_procedure(balls, observed, torch.tensor([0.2]), generator)
    assert float(0.3 + code[0]) == pytest.approx(radius, abs=0.01)
