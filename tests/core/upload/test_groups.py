"""What is concluded from the answers to a group of files that is sent several times."""

from __future__ import annotations

import pytest

from annoport.core.http.retry import Refused, Transient
from annoport.core.upload.groups import GroupState, Taken, judge_group
from annoport.core.upload.refusals import TooLarge

LOST = 0
"""In place of a status: every byte was sent, and no answer came."""
CUT = 1
"""In place of a status: the connection broke before every byte was sent."""


def test_what_a_status_means() -> None:
    assert judge_group(200) == Taken()
    assert judge_group(413) == TooLarge()
    assert judge_group(400) == Refused()
    assert judge_group(500) == Transient(lost=False)
    assert judge_group(504) == Transient(lost=True)


@pytest.mark.parametrize(
    ("answers", "whole", "confirmed"),
    [
        ([200], True, True),
        ([500, 500, 500], False, True),
        ([CUT, 500, 500], False, True),
        ([LOST, 500], False, True),
        ([LOST, 500, 500], True, False),
        ([504, 500, 500], True, False),
        ([LOST, 500, LOST, 500], False, True),
        ([LOST, 503, 503], False, True),
        ([LOST, 200], True, True),
        ([LOST, 500, CUT, 500], False, True),
    ],
)
def test_a_refusal_twice_after_a_lost_answer_means_that_the_server_has_it(
    answers: list[int], whole: bool, confirmed: bool
) -> None:
    state = GroupState(known=500)
    for status in answers:
        if status in (LOST, CUT):
            state.broke(all_sent=status == LOST)
        else:
            state.answered(status, judge_group(status))
    assert (state.whole, state.confirmed) == (whole, confirmed)


def test_without_such_a_status_nothing_is_concluded() -> None:
    state = GroupState(known=None, lost=True)
    for _ in range(5):
        state.answered(500, judge_group(500))
    assert not state.whole
