"""Pose: where a whole shape may lie around an observation, and which code it may have there.

A point encoder is asked for the yaw first, with the observation turned about +Z in
equal steps, and then, with the observation turned back by each likely yaw, for code
and place. Training codes near the encoder's answer join in as further starts.

Source:
    The two-step search follows from what an encoder can answer (`prior/point_encoder.py`);
    several starts, of which the best is kept, from Park et al., DeepSDF, 2019
    (arXiv:1901.05103), section 6.3, who restart from other codes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from ..tensors import Codes
from .posed import Observed, PosePrior, Poses

QUESTIONS = 12
"""Turns in which the encoder is asked for the yaw."""

PEAK_DISTANCE_RAD = 0.6
"""Yaws nearer to each other than this are one candidate."""

LEAST_SHARE = 0.02
"""A yaw less likely than this share of the likeliest is usually no candidate."""

DEVIATIONS = (0.03, 0.4)
"""Least and greatest deviation of a pose that the encoder is believed, in the box's lengths."""

POINTS_ASKED = 1024
"""Observed points that the encoder is shown."""


@runtime_checkable
class GuessLike(Protocol):
    """What is read of an encoder's answer."""

    codes: Codes
    log_precision: Codes
    category_logits: Float[Tensor, "b categories"]
    yaw_logits: Float[Tensor, "b yaws"]
    place: Float[Tensor, "b 4"]
    place_log_precision: Float[Tensor, "b 4"]


@runtime_checkable
class Encoder(Protocol):
    """A point encoder; see `prior/point_encoder.py` for what it is shown."""

    def __call__(self, observed: Float[Tensor, "b n 6"]) -> GuessLike: ...


@dataclass(frozen=True, eq=False)
class FirstGuesses:
    """What the encoder makes of an observation, one row per likely yaw."""

    poses: PosePrior
    codes: Codes
    log_precision: Codes
    log_prob: Float[Tensor, " b"]
    """Of the yaw, relative to the likeliest."""

    category_log_prob: Float[Tensor, "b categories"]

    def neighbours(
        self, known: Float[Tensor, "n code_size"], allowed: Bool[Tensor, " n"], count: int
    ) -> Int[Tensor, "b k"]:
        """Which known codes are most like the encoder's.

        Args:
            known: Codes of the training shapes.
            allowed: (N,) bool; which of them may be used.
            count: Per row; fewer where fewer are allowed.

        Returns:
            (b, count) their numbers in `known`, row by row, the most like first.
        """
        numbers = torch.nonzero(allowed)[:, 0]
        pool = known[numbers]
        precision = self.log_precision.exp()
        apart = (
            (self.codes.square() * precision).sum(1, keepdim=True)
            - 2 * (self.codes * precision) @ pool.T
            + precision @ pool.square().T
        )
        return numbers[apart.topk(min(count, len(pool)), dim=1, largest=False).indices]


def first_guesses(
    encode: Encoder,
    observed: Observed,
    generator: torch.Generator,
    *,
    yaws: int | None,
    least_share: float = LEAST_SHARE,
) -> FirstGuesses:
    """What the encoder makes of an observation.

    Args:
        encode: The point encoder.
        observed: In its box.
        generator: Draws the points that are shown, on the CPU.
        yaws: How many yaws to follow at most; None where the shape faces -Y already.
        least_share: Of the likeliest yaw, for another to be followed.
    """
    sample = observed.some(min(POINTS_ASKED, 2 * len(observed.points)), generator)
    angles, log_prob = torch.zeros(1), torch.zeros(1)
    if yaws is not None:
        angles, log_prob = _likely_headings(encode, sample, yaws, least_share)
    shown, boxes = zip(*(_turned_back(sample, float(angle)) for angle in angles), strict=True)
    guess = encode(torch.stack(shown))
    centres, log_scales = [], []
    for angle, (low, side), place in zip(angles, boxes, guess.place, strict=True):
        centre = place[:3] * side + low
        cosine, sine = angle.cos(), angle.sin()
        x, y, z = centre
        centres.append(torch.stack([cosine * x - sine * y, sine * x + cosine * y, z]))
        log_scales.append(place[3] + float(np.log(side)))
    return FirstGuesses(
        _expected(Poses(angles, torch.stack(centres), torch.stack(log_scales)), guess, boxes),
        guess.codes,
        guess.log_precision,
        log_prob,
        torch.log_softmax(guess.category_logits, dim=1),
    )


def _expected(poses: Poses, guess: GuessLike, boxes: Sequence[tuple[Tensor, float]]) -> PosePrior:
    """The poses with the encoder's own deviations, within reason."""
    deviations = (-0.5 * guess.place_log_precision).exp()
    sides = torch.tensor([side for _, side in boxes])
    level = deviations[:, :2].amax(dim=1, keepdim=True).expand(-1, 2)  # yaws differ
    centre = torch.cat([level, deviations[:, 2:3]], dim=1) * sides[:, None]
    return PosePrior(poses, poses, centre.clamp(*DEVIATIONS), deviations[:, 3].clamp(*DEVIATIONS))


def _likely_headings(
    encode: Encoder, sample: Observed, count: int, least_share: float
) -> tuple[Float[Tensor, " b"], Float[Tensor, " b"]]:
    """Angles of the likeliest yaws, apart from each other, and their relative log odds."""
    turns = torch.arange(QUESTIONS) * (2 * np.pi / QUESTIONS)
    shown = torch.stack([_turned_back(sample, float(turn))[0] for turn in turns])
    logits = encode(shown).yaw_logits
    steps = logits.shape[1]
    each = torch.log_softmax(logits, dim=1)
    rolled = [row.roll(number * steps // QUESTIONS) for number, row in enumerate(each)]
    belief = torch.stack(rolled).mean(dim=0)
    belief = torch.log_softmax(belief, dim=0)
    angles = torch.arange(steps) * (2 * np.pi / steps)
    chosen: list[int] = []
    for number in belief.argsort(descending=True).tolist():
        if (belief[number] - belief.max()).exp() < least_share or len(chosen) == count:
            break
        apart = [abs((number - other + steps / 2) % steps - steps / 2) for other in chosen]
        if all(steps_apart * 2 * np.pi / steps > PEAK_DISTANCE_RAD for steps_apart in apart):
            chosen.append(number)
    picked = torch.tensor(chosen)
    return angles[picked], belief[picked] - belief[picked[0]]


def _turned_back(
    sample: Observed, angle_rad: float
) -> tuple[Float[Tensor, "n 6"], tuple[Float[Tensor, " 3"], float]]:
    """The sample turned by -angle, in its own new box, and that box's centre and side."""
    turn = Poses(torch.tensor([angle_rad]), torch.zeros(1, 3), torch.zeros(1))
    points = turn.to_unit(sample.points[None])[0]
    normals = turn.turn_back(sample.normals[None])[0]
    low, high = points.amin(dim=0), points.amax(dim=0)
    side, centre = float((high - low).max()), (low + high) / 2
    return torch.cat([(points - centre) / side, normals], dim=1), (centre, side)
