"""Everyday work of several requests, beside the same requests by hand."""

from __future__ import annotations

from annoport.testing import FakeServer
from annoport.testing.tator import FakeTator
from benchmarks import peers
from benchmarks.paths import ROOT
from benchmarks.rows import Goal, Result, Row, medians, race

_ROUNDS = 7


def _write_localizations() -> Result:
    schema = (ROOT / "specs" / "tator" / "openapi.yaml").read_bytes()
    with FakeServer(FakeTator(schema=schema)) as server:
        arguments = (server.url, server.token)
        readings = race(
            [
                peers.contestant("annoport", worker="ours", task="write", arguments=arguments),
                peers.contestant("the POSTs", worker="plain", task="write", arguments=arguments),
                peers.contestant(
                    "tator 1.8.1",
                    worker="tator",
                    task="write",
                    arguments=arguments,
                    peer="tator-1.8",
                ),
            ],
            rounds=_ROUNDS,
            before=server.fake.tables.localizations.rows.clear,
        )
    ours, base, sdk = medians(readings, "seconds")
    return Result(ours=ours.value, unit="s", base=base, goal=Goal(1.1), peers=[sdk])


ROWS = (
    Row(
        "write-localizations",
        "20,000 new localizations to the fake Tator, checked, in parts of 500",
        _write_localizations,
    ),
)
