"""Answers that are lost after the server did the work: jobs are found again, errors say so."""

from __future__ import annotations

import datetime
import email.utils
import json
import pickle
from typing import Any

import pytest

from annoport.core.errors import (
    AnnoportError,
    BrokenAnswerError,
    NotFoundError,
    ServerError,
    TransportError,
    UnsentError,
)
from tests.core.both_shells import Shell
from tests.core.job_platform import operations
from tests.core.listening import unused_url
from tests.core.servers import Behaviour, hangs_up, raw, says, sends
from tests.core.shells.test_job import job_client

CUT = sends(b'HTTP/1.1 202 Accepted\r\nContent-Length: 99\r\n\r\n{"job')
ME = says("200 OK", b'{"user": {"id": 3}}', content_type="application/json")
MISSING = says("404 Not Found")
CHECK = "the server may have done it nevertheless, and it was not sent again"


def shows(age: float, **state: Any) -> Behaviour:
    """Show a job that was created so many seconds ago by the server's clock."""
    now = datetime.datetime.now(datetime.UTC)
    created = (now - datetime.timedelta(seconds=age)).isoformat()
    body = json.dumps({"state": "R", "created": created, **state}).encode()
    date = email.utils.format_datetime(now, usegmt=True)
    return says("200 OK", body, content_type="application/json", date=date)


def start(shell: Shell, url: str, operation: Any, body: dict[str, Any]) -> Any:
    client = shell.keep(job_client(shell, url))
    return shell.run(client.start_job(operation, {}, body=body))


@pytest.mark.parametrize(
    "lost",
    [
        hangs_up,
        CUT,
        says("502 Bad Gateway"),
        says("504 Gateway Timeout"),
        says("202 Accepted", b'{"job_id": ', content_type="application/json"),
    ],
    ids=["hangs up", "cut", "502", "504", "broken JSON"],
)
def test_a_job_whose_answer_was_lost_is_found(shell: Shell, lost: Behaviour) -> None:
    with raw(lost, ME, MISSING, shows(0.0), shows(0.0, state="F")) as server:
        job = start(shell, server.url, operations.NAMED, {"number": 12})
        assert (job.id, job.kind, job.joined, job.started) == ("n12-u3", "export", False, None)
        shell.run(job.wait())
    heads = [head.partition(b" HTTP")[0] for _, head in server.requests]
    assert heads == [b"POST /named", b"GET /me", *[b"GET /jobs/n12-u3"] * 3]


def test_the_user_is_asked_for_once(shell: Shell) -> None:
    with raw(hangs_up, ME, shows(0.0), hangs_up, shows(0.0)) as server:
        client = shell.keep(job_client(shell, server.url))
        for number in (1, 2):
            job = shell.run(client.start_job(operations.NAMED, {}, body={"number": number}))
            assert job.id == f"n{number}-u3"


def test_a_job_of_an_earlier_request_is_not_taken_for_ours(shell: Shell) -> None:
    with raw(hangs_up, ME, shows(60.0)) as server, pytest.raises(TransportError) as caught:
        start(shell, server.url, operations.NAMED, {"number": 12})
    assert str(caught.value).endswith(
        f"{CHECK}: look for job 'n12-u3' with get_job or list_jobs before you call again"
    )
    assert len(server.requests) == 7  # the POST, the user, and five looks


def test_an_id_that_the_caller_chose_is_enough(shell: Shell) -> None:
    shown = says("200 OK", b'{"state": "F"}', content_type="application/json")
    with raw(hangs_up, shown) as server:
        assert start(shell, server.url, operations.CHOSEN, {"uid": "abc"}).id == "abc"


def test_a_job_without_a_known_id_says_what_to_check(shell: Shell) -> None:
    with raw(hangs_up) as server, pytest.raises(TransportError) as caught:
        start(shell, server.url, operations.EXPORT, {})
    error = caught.value
    assert error.may_be_done
    assert str(error).endswith(f"{CHECK}: look for a new job with list_jobs before you call again")
    assert len(server.requests) == 1
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_a_failed_lookup_leaves_the_first_error(shell: Shell) -> None:
    with raw(hangs_up, says("403 Forbidden")) as server, pytest.raises(TransportError) as caught:
        start(shell, server.url, operations.NAMED, {"number": 12})
    (note,) = caught.value.__notes__
    assert note.startswith("the job could not be looked up: who_am_i: 403 Forbidden")
    assert "look for a new job" in str(caught.value)


@pytest.mark.parametrize(
    ("lost", "kind"),
    [
        (hangs_up, TransportError),
        (CUT, TransportError),
        (says("504 Gateway Timeout"), ServerError),
        (says("200 OK", b'{"job_id": ', content_type="application/json"), BrokenAnswerError),
    ],
    ids=["hangs up", "cut", "504", "broken JSON"],
)
def test_a_post_that_may_have_been_done_says_so(
    shell: Shell, lost: Behaviour, kind: type[AnnoportError]
) -> None:
    with raw(lost) as server:
        client = shell.keep(job_client(shell, server.url))
        with pytest.raises(kind) as caught:
            shell.run(client.call(operations.PLAIN, {}, body={}))
    assert caught.value.may_be_done
    assert str(caught.value).endswith(f"{CHECK}: check that before you call again")
    assert len(server.requests) == 1


def test_what_was_not_done_or_may_be_repeated_says_nothing(shell: Shell) -> None:
    client = shell.keep(job_client(shell, unused_url()).with_options(max_retries=0))
    with pytest.raises(UnsentError) as unsent:
        shell.run(client.call(operations.PLAIN, {}, body={}))
    with raw(hangs_up, MISSING) as server:
        client = shell.keep(job_client(shell, server.url).with_options(max_retries=0))
        with pytest.raises(TransportError) as repeatable:
            shell.run(client.call(operations.GET_JOB, {"number": 1}))
        with pytest.raises(NotFoundError) as refused:
            shell.run(client.call(operations.PLAIN, {}, body={}))
    for caught in (unsent, repeatable, refused):
        assert not caught.value.may_be_done
        assert "nevertheless" not in str(caught.value)
