"""A field minus a level: its surface is another level set of the field's."""

from ..tensors import Field, Points, Values


class LoweredField:
    """A field minus a level.

    Args:
        field: Of any shape.
        level: Of the field; its level set is the surface.
        clamp: Up to which the values are taken for distances; what the field's own clamp leaves
            of it when not given.
    """

    def __init__(self, field: Field, level: float, *, clamp: float | None = None) -> None:
        # all values move alike, and the clamp comes nearer by as much
        self.device, self.lipschitz = field.device, field.lipschitz
        self.clamp = field.clamp - abs(level) if clamp is None else clamp
        self._field, self._level = field, level

    def __call__(self, points: Points) -> Values:
        """The field minus the level."""
        return self._field(points) - self._level
