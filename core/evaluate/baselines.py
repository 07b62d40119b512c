"""What a completion is compared with: retrieval, the mean shape, DeepSDF, mirror and Poisson.

All of them are given what ours has: the same point encoder and pose search, the same
decoder. Mirror and Poisson is given even more, the true plane of symmetry.
"""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from skimage.measure import marching_cubes

from ..frames import UprightPose
from ..geometry.surface_samples import sample_surface
from ..latent.fitting import Fit, FitConfig, fit
from ..latent.initial_guesses import GuessesConfig, initial_guesses_of
from ..latent.latent_prior import LatentPrior
from ..latent.pose import Encoder
from ..latent.posed import Observed, Poses
from ..meshes import TriangleMesh
from ..tensors import Code, FieldsOf

RETRIEVED = 24
"""Training shapes per yaw whose pose is fitted for retrieval."""

RETRIEVED_POSES = FitConfig(steps=25, points=256, pose_rate=0.015)
"""How; of all of them, where ours follows only the better ones."""

DEEPSDF_STEPS, DEEPSDF_SAMPLES = 800, 8000
DEEPSDF_RATE, DEEPSDF_PULL, DEEPSDF_OFFSET = 5e-3, 1e-4, 0.01

POISSON_SIDE = 128


class Retrieved(NamedTuple):
    """The training shape that fits an observation best."""

    number: int
    """Of the training shape."""

    pose: Poses
    """One pose, in the observation's box."""


def retrieve(
    fields_of: FieldsOf,
    encode: Encoder,
    observed: Observed,
    known: LatentPrior,
    generator: torch.Generator,
) -> Retrieved:
    """The training shape that explains an observation best, with the search for poses of ours."""
    config = GuessesConfig(neighbours=RETRIEVED)
    allowed = torch.ones(len(known.means), dtype=torch.bool)
    starts = initial_guesses_of(encode, observed, known, allowed, config, generator=generator)
    of_training = torch.nonzero(starts.numbers >= 0)[:, 0]
    found: Fit = fit(
        fields_of,
        observed,
        starts.codes[of_training],
        starts.poses[of_training],
        known.prior(starts.categories[of_training]),
        config=RETRIEVED_POSES,
        generator=generator,
        move_code=False,
    )
    best = found.errors.argmin()
    return Retrieved(int(starts.numbers[of_training[best]]), found.poses[best[None]])


def deepsdf_procedure(
    fields_of: FieldsOf,
    observed: Observed,
    code_scale: Code,
    generator: torch.Generator,
) -> Code:
    """The code that the published procedure finds, for points in the unit cube.

    Source:
        Park et al., DeepSDF, 2019 (arXiv:1901.05103), section 4.3 and 6.3, and the public
        code's defaults: 800 Adam steps from a code near zero, 8,000 samples of the clamped
        distance a step, on either side of the observed points, rate 5e-3, a tenth of it in
        the second half, and a pull of 1e-4 towards zero. Codes are counted in their typical
        size, as theirs have one. The distance of the samples was never published; 0.01 here.
    """
    units = (0.01 * torch.randn(1, len(code_scale), generator=generator)).requires_grad_()
    optimizer = torch.optim.Adam([units], lr=DEEPSDF_RATE)
    points, normals = observed.points, observed.normals
    oriented = torch.nonzero(normals.any(dim=1))[:, 0]
    half = DEEPSDF_SAMPLES // 2
    target = torch.cat([torch.full((half,), sign * DEEPSDF_OFFSET) for sign in (1.0, -1.0)])
    with torch.enable_grad():
        for step in range(DEEPSDF_STEPS):
            is_late = 2 * step >= DEEPSDF_STEPS
            optimizer.param_groups[0]["lr"] = DEEPSDF_RATE * (0.1 if is_late else 1.0)
            chosen = oriented[torch.randint(len(oriented), (half,), generator=generator)]
            off = DEEPSDF_OFFSET * normals[chosen]
            asked = torch.cat([points[chosen] + off, points[chosen] - off])
            values = fields_of(units * code_scale)(asked[None])[0]
            loss = (values.clamp(-0.1, 0.1) - target).abs().mean()
            loss = loss + DEEPSDF_PULL * units.square().sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return (units.detach() * code_scale)[0]


def mirror_and_poisson(
    partial: TriangleMesh, pose: UprightPose, generator: np.random.Generator
) -> TriangleMesh:
    """A partial mesh and its mirror image, closed by Poisson reconstruction, in the unit cube.

    Args:
        partial: In the scene.
        pose: The true one; its plane x = 0 is the plane of symmetry.
        generator: Draws the points.

    Source:
        Kazhdan, Bolitho, Hoppe, Poisson Surface Reconstruction, 2006
        (doi:10.2312/SGP/SGP06/061-070), section 4, on a regular lattice, where the Poisson
        equation is solved by Fourier transform. Written here, since the libraries that have the
        octree (Open3D, pymeshlab) are wheels of 105 MB each, for one row of a table.
    """
    unit = TriangleMesh.from_arrays(
        pose.from_scene(partial.vertices.astype(np.float64)), partial.faces
    )
    drawn = sample_surface(unit, 100_000, generator)
    mirror = np.array([-1.0, 1.0, 1.0])
    points = np.concatenate([drawn.points, drawn.points * mirror])
    normals = np.concatenate([drawn.normals, drawn.normals * mirror])
    return _poisson(points, normals)


def _poisson(points: NDArray[np.floating], normals: NDArray[np.floating]) -> TriangleMesh:
    side, extent = POISSON_SIDE, 1.5
    at = (points / extent + 0.5) * side
    field = np.stack([_splatted(at, normals[:, axis], side) for axis in range(3)])
    steps = 2 * np.pi * np.fft.fftfreq(side)
    waves = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"))
    # a Gaussian of one cell takes the splats' raster away
    smooth = np.exp(-0.5 * (waves**2).sum(axis=0))
    divergence = sum(
        1j * wave * np.fft.fftn(part) * smooth for wave, part in zip(waves, field, strict=True)
    )
    square = (waves**2).sum(axis=0)
    square[0, 0, 0] = 1.0
    indicator = np.fft.ifftn(-divergence / square).real
    low = at.astype(int).clip(0, side - 1)
    iso = float(indicator[low[:, 0], low[:, 1], low[:, 2]].mean())
    vertices, faces, _, _ = marching_cubes(indicator, iso)
    return TriangleMesh.from_arrays((vertices / side - 0.5) * extent, faces[:, ::-1])


def _splatted(
    at: NDArray[np.floating], values: NDArray[np.floating], side: int
) -> NDArray[np.float64]:
    """Values spread trilinearly over the lattice."""
    low = np.floor(at).astype(int)
    part = at - low
    total = np.zeros(side**3)
    for corner in np.ndindex(2, 2, 2):
        weight = np.prod(np.where(corner, part, 1 - part), axis=1)
        number = np.ravel_multi_index((low + corner).T % side, (side,) * 3)
        total += np.bincount(number, weight * values, side**3)
    return total.reshape(side, side, side)
