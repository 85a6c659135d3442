"""Groups of files that go in one form, as pure decisions: what an answer to one means."""

from __future__ import annotations

from typing import TypeAlias

import attrs

from annoport.core.http.retry import Refused, Transient
from annoport.core.upload.refusals import TooLarge, judge_refusal

_SURE_ENOUGH = 2


@attrs.frozen
class Taken:
    """The server has the files."""


GroupOutcome: TypeAlias = Taken | TooLarge | Transient | Refused


def judge_group(status: int) -> GroupOutcome:
    """Return what the answer to a group means."""
    return Taken() if 200 <= status < 300 else judge_refusal(status)


@attrs.define(kw_only=True)
class GroupState:
    """What is known of one group that is sent, perhaps several times.

    A server may refuse what it has already. Suppose that every byte was sent, but the answer was
    lost. Then that refusal means that the group has arrived; as the server may answer the same
    when it fails, it has to do so twice in a row.

    Attributes:
        known: Status of that refusal; None if there is none.
        lost: Whether all bytes may have been sent, without an answer.
        whole: Whether the server has the group.
        confirmed: False if that was only concluded, and not said by the server.
    """

    known: int | None
    lost: bool = False
    whole: bool = False
    confirmed: bool = True
    _refusals: int = attrs.field(default=0, init=False)

    def answered(self, status: int, outcome: GroupOutcome) -> None:
        """Note an answer."""
        if isinstance(outcome, Taken):
            self.whole = True
        elif outcome == Transient(lost=True):
            self.lost, self._refusals = True, 0
        elif self.lost and status == self.known:
            self._refusals += 1
            if self._refusals >= _SURE_ENOUGH:
                self.whole, self.confirmed = True, False

    def broke(self, *, all_sent: bool) -> None:
        """Note that no answer came."""
        self.lost, self._refusals = self.lost or all_sent, 0
