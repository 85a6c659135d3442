"""Where a job is, besides its id."""

from __future__ import annotations

from typing import Any

import pytest

from annoport.core.contract.extensions import JobKind, JobStart, JobStates
from annoport.core.contract.operation import Location, Operation, Parameter
from annoport.core.errors import DecodeError, InvalidArgumentError
from annoport.core.jobs import places


def kind(**within: str) -> JobKind:
    return JobKind(poll="poll", status="/state", states=JobStates(done=("d",)), within=within)


def parameter(name: str, location: Location = "path", *, integer: bool = False) -> Parameter:
    return Parameter(name=f"the_{name}", wire=name, location=location, integer=integer)


def operation(*parameters: Parameter) -> Operation[Any]:
    return Operation(id="start", method="GET", path="/", parameters=parameters)


NESTED = kind(project="project", team="/team/id")
START = operation(parameter("project"), parameter("mode", "query"))


def test_the_request_and_its_answer_say_where_a_job_is() -> None:
    start = JobStart(kind="export", id="/id")
    found = places.place(NESTED, start, START, {"the_project": 7}, {"team": {"id": "blue"}})
    assert found == {"project": 7, "team": "blue"}


def test_an_operation_may_have_something_elsewhere() -> None:
    start = JobStart(kind="export", id="/id", within={"team": "mode"})
    assert places.sources(NESTED, start) == {"project": "project", "team": "mode"}
    found = places.place(NESTED, start, START, {"the_project": 7, "the_mode": 1.5}, None)
    assert found == {"project": 7, "team": "1.5"}


@pytest.mark.parametrize("document", [None, {}, {"team": {"id": None}}, {"team": {"id": True}}])
def test_an_answer_that_does_not_say_it(document: object) -> None:
    found = None if not document else document["team"]["id"]  # type: ignore[index]
    with pytest.raises(DecodeError) as refused:
        places.place(NESTED, JobStart(kind="e", id=""), START, {"the_project": 7}, document)
    assert str(refused.value) == (
        "start: the answer does not say where the job is: expected the 'team' of its path at "
        f"'/team/id', found {found!r}; look for it on the server before you start another"
    )


def test_a_lost_answer_is_not_needed_where_the_request_says_all() -> None:
    assert places.follows(kind(project="project"), JobStart(kind="e", id=""))
    assert not places.follows(NESTED, JobStart(kind="e", id=""))
    assert places.follows(NESTED, JobStart(kind="e", id="", within={"team": "mode"}))


def test_an_operation_gets_what_its_path_holds() -> None:
    within = {"project": "7", "team": "blue"}
    whole = operation(parameter("team"), parameter("project", integer=True), parameter("id"))
    assert places.arguments(whole, NESTED, "a", within) == {
        "the_team": "blue",
        "the_project": 7,
        "the_id": "a",
    }
    file = operation(parameter("file"), parameter("team"), parameter("project", "query"))
    assert places.arguments(file, NESTED, "a", within) == {"the_file": "a", "the_team": "blue"}
    with pytest.raises(InvalidArgumentError) as refused:
        places.arguments(operation(parameter("team")), NESTED, "a", within)
    assert str(refused.value) == "start has no path parameter for the id of a job"


def test_an_id_is_a_number_where_numbers_are_taken() -> None:
    poll = operation(parameter("project"), parameter("id", integer=True))
    assert places.typed(poll, NESTED, "12") == 12
    assert places.typed(poll, kind(), "12") == "12"


NEEDS = "a job of kind 'e' is found by its id and what it is within: pass within="


@pytest.mark.parametrize(
    ("of", "given", "message"),
    [
        (NESTED, None, f"None: {NEEDS}{{'project': ..., 'team': ...}}, or a token"),
        (NESTED, {"team": 7}, f"{{'team': 7}}: {NEEDS}{{'project': ..., 'team': ...}}, or a token"),
        (
            kind(),
            {"team": 7},
            "{'team': 7}, but a job of kind 'e' is found by its id alone: leave it out",
        ),
    ],
)
def test_a_caller_says_all_or_nothing(of: JobKind, given: Any, message: str) -> None:
    with pytest.raises(InvalidArgumentError) as refused:
        places.checked(of, "e", given)
    assert str(refused.value) == f"within is {message}"


def test_what_a_caller_says_is_taken() -> None:
    assert places.checked(kind(), "e", None) == {}
    assert places.checked(NESTED, "e", {"team": "b", "project": 7}) == {"team": "b", "project": 7}
