"""Rows to Arrow tables."""

from __future__ import annotations

from benchmarks import objects_server, payloads, peers
from benchmarks.rows import Figure, Goal, Result, Row, once, seconds

_ROUNDS = 9


def _query() -> Result:
    path = (str(payloads.path_of("objects")),)
    ours, base = seconds(
        [
            peers.contestant(
                "annoport", worker="tables", task="query", arguments=path, peer="tables"
            ),
            peers.contestant("json", worker="plain", task="decode", arguments=path),
        ],
        rounds=_ROUNDS,
    )
    return Result(ours=ours.value, unit="s", base=Figure("json.loads", base.value), goal=Goal(0.9))


def _query_memory() -> Result:
    path = (str(payloads.path_of("objects")),)
    ours = peers.contestant(
        "annoport", worker="tables", task="query_memory", arguments=path, peer="tables"
    )
    found = once(ours)
    return Result(
        ours=found["memory"],
        unit="MiB",
        base=Figure("the table", found["table"]),
        goal=Goal(3),
        note="the answer that it is made from is counted too",
    )


def _objects() -> Result:
    with objects_server.serve() as url:
        ours, whole, windows = seconds(
            [
                peers.contestant(
                    "annoport", worker="tables", task="objects", arguments=(url,), peer="tables"
                ),
                peers.contestant(
                    "one httpx request + json.loads",
                    worker="plain_objects",
                    task="objects",
                    arguments=(url,),
                ),
                peers.contestant(
                    "httpx requests + json.loads, 10,000 objects each",
                    worker="plain_objects",
                    task="objects",
                    arguments=(url, "10000"),
                ),
            ],
            rounds=_ROUNDS,
        )
    base, other = sorted((whole, windows), key=lambda figure: figure.value)
    return Result(ours=ours.value, unit="s", base=base, goal=Goal(1.0), peers=[other])


def _rows() -> Result:
    path = (str(payloads.path_of("localizations")),)
    ours, base, pandas = seconds(
        [
            peers.contestant(
                "annoport", worker="tables", task="rows", arguments=path, peer="tables"
            ),
            peers.contestant("json", worker="plain", task="decode", arguments=path),
            peers.contestant(
                "pandas.json_normalize",
                worker="pandas_frames",
                task="normalize",
                arguments=path,
                peer="pandas",
            ),
        ],
        rounds=_ROUNDS,
    )
    return Result(
        ours=ours.value,
        unit="s",
        base=Figure("json.loads", base.value),
        goal=Goal(1.15),
        peers=[pandas],
    )


ROWS = (
    Row("table-query", "a query of 100,000 objects, 40 columns, to a table", _query),
    Row("table-query-memory", "the most memory that it takes", _query_memory),
    Row("objects-table", "100,000 objects end to end, from requests to a table", _objects),
    Row("table-rows", "20,000 Tator localizations, from models to a table", _rows),
)
