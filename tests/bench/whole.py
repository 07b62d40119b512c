"""Speed of the whole way from picture to mesh, and memory."""

import json
import subprocess
import sys
from pathlib import Path

from fields import ROOT, STARTER, ball, decoder_field
from timing import MIB, best_seconds, heading, note, peak_bytes, row

from core.surface.lattice import LatticeConfig
from core.surface.marching_cubes import extract_surface

PICTURES = ROOT / "tests" / "data"
WANTED_S = {128: 1.0, 256: 2.0}
MEMORY = {
    "decoder-256": ("decoder's field, 256^3", 1.5),
    "analytic-512": ("analytic field, 512^3", 4.0),
    "picture-256": ("picture to mesh, 256^3", 1.5),
    "picture-512": ("picture to mesh, 512^3", 4.0),
}
"""What is measured in a process of its own, and the GiB that it may take."""


def picture_to_mesh() -> None:
    """The engine, warm, on one of the example pictures."""
    heading("Picture to mesh, warm")
    picture = example_picture()
    if not STARTER.exists() or picture is None:
        note("skipped: no starter model, or no example picture, in this checkout")
        return
    from core.operations.engine import Engine

    engine = Engine(device="cpu")
    for resolution, wanted in WANTED_S.items():
        seconds = best_seconds(
            3, it=lambda resolution=resolution: engine.reconstruct([picture], resolution=resolution)
        )["it"]
        stages = engine.reconstruct([picture], resolution=resolution).seconds
        parts = ", ".join(f"{name} {taken:.2f}" for name, taken in stages.items())
        row(f"{resolution}^3", seconds, f"wanted: below {wanted:g} s; {parts}")


def memory() -> None:
    """Peak resident memory, each case in a process of its own."""
    heading("Peak memory of a process, torch included")
    for case, (what, wanted_gib) in MEMORY.items():
        if case.startswith("picture") and (not STARTER.exists() or example_picture() is None):
            note(f"{what}: skipped, no starter model or example picture in this checkout")
            continue
        command = [sys.executable, str(Path(__file__).with_name("run.py")), "--peak-of", case]
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
        peak = json.loads(answer.stdout)
        note(f"{what:<28} {peak / MIB:7.0f} MiB; wanted: below {wanted_gib * 1024:.0f}")


def peak_of(case: str) -> int:
    """Bytes at the peak of one case, run in this process."""
    kind, resolution = case.split("-")
    config = LatticeConfig(int(resolution))
    if kind == "picture":
        from core.operations.engine import Engine

        Engine(device="cpu").reconstruct([example_picture()], resolution=int(resolution))
    elif kind == "decoder":
        extract_surface(decoder_field()[1], config)
    else:
        extract_surface(ball(), config)
    return peak_bytes()


def example_picture() -> Path | None:
    """The first picture that ships with the repository."""
    return next(iter(sorted(PICTURES.rglob("*.png"))), None)
