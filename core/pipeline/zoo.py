"""Models by name: the shipped ones in `core/zoo`, others by the path of their file."""

from pathlib import Path

from ..field.checkpoint import ModelCard, read_model_file

ZOO = Path(__file__).parents[1] / "zoo"
"""Where the shipped models lie."""


def model_path(model: str | Path) -> Path:
    """The file of a model: a name in `zoo`, or a path that ends in .safetensors.

    The file need not exist; reading it tells.
    """
    path = Path(model)
    if path.suffix == ".safetensors" or path.parent != Path():
        return path
    return ZOO / f"{path.name}.safetensors"


def shipped_models() -> list[ModelCard]:
    """Cards of the models in `zoo`, by name.

    Raises:
        ModelFileError: A file there cannot be used.
    """
    return [read_model_file(path).card for path in sorted(ZOO.glob("*.safetensors"))]
