"""Run in the Python that it asks about: what it lacks for the engine, and what it computes on.

    python -I .../probe.py

The last line of its output is the answer, as JSON. Any Python may have been chosen by the user;
nothing newer than 3.6 is used. Nothing is written, and of the engine itself nothing is loaded.
"""

import importlib
import json
import os
import sys

MODULES = (
    *("numpy", "torch", "safetensors.torch", "jaxtyping", "PIL.Image", "tifffile", "trimesh"),
    *("tqdm", "igl", "fast_simplification", "embreex.rtcore_scene", "embreex.mesh_construction"),
    *("scipy.sparse.csgraph", "scipy.spatial", "scipy.ndimage"),
    *("skimage.color", "skimage.restoration"),
)
"""What the engine imports."""


def main() -> None:
    """Prints the answer."""
    answer = {"version": sys.version.split()[0], "missing": missing()}
    if "torch" not in answer["missing"]:
        answer.update(computing(sys.modules["torch"]))
    sys.stdout.write("\n" + json.dumps(answer) + "\n")


def missing() -> dict:
    """By module that cannot be imported, why not."""
    faults = {}
    for name in MODULES:
        try:
            importlib.import_module(name)
        except BaseException as error:  # a broken library may even try to end the process
            faults[name.split(".")[0]] = "{}: {}".format(type(error).__name__, error)  # noqa: UP032
    return faults


def computing(torch) -> dict:
    """The devices that torch really computes on here, fastest first, and the first one's memory."""
    devices = []
    for name in ("cuda", "xpu", "mps", "cpu"):
        try:
            if float(torch.zeros(1, device=name).add(1).sum()) == 1:
                devices.append(name)
        except Exception as error:
            why = str(error).split(". ")[0].split("\n")[0]
            sys.stderr.write(f"{name}: {why}\n")
    name, memory_bytes = described(torch, devices[0])
    return {
        "torch": str(torch.__version__),
        "devices": devices,
        "device_name": name,
        "memory_bytes": memory_bytes,
    }


def described(torch, device: str) -> tuple:
    """Name and memory of the device; None for memory that cannot be told."""
    if device in ("cuda", "xpu"):
        found = getattr(torch, device).get_device_properties(0)
        return str(found.name), int(found.total_memory)
    if device == "mps":
        return "Apple graphics", int(torch.mps.recommended_max_memory())
    cores = os.cpu_count() or 1
    try:
        memory_bytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # Windows
        memory_bytes = None
    return "{} processor core{}".format(cores, "" if cores == 1 else "s"), memory_bytes


if __name__ == "__main__":
    main()
