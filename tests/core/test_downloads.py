"""Downloads against a server that misbehaves."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from annoport.core._async.download import AsyncRemoteUrl
from annoport.core._sync.download import RemoteUrl
from annoport.core.annotations import Download
from annoport.core.errors import (
    ChangedDuringDownloadError,
    DownloadError,
    IncompleteDownloadError,
    NotFoundError,
)
from annoport.core.partial import TargetBusyError, TargetExistsError
from annoport.core.zips import CorruptFileError
from tests.core.faults import Fault, FileServer, serve_file
from tests.core.shells import Shell

SIZE = 300_000
CONTENT = random.Random(1).randbytes(SIZE)
OTHER = random.Random(2).randbytes(SIZE)
HALF = SIZE // 2

ETAG = Download(ranges="any", validator="etag")
MODIFIED = Download(ranges="any", validator="last-modified")
JOB = Download(ranges="open-ended", validator="job")
NO_RANGES = Download(ranges="none", validator="etag")


def remote(shell: Shell, server: FileServer, rules: Download, **keywords: Any) -> Any:
    """The server's file, for either kind of client."""
    client = shell.client(server.url, token="secret-token")
    kind = RemoteUrl if shell.name == "sync" else AsyncRemoteUrl
    return kind(client, f"{server.url}/files/export.bin?sig=s3cret", rules, **keywords)


def leftovers(folder: Path) -> list[str]:
    """Hidden files that a download left."""
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))


@attrs.frozen(kw_only=True)
class Case:
    """One course of events that must end with the whole file.

    faults: of the answers, in order. requests: how many are allowed.
    content: what must arrive. again: bytes that may be sent more than once.
    """

    name: str
    rules: Download = ETAG
    faults: tuple[Fault, ...] = ()
    requests: int = 2
    content: bytes = attrs.field(default=CONTENT, repr=False)
    again: int = 0
    server: dict[str, Any] = attrs.field(factory=dict, repr=False)


DROP = Fault(drop_after=HALF)
BUSY = Fault(status=503, body=b"try later")

WHOLE_CASES = [
    Case(name="nothing goes wrong", requests=1),
    Case(name="drop", faults=(DROP,)),
    Case(name="reset", faults=(Fault(drop_after=HALF, reset=True),)),
    Case(name="stall", faults=(Fault(stall_after=HALF),)),
    Case(
        name="three drops", faults=(Fault(drop_after=HALF), *[Fault(drop_after=9)] * 2), requests=4
    ),
    Case(name="no answer", faults=(Fault(silent=True),)),
    Case(name="too long announced", faults=(Fault(announce=5000),), requests=3, again=SIZE),
    Case(name="chunked", faults=(Fault(chunked=True),), requests=1),
    Case(name="chunks break off", faults=(Fault(chunked=True, drop_after=HALF),)),
    Case(name="200 to a range", faults=(DROP, Fault(ignore_range=True)), again=HALF),
    Case(
        name="wrong start in Content-Range",
        faults=(DROP, Fault(content_range=f"bytes 0-{SIZE - 1}/{SIZE}")),
        requests=3,
        again=SIZE,
    ),
    Case(
        name="wrong total in Content-Range",
        faults=(DROP, Fault(content_range=f"bytes {HALF}-{SIZE - 1}/{SIZE + 1}")),
        requests=3,
        again=SIZE,
    ),
    Case(name="no Content-Range", faults=(DROP, Fault(content_range="")), requests=3, again=SIZE),
    Case(
        name="changed, If-Range heeded",
        faults=(DROP, Fault(become=OTHER)),
        content=OTHER,
        again=HALF,
    ),
    Case(
        name="changed, If-Range ignored",
        faults=(
            DROP,
            Fault(
                become=OTHER,
                status=206,
                headers={"Content-Range": f"bytes {HALF}-{SIZE - 1}/{SIZE}", "ETag": '"new"'},
            ),
        ),
        requests=3,
        content=OTHER,
        again=SIZE,
    ),
    Case(name="part without its entity tag", faults=(DROP, Fault(etag="")), requests=3, again=SIZE),
    Case(name="weak tag", faults=(Fault(etag='W/"weak"', drop_after=HALF),), again=HALF),
    Case(name="server sends short parts", faults=(DROP, Fault(short_part=1000)), requests=3),
    Case(name="416 without a total", faults=(DROP, Fault(status=416)), requests=3, again=HALF),
    Case(name="5xx burst", faults=(DROP, BUSY, Fault(status=502), BUSY), requests=5),
    Case(name="5xx at first", faults=(BUSY, BUSY), requests=3),
    Case(name="429 with seconds", faults=(Fault(status=429, headers={"Retry-After": "0"}),)),
    Case(
        name="429 with a date that has passed",
        faults=(Fault(status=429, headers={"Retry-After": "Sun, 22 Nov 2020 03:48:00 GMT"}),),
    ),
    Case(name="slow headers", faults=(Fault(pause=0.1),), requests=1),
    Case(name="headers never come", faults=(Fault(pause=60),)),
    Case(name="gzip though identity was asked", faults=(Fault(gzip=True),), requests=1),
    Case(name="gzip breaks off", faults=(Fault(gzip=True, drop_after=HALF),), again=HALF),
    Case(name="gzip to a range", faults=(DROP, Fault(gzip=True)), again=HALF + 1000),
    Case(
        name="redirect on the same host",
        faults=(Fault(status=302, headers={"Location": "/elsewhere"}),),
    ),
    Case(name="last-modified: drop", rules=MODIFIED, faults=(DROP,), again=65536),
    Case(
        name="last-modified: changed",
        rules=MODIFIED,
        faults=(DROP, Fault(become=OTHER)),
        content=OTHER,
        again=HALF,
    ),
    Case(
        name="job: drop",
        rules=JOB,
        server={"validators": (), "ranges": "open-ended"},
        faults=(DROP,),
        again=65536,
    ),
    Case(
        name="job: another file of the same size",
        rules=JOB,
        server={"validators": (), "ranges": "open-ended"},
        faults=(DROP, Fault(become=OTHER)),
        requests=3,
        content=OTHER,
        again=SIZE,
    ),
    Case(
        name="job: a longer file",
        rules=JOB,
        server={"validators": (), "ranges": "open-ended"},
        faults=(DROP, Fault(become=CONTENT + b"more")),
        requests=3,
        content=CONTENT + b"more",
        again=SIZE,
    ),
    Case(
        name="job: an old server ignores ranges",
        rules=JOB,
        server={"validators": (), "ranges": "none"},
        faults=(DROP,),
        again=HALF,
    ),
    Case(name="no ranges: drop", rules=NO_RANGES, faults=(DROP,), again=HALF),
    Case(name="empty file", server={"content": b""}, content=b"", requests=1),
]


@pytest.mark.parametrize("case", WHOLE_CASES, ids=lambda case: case.name)
def test_ends_with_the_whole_file(shell: Shell, tmp_path: Path, case: Case) -> None:
    settings = {"content": CONTENT, **case.server}
    with serve_file(**settings) as server:
        server.faults.extend(case.faults)
        target = tmp_path / "export.bin"
        got = shell.run(remote(shell, server, case.rules).download(target, stall_timeout=0.4))
        assert got == target
        assert target.read_bytes() == case.content
        assert len(server.requests) == case.requests
        assert server.sent <= len(case.content) + case.again + 2 * 65536
        assert leftovers(tmp_path) == []
        for asked in server.requests:
            assert asked.headers["accept-encoding"] == "identity"
