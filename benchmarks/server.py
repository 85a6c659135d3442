"""The HTTP server of the benchmarks, in a process of its own: small, fast, and slow on demand.

    python -m benchmarks.server --size BYTES --delay SECONDS --rate BYTES_PER_SECOND --rows COUNT

It prints its address and runs until it is terminated. Each connection has its own thread, delay and
rate, like a link that gives each connection a share.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from pathlib import Path

import attrs

from benchmarks import payloads
from benchmarks.paths import ROOT, environment

FILE = "/file.bin"
LIST = "/rest/Localizations/3"
EMPTY_LIST = "/rest/Localizations/1"
_SCHEMA = ROOT / "specs" / "tator" / "openapi.yaml"
_BLOCK = bytes(range(256)) * 4096
_SLICE = 64 * 1024
_BODY_SLICE = 1024 * 1024
_ABOUT = b'{"name":"CVAT","description":"","version":"2.72.0","logo_url":"","subtitle":""}'
_ANNOTATIONS = b'{"version":0,"tags":[],"shapes":[],"tracks":[]}'
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_RANGE = re.compile(rb"\r\nrange: *bytes=(\d+)-(\d*)", re.IGNORECASE)
_BELOW = re.compile(rb"[?&]filter=[^&]*%20(\d+)%5D")
_NUMBER = re.compile(rb"[?&]page=(\d+)")
_ETAG = b'etag: "one"\r\n'


@attrs.frozen(kw_only=True)
class Link:
    """What lies between client and server, and what the server has.

    Attributes:
        size: The size of the file.
        delay: Seconds before each answer.
        rate: Bytes of the file per second of a connection; 0 is no limit.
        rows: How many localizations there are.
    """

    size: int = 0
    delay: float = 0.0
    rate: int = 0
    rows: int = 20_000


@contextlib.contextmanager
def serve(link: Link | None = None) -> Generator[str]:
    """Run the server in a process of its own, and yield its address."""
    link = link or Link()
    options = [f"--{name}={value}" for name, value in attrs.asdict(link).items()]
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.server", *options],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment(),
    )
    with process:
        try:
            yield process.stdout.readline().strip() if process.stdout else ""
        finally:
            process.terminate()  # or the end of the block would wait for it


def _page(query: bytes) -> int:
    """The number of the page that a query asks for: by itself, or by the id that it is below."""
    below, number = _BELOW.search(b"?" + query), _NUMBER.search(b"?" + query)
    if below is not None:
        return payloads.PAGES - int(below[1]) // 100 + 1
    return int(number[1]) if number is not None else 1


class _Connection:
    """Answers the requests of one connection, one after the other."""

    def __init__(self, connection: socket.socket, link: Link, pages: dict[int, Path]) -> None:
        self._socket = connection
        self._link = link
        self._pages = pages

    def run(self) -> None:
        """Answer until the client has gone."""
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        buffer = b""
        with contextlib.suppress(OSError), self._socket:
            while True:
                while b"\r\n\r\n" not in buffer:
                    received = self._socket.recv(_SLICE)
                    if not received:
                        return
                    buffer += received
                head, _, buffer = buffer.partition(b"\r\n\r\n")
                buffer = self._past_body(head, buffer)
                self._answer(head)

    def _past_body(self, head: bytes, buffer: bytes) -> bytes:
        """Read the body of a request, and return what was received after it."""
        length = _LENGTH.search(head)
        left = int(length[1]) if length else 0
        while len(buffer) < left:
            left -= len(buffer)
            buffer = self._socket.recv(_BODY_SLICE)
            if not buffer:
                return b""
        return buffer[left:]

    def _answer(self, head: bytes) -> None:
        target = head.split(b" ", 2)[1]
        path, _, query = target.partition(b"?")
        if self._link.delay:
            time.sleep(self._link.delay)
        if path == FILE.encode():
            self._send_file(head)
        elif path == b"/api/tasks":
            self._send_json(self._pages[_page(query)].read_bytes())
        elif path == LIST.encode():
            self._send_list(self._link.rows)
        elif path.endswith(b"/annotations/"):
            self._send_json(_ANNOTATIONS)
        elif path == EMPTY_LIST.encode():
            self._send_json(b"[]")
        elif path == b"/schema":
            self._send_json(_SCHEMA.read_bytes(), b"application/vnd.oai.openapi")
        else:
            self._send_json(_ABOUT)

    def _send_list(self, rows: int) -> None:
        """Send a gzipped list as Tator does: in chunks of these sizes, without a length."""
        data = payloads.gzipped(f"localizations-{rows}").read_bytes()
        lines = b"content-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n"
        self._socket.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" + lines)
        at, sizes = 0, itertools.chain((10,), itertools.cycle((4090, 370)))
        while at < len(data):
            chunk = data[at : at + next(sizes)]
            self._socket.sendall(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            at += len(chunk)
        self._socket.sendall(b"0\r\n\r\n")

    def _send_json(self, body: bytes, kind: bytes = b"application/json") -> None:
        lines = b"content-type: %b\r\ncontent-length: %d\r\n\r\n" % (kind, len(body))
        self._socket.sendall(b"HTTP/1.1 200 OK\r\n" + lines + body)

    def _send_file(self, head: bytes) -> None:
        size, asked = self._link.size, _RANGE.search(head)
        start, stop, first = 0, size, b"HTTP/1.1 200 OK\r\n"
        if asked is not None:
            start, stop = int(asked[1]), min(size, int(asked[2] or size - 1) + 1)
            place = b"content-range: bytes %d-%d/%d\r\n" % (start, stop - 1, size)
            first = b"HTTP/1.1 206 Partial Content\r\n" + place
        lines = b"content-type: application/octet-stream\r\naccept-ranges: bytes\r\n" + _ETAG
        self._socket.sendall(first + lines + b"content-length: %d\r\n\r\n" % (stop - start))
        self._send_bytes(start, stop)

    def _send_bytes(self, start: int, stop: int) -> None:
        rate, began, at = self._link.rate, time.perf_counter(), start
        block = memoryview(_BLOCK)
        step = min(len(_BLOCK), max(_SLICE, rate // 50)) if rate else len(_BLOCK)
        while at < stop:
            inside = at % len(_BLOCK)
            piece = block[inside : inside + min(step, stop - at)]
            self._socket.sendall(piece)
            at += len(piece)
            if rate:
                ahead = (at - start) / rate - (time.perf_counter() - began)
                if ahead > 0:
                    time.sleep(ahead)


def main() -> None:
    """Serve until the process is terminated."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--rate", type=int, default=0)
    parser.add_argument("--rows", type=int, default=0)
    given = parser.parse_args()
    link = Link(size=given.size, delay=given.delay, rate=given.rate, rows=given.rows)
    pages = {number: payloads.path_of(f"page-{number}") for number in range(1, payloads.PAGES + 1)}
    listener = socket.create_server(("127.0.0.1", 0), backlog=100)
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    while True:
        connection, _ = listener.accept()
        worker = _Connection(connection, link, pages)
        threading.Thread(target=worker.run, daemon=True).start()


if __name__ == "__main__":
    main()
