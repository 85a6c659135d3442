"""A loopback server that publishes specs, in good and bad ways."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import attrs


@attrs.define(kw_only=True)
class Page:
    """The answers of one path.

    Attributes:
        statuses: Of the first, second, ... request; the last one repeats.
        pause: Seconds before each of `pieces` equal parts of the body.
    """

    body: bytes = b""
    statuses: list[int] = attrs.field(factory=lambda: [200])
    headers: dict[str, str] = attrs.field(factory=dict[str, str])
    etag: str = ""
    pieces: int = 1
    pause: float = 0.0
    endless: bool = False


@attrs.define(kw_only=True)
class SpecServer:
    """The running server."""

    url: str
    pages: dict[str, Page]
    seen: list[dict[str, str]] = attrs.field(factory=list[dict[str, str]])
    closing: threading.Event = attrs.field(factory=threading.Event)

    def add(self, path: str, page: Page) -> str:
        """Publish a page and return its URL."""
        self.pages[path] = page
        return self.url + path


@contextmanager
def serving() -> Generator[SpecServer]:
    """Serve until the block ends."""
    live = SpecServer(url="", pages={})
    handler = type("Handler", (_Handler,), {"live": live})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    live.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield live
    finally:
        live.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    live: SpecServer

    def do_GET(self) -> None:
        self.live.seen.append({key.lower(): value for key, value in self.headers.items()})
        page = self.live.pages.get(self.path)
        if page is None:
            self.send_error(404)
            return
        status = page.statuses.pop(0) if len(page.statuses) > 1 else page.statuses[0]
        if page.etag and self.headers.get("If-None-Match") == page.etag:
            status = 304
        self.send_response(status)
        for name, value in page.headers.items():
            self.send_header(name, value)
        if page.etag:
            self.send_header("ETag", page.etag)
        self.end_headers()
        if status != 304:
            self._send(page)

    def _send(self, page: Page) -> None:
        size = -(-len(page.body) // page.pieces)
        try:
            for start in range(0, max(len(page.body), 1), max(size, 1)):
                # This ends at once when the test is over.
                self.live.closing.wait(page.pause)
                self.wfile.write(page.body[start : start + size])
            while page.endless:
                self.wfile.write(page.body)
        except OSError:
            # The client has closed the connection, which is what some tests are about.
            return

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Keep quiet."""
