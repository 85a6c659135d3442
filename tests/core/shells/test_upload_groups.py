"""Many files: small ones go in groups, several requests at a time, in the order of the caller."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from annoport.core.contract.operation import Operation
from annoport.core.errors import (
    ApiError,
    ChangedDuringUploadError,
    IncompleteUploadError,
    InvalidArgumentError,
    InvalidBodyError,
    PermissionDeniedError,
    ServerError,
    UnconfirmedUploadWarning,
)
from annoport.core.upload import plan
from annoport.core.values.models import UploadFile
from tests.core.both_shells import Shell
from tests.core.toy import operations as ops
from tests.core.toy.models import Sending
from tests.core.upload_server import Fault, UploadServer, serve_uploads
from tests.systems import needs_linux_memory

KIB = 1024
MIB = 1024 * KIB


def changed(**rules: Any) -> Operation[Any]:
    """Return the operation with other upload rules."""
    assert ops.SEND_MANY.upload is not None
    upload = msgspec.structs.replace(ops.SEND_MANY.upload, **rules)
    return msgspec.structs.replace(ops.SEND_MANY, upload=upload)


ONE_BY_ONE = changed(parallel=1)
assert ops.SEND_MANY.upload is not None
assert ops.SEND_MANY.upload.order is not None
UNCHECKED = changed(
    parallel=1, order=msgspec.structs.replace(ops.SEND_MANY.upload.order, checked=False)
)


def pictures(count: int, size: int, suffix: str = "png") -> list[UploadFile]:
    """Return files, each with other content."""
    return [
        UploadFile(number.to_bytes(4, "big") * (size // 4), name=f"{number}.{suffix}")
        for number in range(count)
    ]


def send(shell: Shell, server: UploadServer, files: Any, **more: Any) -> Any:
    """Upload to set 7, and return the body of the finishing request."""
    operation = more.pop("operation", ONE_BY_ONE)
    body = more.pop("body", {"quality": 70})
    client = shell.client(server.url)
    shell.run(client.upload(operation, {"id": 7}, files, body=body, **more))
    last = server.requests[-1]
    return json.loads(last.body) if "upload-finish" in last.headers and last.body else None


def arrived(server: UploadServer) -> dict[str, bytes]:
    """Name -> content of everything that the server has."""
    alone = {stored.name: bytes(stored.content) for stored in server.files.values()}
    return {**server.grouped, **alone}


def contents(files: list[UploadFile]) -> dict[str, Any]:
    return {str(file.name): file.content for file in files}


# --------------------------------------------------------------------------- groups


def test_small_files_go_in_groups_and_large_ones_alone(shell: Shell) -> None:
    files = [*pictures(80, 600 * KIB), UploadFile(b"x" * (MIB + 1), name="large.png")]
    with serve_uploads() as server:
        finish = send(shell, server, files)
    assert arrived(server) == contents(files)
    assert server.forms == [41, 39]  # 32 MiB at most
    assert [stored.name for stored in server.files.values()] == ["large.png"]
    opening, *_, closing = server.requests
    assert "upload-start" in opening.headers
    assert "upload-finish" in closing.headers
    groups = [got for got in server.requests if "upload-multiple" in got.headers]
    assert all(b'name="quality"\r\n\r\n70\r\n' in got.body for got in groups)
    assert all(b'name="files[0]"; filename=' in got.body for got in groups)
    names = [file.name for file in files]
    assert finish == {"quality": 70, "sorting": "given", "order": names}


CLEANED = changed(parallel=1, form_names="cleaned")
ODD = ("10.00\u202fPM.png", "a\xa0b.png", "a&amp;b.png", "tab\t.png")
"""The first as macOS calls screenshots."""


@pytest.mark.parametrize("several", [True, False], ids=["several", "alone"])
@pytest.mark.parametrize("name", ODD)
def test_a_name_that_a_form_would_change_goes_by_tus(
    shell: Shell, name: str, several: bool
) -> None:
    files = [UploadFile(b"1", name=name), *pictures(3 * several, 400 * KIB)]
    with serve_uploads() as server:
        finish = send(shell, server, files, operation=CLEANED)
    assert [stored.name for stored in server.files.values()] == [name]
    assert arrived(server) == contents(files)
    assert server.forms == [3] * several
    if several:
        assert finish["order"] == [file.name for file in files]


def test_a_quotation_mark_goes_in_a_form(shell: Shell) -> None:
    files = [UploadFile(b"1", name='4" pipe & é.png'), *pictures(3, 400 * KIB)]
    with serve_uploads() as server:
        send(shell, server, files, operation=CLEANED)
    assert arrived(server) == contents(files)
    assert server.forms == [4]


def test_a_line_break_in_a_name_is_refused(shell: Shell) -> None:
    with serve_uploads() as server, pytest.raises(InvalidBodyError) as caught:
        send(shell, server, UploadFile(b"1", name="a\nb.png"), operation=CLEANED)
    assert str(caught.value) == (
        "send_many: the server takes no line break in the name of a file, as in 'a\\nb.png': "
        "rename it, or name it with UploadFile(content, name=...)"
    )
    assert server.requests == []


def test_a_group_has_a_thousand_files_at_most(shell: Shell) -> None:
    files = pictures(1001, 4)
    with serve_uploads() as server:
        send(shell, server, files)
    assert server.forms == [1000, 1]
    assert arrived(server) == contents(files)


def test_several_requests_at_a_time(shell: Shell) -> None:
    files = [*pictures(60, 900 * KIB), *pictures(2, 2 * MIB, "tif")]
    with serve_uploads() as server:
        send(shell, server, files, operation=ops.SEND_MANY)
    assert arrived(server) == contents(files)
    assert server.most_at_once in (2, 3)


def test_the_first_failure_ends_the_others(shell: Shell) -> None:
    with (
        serve_uploads(faults=[Fault(method="PATCH", status=403)]) as server,
        pytest.raises(PermissionDeniedError),
    ):
        send(shell, server, pictures(40, 2 * MIB), operation=ops.SEND_MANY)
    assert "upload-finish" not in server.requests[-1].headers
    assert len(arrived(server)) < 10


@pytest.mark.parametrize("keep", [0, None], ids=["lost", "unconfirmed"])
def test_a_group_that_is_cut_off_is_sent_again(shell: Shell, keep: int | None) -> None:
    """Servers read a form to its end before they keep any of it."""
    files = pictures(50, 600 * KIB)
    cut = [Fault(method="POST"), Fault(method="POST", read=3 * MIB, keep=0)]
    if keep is None:
        cut.append(Fault(method="POST", status=503))
    seen: list[tuple[int, int | None]] = []

    def note(done: int, total: int | None) -> None:
        seen.append((done, total))

    with serve_uploads(faults=cut) as server:
        send(shell, server, files, progress=note)
        assert server.faults == []
    assert arrived(server) == contents(files)
    total = 50 * 600 * KIB
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    assert seen[-1] == (total, total)
    assert len(seen) > 20  # by the byte, not by the group


def test_a_group_whose_answer_was_lost(shell: Shell) -> None:
    """The server refuses what it has, with a status that means a failure, too."""
    files = pictures(30, 40 * KIB)
    faults = [Fault(method="POST"), Fault(method="POST", silent=True)]
    with serve_uploads(faults=faults) as server, pytest.warns(UnconfirmedUploadWarning) as told:
        send(shell, server, files, operation=UNCHECKED)
    groups = [got for got in server.requests if "upload-multiple" in got.headers]
    assert (len(groups), server.forms) == (3, [30])
    assert arrived(server) == contents(files)
    assert str(told[0].message) == (
        "every byte of 0.png, 1.png, 2.png, 3.png, 4.png and 25 more was sent, but the server's "
        "confirmation was lost and it no longer reports what it has: check that the files are there"
    )


def test_a_server_that_compares_the_order_with_its_files_confirms_them(shell: Shell) -> None:
    faults = [Fault(method="POST"), Fault(method="POST", silent=True)]
    with serve_uploads(faults=faults) as server, warnings.catch_warnings():
        warnings.simplefilter("error")
        send(shell, server, pictures(30, 40 * KIB))
    assert server.forms == [30]


def test_a_group_that_the_server_has_from_elsewhere(shell: Shell) -> None:
    files = pictures(30, 40 * KIB)
    with serve_uploads() as server:
        server.grouped["3.png"] = b""
        with pytest.raises(IncompleteUploadError) as caught:
            send(shell, server, files, attempts=1)
    cause = caught.value.__cause__
    assert isinstance(cause, ServerError)
    (note,) = cause.__notes__
    assert note == (
        "the server answers so, too, if it has a file of one of these names from an earlier "
        "upload that was not finished"
    )
    assert str(caught.value) == (
        f"30 files from 0.png to 29.png: the upload is incomplete (their form failed 2 "
        f"times: {cause}): the server has 0 of 1228800 bytes; upload the file again from the start"
    )


def test_a_file_of_a_group_that_changes(shell: Shell, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.png" for number in range(60)]
    for path in paths:
        path.write_bytes(bytes(600 * KIB))

    def spoil(*_: object) -> None:
        paths[-1].write_bytes(b"other")

    with (
        serve_uploads() as server,
        pytest.raises(ChangedDuringUploadError, match=r"59\.png changed .* it has 5 bytes now"),
    ):
        send(shell, server, paths, progress=spoil)
    assert "upload-finish" not in server.requests[-1].headers


# --------------------------------------------------------------------------- too large


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], list[str]]]:
    """Return what the log says about the size of requests."""
    with caplog.at_level(logging.INFO, "annoport.transfers"):
        yield lambda: [
            record.message
            for record in caplog.records
            if "sending at most" in record.message or "starting again" in record.message
        ]


def test_groups_become_smaller_where_a_proxy_wants_it(
    shell: Shell, told: Callable[[], list[str]]
) -> None:
    files = pictures(40, 300 * KIB)
    with serve_uploads(limit=4 * MIB) as server:
        send(shell, server, files)
    assert arrived(server) == contents(files)
    assert server.forms == [9, 9, 9, 9, 4]
    tries = [got for got in server.requests if "upload-multiple" in got.headers]
    assert len(tries) == 1 + 5
    (line,) = told()
    assert line == (
        "send_many: a request with 12288000 bytes of files is too large for the server or a proxy "
        "before it (413): sending at most 3072000 bytes in one; chunk_size=3072000 spares the try"
    )


def test_a_proxy_with_a_small_limit(shell: Shell, told: Callable[[], list[str]]) -> None:
    """One MiB is what nginx allows by default; files near it go in chunks then."""
    files = [*pictures(20, 100 * KIB), UploadFile(b"y" * 900_000, name="y.png")]
    with serve_uploads(limit=512 * KIB) as server:
        send(shell, server, files, operation=ops.SEND_MANY)
    assert arrived(server) == contents(files)
    assert all(got.length <= 512 * KIB for got in server.requests)
    assert 1 <= len(told()) <= 2


@pytest.mark.parametrize("operation", [ONE_BY_ONE, ops.SEND_MANY], ids=["one by one", "together"])
def test_no_file_of_a_group_is_lost_where_a_proxy_takes_less_than_one(
    shell: Shell, operation: Operation[Any]
) -> None:
    """The groups that wait were made before the proxy said so."""
    large, small = pictures(60, 600 * KIB), pictures(60, 100 * KIB, suffix="jpg")
    files = [file for pair in zip(large, small, strict=True) for file in pair]
    with serve_uploads(limit=500 * KIB) as server:
        send(shell, server, files, operation=operation)
    assert arrived(server).keys() == contents(files).keys()
    assert arrived(server) == contents(files)


@pytest.mark.parametrize("chunk_size", [None, 256 * KIB])
def test_chunks_become_smaller(
    shell: Shell, told: Callable[[], list[str]], chunk_size: int | None
) -> None:
    content = bytes(range(256)) * 16 * KIB  # 4 MiB
    with serve_uploads(limit=MIB) as server:
        send(shell, server, UploadFile(content, name="dive.mp4"), chunk_size=chunk_size)
        assert server.only_file().content == content
    patches = server.methods.count("PATCH")
    assert "HEAD" not in server.methods
    assert patches == (1 + 4 if chunk_size is None else 16)
    assert len(told()) == (chunk_size is None)


def test_a_form_that_is_too_large_goes_in_chunks(shell: Shell) -> None:
    file = UploadFile(b"z" * 900_000, name="z.png")
    with serve_uploads(limit=500_000) as server:
        send(shell, server, file)
    assert arrived(server) == {"z.png": file.content}


def test_a_server_that_takes_next_to_nothing(shell: Shell) -> None:
    with serve_uploads(limit=1000) as server, pytest.raises(ApiError) as caught:
        send(shell, server, UploadFile(bytes(4 * MIB), name="dive.mp4"))
    assert caught.value.status == 413
    (note,) = caught.value.__notes__
    assert note == (
        f"even {256 * KIB} bytes in one request are too large for the server or a proxy before "
        "it: its administrator can raise that limit"
    )
    assert server.methods.count("PATCH") == 3  # 4 MiB, 1 MiB, 256 KiB


def test_requests_that_are_cut_off_again_and_again_become_smaller(
    shell: Shell, told: Callable[[], list[str]]
) -> None:
    files = [*pictures(40, 300 * KIB), UploadFile(b"z" * 4 * MIB, name="large.png")]
    with serve_uploads(limit=3 * MIB + 512 * KIB, abrupt=True) as server:
        send(shell, server, files)
    assert arrived(server) == contents(files)
    (line,) = told()
    assert line == (
        "send_many: the connection broke off while a request with 4194304 bytes of files was "
        "sent, 2 times in a row: sending at most 1048576 bytes in one"
    )


def test_parts_become_smaller(shell: Shell, told: Callable[[], list[str]]) -> None:
    content = bytes(range(256)) * 44 * KIB  # 11 MiB
    with serve_uploads(limit=8 * MIB) as server:
        client = shell.client(server.url)
        shell.run(client.upload(ops.STORE, {"id": 7}, content))
    assert b"".join(server.parts[number] for number in (1, 2, 3)) == content
    (line,) = told()
    assert line == (
        f"store: a part of {11 * MIB} bytes is too large for the store (413): starting again with "
        f"parts of {5 * MIB} bytes; that chunk_size spares the try"
    )
    with serve_uploads(limit=MIB) as server, pytest.raises(ApiError) as caught:
        shell.run(shell.client(server.url).upload(ops.STORE, {"id": 7}, content))
    assert caught.value.status == 413
    assert server.methods.count("PUT") == 2


# --------------------------------------------------------------------------- order and folders


def folder_of(tmp_path: Path, *names: str) -> Path:
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode() * 40_000)
    return tmp_path


def test_a_folder_is_taken_in_natural_order(shell: Shell, tmp_path: Path) -> None:
    names = ["img10.png", "IMG9.png", "img2.png", "a/b10.png", "a/b9.png", ".DS_Store", ".x/y.png"]
    with serve_uploads() as server:
        finish = send(shell, server, folder_of(tmp_path, *names))
    order = ["a/b9.png", "a/b10.png", "img2.png", "IMG9.png", "img10.png"]
    assert finish["order"] == order
    assert arrived(server) == {name: name.encode() * 40_000 for name in order}


def test_a_folder_without_files(shell: Shell, tmp_path: Path) -> None:
    with serve_uploads() as server, pytest.raises(InvalidArgumentError) as caught:
        send(shell, server, folder_of(tmp_path, ".hidden"))
    assert str(caught.value) == f"send_many: the folder {str(tmp_path)!r} has no file to upload"
    assert server.requests == []


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        ({"quality": 1}, {"sorting": "given", "order": ["b.png", "a.png"]}),
        (Sending(quality=1), {"sorting": "given", "order": ["b.png", "a.png"]}),
        ({"quality": 1, "sorting": "given"}, {"sorting": "given", "order": ["b.png", "a.png"]}),
        ({"quality": 1, "sorting": "natural"}, {"sorting": "natural"}),
        ({"quality": 1, "order": ["a.png", "b.png"]}, {"order": ["a.png", "b.png"]}),
    ],
)
def test_the_order_of_a_list_is_kept_unless_the_caller_chose(
    shell: Shell, body: Any, sent: dict[str, Any]
) -> None:
    files = [UploadFile(bytes(600_000), name=name) for name in ("b.png", "a.png")]
    with serve_uploads() as server:
        assert send(shell, server, files, body=body) == {"quality": 1, **sent}


def test_the_order_in_one_form_is_its_own(shell: Shell) -> None:
    files = [UploadFile(b"1", name="b.png"), UploadFile(b"2", name="a.png")]
    with serve_uploads() as server:
        send(shell, server, files)
        (got,) = server.requests
    assert b'name="sorting"\r\n\r\ngiven\r\n' in got.body
    assert got.body.index(b"b.png") < got.body.index(b"a.png")


@pytest.mark.parametrize(
    "files",
    [
        {UploadFile(bytes(600_000), name="b.png"), UploadFile(bytes(600_000), name="a.png")},
        [UploadFile(bytes(600_000), name="b.zip"), UploadFile(bytes(600_000), name="a.png")],
        [UploadFile(bytes(1_200_000), name="b.png")],
    ],
    ids=["set", "zip", "one"],
)
def test_what_has_no_order(shell: Shell, files: Any) -> None:
    with serve_uploads() as server:
        assert send(shell, server, files) == {"quality": 70}


# --------------------------------------------------------------------------- memory

_SENDER = """
import resource, sys
from tests.core.both_shells import AsyncShell, SyncShell
from tests.core.toy import operations as ops

url, small, many, kind = sys.argv[1:]
shell = {"sync": SyncShell, "async": AsyncShell}[kind]()
client = shell.client(url)
shell.run(client.upload(ops.SEND_MANY, {"id": 7}, small))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
shell.run(client.upload(ops.SEND_MANY, {"id": 7}, many))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
shell.finish()
"""


@needs_linux_memory
def test_memory_does_not_grow_with_the_number_of_files(shell: Shell, tmp_path: Path) -> None:
    small, many = tmp_path / "small", tmp_path / "many"
    for folder, count in ((small, 8), (many, 400)):
        folder.mkdir()
        for number in range(count):
            with (folder / f"{number}.png").open("wb") as file:
                file.truncate(700 * KIB)
    with serve_uploads(keep=False) as server:
        done = subprocess.run(
            [sys.executable, "-c", _SENDER, server.url, str(small), str(many), shell.name],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parents[3],
        )
        total = sum(got.length for got in server.requests)
    assert total > 280 * MIB - plan.GROUP
    assert int(done.stdout) < 12, "MiB more than before"
