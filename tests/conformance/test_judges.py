"""The judges accept a fixed part of the operations, and reject what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import attrs
import msgspec
import pytest

from annoport.core.contract.operation import Operation, Parameter
from tests.conformance import judges, report, served_spec
from tests.conformance.calls import Call, Via, methods
from tests.conformance.exceptions import EXCEPTIONS
from tests.conformance.runner import Fault, Tally, Trial, calls_of, run
from tests.documents import load
from tests.shared import PLATFORMS

EVERY = 25
"""One operation of so many is called; `make conformance` calls all of them."""


@pytest.mark.parametrize("platform", PLATFORMS)
def test_each_operation_has_one_method(platform: str) -> None:
    found = methods(platform)
    assert {name: len(places) for name, places in found.items()} == dict.fromkeys(
        load(platform).operations, 1
    )


def test_exceptions_name_operations() -> None:
    for exception in EXCEPTIONS:
        assert exception.operations
        assert exception.operations <= set(load(exception.platform).operations)


def test_an_exception_must_occur_in_each_of_its_operations() -> None:
    exception = next(one for one in EXCEPTIONS if len(one.operations) > 1)
    tally = Tally(platform=exception.platform, judge=exception.judge)
    assert not report.failed([tally])
    called, *_ = sorted(exception.operations)
    tally.operations = {called}
    assert report.failed([tally])
    assert [line for line in report.lines([tally]) if line.startswith("STALE")] == [
        f"STALE exception of {exception.judge} for {called}: {exception.reason}"
    ]
    tally.faults = [
        Fault(number=1, operation=called, call="a call", text="a fault", excepted=exception)
    ]
    assert not report.failed([tally])


@pytest.mark.usefixtures("npm")
@pytest.mark.slow
@pytest.mark.parametrize("platform", PLATFORMS)
def test_judges_accept(platform: str) -> None:
    tallies = run(platform, judges.JUDGES, every=EVERY)
    wrong = ("FAULT", "STALE")
    assert [line for line in report.lines(tallies) if line.startswith(wrong)] == []
    called = {name for tally in tallies for name in tally.operations}
    assert called == set(sorted(load(platform).operations)[::EVERY])
    assert all(tally.decoded + tally.excepted_calls == tally.calls for tally in tallies)


# --------------------------------------------------------------------------- broken clients


Break = Callable[[Parameter], Parameter | None]


def _changed(name: str, change: Break) -> Callable[[Operation[Any]], Operation[Any]]:
    """Break one parameter of an operation; None leaves it out."""

    def broken(operation: Operation[Any]) -> Operation[Any]:
        made = [change(one) if one.name == name else one for one in operation.parameters]
        return msgspec.structs.replace(
            operation, parameters=tuple(one for one in made if one is not None)
        )

    return broken


def _flip_explode(one: Parameter) -> Parameter:
    return msgspec.structs.replace(one, explode=not one.explode)


def _left_out(_: Parameter) -> None:
    return None


def _misspell(one: Parameter) -> Parameter:
    return msgspec.structs.replace(one, wire=f"{one.wire}x")


Broken: TypeAlias = tuple[str, str, Callable[[Operation[Any]], Operation[Any]], Via]
BROKEN: dict[str, Broken] = {
    "list written item by item": (
        "tator",
        "GetMediaCount",
        _changed("media_id", _flip_explode),
        "token",
    ),
    "required list left out": ("tator", "GetClip", _changed("frame_ranges", _left_out), "token"),
    "wrong name": ("ecotaxa", "search_taxa", _changed("query", _misspell), "token"),
    "wrong after the login": ("ecotaxa", "search_taxa", _changed("query", _misspell), "login"),
    "wrong when redirected": ("ecotaxa", "search_taxa", _changed("query", _misspell), "redirect"),
}
"""What is broken: platform, operation, how, and the way to it, which takes several requests."""


@pytest.fixture(params=BROKEN)
def broken_calls(request: pytest.FixtureRequest) -> tuple[str, list[Call]]:
    platform, name, breaks, via = BROKEN[request.param]
    whole = [call for call in calls_of(platform, [name]) if call.example.variant == "high"]
    return platform, [_broken(call, breaks(call.operation), via) for call in whole]


def _broken(call: Call, operation: Operation[Any], via: Via) -> Call:
    names = {parameter.name for parameter in operation.parameters}
    given = {name: value for name, value in call.example.arguments.items() if name in names}
    example = attrs.evolve(call.example, arguments=given)
    return attrs.evolve(call, operation=operation, example=example, method=False, via=via)


@pytest.mark.usefixtures("npm")
@pytest.mark.slow
@pytest.mark.parametrize("judge_name", judges.JUDGES)
def test_judges_refuse_a_broken_client(
    broken_calls: tuple[str, list[Call]], judge_name: str, tmp_path: Path
) -> None:
    platform, made = broken_calls
    tally = Tally(platform=platform, judge=judge_name)
    with judges.JUDGES[judge_name](served_spec.write(platform, tmp_path)) as judge:
        Trial(judge=judge, raw=load(platform).operations, tally=tally).run(made)
    assert tally.calls > 0
    assert tally.accepted == 0
    assert Counter(fault.excepted for fault in tally.faults) == {None: len(tally.faults)}
