"""Small requests, lists and a job, over loopback."""

from __future__ import annotations

import contextlib
from collections.abc import Generator

import annoport.testing
from annoport.testing import FakeServer
from annoport.testing.cvat import FakeCvat
from benchmarks import payloads, peers, server
from benchmarks.process import MANY
from benchmarks.rows import Goal, Result, Row, medians, race, seconds


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


def _send() -> Result:
    """Send 20,000 shapes to a release that lacks some fields of them: the longest search."""
    with server.serve() as url:
        body = str(payloads.path_of("shapes"))
        ours, base = seconds(
            [
                peers.contestant(name, worker="ours", task="send", arguments=(url, body, *version))
                for name, version in (("checked", ("2.52",)), ("not checked", ()))
            ],
            rounds=75,
        )
    return Result(ours=ours.value, unit="s", base=base, goal=Goal(1.05))


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


def _rows(delay: float) -> Result:
    with server.serve(server.Link(delay=delay)) as url:
        ours, base, *sdks = seconds(
            [
                peers.contestant("annoport", worker="ours", task="rows", arguments=(url,)),
                peers.contestant(
                    "one httpx request", worker="plain", task="rows", arguments=(url,)
                ),
                *(
                    peers.contestant(
                        name,
                        worker="tator",
                        task="rows",
                        arguments=(url,),
                        peer=peer,
                        rounds=rounds,
                    )
                    for name, peer, rounds in (
                        ("tator 1.8.1", "tator-1.8", 9),
                        ("tator 1.5.0", "tator", 1),
                    )
                ),
            ],
            rounds=9,
        )
    return Result(ours=ours.value, unit="s", base=base, goal=Goal(1.15), peers=sdks)


def _many_rows() -> Result:
    with server.serve(server.Link(rows=200_000)) as url:
        readings = race(
            [peers.contestant("annoport", worker="ours", task="rows", arguments=(url,))], rounds=1
        )
    (most,) = medians(readings, "memory")
    return Result(ours=most.value, unit="MiB", goal=Goal(20 * 1024**2, absolute=True))


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
    Row("send-shapes", "send 20,000 CVAT shapes, looked through for what a server lacks", _send),
    Row("pages", "iterate 10,000 items over 100 pages", _pages),
    Row("list", "list 20,000 Tator localizations", lambda: _rows(0.0)),
    Row("list-far", "the same, 40 ms delay", lambda: _rows(0.04)),
    Row("list-memory", "peak memory of a list of 200,000, above idle", _many_rows),
    Row("export", "tiny CVAT export, 0.1 s of server work", _export),
)
