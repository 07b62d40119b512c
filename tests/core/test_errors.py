"""One family of errors, each a sentence for the user, and with a remedy where a button helps."""

import errno

import pytest

from core import errors
from core.errors import IsoformError, remedy_of

FAMILY = [
    each
    for each in vars(errors).values()
    if isinstance(each, type) and issubclass(each, IsoformError)
]


@pytest.mark.parametrize("kind", FAMILY)
def test_an_error_is_its_sentence(kind):
    assert str(kind("the picture is blank; choose another")) == (
        "the picture is blank; choose another"
    )


@pytest.mark.parametrize("kind", FAMILY)
def test_the_remedy_is_the_one_of_the_class_or_the_one_that_is_given(kind):
    assert kind("sentence").remedy in ("", *errors.REMEDIES)
    assert kind("sentence", remedy=errors.USE_CPU).remedy == errors.USE_CPU
    assert kind("sentence", remedy="").remedy == ""
    # of one error alone: the next has the class's own again
    assert kind("sentence").remedy == kind.remedy


def test_a_button_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="the remedy 'pray' is unknown"):
        IsoformError("sentence", remedy="pray")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_disk_space_helps_where_that_is_what_lacks(number):
    assert remedy_of(OSError(number, "no")) == errors.FREE_DISK


@pytest.mark.parametrize("number", [errno.EACCES, errno.ENOENT, errno.EROFS, None])
def test_disk_space_helps_nothing_else(number):
    assert remedy_of(OSError(number, "no")) == ""
