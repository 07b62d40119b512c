"""The fields that the benchmark extracts."""

from pathlib import Path

import torch

from core.field.analytic import box, capsule, sphere, union
from core.models.triplane import TriplaneConfig, TriplaneDecoder
from core.tensors import Field, Points, Values

ROOT = Path(__file__).parents[2]
STARTER = ROOT / "core" / "zoo" / "starter.safetensors"
RADIUS = 0.4


def ball() -> Field:
    """The analytic field that the search is compared on."""
    return sphere(RADIUS)


class ChairAtDecoderCost:
    """A chair's truncated distance, at the cost of asking a decoder that was never trained."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        config = TriplaneConfig()
        self.device, self.clamp, self.lipschitz = torch.device("cpu"), config.clamp, 1.5
        with torch.inference_mode():
            self._decoder = TriplaneDecoder(config).field_of(torch.zeros(config.code_size))
        legs = [
            capsule((x, y, 0.0), (1.1 * x, 1.1 * y, -0.45), 0.02)
            for x in (-0.2, 0.2)
            for y in (-0.2, 0.2)
        ]
        seat, back = box((0.25, 0.25, 0.02)), box((0.25, 0.02, 0.22), (0.0, 0.24, 0.24))
        self._distance = union(seat, back, *legs)

    def __call__(self, points: Points) -> Values:
        cost = self._decoder(points)
        return self._distance(points).clamp(-self.clamp, self.clamp) + 0 * cost


def decoder_field() -> tuple[str, Field]:
    """What is known as the decoder's field here, and the field."""
    if not STARTER.exists():
        return "a chair at the cost of an untrained decoder", ChairAtDecoderCost()
    from core.operations.engine import Engine

    engine = Engine()
    code = engine.card.statistics["chair"].mean
    with torch.inference_mode():
        field = engine.decoder.field_of(torch.as_tensor(code).float())
    return "the starter's mean chair", field
