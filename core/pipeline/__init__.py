"""The arrow as functions: what a script, a notebook, the worker and the command line use.

The only folder that knows all stages. Importing it imports torch.
"""

from ..cards import ZOO, model_path
from ..inputs.given import Partial, joined, read_partial
from ..inputs.image import frame_object
from .completing import Completion
from .engine import Engine
from .extracting import surface_of
from .keeping import Completed
from .results import Result
from .zoo import shipped_models

__all__ = [
    "ZOO",
    "Completed",
    "Completion",
    "Engine",
    "Partial",
    "Result",
    "frame_object",
    "joined",
    "model_path",
    "read_partial",
    "shipped_models",
    "surface_of",
]
