"""Failures that a test arranges in advance."""

from __future__ import annotations

import httpx
import pytest

from annoport.testing import FakeServer
from tests.testing.one_file import OneFile


def test_failures_are_used_up(server: FakeServer[OneFile]) -> None:
    faults = server.fake.faults
    faults.fail_next(503, 2, path="/slow", headers={"retry-after": "3"})
    faults.fail_next(429, body="wait", headers={"content-type": "text/plain"})
    slow = httpx.get(f"{server.url}/slow")
    assert (slow.status_code, slow.headers["retry-after"]) == (503, "3")
    assert slow.headers["content-type"] == "text/html"
    assert (httpx.get(f"{server.url}/other").text, httpx.get(server.url).status_code) == (
        "wait",
        200,
    )
    assert [httpx.get(f"{server.url}/slow").status_code for _ in range(2)] == [503, 200]


def test_a_lost_answer_comes_after_the_work(server: FakeServer[OneFile]) -> None:
    server.fake.faults.lose_next(path="/slow", method="POST")
    assert httpx.get(f"{server.url}/slow").status_code == 200
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.post(f"{server.url}/slow")
    assert server.fake.served == 2
    assert httpx.get(f"{server.url}/slow").status_code == 200


def test_every_fake_can_fail(server: FakeServer[OneFile]) -> None:
    server.fake.fail_next(502, path="/slow")
    slow = httpx.get(f"{server.url}/slow")
    assert (slow.status_code, slow.headers["content-type"]) == (502, "text/html")
    assert slow.text == "<html><body>This 502 was arranged by a test</body></html>"
    server.fake.lose_next()
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(server.url)
    assert server.fake.served == 1
