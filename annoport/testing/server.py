"""Serving a fake platform over a real loopback socket."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Generator
from typing import TYPE_CHECKING, Generic, TypeVar

import attrs
import uvicorn

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from annoport.testing.fake import Fake

FakeT = TypeVar("FakeT", bound="Fake")

_STARTUP_SECONDS = 10.0


@attrs.frozen(kw_only=True)
class SeenRequest:
    """One request that reached the server."""

    method: str
    path: str  # as sent, percent-encoding kept
    query: str
    headers: dict[str, str]  # names in lower case


@attrs.define(kw_only=True)
class FakeServer(Generic[FakeT]):
    """A running fake platform.

    url: its base URL, as a client takes it.
    fake: the platform behind it; set its attributes to change what it does.
    requests: what it was asked, oldest first.
    """

    url: str
    fake: FakeT
    requests: list[SeenRequest] = attrs.field(factory=list[SeenRequest])

    @property
    def token(self) -> str:
        """A token that the server accepts."""
        return self.fake.token

    @property
    def username(self) -> str:
        """The name of the user who may log in."""
        return self.fake.username

    @property
    def password(self) -> str:
        """The password of that user."""
        return self.fake.password


@contextlib.contextmanager
def run(fake: FakeT) -> Generator[FakeServer[FakeT]]:
    """Serve `fake` on a free loopback port until the block ends."""
    # The protocol is named because asyncio sends small answers at once for such sockets only;
    # others wait for the client's delayed acknowledgement, 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    running = FakeServer(url=url + fake.base_path, fake=fake)
    fake.url = running.url
    server = uvicorn.Server(
        uvicorn.Config(
            _recording(fake.app(), running.requests),
            lifespan="off",
            log_config=None,  # its usual one closes the log files of the program that tests
            log_level="critical",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
    )
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name=f"fake {fake.name}", daemon=True
    )
    thread.start()
    deadline = time.monotonic() + _STARTUP_SECONDS
    while not server.started:
        if time.monotonic() > deadline or not thread.is_alive():
            raise RuntimeError(f"the fake {fake.name} server did not start")
        time.sleep(0.005)
    try:
        yield running
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def _recording(app: ASGIApp, seen: list[SeenRequest]) -> ASGIApp:
    async def recorded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            seen.append(
                SeenRequest(
                    method=scope["method"],
                    path=scope["raw_path"].decode("ascii"),
                    query=scope["query_string"].decode("ascii"),
                    headers={k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]},
                )
            )
        await app(scope, receive, send)

    return recorded
