"""Speed beside another busy process, for each way in which threads can wait for each other."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import torch
import trimesh
from fields import STARTER
from timing import environment_without, forced_switches, heading, note
from whole import example_picture

from core.models.triplane import TriplaneConfig, TriplaneDecoder
from core.threads import USERS_CHOICE
from core.train.losses import clamped_l1

WAYS = {
    "Isoform's": {},
    "asleep": {"OMP_WAIT_POLICY": "PASSIVE"},
    "torch's own": {"GOMP_SPINCOUNT": "300000", "KMP_BLOCKTIME": "200"},
}
"""Environments by who says how threads wait; the last is what their libraries do when not told."""

WANTED_BESIDE, WANTED_ALONE = 2.0, 1.05
"""Times what the same takes alone, and what the fastest way takes alone."""

ALONE, BESIDE = 3, 2
"""Rounds, in which the ways take turns; the best counts. Torch's own way has one beside: it may
take a minute."""


def busy_machine() -> None:
    """Each way in a process of its own, first alone, then beside one that never rests."""
    heading("Beside one busy process; involuntary switches and processor time of the best round")
    if not STARTER.exists() or example_picture() is None:
        note("skipped: no starter model, or no example picture, in this checkout")
        return
    base = environment_without(USERS_CHOICE)
    for work in WORKS:
        command = [sys.executable, str(Path(__file__).with_name("run.py")), "--rounds-of", work]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        ways = {
            way: subprocess.Popen(command, env=base | settings, **pipes)
            for way, settings in WAYS.items()
        }
        for process in ways.values():  # one after the other: alone is meant to be alone
            _round(process)
        alone = _rounds(ways, dict.fromkeys(WAYS, ALONE))
        busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        try:
            rounds = dict.fromkeys(WAYS, BESIDE) | {"torch's own": 1}
            beside = _rounds(ways, rounds)
        finally:
            busy.kill()
            for process in ways.values():
                process.communicate()
        fastest = min(seconds for seconds, *_ in alone.values())
        for way in WAYS:
            _tell(work, way, alone[way], beside[way], fastest)


def rounds_of(work: str) -> None:
    """Does a work once for every line on stdin, and tells on stdout what it took."""
    run = WORKS[work]()
    for _ in sys.stdin:
        started, computed, switches = perf_counter(), process_time(), forced_switches()
        run()
        took = perf_counter() - started, process_time() - computed, forced_switches() - switches
        sys.stdout.write(json.dumps(took) + "\n")
        sys.stdout.flush()


def _rounds(
    ways: dict[str, subprocess.Popen[str]], rounds: dict[str, int]
) -> dict[str, list[float]]:
    """The best round of every way: seconds, of the processor too, and involuntary switches."""
    best = {way: [float("inf")] for way in ways}
    for number in range(max(rounds.values())):
        for way, process in ways.items():
            if number < rounds[way]:
                best[way] = min(best[way], _round(process))
    return best


def _round(process: "subprocess.Popen[str]") -> list[float]:
    process.stdin.write("\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def _tell(work: str, way: str, alone: list[float], beside: list[float], fastest: float) -> None:
    lost, slower = alone[0] / fastest, beside[0] / alone[0]
    wanted = f"; wanted: {WANTED_ALONE:g}, {WANTED_BESIDE:g}" if way == "Isoform's" else ""
    note(
        f"{work:<12} {way:<12} alone {alone[0]:6.2f} s ({lost:4.2f} of the fastest; computed "
        f"{alone[1]:6.2f} s), beside {beside[0]:6.2f} s ({slower:5.2f} times; computed "
        f"{beside[1]:6.2f} s, {beside[2]:.0f} switches){wanted}"
    )


def _reconstruct() -> Callable[[], object]:
    from core.operations.engine import Engine

    engine, picture = Engine(device="cpu"), example_picture()
    return lambda: engine.reconstruct([picture], resolution=128)


def _complete() -> Callable[[], object]:
    """A table top on two of its legs, at a place that is known, which makes the search short."""
    from core.inputs.given import read_partial
    from core.operations.engine import Engine

    boxes = [trimesh.creation.box(bounds=[[-0.5, -0.35, 0.2], [0.5, 0.35, 0.26]])]
    for y in (-0.29, 0.29):
        corners = [[-0.47, y - 0.03, -0.26], [-0.41, y + 0.03, 0.21]]
        boxes.append(trimesh.creation.box(bounds=corners))
    engine = Engine(device="cpu")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.ply"
        trimesh.util.concatenate(boxes).export(path)
        partial = read_partial(path)
    return lambda: engine.complete(partial, pose="canonical", keep="none", resolution=64)


def _train() -> Callable[[], object]:
    """Steps of a decoder of the usual size, on few shapes that are balls."""
    torch.manual_seed(0)
    decoder = TriplaneDecoder(TriplaneConfig())
    optimizer = torch.optim.Adam(decoder.parameters(), lr=1e-3)
    generator = np.random.default_rng(0)
    points = torch.from_numpy(generator.uniform(-0.5, 0.5, (4, 1024, 3)).astype(np.float32))
    codes = torch.randn(4, decoder.config.code_size)
    distances = points.norm(dim=2) - 0.3

    def steps() -> None:
        for _ in range(60):
            optimizer.zero_grad()
            values = decoder.values_of(codes, points)
            clamped_l1(values, distances, decoder.config.clamp).backward()
            optimizer.step()

    return steps


WORKS = {"reconstruct": _reconstruct, "complete": _complete, "train": _train}
"""What is measured; each gives a function that does it once."""
