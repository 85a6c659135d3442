"""A server of one file over raw sockets, which spoils its answers on request."""

from __future__ import annotations

import contextlib
import functools
import gzip
import hashlib
import re
import socket
import struct
import threading
from collections import deque
from collections.abc import Generator, Mapping

import attrs

from tests.core.listening import listening

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_BLOCK = 64 * 1024


@attrs.frozen(kw_only=True)
class Fault:
    """What goes wrong with one answer; by default, nothing.

    Attributes:
        become: Content of the file from now on.
        status: Answer with this status and `body`, without the file.
        headers: Headers to add.
        body: Body to send with `status`.
        drop_after: End the connection after so many bytes of the body.
        reset: End the connection with RST.
        stall_after: Send so many bytes of the body, then nothing more.
        announce: Number to add to Content-Length.
        chunked: Send chunks, without Content-Length.
        ignore_range: Send the whole file.
        content_range: Content-Range to send.
        etag: ETag to send; "" sends none.
        gzip: Send the whole file, compressed.
        short_part: Send at most so many bytes of a part, and say so.
        shift: Send a part that begins so many bytes later, or earlier, and say so.
        gzip_part: Send a part compressed.
        no_total: Say `*` for the size of the file.
        lack: End a part so many bytes early, in good order.
        as_part: Send the whole file as a part.
        pause: Seconds to wait before the headers.
        silent: End the connection without an answer.
    """

    become: bytes | None = None
    status: int | None = None
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str])
    body: bytes = b""
    drop_after: int | None = None
    reset: bool = False
    stall_after: int | None = None
    announce: int = 0
    chunked: bool = False
    ignore_range: bool = False
    content_range: str | None = None
    etag: str | None = None
    gzip: bool = False
    short_part: int | None = None
    shift: int = 0
    gzip_part: bool = False
    no_total: bool = False
    lack: int = 0
    as_part: bool = False
    pause: float = 0.0
    silent: bool = False


NO_FAULT = Fault()


@attrs.frozen(kw_only=True)
class Asked:
    """One request that arrived; names of headers are in lower case."""

    method: str
    target: str
    headers: dict[str, str]


@attrs.define(kw_only=True)
class FileServer:
    """The running server; tests may change its attributes at any time.

    Attributes:
        content: The file.
        ranges: Ranges that it answers: "any", "open-ended" or "none".
        validators: Which of "etag" and "last-modified" it sends.
        headers: Headers to add to every answer with the file.
        faults: One fault for each of the next answers.
        requests: The requests so far.
        sent: Bytes of bodies that were handed to the network.
        url: Its base URL.
        stopping: Set when it stops.
    """

    content: bytes = attrs.field(repr=False)
    ranges: str = "any"
    validators: tuple[str, ...] = ("etag", "last-modified")
    headers: dict[str, str] = attrs.field(factory=dict[str, str])
    faults: deque[Fault] = attrs.field(factory=deque[Fault])
    requests: list[Asked] = attrs.field(factory=list[Asked])
    sent: int = 0
    url: str = ""
    stopping: threading.Event = attrs.field(factory=threading.Event)

    @property
    def etag(self) -> str:
        """The entity tag of the current content."""
        return etag_of(self.content)


def etag_of(content: bytes) -> str:
    """Return the entity tag of a content."""
    return f'"{_digest(content).hex()[:16]}"'


def _modified(content: bytes) -> str:
    """Return a modification time that depends on the content alone."""
    second = _digest(content)[0] % 60
    return f"Sun, 22 Nov 2026 03:48:{second:02d} GMT"


@functools.lru_cache(maxsize=4)
def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


@contextlib.contextmanager
def serve_file(content: bytes, **settings: object) -> Generator[FileServer, None, None]:
    """Serve `content` at every path of a free loopback port until the block ends."""
    server = FileServer(content=content, **settings)  # type: ignore[arg-type]  # attrs checks them

    def converse(connection: socket.socket, _number: int) -> None:
        while asked := _read_request(connection):
            server.requests.append(asked)
            fault = server.faults.popleft() if server.faults else NO_FAULT
            if not _answer(connection, server, asked, fault):
                return

    with listening(converse) as url:
        server.url = url
        try:
            yield server
        finally:
            server.stopping.set()


def _read_request(connection: socket.socket) -> Asked | None:
    data = b""
    while b"\r\n\r\n" not in data:
        block = connection.recv(65536)
        if not block:
            return None
        data += block
    first, *lines = data.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    pairs = (line.partition(":") for line in lines)
    return Asked(
        method=method,
        target=target,
        headers={name.strip().lower(): text.strip() for name, _, text in pairs},
    )


def _answer(connection: socket.socket, server: FileServer, asked: Asked, fault: Fault) -> bool:
    """Send one answer, and return whether the connection stays open."""
    if server.stopping.wait(fault.pause) or fault.silent:
        return False
    if fault.become is not None:
        server.content = fault.become
    if fault.status is not None:
        _head(connection, fault.status, {**fault.headers, "Content-Length": str(len(fault.body))})
        connection.sendall(fault.body)
        return True
    if _is_unchanged(server, asked):
        _head(connection, 304, {"ETag": server.etag})
        return True
    status, body, headers = _file_answer(server, asked, fault)
    headers.update(server.headers)
    headers.update(fault.headers)
    if fault.chunked:
        headers.pop("Content-Length", None)
        headers["Transfer-Encoding"] = "chunked"
    _head(connection, status, headers)
    lack = fault.lack if "Content-Range" in headers else 0
    return _send_body(connection, server, body[: len(body) - lack], fault)


def _is_unchanged(server: FileServer, asked: Asked) -> bool:
    return "etag" in server.validators and asked.headers.get("if-none-match") == server.etag


def _file_answer(
    server: FileServer, asked: Asked, fault: Fault
) -> tuple[int, bytes, dict[str, str]]:
    content = server.content  # read once: another connection may change it meanwhile
    headers = {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes"}
    if "etag" in server.validators:
        headers["ETag"] = etag_of(content)
    if fault.etag is not None:
        headers["ETag"] = fault.etag
    if "last-modified" in server.validators:
        headers["Last-Modified"] = _modified(content)
    if fault.gzip:
        body = gzip.compress(content, 1)
        return 200, body, {**headers, "Content-Encoding": "gzip", **_length(body, fault)}
    part = None if fault.ignore_range else _wanted_part(server, content, asked)
    if part is None and fault.as_part:
        part = (0, len(content))
    if part is None:
        return 200, content, {**headers, **_length(content, fault)}
    return _part_answer(server, content, part, headers, fault)


def _part_answer(
    server: FileServer, content: bytes, part: tuple[int, int], headers: dict[str, str], fault: Fault
) -> tuple[int, bytes, dict[str, str]]:
    start, stop = part
    if start > len(content) or (start == len(content) and server.ranges == "any"):
        return 416, b"", {"Content-Range": f"bytes */{len(content)}", **_length(b"", fault)}
    if fault.short_part is not None:
        stop = min(stop, start + fault.short_part)
    start = max(0, min(start + fault.shift, stop - 1))
    body = content[start:stop]
    total = "*" if fault.no_total else len(content)
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{total}"
    if fault.gzip_part:
        body = gzip.compress(body, 1)
        headers["Content-Encoding"] = "gzip"
    if fault.content_range is not None:
        headers["Content-Range"] = fault.content_range
    return 206, body, {**headers, **_length(body, fault)}


def _length(body: bytes, fault: Fault) -> dict[str, str]:
    return {"Content-Length": str(len(body) + fault.announce)}


def _wanted_part(server: FileServer, content: bytes, asked: Asked) -> tuple[int, int] | None:
    """Return the bounds of the bytes that the request asks for; None for the whole file."""
    match = _RANGE.fullmatch(asked.headers.get("range", ""))
    if match is None or server.ranges == "none":
        return None
    condition = asked.headers.get("if-range")
    if condition is not None:
        current = {"etag": etag_of(content), "last-modified": _modified(content)}
        if condition not in [current[name] for name in server.validators]:
            return None
    start, last = match.groups()
    if last and server.ranges == "open-ended":
        return len(content) + 1, 0
    size = len(content)
    return int(start), min(int(last) + 1, size) if last else size


def _head(connection: socket.socket, status: int, headers: dict[str, str]) -> None:
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {text}" for name, text in headers.items())]
    connection.sendall("\r\n".join([*(line for line in lines), "", ""]).encode("latin-1"))


def _send_body(connection: socket.socket, server: FileServer, body: bytes, fault: Fault) -> bool:
    limits = [limit for limit in (fault.drop_after, fault.stall_after) if limit is not None]
    stop = min([len(body), *limits])
    view = memoryview(body)
    for start in range(0, stop, _BLOCK):
        block = view[start : min(stop, start + _BLOCK)]
        if fault.chunked:
            connection.sendall(b"%x\r\n%b\r\n" % (len(block), bytes(block)))
        else:
            connection.sendall(block)
        server.sent += len(block)
    if fault.stall_after is not None:
        _wait_for_end(connection, server)
        return False
    if fault.drop_after is not None or fault.announce:
        if fault.reset:
            _wait_until_read(connection)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False
    if fault.chunked:
        connection.sendall(b"0\r\n\r\n")
    return True


def _wait_for_end(connection: socket.socket, server: FileServer) -> None:
    """Wait until the other side has closed the connection, or the server stops."""
    connection.settimeout(0.02)
    while not server.stopping.is_set():
        with contextlib.suppress(TimeoutError):
            if not connection.recv(1):
                return


def _wait_until_read(connection: socket.socket) -> None:
    """Wait for the other side to read what was sent: a reset discards what it has not read."""
    threading.Event().wait(0.05)
