"""A server that takes uploads over raw sockets, and mishandles them on request."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Generator

import attrs

from tests.core.listening import listening

_BLOCK = 64 * 1024


@attrs.frozen(kw_only=True)
class Fault:
    """What goes wrong with the next request of a method; by default, nothing.

    Attributes:
        method: The method of the request.
        read: Read so many bytes of the body, then end the connection.
        stall: Do not end it then, but read no more.
        keep: Keep so many of these.
        silent: Read everything, then end the connection without an answer.
        status: Answer with this status, and keep nothing.
        headers: Headers to add; "" removes the usual one.
        back: Cut what arrived before to so many bytes first.
        take: Keep only so many bytes, and say so.
    """

    method: str
    read: int | None = None
    stall: bool = False
    keep: int | None = None
    silent: bool = False
    status: int | None = None
    headers: dict[str, str] = attrs.field(factory=dict[str, str])
    back: int | None = None
    take: int | None = None


@attrs.frozen(kw_only=True)
class Got:
    """One request that arrived; `length` is the number of bytes of its body.

    Names of headers are in lower case.
    """

    method: str
    target: str
    headers: dict[str, str]
    length: int
    body: bytes = attrs.field(repr=False)


@attrs.define(kw_only=True)
class Stored:
    """A file that arrives; where its bytes are not kept, `size` counts them."""

    name: str
    length: int
    content: bytearray = attrs.field(factory=bytearray, repr=False)
    size: int = 0


@attrs.define(kw_only=True)
class UploadServer:
    """The running server; tests may change its attributes at any time.

    Attributes:
        url: Its base URL.
        location: Start of the Location of an upload; None for `url`.
        after: Status of HEAD for a complete file.
        names: Whether it sends its own name for a file.
        part_host: Base URL of the parts; None for `url`.
        keep: Whether it keeps the bytes.
        sig: Whether the URLs of parts look like those of Azure.
        tags: Whether it sends the ETag of a part.
        user: Id of the user, whoever asks; not among the requests.
        limit: The most bytes of a body; larger ones are refused before they are read.
        abrupt: Whether their connections are reset, instead of an answer.
        one_name: Whether it refuses a file whose name it has already.
        again: Status of the answer to a group that has a file which arrived already.
        grouped: Names and contents of the files that arrived in groups.
        forms: Number of files in each group.
        most_at_once: The most requests with a body that were being read at the same time.
        answering: The requests that it has not done with.
        faults: Faults of the next requests.
        requests: The requests so far.
        files: Files that arrive by TUS, by upload id.
        parts: Parts that arrived, by number.
        lock: Guards `files`.
        ended: Set when the server ends.
    """

    url: str = ""
    location: str | None = None
    after: int = 500
    names: bool = True
    part_host: str | None = None
    keep: bool = True
    sig: bool = False
    tags: bool = True
    user: int = 3
    limit: int | None = None
    abrupt: bool = False
    one_name: bool = False
    again: int = 500
    grouped: dict[str, bytes] = attrs.field(factory=dict[str, bytes], repr=False)
    forms: list[int] = attrs.field(factory=list[int])
    most_at_once: int = 0
    at_once: int = 0
    answering: int = 0
    faults: list[Fault] = attrs.field(factory=list[Fault])
    requests: list[Got] = attrs.field(factory=list[Got])
    files: dict[str, Stored] = attrs.field(factory=dict[str, Stored])
    parts: dict[int, bytes] = attrs.field(factory=dict[int, bytes])
    lock: threading.Lock = attrs.field(factory=threading.Lock, repr=False)
    ended: threading.Event = attrs.field(factory=threading.Event, repr=False)

    @property
    def methods(self) -> list[str]:
        """Methods of the requests, in order."""
        return [got.method for got in self.requests]

    def wait_for(self, sent: int) -> None:
        """Wait until so many bytes have arrived, and all requests are done with.

        A client that is killed has sent bytes that the server reads only afterwards.
        """
        deadline = time.monotonic() + 30
        while sum(got.length for got in self.requests) < sent or self.answering:
            assert time.monotonic() < deadline, f"{sent} bytes did not arrive"
            time.sleep(0.005)

    def only_file(self) -> Stored:
        """Return the one file that arrived."""
        (stored,) = self.files.values()
        return stored


@contextlib.contextmanager
def serve_uploads(**settings: object) -> Generator[UploadServer]:
    """Take uploads on a free loopback port until the block ends."""
    server = UploadServer(**settings)  # type: ignore[arg-type]  # attrs checks them

    def converse(connection: socket.socket, _number: int) -> None:
        while True:
            head, rest = _read_head(connection)
            if not head:
                return
            with _answering(server):
                if not _one_request(connection, server, head, rest):
                    return

    with listening(converse) as url:
        server.url = url
        try:
            yield server
        finally:
            server.ended.set()


def _one_request(connection: socket.socket, server: UploadServer, head: bytes, rest: bytes) -> bool:
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): text.strip() for name, _, text in pairs}
    fault = _take_fault(server, method)
    length = int(headers.get("content-length", "0"))
    if target == "/me":
        _answer_user(connection, server)
        return True
    if server.limit is not None and length > server.limit:
        got = Got(method=method, target=target, headers=headers, length=0, body=b"")
        _refuse(connection, server, got, rest)
        return False
    stop = length if fault.read is None else min(length, fault.read)
    with _counted(server):
        keep = server.keep or method not in ("PATCH", "POST")
        body, count = _read_body(connection, rest, stop, keep=keep)
    got = Got(method=method, target=target, headers=headers, length=count, body=body)
    server.requests.append(got)
    if count < stop and "upload-multiple" in headers:
        return False  # of a form that is cut off, servers keep nothing
    if fault.stall:
        server.ended.wait()
    if fault.read is not None or fault.silent:
        if fault.keep != 0:
            _act(server, got, fault)
        if fault.read is not None:  # with a reset, since bytes may be waiting unread
            _reset(connection)
        return False
    if fault.status is not None:
        status, said, answer = fault.status, dict[str, str](), b"" if method == "HEAD" else b"no"
    else:
        status, said, answer = _act(server, got, fault)
    sent = {**said, "Content-Length": str(len(answer)), **fault.headers}
    lines = [f"HTTP/1.1 {status} Whatever"]
    lines += [f"{name}: {text}" for name, text in sent.items() if text]
    connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + answer)
    return True


def _read_head(connection: socket.socket) -> tuple[bytes, bytes]:
    """Return the head of a request, and what came with it; nothing at the end."""
    data = b""
    while b"\r\n\r\n" not in data:
        block = connection.recv(_BLOCK)
        if not block:
            return b"", b""
        data += block
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest


def _answer_user(connection: socket.socket, server: UploadServer) -> None:
    answer = json.dumps({"user": {"id": server.user}}).encode()
    lines = f"Content-Type: application/json\r\nContent-Length: {len(answer)}\r\n\r\n"
    connection.sendall(b"HTTP/1.1 200 OK\r\n" + lines.encode() + answer)


def _refuse(connection: socket.socket, server: UploadServer, got: Got, rest: bytes) -> None:
    """Refuse a body that is too large."""
    server.requests.append(got)
    if server.abrupt:
        _reset(connection)
        return
    # nginx reads on for a while, so that the answer is seen
    answer = b"HTTP/1.1 413 Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    connection.sendall(answer)
    _read_body(connection, rest, int(got.headers["content-length"]), keep=False)


def _reset(connection: socket.socket) -> None:
    """Let the end of the connection be a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _take_fault(server: UploadServer, method: str) -> Fault:
    for fault in server.faults:
        if fault.method == method:
            server.faults.remove(fault)
            return fault
    return Fault(method=method)


def _read_body(
    connection: socket.socket, rest: bytes, length: int, *, keep: bool
) -> tuple[bytes, int]:
    pieces, count = [rest[:length]], min(len(rest), length)
    while count < length:
        block = connection.recv(min(_BLOCK, length - count))
        if not block:
            break
        count += len(block)
        if keep:
            pieces.append(block)
    return b"".join(pieces) if keep else b"", count


def _act(server: UploadServer, got: Got, fault: Fault) -> tuple[int, dict[str, str], bytes]:
    """Do what the request asks for; return status, headers and body of the answer."""
    path = got.target.partition("?")[0]
    if path.startswith("/part/"):
        number = int(path.rpartition("/")[2])
        server.parts[number] = got.body
        tag = f'"{hashlib.md5(got.body).hexdigest()}"' if server.tags else ""
        return 200, {"ETag": tag}, b""
    if path.startswith("/info/"):
        return _info(server, got)
    if got.method in ("HEAD", "PATCH"):
        return _tus(server, got, path, fault)
    if "upload-length" in got.headers:
        return _create(server, got, path)
    if "upload-start" in got.headers or "upload-multiple" in got.headers:
        return _group(server, got) if "upload-multiple" in got.headers else 202, {}, b""
    said = {"finish": got.headers.get("upload-finish"), "target": got.target}
    return 200, {"Content-Type": "application/json"}, json.dumps(said).encode()


@contextlib.contextmanager
def _answering(server: UploadServer) -> Generator[None]:
    """Count the requests that are not done with."""
    with server.lock:
        server.answering += 1
    try:
        yield
    finally:
        with server.lock:
            server.answering -= 1


@contextlib.contextmanager
def _counted(server: UploadServer) -> Generator[None]:
    """Count the requests whose bodies are being read."""
    with server.lock:
        server.at_once += 1
        server.most_at_once = max(server.most_at_once, server.at_once)
    try:
        yield
    finally:
        with server.lock:
            server.at_once -= 1


def _group(server: UploadServer, got: Got) -> int:
    """Keep the files of a form, unless one of them is there already."""
    if not server.keep:
        return 200
    boundary = got.headers["content-type"].partition("boundary=")[2].encode()
    files: dict[str, bytes] = {}
    for part in got.body.split(b"--" + boundary)[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        found = re.search(rb'filename="((?:[^"\\]|\\.)*)"', head)
        if found:
            name = re.sub(rb"\\(.)", rb"\1", found[1])
            files[name.decode()] = content[:-2]
    with server.lock:
        if files.keys() & server.grouped.keys():
            return server.again
        server.grouped |= files
        server.forms.append(len(files))
    return 200


def _create(server: UploadServer, got: Got, path: str) -> tuple[int, dict[str, str], bytes]:
    pairs = [pair.split(" ") for pair in got.headers["upload-metadata"].split(",")]
    metadata = {name: base64.b64decode(text).decode() for name, text in pairs}
    length = int(got.headers["upload-length"])
    whole = {one.name for one in server.files.values() if one.size == one.length}
    if metadata["filename"] in {*server.grouped, *whole} and server.one_name:
        return 409, {}, b""
    with server.lock:
        number = f"u{len(server.files)}"
        server.files[number] = Stored(name=metadata["filename"], length=length)
    start = server.url if server.location is None else server.location
    headers = {"Location": f"{start}{path}{number}", "Tus-Resumable": "1.0.0"}
    if server.names:
        headers["Upload-Filename"] = f"stored-{number}"
    return 201, headers, b""


def _tus(
    server: UploadServer, got: Got, path: str, fault: Fault
) -> tuple[int, dict[str, str], bytes]:
    stored = server.files.get(path.rpartition("/")[2])
    if stored is None:
        return 404, {}, b""
    if fault.back is not None:
        stored.size = min(stored.size, fault.back)
        del stored.content[fault.back :]
    if got.method == "HEAD":
        if stored.size == stored.length and server.after != 200:
            return server.after, {}, b""
        said = {"Upload-Offset": str(stored.size), "Upload-Length": str(stored.length)}
        return 200, said, b""
    if got.headers["upload-offset"] != str(stored.size):
        return 409, {}, b""
    limits = [limit for limit in (fault.take, fault.keep) if limit is not None]
    count = min([got.length, *limits])
    stored.content += got.body[:count]
    stored.size += count
    return 204, {"Upload-Offset": str(stored.size)}, b""


def _info(server: UploadServer, got: Got) -> tuple[int, dict[str, str], bytes]:
    match = re.search(r"num=(\d+)", got.target)
    count = int(match[1]) if match else 1
    host = server.url if server.part_host is None else server.part_host
    query = "sv=1&sig=abc" if server.sig else "X-Amz-Signature=abc"
    urls = [f"{host}/part/{number}?{query}" for number in range(1, count + 1)]
    answer = {"urls": urls, "key": "folder/object", "upload_id": "up-1" if count > 1 else ""}
    return 200, {"Content-Type": "application/json"}, json.dumps(answer).encode()
