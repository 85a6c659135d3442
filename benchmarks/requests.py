"""Small requests, lists and a job, over loopback."""

from __future__ import annotations

import contextlib
from collections.abc import Generator

import annoport.testing
from annoport.testing import FakeServer
from annoport.testing.cvat import FakeCvat
from benchmarks import peers, server
from benchmarks.process import MANY
from benchmarks.rows import Goal, Result, Row, seconds


def _gets() -> Result:
    with server.serve() as url:
        ours, base, sdk = seconds(
            [
                peers.contestant("annoport", worker="ours", task="get", arguments=(url,)),
                peers.contestant("httpx.Client", worker="plain", task="get", arguments=(url,)),
                peers.contestant(
                    "cvat-sdk",
                    worker="cvat_sdk",
                    task="get",
                    arguments=(url,),
                    peer="cvat-sdk",
                    rounds=3,
                ),
            ],
            rounds=9,
        )
    return Result(ours=ours.value, unit="s", base=base, goal=Goal(1.15), peers=[sdk])


def _pages() -> Result:
    with server.serve() as url:
        ours, base = seconds(
            [
                peers.contestant("annoport", worker="ours", task="pages", arguments=(url,)),
                peers.contestant("httpx + msgspec", worker="plain", task="pages", arguments=(url,)),
            ],
            rounds=9,
        )
    return Result(ours=ours.value, unit="s", base=base, goal=Goal(1.2))


def _export() -> Result:
    with _fake() as fake:
        token, login = (fake.url, fake.token), (fake.url, fake.username, fake.password)
        ours, *sdk = seconds(
            [
                peers.contestant("annoport", worker="ours", task="export", arguments=token),
                *(
                    peers.contestant(
                        f"cvat-sdk, a poll each {period} s",
                        worker="cvat_sdk",
                        task="export",
                        arguments=(*login, period),
                        peer="cvat-sdk",
                        rounds=rounds,
                    )
                    for period, rounds in (("5", 2), ("0.1", MANY))
                ),
            ],
            rounds=5,
        )
    limit = Goal(0.25, absolute=True)
    return Result(ours=ours.value, unit="s", base=None, goal=limit, peers=sdk)


@contextlib.contextmanager
def _fake() -> Generator[FakeServer[FakeCvat]]:
    with annoport.testing.serve("cvat", job_seconds=0.1, anonymous_per_minute=None) as fake:
        yield fake


ROWS = (
    Row("get", "1,000 small GETs over loopback", _gets),
    Row("pages", "iterate 10,000 items over 100 pages", _pages),
    Row("export", "tiny CVAT export, 0.1 s of server work", _export),
)
