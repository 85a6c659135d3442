"""A server before a judge that insists on a final slash, as EcoTaxa does for some paths."""

from __future__ import annotations

import http.server
import threading
from typing import Any

import httpx

_OF_A_CONNECTION = frozenset(
    {"connection", "content-encoding", "content-length", "date", "keep-alive", "transfer-encoding"}
)


class Redirecting:
    """Redirects each path to itself with a slash; that one is passed to a judge without it."""

    def __init__(self, judge: str) -> None:
        self._server = _Server(judge)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    @property
    def url(self) -> str:
        """The address that it listens on."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop it."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server.judge.close()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, judge: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.judge = httpx.Client(base_url=judge, trust_env=False)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path, mark, query = self.path.partition("?")
        if not path.endswith("/"):
            self._answer(307, {"Location": f"{path}/{mark}{query}"}, b"")
            return
        assert isinstance(self.server, _Server)
        headers = {k: v for k, v in self.headers.items() if k.lower() != "host"}
        answer = self.server.judge.get(f"{path[:-1]}{mark}{query}", headers=headers)
        kept = {k: v for k, v in answer.headers.items() if k not in _OF_A_CONNECTION}
        self._answer(answer.status_code, kept, answer.content)

    def _answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Stay silent; a report follows."""
