"""Downloads against a server that misbehaves."""

from __future__ import annotations

import asyncio
import hashlib
import io
import itertools
import random
import re
import shutil
import socket
import time
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from annoport.core._async.download import AsyncRemoteUrl
from annoport.core._sync.download import RemoteUrl
from annoport.core.contract.extensions import Download
from annoport.core.errors import (
    ApiError,
    ChangedDuringDownloadError,
    CorruptFileError,
    DownloadError,
    IncompleteDownloadError,
    NotFoundError,
    PermissionDeniedError,
    TargetBusyError,
    TargetExistsError,
)
from tests.core.both_shells import AsyncClient, Client, Shell
from tests.core.file_server import Fault, FileServer, serve_file
from tests.core.servers import RawServer, raw
from tests.core.toy import operations as ops

SIZE = 300_000
CONTENT = random.Random(1).randbytes(SIZE)
OTHER = random.Random(2).randbytes(SIZE)
HALF = SIZE // 2

ETAG = Download(ranges="any", validator="etag")
MODIFIED = Download(ranges="any", validator="last-modified")
JOB = Download(ranges="open-ended", validator="job")
NO_RANGES = Download(ranges="none", validator="etag")


class Remotes:
    """Makes remote files for one kind of client, and closes the clients at the end."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._clients: list[Any] = []

    def __call__(self, server: FileServer, rules: Download, **keywords: Any) -> Any:
        """Return the server's file."""
        return self.at(f"{server.url}/files/export.bin?key=s3cret", server, rules, **keywords)

    def at(self, url: str, server: FileServer | RawServer, rules: Download, **keywords: Any) -> Any:
        """Return the file at `url`, for a client of the server."""
        client = self._shell.client(server.url, token="secret-token")
        self._clients.append(client)
        kind = RemoteUrl if self._shell.name == "sync" else AsyncRemoteUrl
        return kind(client, url, rules, **keywords)

    def close(self) -> None:
        """Close the clients."""
        for client in self._clients:
            self._shell.close(client)


@pytest.fixture
def remote(shell: Shell) -> Iterator[Remotes]:
    """Provide the maker of remote files."""
    made = Remotes(shell)
    yield made
    made.close()


def leftovers(folder: Path) -> list[str]:
    """Return the hidden files that a download left behind."""
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))


@attrs.frozen(kw_only=True)
class Case:
    """A sequence of events that must end with the complete file.

    Attributes:
        rules: How the client believes the server to behave.
        faults: Faults of the responses, in order.
        requests: The most requests allowed.
        content: What must arrive.
        again: The most bytes that may be sent more than once.
        anew: Whether the last request must be for the whole file.
        server: Keywords for `serve_file`.
    """

    name: str
    rules: Download = ETAG
    faults: tuple[Fault, ...] = ()
    requests: int = 2
    content: bytes = attrs.field(default=CONTENT, repr=False)
    again: int = 0
    anew: bool = False
    server: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)


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
    Case(
        name="a part that ends early in good order",
        faults=(DROP, Fault(chunked=True, lack=1000)),
        requests=3,
        again=SIZE,
        anew=True,
    ),
    Case(
        name="an empty part in good order",
        faults=(DROP, Fault(chunked=True, lack=SIZE - HALF)),
        requests=3,
        again=HALF,
        anew=True,
    ),
    Case(
        name="a part that goes on after its end",
        faults=(DROP, Fault(chunked=True, content_range=f"bytes {HALF}-{SIZE - 1001}/{SIZE}")),
        requests=3,
        again=SIZE,
        anew=True,
    ),
    Case(
        name="job: a part that ends early in good order",
        rules=JOB,
        server={"validators": (), "ranges": "open-ended"},
        faults=(DROP, Fault(chunked=True, lack=1000)),
        requests=3,
        again=SIZE,
        anew=True,
    ),
    Case(name="the whole file as a part", faults=(Fault(as_part=True),), requests=1),
    Case(
        name="the whole file as a part in chunks",
        faults=(Fault(as_part=True, chunked=True),),
        requests=1,
    ),
    Case(
        name="the whole file as a part breaks off", faults=(Fault(as_part=True, drop_after=HALF),)
    ),
    Case(
        name="the whole file as a part ends early in good order",
        faults=(Fault(as_part=True, chunked=True, lack=1000),),
        again=SIZE,
        anew=True,
    ),
    Case(
        name="a part of the file to a request for all",
        faults=(Fault(as_part=True, content_range=f"bytes 0-{SIZE - 1}/{SIZE + 1}"),),
        again=SIZE,
    ),
    Case(
        name="a compressed part",
        faults=(DROP, Fault(headers={"Content-Encoding": "gzip"})),
        requests=3,
        again=SIZE,
        anew=True,
    ),
    Case(
        name="a part with a total of *",
        faults=(DROP, Fault(content_range=f"bytes {HALF}-{SIZE - 1}/*")),
    ),
    Case(
        name="last-modified: a part of another time",
        rules=MODIFIED,
        faults=(DROP, Fault(headers={"Last-Modified": "Sun, 22 Nov 2020 03:48:00 GMT"})),
        requests=3,
        again=SIZE,
        anew=True,
    ),
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
def test_ends_with_the_whole_file(
    shell: Shell, remote: Remotes, tmp_path: Path, case: Case
) -> None:
    settings = {"content": CONTENT, **case.server}
    with serve_file(**settings) as server:
        server.faults.extend(case.faults)
        target = tmp_path / "export.bin"
        got = shell.run(remote(server, case.rules).download(target, stall_timeout=0.4))
        assert got == target
        assert target.read_bytes() == case.content
        assert len(server.requests) == case.requests
        assert server.sent <= len(case.content) + case.again + 2 * 65536
        assert leftovers(tmp_path) == []
        assert not case.anew or "range" not in server.requests[-1].headers
        for asked in server.requests:
            assert asked.headers["accept-encoding"] == "identity"


# --------------------------------------------------------------------------- giving up and resuming


def test_gives_up_keeps_the_part_and_goes_on_next_time(
    shell: Shell, remote: Remotes, tmp_path: Path
) -> None:
    target = tmp_path / "export.bin"
    with serve_file(CONTENT) as server:
        file = remote(server, ETAG)
        server.faults.extend([Fault(drop_after=HALF), *[Fault(drop_after=0)] * 2])
        with pytest.raises(IncompleteDownloadError) as caught:
            shell.run(file.download(target, attempts=1))
        error = caught.value
        assert (error.received, error.expected) == (HALF, SIZE)
        assert error.path is not None
        assert error.path.stat().st_size == HALF
        assert str(error.path) in str(error)
        assert not target.exists()
        server.faults.clear()
        server.sent = 0
        assert shell.run(remote(server, ETAG).download(target)) == target
        assert target.read_bytes() == CONTENT
        assert server.sent == HALF + 65536
        assert leftovers(tmp_path) == []


def test_a_download_stalls_no_longer_than_the_client_waits(shell: Shell, tmp_path: Path) -> None:
    with serve_file(CONTENT) as server:
        server.faults.append(Fault(stall_after=HALF))
        file = shell.client(server.url, timeout=0.2).remote_file(ops.FILE, {})
        with pytest.raises(IncompleteDownloadError) as caught:
            shell.run(file.download(tmp_path / "export.bin", attempts=0))
        assert str(caught.value) == (
            f"{server.url}/file is incomplete (after 1 failure without a new byte: GET "
            f"/file: could not read the answer of {server.url} in time): received {HALF} of {SIZE} "
            f"bytes; they are kept in {caught.value.path}: download again to resume"
        )


def test_the_stalls_of_a_download_can_be_set_apart(shell: Shell, tmp_path: Path) -> None:
    with serve_file(CONTENT) as server:
        file = shell.client(server.url, timeout=0.1).remote_file(ops.FILE, {})
        for number, stall_timeout in enumerate((30, None)):
            server.faults.append(Fault(pause=0.3))
            target = tmp_path / str(number)
            shell.run(file.download(target, attempts=0, stall_timeout=stall_timeout))
            assert target.read_bytes() == CONTENT


def test_a_part_of_an_old_version_is_not_continued(
    shell: Shell, remote: Remotes, tmp_path: Path
) -> None:
    target = tmp_path / "export.bin"
    with serve_file(CONTENT) as server:
        server.faults.extend([Fault(drop_after=HALF), Fault(drop_after=0)])
        with pytest.raises(IncompleteDownloadError):
            shell.run(remote(server, ETAG).download(target, attempts=0))
        server.faults.clear()
        server.content = OTHER
        shell.run(remote(server, ETAG).download(target))
        assert target.read_bytes() == OTHER


@pytest.mark.parametrize("damage", ["tail", "sidecar", "longer", "no sidecar"])
def test_damaged_parts_are_thrown_away(
    shell: Shell, remote: Remotes, tmp_path: Path, damage: str
) -> None:
    target = tmp_path / "export.bin"
    with serve_file(CONTENT) as server:
        server.faults.append(Fault(drop_after=HALF))
        with pytest.raises(IncompleteDownloadError) as caught:
            shell.run(remote(server, ETAG).download(target, attempts=0))
        partial = caught.value.path
        assert partial is not None
        sidecar = partial.with_name(f"{partial.name}.json")
        if damage == "tail":
            with partial.open("r+b") as file:
                file.seek(HALF - 100)
                file.write(bytes(100))
        elif damage == "longer":
            with partial.open("ab") as file:
                file.write(bytes(SIZE))
        elif damage == "sidecar":
            sidecar.write_bytes(sidecar.read_bytes()[:30])
        else:
            sidecar.unlink()
        shell.run(remote(server, ETAG).download(target))
        assert target.read_bytes() == CONTENT


def test_a_whole_part_is_not_fetched_again(shell: Shell, remote: Remotes, tmp_path: Path) -> None:
    """A process killed between the last byte and the rename leaves such a part behind."""
    target = tmp_path / "export.bin"
    with serve_file(CONTENT) as server:
        server.faults.append(Fault(drop_after=HALF))
        with pytest.raises(IncompleteDownloadError) as caught:
            shell.run(remote(server, ETAG).download(target, attempts=0))
        assert caught.value.path is not None
        caught.value.path.write_bytes(CONTENT)
        server.sent = 0
        shell.run(remote(server, ETAG).download(target))
        assert target.read_bytes() == CONTENT
        assert server.sent == 65536


def test_the_time_limit_counts_for_everything(
    shell: Shell, remote: Remotes, tmp_path: Path
) -> None:
    with serve_file(CONTENT) as server:
        server.faults.append(Fault(stall_after=1000))
        with pytest.raises(IncompleteDownloadError, match="time limit") as caught:
            shell.run(remote(server, ETAG).download(tmp_path / "x", timeout=0.2))
        assert caught.value.received == 1000


def test_the_time_limit_while_bytes_come(shell: Shell, remote: Remotes, tmp_path: Path) -> None:
    head = b'HTTP/1.1 200 OK\r\nETag: "a"\r\nContent-Length: 9999999\r\n\r\n'

    def drip(connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in range(300):  # three seconds
            connection.sendall(b"x")
            time.sleep(0.01)

    with raw(drip) as server:
        file = remote.at(f"{server.url}/x", server, ETAG)
        with pytest.raises(IncompleteDownloadError, match=r"time limit .* kept in") as caught:
            shell.run(file.download(tmp_path / "x", timeout=0.3))
    kept = caught.value.path
    assert kept is not None
    assert 0 < kept.stat().st_size < 150
    assert caught.value.received == kept.stat().st_size
    assert caught.value.expected == 9999999


def test_the_time_limit_is_not_that_of_the_wall_clock(
    shell: Shell, remote: Remotes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock that is set forward, again and again, ends no download."""
    monkeypatch.setattr(time, "time", itertools.count(time.time(), 3600.0).__next__)
    with serve_file(CONTENT) as server:
        server.faults.append(DROP)
        shell.run(remote(server, ETAG).download(tmp_path / "x", timeout=60))
        assert shell.run(remote(server, ETAG).read(timeout=60)) == CONTENT
        assert shell.run(remote(server, ETAG).write_to(io.BytesIO(), timeout=60)) == SIZE
    assert (tmp_path / "x").read_bytes() == CONTENT


def test_the_server_says_when_to_ask_again(shell: Shell, remote: Remotes, tmp_path: Path) -> None:
    with serve_file(CONTENT) as server:
        server.faults.append(Fault(status=503, headers={"Retry-After": "1"}))
        begun = time.monotonic()
        shell.run(remote(server, ETAG).download(tmp_path / "x"))
        assert time.monotonic() - begun >= 1.0
        assert len(server.requests) == 2


def test_an_error_that_will_not_pass_is_raised_at_once(
    shell: Shell, remote: Remotes, tmp_path: Path
) -> None:
    with serve_file(CONTENT) as server:
        server.faults.append(Fault(status=404, body=b'{"detail": "no such export"}'))
        with pytest.raises(NotFoundError, match="no such export"):
            shell.run(remote(server, ETAG).download(tmp_path / "x"))
        assert len(server.requests) == 1
        assert list(tmp_path.iterdir()) == []


def test_a_file_that_always_changes_is_given_up(
    shell: Shell, remote: Remotes, tmp_path: Path
) -> None:
    with serve_file(CONTENT) as server:
        for number in range(5):
            server.faults.append(Fault(drop_after=HALF + number))
            server.faults.append(Fault(etag='"another"'))
        with pytest.raises(ChangedDuringDownloadError, match="keeps changing"):
            shell.run(remote(server, ETAG).download(tmp_path / "x"))


def test_an_empty_part_proves_nothing(shell: Shell, remote: Remotes, tmp_path: Path) -> None:
    """All bytes are there from an earlier process, but the response to confirm them is empty."""
    target = tmp_path / "x"
    with serve_file(CONTENT, validators=(), ranges="open-ended") as server:
        server.faults.append(Fault(drop_after=HALF))
        with pytest.raises(IncompleteDownloadError) as caught:
            shell.run(remote(server, JOB).download(target, attempts=0))
        assert caught.value.path is not None
        caught.value.path.write_bytes(OTHER)
        last_part = f"bytes {SIZE - 65536}-{SIZE - 1}/{SIZE}"
        server.faults.append(Fault(chunked=True, short_part=0, content_range=last_part))
        shell.run(remote(server, JOB).download(target))
        assert target.read_bytes() == CONTENT


def test_a_web_page_is_no_file(shell: Shell, remote: Remotes, tmp_path: Path) -> None:
    with (
        serve_file(b"<html>log in</html>", headers={"Content-Type": "text/html"}) as server,
        pytest.raises(DownloadError, match="web page"),
    ):
        shell.run(remote(server, ETAG).download(tmp_path / "x"))
    assert list(tmp_path.iterdir()) == []


# --------------------------------------------------------------------------- targets


def test_a_folder_takes_the_servers_name(shell: Shell, remote: Remotes, tmp_path: Path) -> None:
    disposition = 'attachment; filename="../../task 7/coco 1.0.zip\\""'
    with serve_file(CONTENT, headers={"Content-Disposition": disposition}) as server:
        path = shell.run(remote(server, ETAG).download(f"{tmp_path}/new/"))
        assert path == tmp_path / "new" / "coco 1.0.zip_"
        assert path.read_bytes() == CONTENT
        server.headers.clear()
        path = shell.run(remote(server, ETAG).download(tmp_path))
        assert path == tmp_path / "export.bin"
        path = shell.run(remote(server, ETAG, name="named.bin").download(tmp_path))
        assert path == tmp_path / "named.bin"


def test_existing_targets(shell: Shell, remote: Remotes, tmp_path: Path) -> None:
    target = tmp_path / "export.bin"
    target.write_bytes(b"mine")
    with serve_file(CONTENT) as server:
        file = remote(server, ETAG)
        for overwrite in ("error", "resume"):
            with pytest.raises(TargetExistsError, match="already exists"):
                shell.run(file.download(target, overwrite=overwrite))
        assert server.requests == []
        with pytest.raises(FileExistsError):
            shell.run(file.download(tmp_path))
        assert len(server.requests) == 1
        assert target.read_bytes() == b"mine"
        assert leftovers(tmp_path) == []
        shell.run(file.download(target, overwrite="replace"))
        assert target.read_bytes() == CONTENT
        assert leftovers(tmp_path) == []


def test_a_target_made_meanwhile_is_not_replaced(
    shell: Shell, remote: Remotes, tmp_path: Path
) -> None:
    target = tmp_path / "export.bin"

    def meddle(done: int, total: int | None) -> None:
        if done == total:
            target.write_bytes(b"mine")

    with serve_file(CONTENT) as server, pytest.raises(TargetExistsError):
        shell.run(remote(server, ETAG).download(target, progress=meddle))
    assert target.read_bytes() == b"mine"


def test_a_finished_file_is_not_fetched_again(
    shell: Shell, remote: Remotes, tmp_path: Path
) -> None:
    target = tmp_path / "export.bin"
    with serve_file(CONTENT) as server:
        for _ in range(3):
            path = shell.run(remote(server, ETAG).download(tmp_path, overwrite="resume"))
            assert path == target
        assert [server.sent, len(server.requests)] == [SIZE, 3]
        server.content = OTHER
        shell.run(remote(server, ETAG).download(tmp_path, overwrite="resume"))
        assert target.read_bytes() == OTHER
        target.write_bytes(b"cut off")
        shell.run(remote(server, ETAG).download(tmp_path, overwrite="resume"))
        assert target.read_bytes() == OTHER


def test_a_finished_job_file_needs_no_request(
    shell: Shell, remote: Remotes, tmp_path: Path
) -> None:
    with serve_file(CONTENT, validators=(), ranges="open-ended") as server:
        for job in ("7", "7", "8"):
            file = remote(server, JOB, job=job)
            folder = f"{tmp_path}/{job}/"
            shell.run(file.download(folder, overwrite="resume"))
        assert len(server.requests) == 2
        with pytest.raises(TargetExistsError, match="no earlier download with"):
            shell.run(remote(server, JOB, job="9").download(folder, overwrite="resume"))


@pytest.mark.parametrize("target", ["", "s3://bucket/key", "gs://x"])
def test_targets_that_are_no_paths(shell: Shell, remote: Remotes, target: str) -> None:
    with serve_file(CONTENT) as server, pytest.raises(DownloadError, match="target"):
        shell.run(remote(server, ETAG).download(target))


def test_wrong_arguments_are_named(shell: Shell, remote: Remotes, tmp_path: Path) -> None:
    with serve_file(CONTENT) as server:
        file = remote(server, ETAG)
        for keywords in (
            {"overwrite": "yes"},
            {"connections": 0},
            {"stall_timeout": 0},
            {"expected_sha256": "abc"},
        ):
            with pytest.raises(TypeError, match=next(iter(keywords))):
                shell.run(file.download(tmp_path / "x", **keywords))
        with pytest.raises(TypeError, match="write_to"):
            shell.run(file.download(io.BytesIO()))
        assert server.requests == []


def test_one_download_at_a_time(shell: Shell, remote: Remotes, tmp_path: Path) -> None:
    target = tmp_path / "export.bin"
    with serve_file(CONTENT) as server:
        busy: list[DownloadError] = []

        def meddle(_done: int, _total: int | None) -> None:
            with Client(server.url) as client:
                other = RemoteUrl(client, f"{server.url}/files/export.bin?key=s3cret", ETAG)
                try:
                    other.download(target)
                except TargetBusyError as error:
                    busy.append(error)

        shell.run(remote(server, ETAG).download(target, progress=meddle))
        assert busy
        assert all(str(target) in str(error) for error in busy)
        assert target.read_bytes() == CONTENT


# --------------------------------------------------------------------------- checks


def make_zip(**entries: bytes) -> bytes:
    """Return a zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_zips_are_checked_and_unpacked(shell: Shell, remote: Remotes, tmp_path: Path) -> None:
    whole = make_zip(one=CONTENT, two=b"2" * 1000)
    broken = whole[:5000] + b"\0" * 10 + whole[5010:]
    with serve_file(whole, headers={"Content-Type": "application/zip"}) as server:
        file = remote(server, ETAG)
        shell.run(file.download(tmp_path / "a.zip", extract_to=tmp_path / "a"))
        assert (tmp_path / "a" / "one").read_bytes() == CONTENT
        for content in (broken, whole[:-1], b"no zip at all"):
            server.content = content
            with pytest.raises(CorruptFileError, match="not an intact zip"):
                shell.run(file.download(tmp_path / "b.zip"))
            assert not (tmp_path / "b.zip").exists()
            assert leftovers(tmp_path) == []


def test_a_used_folder_is_refused_before_anything_is_sent(
    shell: Shell, remote: Remotes, tmp_path: Path
) -> None:
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "mine").write_bytes(b"mine")
    with serve_file(CONTENT) as server:
        file = remote(server, ETAG)
        with pytest.raises(DownloadError, match="not an empty folder"):
            shell.run(file.download(tmp_path / "x", extract_to=tmp_path / "used"))
        assert server.requests == []


def test_what_was_unpacked_is_kept_until_the_file_changes(
    shell: Shell, remote: Remotes, tmp_path: Path
) -> None:
    target, folder = tmp_path / "a.zip", tmp_path / "a"

    def download(server: FileServer) -> Any:
        file = remote(server, ETAG)
        return shell.run(file.download(target, overwrite="resume", extract_to=folder))

    headers = {"Content-Type": "application/zip"}
    with serve_file(make_zip(one=b"1"), headers=headers) as server:
        download(server)
        (folder / "mine").write_bytes(b"mine")
        assert download(server) == target
        assert sorted(entry.name for entry in folder.iterdir()) == ["mine", "one"]
        shutil.rmtree(folder)
        download(server)
        assert [entry.name for entry in folder.iterdir()] == ["one"]
        server.content = make_zip(two=b"2")
        asked = len(server.requests)
        with pytest.raises(DownloadError, match="not an empty folder"):
            download(server)
        assert [entry.name for entry in folder.iterdir()] == ["one"]
        assert len(server.requests) == asked + 1  # only to see whether the file has changed
        shutil.rmtree(folder)
        download(server)
        assert [entry.name for entry in folder.iterdir()] == ["two"]


def test_a_server_that_wants_a_very_long_pause(
    shell: Shell, remote: Remotes, tmp_path: Path
) -> None:
    away = Fault(status=503, headers={"Retry-After": "86400"})
    with serve_file(CONTENT) as server:
        server.faults.extend([Fault(drop_after=200_000), away])
        with pytest.raises(IncompleteDownloadError, match="asks to wait 86400 s"):
            shell.run(remote(server, ETAG).download(tmp_path / "x"))
        assert len(server.requests) == 2
        shell.run(remote(server, ETAG).download(tmp_path / "x"))
        assert (tmp_path / "x").read_bytes() == CONTENT


def test_a_digest_is_checked(shell: Shell, remote: Remotes, tmp_path: Path) -> None:
    digest = hashlib.sha256(CONTENT).hexdigest()
    with serve_file(CONTENT) as server:
        file = remote(server, ETAG)
        shell.run(file.download(tmp_path / "right", expected_sha256=digest.upper()))
        with pytest.raises(CorruptFileError, match=digest):
            shell.run(file.download(tmp_path / "wrong", expected_sha256="0" * 64))
        assert not (tmp_path / "wrong").exists()


def test_a_resumed_file_that_fails_its_check_is_fetched_once_more(
    shell: Shell, remote: Remotes, tmp_path: Path
) -> None:
    digest = hashlib.sha256(CONTENT).hexdigest()
    with serve_file(CONTENT) as server:
        server.faults.append(Fault(drop_after=HALF))
        with pytest.raises(IncompleteDownloadError) as caught:
            shell.run(remote(server, ETAG).download(tmp_path / "x", attempts=0))
        assert caught.value.path is not None
        with caught.value.path.open("r+b") as file:
            file.write(bytes(10))
        shell.run(remote(server, ETAG).download(tmp_path / "x", expected_sha256=digest))
        assert (tmp_path / "x").read_bytes() == CONTENT


# --------------------------------------------------------------------------- origins and secrets


def test_credentials_stay_on_the_platform(shell: Shell, remote: Remotes, tmp_path: Path) -> None:
    with serve_file(CONTENT) as store, serve_file(CONTENT) as platform:
        for _ in range(2):
            place = f"{store.url}/bucket/export.bin?X-Amz-Signature=abc"
            platform.faults.append(Fault(status=302, headers={"Location": place}))
        store.faults.append(Fault(drop_after=HALF))
        shell.run(remote(platform, ETAG).download(tmp_path / "x"))
        assert (tmp_path / "x").read_bytes() == CONTENT
        assert [asked.headers["authorization"] for asked in platform.requests] == [
            "Token secret-token"
        ] * 2
        assert len(store.requests) == 2
        assert all("authorization" not in asked.headers for asked in store.requests)


def test_no_credentials_come_back_after_a_foreign_redirect(
    shell: Shell, remote: Remotes, tmp_path: Path
) -> None:
    with serve_file(CONTENT) as store, serve_file(CONTENT) as platform:
        platform.faults.append(Fault(status=302, headers={"Location": f"{store.url}/x"}))
        store.faults.append(Fault(status=302, headers={"Location": f"{platform.url}/y"}))
        shell.run(remote(platform, ETAG).download(tmp_path / "x"))
        assert "authorization" in platform.requests[0].headers
        assert "authorization" not in platform.requests[1].headers


def test_a_foreign_host_in_a_platform_url_is_not_asked(
    shell: Shell, remote: Remotes, tmp_path: Path
) -> None:
    with serve_file(CONTENT) as platform:
        file = remote.at("http://internal.invalid:8080/files/a?b=1", platform, ETAG)
        shell.run(file.download(tmp_path / "x"))
        assert [asked.target for asked in platform.requests] == ["/files/a?b=1"]
        assert platform.requests[0].headers["authorization"] == "Token secret-token"


@pytest.mark.parametrize("location", ["http://[", "//x:port/y"])
def test_what_is_no_url_is_refused(
    shell: Shell, remote: Remotes, tmp_path: Path, location: str
) -> None:
    with serve_file(CONTENT) as server:
        server.faults.append(Fault(status=302, headers={"Location": location}))
        with pytest.raises(DownloadError, match="invalid URL for a file"):
            shell.run(remote(server, ETAG).download(tmp_path / "x"))
        with pytest.raises(DownloadError, match="invalid URL for a file"):
            remote.at(location, server, ETAG)


@pytest.mark.parametrize("location", ["ftp://x/y", "file:///etc/passwd"])
def test_redirects_to_other_schemes_are_refused(
    shell: Shell, remote: Remotes, tmp_path: Path, location: str
) -> None:
    with serve_file(CONTENT) as server:
        server.faults.append(Fault(status=302, headers={"Location": location}))
        with pytest.raises(DownloadError, match="redirects to a"):
            shell.run(remote(server, ETAG).download(tmp_path / "x"))


def test_endless_redirects_are_refused(shell: Shell, remote: Remotes, tmp_path: Path) -> None:
    with serve_file(CONTENT) as server:
        server.faults.extend([Fault(status=302, headers={"Location": "/again"})] * 20)
        with pytest.raises(DownloadError, match="more than 5 redirects"):
            shell.run(remote(server, ETAG).download(tmp_path / "x"))


def test_an_expired_url_is_renewed(shell: Shell, remote: Remotes, tmp_path: Path) -> None:
    rules = Download(ranges="any", validator="etag", origin="other")
    with serve_file(CONTENT) as store, serve_file(b"") as platform:
        given: list[str] = []

        def renew() -> str:
            given.append(f"{store.url}/bucket/key?X-Amz-Signature={len(given) + 2}")
            return given[-1]

        async def async_renew() -> str:
            return renew()

        url = f"{store.url}/bucket/key?X-Amz-Signature=1"
        expired = Fault(status=403, body=b"<Code>AccessDenied</Code>")
        store.faults.extend([Fault(drop_after=HALF), expired, expired])
        renewing = renew if shell.name == "sync" else async_renew
        shell.run(remote.at(url, platform, rules, renew=renewing).download(tmp_path / "x"))
        assert (tmp_path / "x").read_bytes() == CONTENT
        assert len(given) == 2
        assert store.requests[-1].target.endswith("Signature=3")
        assert store.requests[-1].headers["range"] == f"bytes={HALF}-"
        assert all("authorization" not in asked.headers for asked in store.requests)


def test_a_url_that_stays_expired_is_an_error(
    shell: Shell, remote: Remotes, tmp_path: Path
) -> None:
    with serve_file(CONTENT) as server:
        server.faults.extend([Fault(status=403, body=b"no")] * 9)

        async def async_renew() -> str:
            return f"{server.url}/b"

        renew = (lambda: f"{server.url}/b") if shell.name == "sync" else async_renew
        with pytest.raises(PermissionDeniedError):
            shell.run(remote(server, ETAG, renew=renew).download(tmp_path / "x"))
        assert len(server.requests) == 3


def test_no_secret_is_written_down(
    shell: Shell, remote: Remotes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    with serve_file(CONTENT) as server:
        server.faults.append(Fault(drop_after=HALF))
        file = remote(server, ETAG)
        with pytest.raises(IncompleteDownloadError) as caught:
            shell.run(file.download(tmp_path / "x", attempts=0))
        seen = [repr(file), str(caught.value), repr(caught.value), caplog.text]
        seen += [path.read_text() for path in tmp_path.glob(".*.json")]
        assert len(seen) == 5
        for text in seen:
            assert "s3cret" not in text
            assert "secret-token" not in text


# --------------------------------------------------------------------------- other ways to read


def test_read_and_stream(shell: Shell, remote: Remotes) -> None:
    with serve_file(CONTENT) as server:
        for rules in (ETAG, JOB):
            server.validators = ("etag",) if rules is ETAG else ()
            server.faults.extend([Fault(drop_after=HALF), Fault(drop_after=70_000)])
            assert shell.run(remote(server, rules).read()) == CONTENT
            server.faults.append(Fault(drop_after=HALF))
            blocks = shell.items(remote(server, rules).stream())
            assert b"".join(blocks) == CONTENT


def test_a_stream_does_not_mix_versions(shell: Shell, remote: Remotes) -> None:
    with serve_file(CONTENT) as server:
        for rules, validators in ((ETAG, ("etag",)), (JOB, ())):
            server.content, server.validators = CONTENT, validators
            server.faults.extend([Fault(drop_after=HALF), Fault(become=OTHER)])
            with pytest.raises(ChangedDuringDownloadError) as caught:
                shell.items(remote(server, rules).stream())
            assert caught.value.received == HALF


def test_write_to_an_open_file(shell: Shell, remote: Remotes) -> None:
    digest = hashlib.sha256(CONTENT).hexdigest()
    with serve_file(CONTENT) as server:
        server.faults.append(Fault(drop_after=HALF))
        out = io.BytesIO()
        file = remote(server, ETAG)
        assert shell.run(file.write_to(out, expected_sha256=digest)) == SIZE
        assert out.getvalue() == CONTENT
        with pytest.raises(CorruptFileError):
            shell.run(file.write_to(io.BytesIO(), expected_sha256="0" * 64))


def test_write_to_a_url(shell: Shell, remote: Remotes, tmp_path: Path) -> None:
    pytest.importorskip("fsspec", reason="fsspec is not installed")
    with serve_file(CONTENT) as server:
        target = tmp_path / "out.bin"
        rules = ETAG
        server.faults.extend([Fault(drop_after=HALF), Fault(become=OTHER)])
        assert shell.run(remote(server, rules).write_to(target.as_uri())) == SIZE
        assert target.read_bytes() == OTHER
        server.faults.append(Fault(drop_after=HALF))
        broken = (tmp_path / "broken.bin").as_uri()
        with pytest.raises(IncompleteDownloadError):
            shell.run(remote(server, rules).write_to(broken, attempts=0))
    assert [path.name for path in tmp_path.iterdir()] == ["out.bin"]


# --------------------------------------------------------------------------- several connections

LARGE = random.Random(3).randbytes(6_000_000)


def test_several_connections(shell: Shell, remote: Remotes, tmp_path: Path) -> None:
    with serve_file(LARGE) as server:
        seen: list[tuple[int, int | None]] = []
        server.faults.extend(
            [Fault(drop_after=0), Fault(), Fault(drop_after=500_000), Fault(status=503)]
        )

        def note(done: int, total: int | None) -> None:
            seen.append((done, total))

        file = remote(server, ETAG)
        shell.run(file.download(tmp_path / "x", connections=3, progress=note))
        assert (tmp_path / "x").read_bytes() == LARGE
        assert seen[-1] == (len(LARGE), len(LARGE))
        assert leftovers(tmp_path) == []


NO_CHUNK = b"0\r\n\r\n"
LARGE_CHUNK = b"200000\r\n" + bytes(0x200000) + b"\r\n"


@pytest.mark.parametrize("body", [NO_CHUNK, LARGE_CHUNK + NO_CHUNK], ids=["empty", "too long"])
def test_pieces_that_are_not_what_they_say(
    shell: Shell, remote: Remotes, tmp_path: Path, body: bytes
) -> None:
    """A part that is empty or too long ends in an error, not in endless requests."""
    tag, size = b'ETag: "a"\r\n', 0x200000

    def answer(connection: socket.socket) -> None:
        if len(server.requests) == 1:
            head = b"HTTP/1.1 200 OK\r\n" + tag + b"Content-Length: %d\r\n\r\n" % size
            connection.sendall(head)
            return
        wanted = re.search(rb"bytes=(\d+)-(\d*)", server.requests[-1][1])
        if wanted is None:
            connection.sendall(b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n")
            return
        where = b"Content-Range: bytes %b-%b/%d\r\n" % (wanted[1], wanted[2], size)
        head = b"HTTP/1.1 206 Part\r\nTransfer-Encoding: chunked\r\n" + tag + where
        connection.sendall(head + b"\r\n" + body)

    with raw(answer) as server:
        file = remote.at(f"{server.url}/x", server, ETAG)
        with pytest.raises((IncompleteDownloadError, ApiError)):
            shell.run(file.download(tmp_path / "x", connections=2, attempts=1))
        assert len(server.requests) < 12


@pytest.mark.parametrize("lack", [1000, 1024 * 1024], ids=["some", "all"])
def test_a_piece_that_ends_early_in_good_order(
    shell: Shell, remote: Remotes, tmp_path: Path, lack: int
) -> None:
    with serve_file(LARGE) as server:
        server.faults.extend([Fault(drop_after=0), Fault(chunked=True, lack=lack)])
        shell.run(remote(server, ETAG).download(tmp_path / "x", connections=2))
        assert (tmp_path / "x").read_bytes() == LARGE
        assert "range" not in server.requests[-1].headers  # from the start, over one connection


def test_pieces_are_kept_for_the_next_time(shell: Shell, remote: Remotes, tmp_path: Path) -> None:
    with serve_file(LARGE) as server:
        server.faults.extend([Fault(drop_after=0), *[Fault()] * 3, *[Fault(drop_after=0)] * 3])
        file = remote(server, ETAG)
        with pytest.raises(IncompleteDownloadError) as caught:
            shell.run(file.download(tmp_path / "x", connections=2, attempts=0))
        kept = caught.value.received or 0
        assert kept >= 1024 * 1024
        server.faults.clear()
        server.sent = 0
        shell.run(file.download(tmp_path / "x"))
        assert (tmp_path / "x").read_bytes() == LARGE
        assert server.sent <= len(LARGE) - kept


def test_pieces_of_two_versions_are_not_mixed(
    shell: Shell, remote: Remotes, tmp_path: Path
) -> None:
    other = random.Random(4).randbytes(len(LARGE))
    with serve_file(LARGE) as server:
        server.faults.extend([Fault(drop_after=0), *[Fault()] * 2, Fault(become=other)])
        file = remote(server, ETAG)
        shell.run(file.download(tmp_path / "x", connections=2))
        assert (tmp_path / "x").read_bytes() == other


def test_memory_stays_small(shell: Shell, remote: Remotes, tmp_path: Path) -> None:
    content = bytes(64 * 1024 * 1024)
    with serve_file(content) as server:
        file = remote(server, ETAG)
        shell.run(file.download(tmp_path / "warm"))
        tracemalloc.start()
        shell.run(file.download(tmp_path / "x"))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 12 * 1024 * 1024


@pytest.mark.parametrize("connections", [1, 3])
async def test_a_cancelled_task_leaves_the_target_free(tmp_path: Path, connections: int) -> None:
    target = tmp_path / "x"
    with serve_file(LARGE) as server:
        async with AsyncClient(server.url) as client:
            file = AsyncRemoteUrl(client, f"{server.url}/x", ETAG)
            if connections > 1:
                server.faults.append(Fault(stall_after=0))  # for the first look
            server.faults.extend([Fault(stall_after=900_000)] * connections)
            begun = asyncio.Event()

            def note(done: int, _total: int | None) -> None:
                if done >= connections * 500_000:
                    begun.set()

            download = file.download(target, progress=note, connections=connections)
            task = asyncio.create_task(download)
            await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert [name.rsplit(".", 1)[-1] for name in leftovers(tmp_path)] == ["partial", "json"]
            server.faults.clear()
            server.sent = 0
            await file.download(target)
            assert target.read_bytes() == LARGE
            assert server.sent < len(LARGE) - connections * 400_000
