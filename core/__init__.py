"""Isoform's engine: pictures and partial meshes in, one clean mesh out.

    import isoform
    isoform.load("starter").reconstruct("chair.png").save("chair.glb", size_m=0.9)

    inputs -> prior -> latent -> field -> surface -> finish

Data flows one way; a stage never imports another. `operations` joins them. This folder is called
`core` in a checkout and in Blender, which executes this file: it imports no library.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .threads import wait_shortly, watch

if TYPE_CHECKING:
    from .operations.engine import Engine

if "bpy" not in sys.modules:  # Blender's own process computes nothing here
    wait_shortly()
    watch()


def load(model: str | Path = "starter", device: str = "auto") -> "Engine":
    """A model in memory, ready to work: what a script begins with.

    Imports torch, which takes seconds the first time.

    Args:
        model: A shipped model's name, or the path of a model file.
        device: "auto" for the best there is, or "cpu", "cuda", "mps", "xpu".

    Raises:
        InputError: The device is unknown or this machine does not have it.
        ModelFileError: There is no such model, or its file cannot be used.
    """
    from .operations.engine import Engine

    return Engine(model, device)
