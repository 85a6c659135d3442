"""An agent watches the queue of its function on the fake CVAT."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

import annoport_cvat as cvat
from annoport import Event
from annoport.errors import NotFoundError
from annoport.testing import FakeServer, serve
from annoport.testing.cvat import FakeCvat
from annoport.testing.cvat.function_queues import FunctionQueue

BATCH = cvat.models.QueueEvent(request_category=cvat.models.RequestCategory.BATCH)


@pytest.fixture
def server() -> Iterator[FakeServer[FakeCvat]]:
    with serve("cvat") as running:
        yield running


@pytest.fixture
def queue(server: FakeServer[FakeCvat]) -> FunctionQueue:
    made = server.fake.function_queues["function:1"]
    made.retry_seconds = 0.01
    return made


def announce(queue: FunctionQueue, category: str) -> None:
    """Announce a request once somebody watches."""
    while not queue.watchers:
        time.sleep(0.01)
    queue.announced.append(category)


def test_a_client_sees_requests(server: FakeServer[FakeCvat], queue: FunctionQueue) -> None:
    queue.announced.append("interactive")  # before anybody watches, so nobody is told
    queue.heartbeat_seconds = 0.02
    threading.Thread(target=announce, args=(queue, "batch")).start()
    with (
        cvat.Client(server.url, token=server.token) as client,
        client.functions.queues_watch("function:1") as events,
    ):
        assert next(events) == Event("newrequest", BATCH)
        queue.closed = True
        while queue.watchers:
            time.sleep(0.01)
        queue.closed = False
        threading.Thread(target=announce, args=(queue, "interactive")).start()
        assert next(events).data.request_category == "interactive"
        del server.fake.function_queues["function:1"]
        queue.closed = True
        with pytest.raises(NotFoundError):
            next(events)


def test_an_async_client_sees_requests(server: FakeServer[FakeCvat], queue: FunctionQueue) -> None:
    async def first() -> Event[cvat.models.QueueEvent]:
        async with (
            cvat.AsyncClient(server.url, token=server.token) as client,
            client.functions.queues_watch("function:1") as events,
        ):
            async for event in events:
                return event
        raise AssertionError

    threading.Thread(target=announce, args=(queue, "batch")).start()
    assert asyncio.run(first()) == Event("newrequest", BATCH)


def test_the_fake_says_that_it_is_alive(server: FakeServer[FakeCvat], queue: FunctionQueue) -> None:
    queue.heartbeat_seconds = 0.02
    url = f"{server.url}/api/functions/queues/function:1/watch"
    headers = {"Authorization": f"Token {server.token}"}
    with httpx.stream("GET", url, headers=headers) as answer:
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        lines = answer.iter_lines()
        assert [next(lines) for _ in range(3)] == ["retry: 10", "", ": keep-alive"]
