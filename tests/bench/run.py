"""The benchmark: every figure beside a named peer or a wanted bound, measured in the same run.

    .venv/bin/python tests/bench/run.py [PART...]

Estimated before the first measurement, on two cores, by counting array passes and points:
marching cubes of a given 256^3 lattice 0.08 s; search and triangles of an analytic ball
0.22 s at 256^3 and 0.4 s at 512^3; 415,000 points near a chair at 256^3, hence 0.3 s of a
decoder. First measured, one thread: 0.08 s; 0.14 s and 0.49 s; 273,000 points.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import core  # noqa: F401  # before torch, whose threads wait as it says

# isort: split
import beside
import blender
import surface
import torch
import whole
from timing import load_average

PARTS = {
    "lattice": surface.given_lattice,
    "growth": surface.growth,
    "search": surface.search,
    "near": surface.near_and_dense,
    "picture": whole.picture_to_mesh,
    "memory": whole.memory,
    "beside": beside.busy_machine,
    "blender": blender.main_thread,
}


def main() -> int:
    """Runs the parts named on the command line, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"any of {', '.join(PARTS)}")
    parser.add_argument("--peak-of", choices=whole.MEMORY, help=argparse.SUPPRESS)
    parser.add_argument("--rounds-of", choices=beside.WORKS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peak_of:
        print(whole.peak_of(arguments.peak_of))
        return 0
    if arguments.rounds_of:
        beside.rounds_of(arguments.rounds_of)
        return 0
    unknown = set(arguments.parts) - set(PARTS)
    if unknown:
        parser.error(f"unknown part {sorted(unknown)[0]!r}; choose from {', '.join(PARTS)}")
    print(f"{torch.get_num_threads()} threads; load of the machine {load_average():.1f}")
    for name in arguments.parts or PARTS:
        PARTS[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main())
