"""A server with one project of 100,000 objects, in a process of its own.

    python -m benchmarks.objects_server

It prints its address and runs until it is terminated. It answers a query of objects with the window
that is asked for, from rows that are JSON already, so that what is measured is not its own work.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from benchmarks import payloads
from benchmarks.paths import ROOT, environment

PROJECT = 3
_IDS = ("object_ids", "acquisition_ids", "sample_ids", "project_ids")


@contextlib.contextmanager
def serve() -> Generator[str]:
    """Run the server in a process of its own, and yield its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.objects_server"],
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


class _Objects:
    """The answers, in parts that only need to be joined."""

    def __init__(self) -> None:
        whole: dict[str, Any] = json.loads(payloads.path_of("objects").read_bytes())
        self._ids = {name: [str(number) for number in whole[name]] for name in _IDS}
        self._rows = [json.dumps(row, separators=(",", ":")) for row in whole["details"]]
        self._ready: dict[tuple[int, int | None], bytes] = {}
        names = [name.removeprefix("fre.") for name in payloads.OBJECT_FIELDS if name[:3] == "fre"]
        free = {name: f"n{place:02d}" for place, name in enumerate(names, 1)}
        self.project = json.dumps(_project(free)).encode()

    def window(self, start: int, size: int | None) -> bytes:
        """Return the answer for a window, which is made once."""
        if (start, size) not in self._ready:
            part = slice(start, None if size is None else start + size)
            lists = {**self._ids, "details": self._rows}
            texts = [f'"{name}":[{",".join(values[part])}]' for name, values in lists.items()]
            texts.append(f'"total_ids":{len(self._rows)}')
            self._ready[start, size] = f"{{{','.join(texts)}}}".encode()
        return self._ready[start, size]


def _project(free: dict[str, str]) -> dict[str, Any]:
    texts = ("comments", "classifsettings", "classiffieldlist", "popoverfieldlist", "formulae")
    others = ("cnn_network_id", "rf_models_used", "contact", "instrument", "instrument_url")
    columns = ("sample_free_cols", "acquisition_free_cols", "process_free_cols", "bodc_variables")
    people = ("managers", "annotators", "viewers", "init_classif_list")
    return {
        **dict.fromkeys((*texts, *others)),
        **{name: {} for name in columns},
        **{name: [] for name in people},
        "projid": PROJECT,
        "title": "Plankton",
        "access": "1",
        "status": "Annotate",
        "highest_right": "View",
        "objcount": 100_000.0,
        "pctvalidated": 0.0,
        "pctclassified": 0.0,
        "obj_free_cols": free,
    }


class _Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    objects: _Objects

    def do_GET(self) -> None:
        """Answer the project, whatever is asked for."""
        self._send(self.objects.project)

    def do_POST(self) -> None:
        """Answer a window of objects."""
        self.rfile.read(int(self.headers["content-length"]))
        asked = parse_qs(urlsplit(self.path).query)
        start, size = int(asked.get("window_start", ["0"])[0]), asked.get("window_size")
        self._send(self.objects.window(start, None if size is None else int(size[0])))

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base names it so
        """Say nothing."""


def main() -> None:
    """Serve until the process is terminated."""
    _Handler.objects = _Objects()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
