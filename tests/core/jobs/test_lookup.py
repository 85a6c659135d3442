"""The id of a job whose first answer was lost, and whether the job of that id is ours."""

from __future__ import annotations

from typing import Any

import pytest

from annoport.core.contract.extensions import JobLookup
from annoport.core.contract.operation import Operation, Parameter
from annoport.core.jobs import lookup as lookups
from annoport.core.values.models import UNSET
from tests.core.job_platform import models
from tests.core.job_platform.job_kinds import JOB_KINDS

EXPORT: Operation[Any] = Operation(
    id="export",
    method="POST",
    path="/pots/{id}/export",
    parameters=(
        Parameter(name="number", wire="id", location="path", required=True),
        Parameter(name="format", wire="format", location="query"),
        Parameter(name="images", wire="save", location="query"),
    ),
)
LOOKUP = JobLookup(
    id="of={id}&by={@user}&as={format}&what={save}",
    words={"save": {"true": "all", "false": "text", "": "text"}},
    replace={" ": "_", ".": "~"},
    created="/created",
)
SHOWN = {"created": "2026-11-26T12:00:00.700000Z"}


@pytest.mark.parametrize(
    ("arguments", "user", "expected"),
    [
        ({"number": 7, "format": "COCO 1.0", "images": True}, 3, "of=7&by=3&as=COCO_1~0&what=all"),
        ({"number": 7, "format": "a b c", "images": False}, "x", "of=7&by=x&as=a_b_c&what=text"),
        ({"number": 7, "format": "y", "images": UNSET}, 3, "of=7&by=3&as=y&what=text"),
        ({"number": 7, "format": "y"}, 3, "of=7&by=3&as=y&what=text"),
        ({"number": 7, "format": UNSET}, 3, None),
        ({"number": 7, "format": ["y"]}, 3, None),
        ({"number": 7, "format": "y"}, None, None),
    ],
)
def test_the_id_is_made_of_what_was_asked(
    arguments: dict[str, Any], user: int | str | None, expected: str | None
) -> None:
    assert lookups.job_id(LOOKUP, EXPORT, arguments, UNSET, user) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"job_id": 5}, "merge=5"),
        (models.Started(job_id="5"), "merge=5"),
        ({"task_id": 5}, None),
        ({"job_id": None}, None),
        (UNSET, None),
    ],
)
def test_the_id_is_made_of_the_body(body: Any, expected: str | None) -> None:
    assert lookups.job_id(JobLookup(id="merge={/job_id}"), EXPORT, {}, body, None) == expected


def test_the_user_is_asked_for_only_where_the_id_holds_it() -> None:
    assert lookups.needs_user(LOOKUP)
    assert not lookups.needs_user(JobLookup(id="of={id}"))


@pytest.mark.parametrize(
    ("shown", "date", "elapsed", "ours"),
    [
        (SHOWN, "Thu, 26 Nov 2026 12:00:05 GMT", 5.0, True),
        (SHOWN, "Thu, 26 Nov 2026 12:00:05 GMT", 4.0, False),
        (SHOWN, "Thu, 26 Nov 2026 12:00:00 GMT", 0.1, True),  # the header has whole seconds only
        ({"created": "2026-11-26T13:00:00.7+01:00"}, "Thu, 26 Nov 2026 12:00:05 GMT", 5.0, True),
        ({"created": "2026-11-26T12:00:00"}, "Thu, 26 Nov 2026 12:00:05 GMT", 5.0, False),
        ({"created": None}, "Thu, 26 Nov 2026 12:00:05 GMT", 5.0, False),
        ({}, "Thu, 26 Nov 2026 12:00:05 GMT", 5.0, False),
        (SHOWN, "soon", 5.0, False),
        (SHOWN, "", 5.0, False),
    ],
)
def test_a_job_that_is_older_than_the_request_is_another(
    shown: dict[str, Any], date: str, elapsed: float, ours: bool
) -> None:
    assert lookups.is_started_by(LOOKUP, shown, {"date": date}, elapsed) is ours


def test_without_a_date_no_two_jobs_have_one_id() -> None:
    assert lookups.is_started_by(JobLookup(id="{/uid}"), {}, {}, 0.0)


def test_a_user_is_told_where_to_look() -> None:
    kind = JOB_KINDS["export"]
    assert lookups.where_to_look(kind, "a=1") == (
        "look for job 'a=1' with get_job or list_jobs before you call again"
    )
    assert lookups.where_to_look(kind, None) == (
        "look for a new job with list_jobs before you call again"
    )
    assert lookups.where_to_look(JOB_KINDS["linked"], None) == (
        "look for a new job before you call again"
    )
