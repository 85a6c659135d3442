"""The ids of recorded jobs are those that the overlay says how to make."""

from __future__ import annotations

import re

from annoport.core.jobs import lookup as lookups
from generator.json_values import is_object
from tests.recordings.exchanges import Exchange, call_of, load
from tests.shared import needs_shared

pytestmark = needs_shared

RANDOM = {"tasks_create_backup", "projects_create_backup", "events_create_export"}
"""Operations whose jobs get an id that nobody can know in advance."""


def started() -> list[Exchange]:
    """The recorded requests of CVAT that started a job, or met a running one."""
    return [
        exchange
        for exchange in load("cvat")
        if exchange.operation_id is not None
        and exchange.operation.job is not None
        and is_object(exchange.response_body)
        and "rq_id" in exchange.response_body
    ]


def test_the_ids_of_jobs_are_known_in_advance() -> None:
    checked: set[str] = set()
    for exchange in started():
        rules, operation = exchange.operation.job, exchange.operation
        assert rules is not None
        if operation.id in RANDOM:
            assert rules.lookup is None
            continue
        assert rules.lookup is not None, operation.id
        call = call_of(exchange)
        expected = exchange.response_body["rq_id"]
        user = re.search(r"user_id=(\d+)", expected)
        made = lookups.job_id(rules.lookup, operation, call.arguments, call.body, user and user[1])
        assert made == expected, exchange.id
        checked.add(operation.id)
    assert len(checked) == 11


def test_the_poll_tells_when_a_job_was_created() -> None:
    for exchange in load("cvat"):
        if exchange.operation_id == "requests_retrieve" and exchange.status == 200:
            assert exchange.response_body["created_date"]
