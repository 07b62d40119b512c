"""Speed of the surface stage beside scikit-image, NVIDIA Warp and the dense lattice."""

import numpy as np
import torch
from fields import RADIUS, ball, decoder_field
from skimage import measure
from timing import best_seconds, heading, note, row

from core.frames import HALF_EXTENT
from core.surface.lattice import LatticeConfig, sample_lattice
from core.surface.marching_cubes import extract_surface, marching_cubes
from core.surface.near_surface import near_surface


def given_lattice() -> None:
    """Triangles of a dense lattice that is there already."""
    heading("Marching cubes of a given lattice (a ball); peer: scikit-image's marching_cubes")
    values = sample_lattice(ball(), LatticeConfig(256))
    array = values.numpy()
    seconds = best_seconds(
        5,
        ours=lambda: marching_cubes(values),
        peer=lambda: measure.marching_cubes(array, 0.0),
    )
    ratio = seconds["peer"] / seconds["ours"]
    row("ours, 256^3", seconds["ours"], f"{ratio:.1f} times the peer's speed; wanted: above 1")
    row("scikit-image, 256^3", seconds["peer"])


def growth() -> None:
    """How the time grows with the lattice."""
    heading("Growth of marching cubes with the lattice (8 times the samples each)")
    before = None
    for resolution in (128, 256, 512):
        values = sample_lattice(ball(), LatticeConfig(resolution))
        seconds = best_seconds(3, ours=lambda values=values: marching_cubes(values))["ours"]
        row(f"ours, {resolution}^3", seconds, "" if before is None else f"x {seconds / before:.1f}")
        before = seconds


def search() -> None:
    """Search and triangles of an analytic field."""
    import warp
    from warp import geometry

    heading(
        "Search and triangles of an analytic ball; peer: NVIDIA Warp sparse_marching_cubes, CPU"
    )
    warp.config.quiet = True
    warp.init()

    @warp.kernel
    def distance(points: warp.array(dtype=warp.vec3), values: warp.array(dtype=float)):
        number = warp.tid()
        values[number] = warp.length(points[number]) - warp.static(RADIUS)

    def peer_field(points: warp.array) -> warp.array:
        values = warp.zeros(points.shape[0], dtype=float, device=points.device)
        warp.launch(distance, points.shape[0], [points], [values], device=points.device)
        return values

    def peer(resolution: int) -> int:
        low, high = (-HALF_EXTENT,) * 3, (HALF_EXTENT,) * 3
        _, indices = geometry.sparse_marching_cubes(
            peer_field, *(resolution,) * 3, lower=low, upper=high, device="cpu"
        )
        return len(indices.numpy()) // 3

    for resolution in (256, 512):
        config = LatticeConfig(resolution)

        def ours(config: LatticeConfig = config) -> int:
            return len(extract_surface(ball(), config).faces)

        seconds = best_seconds(
            4,
            ours=ours,
            search=lambda config=config: near_surface(ball(), config),
            peer=lambda resolution=resolution: peer(resolution),
        )
        ratio = seconds["ours"] / seconds["peer"]
        row(f"ours, {resolution}^3", seconds["ours"], f"{ratio:.2f} of Warp's; wanted: below 2")
        row(f"  of which the search, {resolution}^3", seconds["search"])
        row(f"Warp, {resolution}^3", seconds["peer"])
        note(f"faces: ours {ours()}, Warp {peer(resolution)}")


def near_and_dense() -> None:
    """Near-surface evaluation against the dense lattice, on a field that costs something."""
    name, field = decoder_field()
    heading(f"Values near the surface against the dense lattice, 256^3: {name}")
    config = LatticeConfig(256)
    near = best_seconds(3, near=lambda: near_surface(field, config))["near"]
    found = near_surface(field, config)
    dense = best_seconds(0, dense=lambda: sample_lattice(field, config))["dense"]
    row("near the surface", near, f"{found.evaluations:,} points; wanted: below 0.6 s")
    row("dense", dense, f"{256**3:,} points; {dense / near:.0f} times longer; wanted: above 10")
    small = LatticeConfig(128)
    theirs = marching_cubes(sample_lattice(field, small))
    ours = extract_surface(field, small)
    same = np.array_equal(theirs.faces, ours.faces)
    gap = np.abs(theirs.vertices - ours.vertices).max() if same else float("nan")
    note(f"same faces as from the dense lattice at 128^3: {same}; vertices differ by {gap:.1e}")
    note(f"torch threads: {torch.get_num_threads()}")
