"""Calling all operations of a platform before a judge, and keeping count."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import attrs
import httpx

from annoport.core import errors
from annoport.core.lenient import ResponseShapeWarning
from generator.operations import RawOperation
from tests.conformance import readback
from tests.conformance.calls import AsyncShell, Call, Exchange, SyncShell
from tests.conformance.exceptions import EXCEPTIONS, Excepted
from tests.conformance.judges import Judge

_FIRST_ERROR_STATUS = 400


@attrs.frozen(kw_only=True)
class Fault:
    """Something that went wrong in a call, and the exception that covers it, if one does."""

    operation: str
    call: str
    text: str
    excepted: Excepted | None

    def __str__(self) -> str:
        return f"{self.call}: {self.text}"


@attrs.define(kw_only=True)
class Tally:
    """What came of a platform's operations before a judge."""

    platform: str
    judge: str
    operations: set[str] = attrs.field(factory=set[str])
    calls: int = 0
    accepted: int = 0
    decoded: int = 0
    faults: list[Fault] = attrs.field(factory=list[Fault])

    @property
    def excepted(self) -> list[Fault]:
        """Faults that are not ours."""
        return [fault for fault in self.faults if fault.excepted is not None]

    @property
    def ours(self) -> list[Fault]:
        """Faults that are ours."""
        return [fault for fault in self.faults if fault.excepted is None]


@attrs.frozen(kw_only=True)
class Trial:
    """One judge and what is put before it."""

    judge: Judge
    raw: dict[str, RawOperation]
    tally: Tally

    def run(self, calls: Iterable[Call]) -> None:
        """Make each call, sync and async, once for each kind of answer of the judge."""
        asked = [
            (call, headers)
            for turn, call in enumerate(calls)
            for headers in self.judge.answers(call.statuses, turn)
        ]
        self._run_sync(asked)
        asyncio.run(self._run_async(asked))

    def _run_sync(self, asked: list[tuple[Call, dict[str, str]]]) -> None:
        shell = SyncShell(self.tally.platform, self.judge.url)
        try:
            for call, headers in asked:
                error: Exception | None = None
                try:
                    shell.send(call, headers)
                except _EXPECTED as caught:
                    error = caught
                self._judge(f"{call} (sync, {_shown(headers)})", call, shell.exchanges, error)
        finally:
            shell.close()

    async def _run_async(self, asked: list[tuple[Call, dict[str, str]]]) -> None:
        shell = AsyncShell(self.tally.platform, self.judge.url)
        try:
            for call, headers in asked:
                error: Exception | None = None
                try:
                    await shell.send(call, headers)
                except _EXPECTED as caught:
                    error = caught
                self._judge(f"{call} (async, {_shown(headers)})", call, shell.exchanges, error)
        finally:
            await shell.aclose()

    def _judge(
        self, shown: str, call: Call, exchanges: list[Exchange], error: Exception | None
    ) -> None:
        tally = self.tally
        tally.operations.add(call.operation.id)
        tally.calls += 1
        refused = list(self._refusals(call, exchanges, error))
        unread = [] if refused else list(_misreadings(error))
        tally.accepted += not refused
        tally.decoded += not refused and not unread
        for text in refused + unread:
            excepted = next((one for one in EXCEPTIONS if self._covers(one, call, text)), None)
            tally.faults.append(
                Fault(operation=call.operation.id, call=shown, text=text, excepted=excepted)
            )

    def _refusals(
        self, call: Call, exchanges: list[Exchange], error: Exception | None
    ) -> Iterable[str]:
        if not exchanges:
            yield f"not sent: {error!r}"
            return
        exchange = exchanges[0]
        yield from readback.differences(self.raw[call.operation.id], call, exchange.request)
        violations = self.judge.violations(exchange.headers)
        yield from map(str, violations)
        if exchange.status >= _FIRST_ERROR_STATUS and not violations:
            yield f"answered with {exchange.status}: {error}"

    def _covers(self, one: Excepted, call: Call, text: str) -> bool:
        return one.covers(self.judge.name, self.tally.platform, call.operation.id, text)


# What comes of an answer; any other error is a fault of the harness and ends the run.
_EXPECTED = (errors.AnnoportError, ResponseShapeWarning)


def _misreadings(error: Exception | None) -> Iterable[str]:
    # The judge says that it made no job: the answer was read, and understood.
    if error is not None and not isinstance(error, errors.JobRefusedError):
        yield f"not decoded: {type(error).__name__}: {error}"


def _shown(headers: dict[str, str]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in headers.items())
