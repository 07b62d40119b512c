"""Settings that several operations have."""

from dataclasses import dataclass

from .setting import Flag, Panel, Setting, Settings, declare

MODEL = Setting(
    "Model",
    "What the engine has learned from; each model knows kinds of objects of its own",
    about="engine",
    flag=Flag("a shipped model or a .safetensors file ({default})"),
    panel=Panel(saved_as="model_name"),
)

CATEGORY = Setting(
    "Category",
    "What kind of object it is",
    flag=Flag("what the object is, such as chair ({default})"),
    panel=Panel(),
)

RESOLUTION = Setting(
    "Resolution",
    "Samples along each side of the shape. Twice as many show finer detail and take about "
    "four times as long",
    low=8,
    high=1024,
    refusal="the resolution must lie between {low} and {high}; found {value}; "
    "128 is quick, 256 is fine",
    flag=Flag("samples per axis ({default})"),
    panel=Panel(soft_high=512),
)

DEVICE = Setting(
    "Device",
    "What the engine computes on",
    about="engine",
    flag=Flag("auto, cpu, cuda, mps or xpu ({default})"),
)


@dataclass(frozen=True, kw_only=True)
class EngineSettings(Settings):
    """Which engine does the work: what every operation has."""

    model: str = declare("starter", MODEL)
    """Name of a shipped model, or a model file."""

    device: str = declare("auto", DEVICE)
    """Name of a torch device, or "auto"."""


@dataclass(frozen=True, kw_only=True)
class ShapeSettings(EngineSettings):
    """What every operation has that makes a shape of what the model has learned.

    Raises:
        InputError: The resolution is out of its range.
    """

    category: str = declare("auto", CATEGORY)
    """Category of the model, or "auto"."""

    resolution: int = declare(128, RESOLUTION)
    """Lattice samples per axis."""
