"""Serving a fake platform over a real loopback socket."""

from __future__ import annotations

import atexit
import socket
import threading
import time
from typing import TYPE_CHECKING, Generic, TypeVar

import attrs
import uvicorn

from annoport.testing.fake import Fake

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from starlette.types import ASGIApp, Receive, Scope, Send

FakeT = TypeVar("FakeT", bound=Fake)

_STARTUP_SECONDS = 10.0


@attrs.frozen(kw_only=True)
class SeenRequest:
    """A request that reached the server.

    Attributes:
        method: The HTTP method.
        path: The path as sent, percent-encoding kept.
        query: The query as sent, without the question mark.
        headers: Names, in lower case, and values.
    """

    method: str
    path: str
    query: str
    headers: dict[str, str]


@attrs.frozen(kw_only=True)
class _Running:
    """What must be ended when a server stops."""

    server: uvicorn.Server
    thread: threading.Thread
    listener: socket.socket


class FakeServer(Generic[FakeT]):
    """A fake platform on a free loopback port.

    It runs for the length of a `with` block, or from `start()` to `stop()`. A server that was
    started keeps running even when no variable refers to it any more, and stops at the latest when
    the process ends.

    Attributes:
        fake: The platform behind it; set its attributes to change what it does.
        requests: The requests it received, oldest first.
    """

    def __init__(self, fake: FakeT) -> None:
        """Prepare a server; it listens once it is started.

        Args:
            fake: The platform to serve.
        """
        self.fake = fake
        self.requests: list[SeenRequest] = []
        self._running: _Running | None = None

    @property
    def url(self) -> str:
        """The base URL, as a client takes it.

        Raises:
            RuntimeError: The server was never started.
        """
        if not self.fake.url:
            raise RuntimeError(
                f"the fake {self.fake.name} server has no URL before it runs: "
                "call start(), or use it in a with statement"
            )
        return self.fake.url

    @property
    def token(self) -> str:
        """A token that the server accepts."""
        return self.fake.token

    @property
    def username(self) -> str:
        """The name of a user who may log in."""
        return self.fake.username

    @property
    def password(self) -> str:
        """That user's password."""
        return self.fake.password

    def start(self) -> Self:
        """Start listening, and return once requests are answered.

        A server that was stopped may be started again: it keeps its data and gets a new URL.

        Returns:
            The server itself, so that `server = serve("cvat").start()` is one line.

        Raises:
            RuntimeError: The server is running already, or did not start.
        """
        if self._running is not None:
            raise RuntimeError(
                f"the fake {self.fake.name} server is already running at {self.url}: "
                "stop() it first, or make another one"
            )
        listener = _listen()
        self.fake.url = f"http://127.0.0.1:{listener.getsockname()[1]}{self.fake.base_path}"
        app = self.fake.faults.in_front_of(self.fake.app())
        server = uvicorn.Server(_config(_recording(app, self.requests)))
        thread = threading.Thread(
            target=server.run,
            kwargs={"sockets": [listener]},
            name=f"fake {self.fake.name}",
            daemon=True,
        )
        thread.start()
        self._running = _Running(server=server, thread=thread, listener=listener)
        atexit.register(self.stop)  # this reference also keeps a forgotten server alive
        deadline = time.monotonic() + _STARTUP_SECONDS
        while not server.started:
            if time.monotonic() > deadline or not thread.is_alive():
                self.stop()
                raise RuntimeError(f"the fake {self.fake.name} server did not start")
            time.sleep(0.005)
        return self

    def stop(self) -> None:
        """Stop listening and end the server's thread; do nothing if it is not running.

        Raises:
            RuntimeError: Something went wrong in the fake itself, not in what a test arranged. A
                client was answered that its job failed, or got a 500.
        """
        self._end()
        fault = self._own_fault()
        if fault is not None:
            raise fault

    def _end(self) -> None:
        running, self._running = self._running, None
        if running is None:
            return
        atexit.unregister(self.stop)
        running.server.should_exit = True
        running.thread.join()
        running.listener.close()

    def _own_fault(self) -> RuntimeError | None:
        """Return what went wrong in the fake itself, once."""
        faults = dict(self.fake.own_faults)
        self.fake.own_faults.clear()
        if not faults:
            return None
        told = "; ".join(f"{doing}: {type(e).__name__}: {e}" for doing, e in faults.items())
        made = RuntimeError(
            f"the fake {self.fake.name} server failed itself, in {told}. Either a test has put its "
            "data into a state that no server's are in, or this is a fault of annoport"
        )
        made.__cause__ = next(iter(faults.values()))
        return made

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self.stop()
            return
        self._end()
        fault = self._own_fault()
        if fault is not None:
            error.add_note(str(fault))  # it would hide what ended the block

    def __repr__(self) -> str:
        where = f"at {self.url}" if self._running else "(not running)"
        return f"<FakeServer {self.fake.name} {where}>"


def _listen() -> socket.socket:
    # The protocol is named because only for such sockets asyncio sends small answers at once;
    # otherwise they wait 40 ms for the client's delayed acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    return listener


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,  # uvicorn's own closes the log files of the program under test
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )


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
