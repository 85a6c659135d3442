"""Small servers for tests, over real loopback sockets."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable, Generator
from typing import TYPE_CHECKING, TypeAlias

import attrs
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from annoport.testing.fake import Fake
from annoport.testing.server import FakeServer
from tests.core.listening import listening

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]

Answer: TypeAlias = "Callable[[Request], Awaitable[Response] | Response]"


class Scripted(Fake):
    """Answers every request with one function."""

    name = "scripted"

    def __init__(self, answer: Answer, base_path: str = "") -> None:
        self._answer = answer
        self.base_path = base_path  # type: ignore[misc]  # one instance a test, so its own value

    def app(self) -> ASGIApp:
        async def endpoint(request: Request) -> Response:
            answer = self._answer(request)
            return answer if isinstance(answer, Response) else await answer

        return Starlette(routes=[Route("/{path:path}", endpoint, methods=METHODS)])


def serve(answer: Answer, base_path: str = "") -> FakeServer[Scripted]:
    """Serve what `answer` returns for each request."""
    return FakeServer(Scripted(answer, base_path))


def thing(_: Request) -> Response:
    """Return the answer that GET_THING expects."""
    return JSONResponse({"id": 1, "name": "whale"})


Behaviour: TypeAlias = Callable[[socket.socket], bool | None]
"""Answers one request on a socket, and returns true to keep the connection open."""


@attrs.define
class RawServer:
    """A server that misbehaves on request, in its own way for each request.

    Attributes:
        url: Its base URL.
        requests: Number of the connection and head of each request.
    """

    url: str
    requests: list[tuple[int, bytes]] = attrs.Factory(list[tuple[int, bytes]])

    @property
    def connections(self) -> list[int]:
        """Number of the connection of each request."""
        return [number for number, _ in self.requests]


@contextlib.contextmanager
def raw(*behaviours: Behaviour, tls: ssl.SSLContext | None = None) -> Generator[RawServer]:
    """Serve one request with each behaviour; the last one answers all further requests.

    Args:
        behaviours: What to do with each request.
        tls: Makes it an https server.
    """
    server = RawServer("")

    def serve_all(connection: socket.socket, number: int) -> None:
        while head := _read_request(connection):
            server.requests.append((number, head))
            behave = behaviours[min(len(server.requests), len(behaviours)) - 1]
            if not behave(connection):
                return

    def converse(connection: socket.socket, number: int) -> None:
        if tls is None:
            serve_all(connection, number)
            return
        wrapped = tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        with wrapped as secured:
            try:
                secured.do_handshake()
            except ssl.SSLError:
                _hear_out(secured)
            else:
                serve_all(secured, number)

    with listening(converse) as url:
        server.url = url if tls is None else url.replace("http:", "https:")
        yield server


def _hear_out(connection: socket.socket) -> None:
    """Read until the other side ends: a reset would overtake the alert that says what is wrong."""
    connection.shutdown(socket.SHUT_WR)
    while connection.recv(65536):
        pass


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        block = connection.recv(65536)
        if not block:
            return b""
        data += block
    head, _, body = data.partition(b"\r\n\r\n")
    if b"transfer-encoding: chunked" in head.lower():
        while not body.endswith(b"0\r\n\r\n"):
            body += connection.recv(65536)
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            missing = int(line.partition(b":")[2]) - len(body)
            while missing > 0:
                missing -= len(connection.recv(65536))
    return head


def says(status: str, body: bytes = b"", *, keep: bool = True, **headers: str) -> Behaviour:
    """Send a whole answer, such as `says("200 OK", b"{}", content_type="application/json")`."""

    def behave(connection: socket.socket) -> bool:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        return keep

    return behave


def sends(data: bytes) -> Behaviour:
    """Send these bytes as they are, then end the connection."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(data)

    return behave


def hangs_up(_: socket.socket) -> None:
    """End the connection without an answer."""


def thing_json() -> Behaviour:
    """Send the answer that GET_THING and ADD_THING expect."""
    return says("200 OK", b'{"id":1,"name":"whale"}', content_type="application/json")
