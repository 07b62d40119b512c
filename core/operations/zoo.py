"""The shipped models."""

from ..models.card import ZOO
from ..models.checkpoint import ModelCard, read_model_file


def shipped_models() -> list[ModelCard]:
    """Cards of the models in `zoo`, by name.

    Raises:
        ModelFileError: A file there cannot be used.
    """
    return [read_model_file(path).card for path in sorted(ZOO.glob("*.safetensors"))]
