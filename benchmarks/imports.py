"""How long a script takes until its first request: whole processes, from start to end."""

from __future__ import annotations

import statistics

from benchmarks import payloads, peers
from benchmarks.process import run_once
from benchmarks.rows import Figure, Goal, Result, Row

_ROUNDS = 15

_HTTPX = "import httpx"
_HTTPX_CLIENT = "import httpx; httpx.Client()"
_OURS = "import annoport_cvat"
_OURS_CALL = """
import annoport_cvat
from annoport.core.http.request import build
from annoport.core.http.parsing import parse
from annoport.core.http.response import Headers, RawResponse
from annoport_cvat.operations.tasks import TASKS_RETRIEVE

client = annoport_cvat.Client("https://annotate.test", token="none")
client.tasks.retrieve  # what a script would call; everything but the sending is done here
build(TASKS_RETRIEVE, {"id": 1})
content = open(%r, "rb").read()
headers = Headers({"content-type": "application/json"})
parse(TASKS_RETRIEVE, RawResponse(200, headers, content, "", 0.0), strict=True)
"""
_OURS_TLS = """
from annoport.core.http import connections
connections._shared_context(connections.Trust().authorities())
"""
_STOCK_CALL = """
from stock_cvat import Client
from stock_cvat.api.tasks import tasks_retrieve

Client(base_url="https://annotate.test").get_httpx_client()
"""


def _race(**programs: tuple[str, str]) -> list[Figure]:
    """Run programs, given as (environment, code), in turns; return the median seconds of each."""
    found: dict[str, list[float]] = {name: [] for name in programs}
    for name, (peer, code) in programs.items():
        run_once([str(peers.python(peer)), "-c", code])  # writes the bytecode files
        found[name] = []
    for _ in range(_ROUNDS):
        for name, (peer, code) in programs.items():
            found[name].append(run_once([str(peers.python(peer)), "-c", code])["seconds"])
    return [Figure(name, statistics.median(taken)) for name, taken in found.items()]


def _package() -> Result:
    ours, base, *others = _race(
        ours=("ours", _OURS),
        httpx=("ours", _HTTPX),
        **{"cvat-sdk": ("cvat-sdk", "import cvat_sdk"), "tator": ("tator", "import tator")},
    )
    return Result(ours=ours.value, unit="s", base=base, goal=Goal(1.15), peers=others)


def _first_call(extra: str = "", note: str = "") -> Result:
    peers.stock_client("cvat")
    ours, base, *others = _race(
        ours=("ours", _OURS_CALL % str(payloads.path_of("task")) + extra),
        **{
            "httpx.Client()": ("ours", _HTTPX_CLIENT),
            "openapi-python-client": ("openapi-python-client", _STOCK_CALL),
        },
    )
    return Result(ours=ours.value, unit="s", base=base, goal=Goal(1.3), peers=others, note=note)


def _with_tls() -> Result:
    note = "no goal of its own: httpx.Client() makes the TLS context at once, ours on first need"
    return _first_call(_OURS_TLS, note)


ROWS = (
    Row("import", "import annoport_cvat", _package),
    Row("import-call", "import, client, models of one call", _first_call),
    Row("import-call-tls", "the same, and the context of the first https request", _with_tls),
)
