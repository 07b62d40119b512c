"""Which results somebody should look at before using them."""

import math

import pytest

from core.doubts import DOUBTFUL_BELOW, is_doubtful


@pytest.mark.parametrize("warnings", [(), []])
def test_without_a_warning_the_confidence_decides(warnings):
    assert is_doubtful(0.0, warnings)
    assert is_doubtful(math.nextafter(DOUBTFUL_BELOW, 0), warnings)
    assert not is_doubtful(DOUBTFUL_BELOW, warnings)
    assert not is_doubtful(1.0, warnings)


def test_a_warning_makes_any_result_doubtful():
    assert is_doubtful(1.0, ("the shape has a gap",))
    assert is_doubtful(0.0, ("the shape has a gap", "it is flat"))
