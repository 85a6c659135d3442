"""The options of a client, and what they refuse."""

from __future__ import annotations

import datetime
import math
from typing import Any

import pytest

from annoport.core import UNSET, Timeouts
from annoport.core.errors import ConfigurationError, InvalidArgumentError
from annoport.core.http.options import as_seconds, as_timeouts, checked_stall


def test_timeouts_have_the_documented_defaults() -> None:
    assert Timeouts() == Timeouts(connect=10.0, read=60.0, write=60.0, pool=30.0)


def test_one_number_is_for_every_step() -> None:
    assert as_timeouts(2) == Timeouts(connect=2, read=2, write=2, pool=2)
    assert as_timeouts(None) == Timeouts(connect=None, read=None, write=None, pool=None)
    assert as_timeouts(Timeouts(read=1)) == Timeouts(read=1)


@pytest.mark.parametrize("value", [0, -1, math.nan, True, "5"])
@pytest.mark.parametrize("step", ["connect", "read", "write", "pool"])
def test_what_is_no_length_of_time_is_refused(step: str, value: Any) -> None:
    wrong: Any = {step: value}
    with pytest.raises(ConfigurationError, match="expected seconds above 0, or None"):
        Timeouts(**wrong)


def test_a_transfer_waits_as_long_as_the_client() -> None:
    usual = Timeouts(connect=3, read=5, write=7, pool=9)
    assert usual.of_transfer(UNSET, None) == usual
    assert usual.of_transfer(UNSET, 6) == Timeouts(connect=3, read=5, write=6, pool=9)
    assert usual.of_transfer(UNSET, -1) == Timeouts(connect=0.001, read=0.001, write=0.001, pool=9)
    assert usual.of_transfer(2, 6) == Timeouts(connect=2, read=2, write=2, pool=9)
    assert usual.of_transfer(60, None) == Timeouts(connect=3, read=60, write=60, pool=9)
    assert usual.of_transfer(None, 6) == Timeouts(connect=3, read=6, write=6, pool=9)
    assert usual.of_transfer(None, None) == Timeouts(connect=3, read=None, write=None, pool=9)
    forever = as_timeouts(None)
    assert forever.of_transfer(UNSET, None) == forever


@pytest.mark.parametrize("value", [0, -1, math.nan, True, "5"])
def test_a_stall_timeout_that_is_no_length_of_time_is_refused(value: Any) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        checked_stall(value)
    assert str(caught.value) == f"stall_timeout is {value!r}: expected seconds above 0, or None"


def test_take_up_is_seconds_or_a_timedelta() -> None:
    assert [as_seconds(value) for value in (0, 90, 0.5)] == [0, 90, 0.5]
    assert as_seconds(datetime.timedelta(minutes=2)) == 120


@pytest.mark.parametrize("value", [-1, math.nan, True, "5", None, datetime.timedelta(-1)])
def test_a_take_up_that_is_no_length_of_time_is_refused(value: Any) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        as_seconds(value)
    assert str(caught.value) == (
        f"take_up is {value!r}: expected seconds or a timedelta, or 0 to begin anew each time"
    )
