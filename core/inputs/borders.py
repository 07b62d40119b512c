"""Uniform borders around a picture: drawn frames, letterbox bars, stray lines of a screen shot.

Such a border is a band of one colour that ends in a straight step along the whole side. A plain
background ends where the object begins, which is hardly ever along the whole of a side.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from ..tensors import Picture
from .image import MIN_SIDE_PX

TOLERANCES = (4 / 255, 28 / 255)
"""Largest difference of a channel within a band, tried in turn: of a faint frame around a picture
without loss, and of one that JPEG has blurred (at quality 80 its chroma misses by 25)."""

ODD_SHARE = 0.02
"""Share of a line's pixels that may differ by more."""

STEP_SHARE = 0.9
"""Share of the line behind a frame's band that must differ from it, on all four sides."""

BAR_STEP_SHARE = 0.98
"""The same for two bars or a single line: nothing else speaks for these."""

FRAME_SHARE, BAR_SHARE, LINE_SHARE = 0.06, 0.35, 0.005
"""Widest frame on four sides, widest bars on two, and widest line on one, as shares of the shorter
side of the picture (bars: of the side that they shorten). A box seen from its front with an even
margin looks like a frame; margins are wider. 9:16 in 16:9 has bars of 34 %."""

STEP_LINES = 8
"""Within so many lines behind a band all of its step must come: JPEG blurs it over a block."""

SAMPLES = 128
"""Pixels of a line that are looked at, at least: 2048 x 2048 pixels then take 0.1 s."""

_MOST_NESTED = 3


@dataclass(frozen=True)
class _Band:
    """What one side of a picture begins with."""

    lines: int
    """Of one colour; 0 where that is mostly transparent."""

    depth: int
    """Lines up to the one behind the band that differs most from it."""

    step: float
    """Share of that line's pixels that have another colour; 0 where there is no band."""

    colour: Float[np.ndarray, " c"]
    """Premultiplied RGBA."""


def proper_part(picture: Picture) -> tuple[slice, slice]:
    """Rows and columns of the picture without its uniform border; all of them where it has none.

    Args:
        picture: Any size. A band that is mostly transparent is no border.
    """
    top, left = 0, 0
    bottom, right = picture.shape[:2]
    for _ in range(_MOST_NESTED):
        part = picture[top:bottom, left:right]
        depths = next(filter(any, (_depths(part, each) for each in TOLERANCES)), (0, 0, 0, 0))
        # one more line each: between two colours lies a mixture of both
        further = [depth + 1 if depth else 0 for depth in depths]
        rest = bottom - top - sum(further[:2]), right - left - sum(further[2:])
        if not any(depths) or min(rest) < MIN_SIDE_PX:
            break
        top, bottom = top + further[0], bottom - further[1]
        left, right = left + further[2], right - further[3]
    return slice(top, bottom), slice(left, right)


def _depths(picture: Picture, tolerance: float) -> tuple[int, ...]:
    """Width of the border at the top, bottom, left and right."""
    height, width = picture.shape[:2]
    along_rows, along_columns = max(1, width // SAMPLES), max(1, height // SAMPLES)
    rows = _premultiplied(picture[:, ::along_rows])
    columns = _premultiplied(picture[::along_columns].swapaxes(0, 1))
    sides = rows, rows[::-1], columns, columns[::-1]
    bands = [_band(side, (0, 0), tolerance) for side in sides]
    depths = [each.depth for each in bands]
    # along a side of a frame only what lies between its neighbours' bands tells of a step
    ends = [(*depths[2:], along_rows)] * 2 + [(*depths[:2], along_columns)] * 2
    framed = [
        _band(side, (-(-first // stride), -(-last // stride)), tolerance)
        for side, (first, last, stride) in zip(sides, ends, strict=True)
    ]
    deepest, shorter = max(each.depth for each in framed), min(height, width)
    if (
        all(each.step >= STEP_SHARE for each in framed)
        and all(_is_same(framed[0], each, tolerance) for each in framed[1:])
        and deepest <= max(2, FRAME_SHARE * shorter)
        and deepest - min(each.depth for each in framed) <= max(2, 0.15 * deepest)
    ):
        return tuple(each.depth for each in framed)
    found = [0, 0, 0, 0]
    for first, second, side in ((0, 1, height), (2, 3, width)):
        pair = bands[first], bands[second]
        deepest = max(depths[first], depths[second])
        are_bars = (
            all(each.step >= BAR_STEP_SHARE for each in pair)
            and _is_same(*pair, tolerance)
            and deepest <= BAR_SHARE * side
            and abs(depths[first] - depths[second]) <= max(2, 0.05 * deepest)
        )
        for number in (first, second):
            is_line = depths[number] <= max(2, LINE_SHARE * shorter)
            if are_bars or (is_line and bands[number].step >= BAR_STEP_SHARE):
                found[number] = depths[number]
    return tuple(found)


def _premultiplied(picture: Picture) -> Picture:
    return np.concatenate([picture[..., :3] * picture[..., 3:], picture[..., 3:]], axis=-1)


def _band(lines: Float[np.ndarray, "n m 4"], ends: tuple[int, int], tolerance: float) -> _Band:
    """The band of one colour at the first lines, its step looked for between these ends."""
    colour = np.median(lines[0], axis=0)
    searched = lines[: int(BAR_SHARE * len(lines)) + STEP_LINES]
    is_odd = np.abs(searched - colour).max(axis=-1) > tolerance
    odd_lines = np.flatnonzero(is_odd.mean(axis=1) > ODD_SHARE)
    count = int(odd_lines[0]) if len(odd_lines) and colour[3] > 0.5 else 0
    behind = is_odd[count : count + STEP_LINES, ends[0] : is_odd.shape[1] - ends[1]]
    if count == 0 or behind.size == 0:
        return _Band(0, 0, 0.0, colour)
    shares = behind.mean(axis=1)
    first = int(np.argmax(shares >= min(BAR_STEP_SHARE, float(shares.max()))))
    return _Band(count, count + first, float(shares[first]), colour)


def _is_same(first: _Band, second: _Band, tolerance: float) -> bool:
    return bool(np.abs(first.colour - second.colour).max() <= 2 * tolerance)
