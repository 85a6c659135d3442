"""Calls all operations of a platform before a judge, and keeps count."""

from __future__ import annotations

import asyncio
import importlib
import itertools
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import attrs

from annoport.core import errors
from annoport.core.errors import ResponseShapeWarning
from generator.python.raw_operation import RawOperation
from tests.conformance import sent_values, served_spec
from tests.conformance.calls import (
    PAGES,
    USER,
    AsyncShell,
    Call,
    Exchange,
    SyncShell,
    calls,
    in_steps,
)
from tests.conformance.examples import Example, Examples
from tests.conformance.exceptions import EXCEPTIONS, Excepted
from tests.conformance.judges import JUDGES, Judge
from tests.documents import load

_FIRST_ERROR_STATUS = 400


@attrs.frozen(kw_only=True)
class Fault:
    """Something that went wrong in a call, and the exception that covers it, if one does.

    Attributes:
        number: The number of the call, which tells two faults of one call from those of two.
    """

    number: int
    operation: str
    call: str
    text: str
    excepted: Excepted | None

    def __str__(self) -> str:
        return f"{self.call}: {self.text}"


@attrs.define(kw_only=True)
class Tally:
    """The results of a platform's operations before a judge."""

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
    def excepted_calls(self) -> int:
        """How many calls went wrong through no fault of ours."""
        return len({fault.number for fault in self.excepted})

    @property
    def ours(self) -> list[Fault]:
        """Faults that are ours."""
        return [fault for fault in self.faults if fault.excepted is None]


@attrs.frozen(kw_only=True)
class Trial:
    """One judge and what is put before it."""

    judge: Judge
    raw: Mapping[str, RawOperation]
    tally: Tally

    def run(self, calls: Iterable[Call]) -> None:
        """Make each call, sync and async, once for each kind of answer of the judge."""
        asked = list(self._asked(calls))
        self._run_sync(asked)
        asyncio.run(self._run_async(asked))

    def _asked(self, calls: Iterable[Call]) -> Iterator[tuple[Call, dict[str, str]]]:
        """Yield the calls with the headers that ask for an answer; every status is asked for."""
        for _, group in itertools.groupby(calls, lambda call: call.operation.id):
            alike = list(group)
            turns = max(len(alike), *(len(call.statuses) for call in alike))
            for turn in range(turns):
                call = alike[turn % len(alike)]
                for headers in self.judge.answers(call.statuses, turn):
                    yield call, headers

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
                Fault(
                    number=tally.calls,
                    operation=call.operation.id,
                    call=shown,
                    text=text,
                    excepted=excepted,
                )
            )

    def _refusals(
        self, call: Call, exchanges: list[Exchange], error: Exception | None
    ) -> Iterable[str]:
        if not exchanges:
            yield f"not sent: {error!r}"
            return
        steps = self._steps(call, len(exchanges))
        if len(exchanges) != len(steps):
            yield f"sent {len(exchanges)} requests, expected {len(steps)}"
        for exchange, (raw, step) in zip(exchanges, steps, strict=False):
            yield from sent_values.differences(raw, step, exchange.request)
            violations = self.judge.violations(exchange.headers)
            yield from map(str, violations)
            if exchange.status >= _FIRST_ERROR_STATUS and not violations:
                said = error.body if isinstance(error, errors.ApiError) else error
                yield f"answered with {exchange.status}: {said}"

    def _steps(self, call: Call, number: int) -> list[tuple[RawOperation, Call]]:
        """Return what each request of a call should be.

        Args:
            call: The call.
            number: How many requests it made; how many pages there are is up to the judge.
        """
        raw = self.raw[call.operation.id]
        if call.via == "login":
            return [self._login(), (raw, call)]
        if call.via == "redirect":
            return [(raw, call), (attrs.evolve(raw, path=f"{raw.path}/"), call)]
        return [(raw, call)] * (min(number, PAGES) if call.paging else 1)

    def _login(self) -> tuple[RawOperation, Call]:
        name = f"annoport_{self.tally.platform}"
        login = importlib.import_module(f"{name}._platform").PLATFORM.login
        body = {**login.extra, login.username: USER["username"], login.password: USER["password"]}
        example = Example(variant="login", arguments={}, body=body, media="application/json")
        operation = importlib.import_module(f"{name}.operations").get(login.operation)
        return self.raw[login.operation], Call(operation=operation, example=example, method=False)

    def _covers(self, one: Excepted, call: Call, text: str) -> bool:
        return one.covers(
            judge=self.judge.name,
            platform=self.tally.platform,
            operation=call.operation.id,
            variant=call.example.variant,
            fault=text,
        )


# Errors that an answer can cause; any other is a bug of these tests and ends the run.
_EXPECTED = (errors.AnnoportError, ResponseShapeWarning)


def _misreadings(error: Exception | None) -> Iterable[str]:
    # The judge answers that it created no job, so the answer was read and understood.
    if error is not None and not isinstance(error, errors.JobRefusedError):
        yield f"not decoded: {type(error).__name__}: {error}"


def _shown(headers: dict[str, str]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in headers.items())


def run(
    platform: str, judges: Iterable[str], *, only: list[str] | None = None, every: int | None = None
) -> list[Tally]:
    """Put a platform's operations before judges, one after the other.

    Args:
        platform: The platform's name.
        judges: The names of the judges.
        only: The operationIds to call; None for all.
        every: Call only every Nth operation.
    """
    spec = load(platform)
    known = [name for name in sorted(spec.operations) if only is None or name in only]
    made = list(calls_of(platform, known[:: every or 1]))
    made += list(in_steps(made))
    tallies: list[Tally] = []
    with tempfile.TemporaryDirectory() as folder:
        path = served_spec.write(platform, Path(folder))
        for name in judges:
            tally = Tally(platform=platform, judge=name)
            with JUDGES[name](path) as judge:
                Trial(judge=judge, raw=spec.operations, tally=tally).run(made)
            tallies.append(tally)
    return tallies


def calls_of(platform: str, operation_ids: Iterable[str]) -> Iterator[Call]:
    """Yield all calls of some operations of a platform."""
    examples = Examples(load(platform))
    operations = importlib.import_module(f"annoport_{platform}.operations")
    for name in operation_ids:
        operation = operations.get(name)
        for example in examples.of(name):
            yield from calls(operation, example)
