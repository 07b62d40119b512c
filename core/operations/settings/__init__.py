"""Every operation declared once: what goes in, and what may be set.

From here come the command line's options, Blender's properties and arguments, the checks of what
crosses to the worker, the settings in a batch's log, and the manual's tables. A new setting is
declared here, used by the engine under the same name, and its table pasted into the manual; its
label and help want a translation.
"""

from .complete import COMPLETE, CompleteSettings
from .cut_out import CUT_OUT, Correction, CutOutSettings
from .operation import Operation
from .reconstruct import RECONSTRUCT, ReconstructSettings

__all__ = [
    "COMPLETE",
    "CUT_OUT",
    "OPERATIONS",
    "RECONSTRUCT",
    "CompleteSettings",
    "Correction",
    "CutOutSettings",
    "Operation",
    "ReconstructSettings",
]

OPERATIONS = (RECONSTRUCT, COMPLETE, CUT_OUT)
"""All of them, in the order in which people are shown them."""
