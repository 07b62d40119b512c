"""Isoform's engine: pictures and partial meshes in, one clean mesh out.

    inputs -> prior -> latent -> field -> surface -> finish

Data flows one way; a stage never imports another. `core.operations` joins them, and
its `engine` is the face for scripts. Blender executes this file, so it imports no library.
"""

import sys

from .threads import wait_shortly

if "bpy" not in sys.modules:  # Blender's own process computes nothing here
    wait_shortly()
