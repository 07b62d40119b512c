"""The shipped models."""

from ..field.checkpoint import ModelCard, read_model_file
from ..models.card import ZOO


def shipped_models() -> list[ModelCard]:
    """Cards of the models in `zoo`, by name.

    Raises:
        ModelFileError: A file there cannot be used.
    """
    return [read_model_file(path).card for path in sorted(ZOO.glob("*.safetensors"))]
