"""Uploads arrive byte for byte whatever happens, and credentials go to the platform only."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from annoport.core.contract.extensions import Ignored, JobStart, Placeholder, Upload
from annoport.core.contract.operation import Operation
from annoport.core.errors import (
    ApiError,
    ChangedDuringUploadError,
    CutFileNameWarning,
    DecodeError,
    IncompleteUploadError,
    InvalidArgumentError,
    InvalidBodyError,
    RedirectError,
    UnconfirmedUploadWarning,
    UploadError,
    ValidationError,
)
from annoport.core.upload import plan
from annoport.core.values.models import UploadFile
from tests.core.both_shells import Shell
from tests.core.toy import operations as ops
from tests.core.toy.models import Sending
from tests.core.upload_server import Fault, UploadServer, serve_uploads
from tests.systems import needs_linux_memory, needs_names_of_bytes, needs_pipes

MIB = 1024 * 1024
SECRET = "made-up-secret-0123456789"
CONTENT = bytes(range(256)) * 8 * 1024  # 2 MiB: too much for one plain form
CHUNK = 512 * 1024


def named(operation: Operation[Any], **changes: Any) -> Operation[Any]:
    """Return the operation with other upload rules."""
    assert operation.upload is not None
    return msgspec.structs.replace(
        operation, upload=msgspec.structs.replace(operation.upload, **changes)
    )


ONE_FILE = named(ops.SEND, indexed=False, file_parameter="filename")


def send(shell: Shell, server: UploadServer, files: Any = None, **more: Any) -> Any:
    """Upload to set 7 in chunks of 512 KiB; return the result of the finishing request."""
    operation = more.pop("operation", ops.SEND)
    arguments = more.pop("arguments", {"id": 7})
    files = UploadFile(CONTENT, name="dive.mp4") if files is None else files
    client = shell.client(server.url, token=SECRET, team="blue")
    more.setdefault("chunk_size", CHUNK)
    return shell.run(client.upload(operation, arguments, files, **more))


def store(shell: Shell, server: UploadServer, content: Any, **more: Any) -> Any:
    """Upload to an object store, and return the key."""
    client = shell.client(server.url, token=SECRET, team="blue")
    return shell.run(client.upload(ops.STORE, {"id": 7}, content, **more))


class Seen(list[tuple[int, int | None]]):
    """The calls of a progress function."""

    def note(self, done: int, total: int | None) -> None:
        self.append((done, total))


# --------------------------------------------------------------------------- ways to upload


def test_a_small_file_is_one_plain_form(shell: Shell) -> None:
    with serve_uploads() as server:
        files = [UploadFile(b"a" * 10, name="a.png"), UploadFile(b"b" * 10, name="b.png")]
        said = send(shell, server, files, body=Sending(quality=70))
        (got,) = server.requests
    assert said == {"finish": None, "target": "/sets/7/files/"}
    assert got.headers["content-type"].startswith("multipart/form-data")
    assert b'name="files[0]"; filename="a.png"' in got.body
    assert b'name="files[1]"; filename="b.png"' in got.body
    assert b'name="quality"\r\n\r\n70\r\n' in got.body


@pytest.mark.parametrize(
    ("sizes", "fields", "fits"),
    [
        ([1_000_000], {"quality": 1}, True),
        ([600_000, 400_000], {}, True),
        ([600_000, 400_001], {}, False),
        ([1] * 100, {}, True),
        ([1] * 101, {}, False),
        ([1], {"order": ["a"]}, False),
        ([1], {"more": {"a": 1}}, False),
        ([1], {"more": Sending()}, False),
    ],
)
def test_what_fits_one_request(sizes: list[int], fields: dict[str, Any], fits: bool) -> None:
    assert plan.fits_one_request(sizes, fields) is fits


def test_lists_go_in_the_json_of_the_finishing_request(shell: Shell) -> None:
    with serve_uploads() as server:
        body = {"quality": 70, "order": ["b", "a"]}
        files = [UploadFile(b"1", name="a"), UploadFile(b"2", name="b")]
        said = send(shell, server, files, body=body)
        last = server.requests[-1]
        contents = [bytes(stored.content) for stored in server.files.values()]
    assert said["finish"] == "true"
    assert json.loads(last.body) == body
    assert contents == [b"1", b"2"]


def test_a_large_file_goes_in_chunks(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "grüße 𝄞.mp4"
    path.write_bytes(CONTENT)
    seen = Seen()
    with serve_uploads() as server:
        arguments = {"id": 7, "kind": "x", "team": "red"}
        send(shell, server, str(path), arguments=arguments, progress=seen.note)
        stored = server.only_file()
        requests = server.requests
    assert stored.name == path.name
    assert stored.content == CONTENT
    assert server.methods == ["POST", "POST", "PATCH", "PATCH", "PATCH", "PATCH", "POST"]
    assert [got.target for got in requests[:2]] == ["/sets/7/files/?kind=x", "/sets/7/files/"]
    assert requests[-1].target == "/sets/7/files/?kind=x"
    assert "upload-start" in requests[0].headers
    assert "upload-finish" in requests[-1].headers
    assert {got.headers["x-crew"] for got in requests} == {"red"}
    for got in requests[1:-1]:
        assert got.headers["tus-resumable"] == "1.0.0"
        assert got.headers["origin"] == server.url
        assert got.headers["authorization"] == f"Token {SECRET}"
    assert seen == [(at, len(CONTENT)) for at in range(CHUNK, len(CONTENT) + 1, CHUNK)]


def test_progress_counts_all_files(shell: Shell) -> None:
    seen = Seen()
    files = [UploadFile(b"x" * MIB, name="a"), UploadFile(b"y" * MIB, name="b")]
    with serve_uploads() as server:
        send(shell, server, files, progress=seen.note, chunk_size=MIB)
    assert seen == [(MIB, 2 * MIB), (2 * MIB, 2 * MIB)]


def test_the_finishing_request_names_the_file(shell: Shell) -> None:
    with serve_uploads() as server:
        said = send(shell, server, operation=ONE_FILE)
    assert said["target"] == "/sets/7/files/?filename=stored-u0"


def test_a_server_that_does_not_name_the_file(shell: Shell) -> None:
    with (
        serve_uploads(names=False) as server,
        pytest.raises(UploadError, match="did not say under which name"),
    ):
        send(shell, server, operation=ONE_FILE)


@pytest.mark.parametrize("kind", ["path", "open", "stands", "bytesio", "bytes", "upload"])
def test_what_a_file_may_be(shell: Shell, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "dive.mp4"
    path.write_bytes(CONTENT)
    with serve_uploads() as server, path.open("rb") as opened:
        wanted = CONTENT
        files: Any = {
            "path": path,
            "open": opened,
            "stands": opened,
            "bytesio": io.BytesIO(CONTENT),
            "bytes": bytearray(CONTENT),
            "upload": UploadFile(str(path), name="other.mp4"),
        }[kind]
        if kind == "stands":
            opened.seek(1000)
            wanted = CONTENT[1000:]
        send(shell, server, files)
        stored = server.only_file()
    names = {"bytesio": "files", "bytes": "files", "upload": "other.mp4"}
    assert stored.name == names.get(kind, "dive.mp4")
    assert stored.content == wanted


def test_an_empty_file_among_others(shell: Shell) -> None:
    files = [UploadFile(b"", name="empty.txt"), UploadFile(CONTENT, name="b")]
    with serve_uploads() as server:
        send(shell, server, files, chunk_size=4 * MIB)
        sizes = [stored.size for stored in server.files.values()]
    assert sizes == [0, len(CONTENT)]
    assert server.methods == ["POST", "POST", "PATCH", "POST", "PATCH", "POST"]


def test_a_server_that_starts_no_job(shell: Shell) -> None:
    """The first steps may get an empty response, but not the last one."""
    start = JobStart(kind="export", id="/job", statuses=(200,), optional=True)
    with serve_uploads() as server, pytest.raises(DecodeError) as caught:
        send(shell, server, operation=msgspec.structs.replace(ops.SEND, job=start))
    assert str(caught.value) == (
        "send: the answer names no job: expected its id at '/job', found None; look for it on the "
        "server before you start another"
    )


# --------------------------------------------------------------------------- failures

MISHAPS: dict[str, list[Fault]] = {
    "drop inside the first chunk": [Fault(method="PATCH", read=100_000)],
    "drop, and nothing kept": [Fault(method="PATCH", read=100_000, keep=0)],
    "drop twice in a row": [Fault(method="PATCH", read=70_000), Fault(method="PATCH", read=3)],
    "answer lost": [Fault(method="PATCH", silent=True)],
    "503": [Fault(method="PATCH", status=503)],
    "500": [Fault(method="PATCH", status=500)],
    "429 with a wish": [Fault(method="PATCH", status=429, headers={"Retry-After": "0"})],
    "409": [Fault(method="PATCH", status=409)],
    "404 that is none": [Fault(method="PATCH", status=404)],
    "taken in part": [Fault(method="PATCH", take=1000)],
    "nothing taken": [Fault(method="PATCH", take=0)],
    "no offset in the answer": [Fault(method="PATCH", headers={"Upload-Offset": ""})],
    "nonsense offset": [Fault(method="PATCH", headers={"Upload-Offset": "many"})],
    "offset goes back": [
        Fault(method="PATCH"),
        Fault(method="PATCH", read=10_000),
        Fault(method="HEAD", back=1234),
    ],
    "HEAD fails too": [
        Fault(method="PATCH", read=10_000),
        Fault(method="HEAD", status=503),
        Fault(method="HEAD", read=0, keep=0),
        Fault(method="HEAD", headers={"Upload-Offset": ""}),
    ],
    "HEAD 500 in the middle": [
        Fault(method="PATCH", read=10_000),
        Fault(method="HEAD", status=500),
        Fault(method="HEAD", status=500),
        Fault(method="HEAD", status=500),
    ],
    "creation lost": [Fault(method="POST"), Fault(method="POST", silent=True)],
    "opening 502": [Fault(method="POST", status=502)],
}


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("faults", MISHAPS.values(), ids=MISHAPS.keys())
def test_mishaps_cost_no_byte(shell: Shell, faults: list[Fault]) -> None:
    with serve_uploads(faults=[*faults]) as server:
        said = send(shell, server)
        *left, stored = server.files.values()
        assert server.faults == []
    assert said["finish"] == "true"
    assert stored.content == CONTENT
    assert [one.size for one in left] == [0] * len(left)


@pytest.mark.parametrize("after", [500, 404, 410, 200])
@pytest.mark.parametrize(
    "lost",
    [Fault(method="PATCH", silent=True), Fault(method="PATCH", headers={"Upload-Offset": ""})],
    ids=["silence", "no offset"],
)
def test_the_last_answer_is_lost(shell: Shell, after: int, lost: Fault) -> None:
    """A server that has the whole file may no longer know the upload."""
    with serve_uploads(after=after, faults=[lost]) as server:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            said = send(shell, server, chunk_size=4 * MIB)
        stored = server.only_file()
    assert stored.content == CONTENT
    assert said["finish"] == "true"
    found = [one for one in caught if one.category is UnconfirmedUploadWarning]
    assert len(found) == (0 if after == 200 else 1)
    if found:
        assert "every byte of dive.mp4 was sent" in str(found[0].message)


def test_the_finishing_request_judges_a_lost_answer(shell: Shell) -> None:
    """It names the file and fails without it, so no warning is needed."""
    faults = [Fault(method="PATCH", silent=True)]
    with serve_uploads(faults=[*faults]) as server:
        send(shell, server, operation=ONE_FILE, chunk_size=4 * MIB)
    refused = Fault(method="POST", status=400)
    faults = [*faults, Fault(method="POST"), Fault(method="POST"), refused]
    with serve_uploads(faults=faults) as server, pytest.raises(ValidationError) as caught:
        send(shell, server, operation=ONE_FILE, chunk_size=4 * MIB)
    assert "every byte of dive.mp4 was sent" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    "faults",
    [
        # The server itself failed, so its response was not lost.
        [Fault(method="PATCH", status=500)],
        # Not all bytes were sent, so the file cannot be complete.
        [Fault(method="PATCH", read=1000)],
    ],
)
def test_failing_servers_do_not_count_as_done(shell: Shell, faults: list[Fault]) -> None:
    heads = [Fault(method="HEAD", status=500)] * 9
    with serve_uploads(faults=[*faults, *heads]) as server:
        with pytest.raises(IncompleteUploadError) as caught:
            send(shell, server, CONTENT * 8, chunk_size=32 * MIB, attempts=2)
        assert server.methods == ["POST", "POST", "PATCH", "HEAD", "HEAD"]
    assert (caught.value.received, caught.value.expected) == (0, 16 * MIB)


def test_a_forgotten_upload(shell: Shell) -> None:
    faults = [
        Fault(method="PATCH"),
        Fault(method="PATCH", read=5),
        Fault(method="HEAD", status=404),
    ]
    with serve_uploads(faults=faults) as server, pytest.raises(IncompleteUploadError) as caught:
        send(shell, server)
    error = caught.value
    assert "no longer knows the upload" in str(error)
    assert "upload the file again from the start" in str(error)
    assert (error.name, error.received, error.expected) == ("dive.mp4", CHUNK, len(CONTENT))


def test_giving_up_says_how_far_it_came(shell: Shell) -> None:
    faults = [Fault(method="PATCH"), *[Fault(method="PATCH", read=0, keep=0)] * 3]
    with serve_uploads(faults=faults) as server, pytest.raises(IncompleteUploadError) as caught:
        send(shell, server, attempts=1)
    assert "after 2 failures in a row without a new byte" in str(caught.value)
    assert caught.value.received == CHUNK


def test_an_upload_stalls_no_longer_than_the_client_waits(shell: Shell) -> None:
    stall = Fault(method="PATCH", read=0, keep=0, stall=True)
    content = UploadFile(bytes(16 * MIB), name="dive.mp4")  # more than sockets take unread
    with serve_uploads(faults=[stall]) as server:
        client = shell.client(server.url, timeout=0.2)
        with pytest.raises(IncompleteUploadError) as caught:
            shell.run(client.upload(ops.SEND, {"id": 7}, content, attempts=0))
        assert str(caught.value) == (
            "dive.mp4: the upload is incomplete (after 1 failure without a new byte: "
            f"PATCH {stalled_at(server)}: could not send the request to {server.url} in time): "
            f"the server has 0 of {16 * MIB} bytes; upload the file again from the start"
        )


def stalled_at(server: UploadServer) -> str:
    """Return the path of the last request."""
    return server.requests[-1].target


def test_attempts_count_failures_without_a_new_byte(shell: Shell) -> None:
    drops = [Fault(method="PATCH", read=100_000)] * 6
    with serve_uploads(faults=drops) as server:
        send(shell, server, attempts=1)
        assert server.only_file().content == CONTENT


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(method="PATCH", status=405), ApiError),
        (Fault(method="PATCH", status=307, headers={"Location": "http://x/"}), RedirectError),
        (Fault(method="PATCH", status=400), ValidationError),
    ],
)
def test_refusals_are_not_repeated(shell: Shell, fault: Fault, error: type[ApiError]) -> None:
    with serve_uploads(faults=[fault]) as server, pytest.raises(error):
        send(shell, server)
    assert server.methods == ["POST", "POST", "PATCH"]


def test_an_offset_beyond_what_was_sent(shell: Shell) -> None:
    lie = Fault(method="PATCH", headers={"Upload-Offset": str(len(CONTENT))})
    with serve_uploads(faults=[lie]) as server, pytest.raises(UploadError, match="more bytes than"):
        send(shell, server)


@pytest.mark.parametrize("location", ["", "ftp://x/y", "http://[::1/y"])
def test_an_upload_without_a_place(shell: Shell, location: str) -> None:
    odd = Fault(method="POST", headers={"Location": location})
    with serve_uploads(faults=[Fault(method="POST"), odd]) as server, pytest.raises(UploadError):
        send(shell, server)


# --------------------------------------------------------------------------- credentials


@pytest.mark.parametrize("location", ["other", "", "//evil.example.org", "/proxy"])
def test_chunks_go_to_our_own_origin_only(shell: Shell, location: str) -> None:
    with serve_uploads() as other, serve_uploads(location=location) as server:
        if location == "other":
            server.location = other.url
        if location == "/proxy":
            server.location = "http://inner"
        send(shell, server)
        assert server.only_file().content == CONTENT
        assert other.requests == []


def test_presigned_urls_see_no_credentials(shell: Shell) -> None:
    with serve_uploads() as bucket, serve_uploads(part_host=bucket.url) as server:
        assert store(shell, server, CONTENT) == "folder/object"
        (put,) = bucket.requests
    assert bucket.parts == {1: CONTENT}
    assert (server.methods, put.method) == (["GET"], "PUT")
    assert server.requests[0].target == "/info/7?num=1"
    assert not {"authorization", "cookie", "x-team", "x-key", "origin"} & put.headers.keys()
    assert SECRET not in str(put)


def test_presigned_urls_on_our_own_host_see_none_either(shell: Shell) -> None:
    own = {"headers": {"x-mine": "yes"}, "cookies": {"a": "b"}, "auth": ("ada", "secret")}
    with serve_uploads() as server:
        http_client = shell.http_client(**own)
        client = shell.client(server.url, token=SECRET, team="blue", http_client=http_client)
        shell.run(client.upload(ops.STORE, {"id": 7}, CONTENT))
        info, put = server.requests
    assert {"authorization", "x-team", "x-mine", "cookie"} <= info.headers.keys()
    assert not {"authorization", "x-team", "x-mine", "cookie"} & put.headers.keys()


# --------------------------------------------------------------------------- parts


@pytest.mark.parametrize(
    ("total", "wanted", "size", "count"),
    [
        (0, None, 16 * MIB, 1),
        (16 * MIB, None, 16 * MIB, 1),
        (16 * MIB + 1, None, 16 * MIB, 2),
        (160_000 * MIB, None, 16 * MIB, 10_000),
        (160_000 * MIB + 1, None, 17 * MIB, 9412),
        (20 * MIB, 5 * MIB, 5 * MIB, 4),
        (MIB, MIB, MIB, 1),
    ],
)
def test_part_sizes(total: int, wanted: int | None, size: int, count: int) -> None:
    assert plan.part_size(total, wanted) == size
    parts = plan.cut(total, size)
    assert len(parts) == count
    assert [start for start, _ in parts[1:]] == [stop for _, stop in parts[:-1]]
    assert (parts[0][0], parts[-1][1]) == (0, total)


@pytest.mark.parametrize(("total", "wanted"), [(20 * MIB, 4 * MIB), (MIB, 0), (10**12, 5 * MIB)])
def test_parts_that_no_store_takes(total: int, wanted: int) -> None:
    with pytest.raises(InvalidArgumentError, match="expected at least"):
        plan.part_size(total, wanted)


BIG = bytes(range(256)) * 4 * 1024 * 11  # 11 MiB: three parts of 5 MiB at most


@pytest.mark.parametrize(
    "faults",
    [
        [],
        [Fault(method="PUT", read=70_000, keep=0)],
        [Fault(method="PUT", status=503), Fault(method="PUT", status=500)],
        [Fault(method="PUT"), Fault(method="PUT", silent=True)],
    ],
)
def test_parts_are_sent_again_and_completed(shell: Shell, faults: list[Fault]) -> None:
    seen = Seen()
    with serve_uploads(faults=[*faults]) as server:
        key = store(shell, server, BIG, chunk_size=5 * MIB, progress=seen.note)
        last = server.requests[-1]
        assert server.faults == []
    assert key == "folder/object"
    assert b"".join(server.parts[number] for number in (1, 2, 3)) == BIG
    body = json.loads(last.body)
    assert (last.target, body["key"], body["upload_id"]) == ("/complete/7", "folder/object", "up-1")
    assert [part["PartNumber"] for part in body["parts"]] == [1, 2, 3]
    assert all(part["ETag"].startswith('"') for part in body["parts"])
    assert seen == [(at * MIB, 11 * MIB) for at in range(1, 12)]


@pytest.mark.parametrize("status", [403, 404, 410])
def test_urls_of_parts_that_expired(shell: Shell, status: int) -> None:
    faults = [Fault(method="PUT"), Fault(method="PUT", status=status)]
    with serve_uploads(faults=faults) as server, pytest.raises(IncompleteUploadError) as caught:
        store(shell, server, BIG, chunk_size=5 * MIB)
    assert "the store refused part 2 of 3: its URL has expired" in str(caught.value)
    assert caught.value.received == 5 * MIB
    assert isinstance(caught.value.__cause__, ApiError)


def test_parts_that_fail_for_good(shell: Shell) -> None:
    faults = [Fault(method="PUT", status=500)] * 2
    with serve_uploads(faults=faults) as server, pytest.raises(IncompleteUploadError) as caught:
        store(shell, server, b"x", attempts=1)
    assert "part 1 of 1 failed 2 times" in str(caught.value)
    faults = [Fault(method="PUT", status=400)]
    with serve_uploads(faults=faults) as server, pytest.raises(ValidationError):
        store(shell, server, b"x")
    with serve_uploads(tags=False) as server:
        assert store(shell, server, b"x") == "folder/object"
        with pytest.raises(UploadError, match="no ETag for part 1 of 3"):
            store(shell, server, BIG, chunk_size=5 * MIB)


def test_azure_wants_to_be_told(shell: Shell) -> None:
    with serve_uploads(sig=True) as server:
        store(shell, server, b"")
        put = server.requests[-1]
    assert put.headers["x-ms-blob-type"] == "BlockBlob"
    assert put.headers["content-length"] == "0"


def test_odd_answers_about_parts(shell: Shell) -> None:
    with serve_uploads(part_host="ftp://x") as server:
        with pytest.raises(UploadError, match="is not a web address"):
            store(shell, server, b"x")
        client = shell.client(server.url)
        for pointer, text in (("/key", "requested URLs for 1 parts"), ("/urls", "no text at")):
            rules = {"urls": pointer} if pointer == "/key" else {"key": pointer}
            server.part_host = None
            with pytest.raises(UploadError, match=text):
                shell.run(client.upload(named(ops.STORE, **rules), {"id": 7}, b"x"))


# --------------------------------------------------------------------------- the file itself


def test_a_file_that_shrinks_meanwhile(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "dive.mp4"
    path.write_bytes(CONTENT)

    def shrink(done: int, total: int | None) -> None:
        os.truncate(path, 600_000)

    with serve_uploads() as server, pytest.raises(ChangedDuringUploadError) as caught:
        send(shell, server, path, progress=shrink)
    assert "it has 600000 bytes now" in str(caught.value)
    assert "PATCH" in server.methods
    assert "upload-finish" not in server.requests[-1].headers


@pytest.mark.parametrize("opened", [False, True])
def test_a_file_that_is_written_to_meanwhile(shell: Shell, tmp_path: Path, opened: bool) -> None:
    path = tmp_path / "dive.mp4"
    path.write_bytes(CONTENT)

    def spoil(*_: object) -> None:
        path.write_bytes(CONTENT[::-1])
        os.utime(path, ns=(1, 1))

    with (
        path.open("rb") as file,
        serve_uploads() as server,
        pytest.raises(ChangedDuringUploadError, match="it was written to"),
    ):
        send(shell, server, file if opened else path, progress=spoil)


def test_a_file_that_goes_meanwhile(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "dive.mp4"
    path.write_bytes(CONTENT)

    def remove(done: int, total: int | None) -> None:
        path.unlink()

    with serve_uploads() as server, pytest.raises(ChangedDuringUploadError, match="No such file"):
        send(shell, server, path, progress=remove)


def test_a_buffer_that_shrinks_meanwhile(shell: Shell) -> None:
    buffer = io.BytesIO(CONTENT)

    def shrink(done: int, total: int | None) -> None:
        buffer.truncate(600_000)

    with serve_uploads() as server, pytest.raises(ChangedDuringUploadError):
        send(shell, server, buffer, progress=shrink)


@pytest.mark.parametrize(
    ("files", "error", "text"),
    [
        ("/no/such/file", InvalidBodyError, "cannot read the file to upload"),
        ([], InvalidArgumentError, "no file to upload"),
        (5, InvalidArgumentError, "expected a path, bytes, .* got int"),
        ([5], InvalidArgumentError, "expected a path, bytes, .* got int"),
        ([b"1", b"2"], InvalidArgumentError, "2 files are called 'files', and"),
        (io.StringIO("x" * MIB), InvalidBodyError, "open in text mode"),
    ],
)
def test_files_that_cannot_be_sent(
    shell: Shell, files: Any, error: type[Exception], text: str
) -> None:
    with serve_uploads() as server, pytest.raises(error, match=text):
        send(shell, server, files)
    assert "PATCH" not in server.methods


@needs_pipes
@pytest.mark.parametrize("operation", [ops.SEND, ops.STORE], ids=["form", "parts"])
def test_a_path_of_a_pipe_is_refused_at_once(
    shell: Shell, tmp_path: Path, operation: Operation[Any]
) -> None:
    """Nobody writes to it: opening it would take forever."""
    path = tmp_path / "pipe.png"
    os.mkfifo(path)
    with serve_uploads() as server, pytest.raises(InvalidBodyError) as caught:
        send(shell, server, path, operation=operation)
    assert str(caught.value) == (
        f"{operation.id}: cannot read the file to upload: {str(path)!r} is a pipe or a device, so "
        "its size is unknown; write what it gives to a file, and pass that"
    )
    assert server.requests == []


@needs_names_of_bytes
@pytest.mark.parametrize("size", [10, MIB], ids=["one form", "chunks"])
def test_names_that_are_no_text(shell: Shell, tmp_path: Path, size: int) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xe9t\xe9"))
    folder.mkdir()
    path = folder / os.fsdecode(b"caf\xe9.png")
    path.write_bytes(b"x" * size)
    with serve_uploads() as server:
        with pytest.raises(InvalidBodyError) as caught:
            send(shell, server, path)
        assert server.requests == []
        send(shell, server, path.rename(folder / "cafe.png"))
    assert str(caught.value) == (
        "send: the name of the file 'caf\\udce9.png' is no text in this system's encoding: "
        "rename it, or name it with UploadFile(content, name=...)"
    )


FLAT = named(ops.SEND, folders="cut")


def named_files(*names: str, size: int = 10) -> list[UploadFile]:
    """Return files of these names, each with other content."""
    return [UploadFile(bytes([65 + at]) * size, name=name) for at, name in enumerate(names)]


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (
            ["a/x.png", "b/x.png"],
            "2 files are called 'x.png' without their folders ('a/x.png', 'b/x.png'), and",
        ),
        (
            ["a\\x.png", "x.png", "b.png"],
            "called 'x.png' without their folders ('a\\\\x.png', 'x.png'), and",
        ),
        (["x.png", "x.png"], "2 files are called 'x.png', and the server would keep only one"),
        (
            ["a/x", "b/x", "a/y", "b/y", "c/y"],
            "('a/x', 'b/x'), 3 files are called 'y' without their folders ('a/y', 'b/y', 'c/y'), ",
        ),
        ([f"{at}/x" for at in range(9)], "'3/x', '4/x' and 4 more), and"),
        (["a/"], "nothing is left of 'a/': name the file"),
    ],
)
def test_names_that_become_equal_are_refused_before_anything_is_sent(
    shell: Shell, names: list[str], text: str
) -> None:
    with serve_uploads() as server, pytest.raises(InvalidArgumentError) as refused:
        send(shell, server, named_files(*names), operation=FLAT)
    assert text in str(refused.value)
    assert server.requests == []


@pytest.mark.parametrize("size", [10, MIB], ids=["one form", "chunks"])
def test_a_name_that_is_cut_is_told(shell: Shell, size: int) -> None:
    files = named_files("a/x.png", "b\\y.png", "z.png", size=size)
    with serve_uploads() as server, pytest.warns(CutFileNameWarning) as told:
        send(shell, server, files, operation=FLAT)
    (warning,) = told
    assert str(warning.message) == (
        "send: the server cuts folders off the names of files, and keeps 'a/x.png' as 'x.png', "
        "'b\\\\y.png' as 'y.png': pass names without folders"
    )
    assert warning.filename.endswith("both_shells.py") or warning.filename == __file__
    if size == 10:
        body = server.requests[0].body
        assert [name in body for name in (b'"x.png"', b'"y.png"', b'"z.png"')] == [True] * 3
    else:
        assert [file.name for file in server.files.values()] == ["x.png", "y.png", "z.png"]


def test_folders_that_a_server_keeps_tell_files_apart(shell: Shell) -> None:
    with serve_uploads() as server:
        send(shell, server, named_files("a/x.png", "b/x.png", size=MIB))
    assert [file.name for file in server.files.values()] == ["a/x.png", "b/x.png"]


def test_a_pipe_has_no_size(shell: Shell) -> None:
    reader, writer = os.pipe()
    with (
        os.fdopen(reader, "rb") as pipe,
        os.fdopen(writer, "wb"),
        serve_uploads() as server,
        pytest.raises(InvalidBodyError, match="cannot seek"),
    ):
        send(shell, server, pipe)
    assert server.requests == []


@pytest.mark.parametrize(
    ("operation", "more", "error", "text"),
    [
        (ops.GET_THING, {}, InvalidArgumentError, "takes no upload"),
        (ONE_FILE, {"files": [b"1", b"2"]}, InvalidArgumentError, "takes one file, got 2"),
        (
            ONE_FILE,
            {"arguments": {"id": 7, "filename": "x"}},
            InvalidArgumentError,
            "the upload itself sets 'filename'",
        ),
        (
            ops.SEND,
            {"arguments": {"id": 7, "opens": True}},
            InvalidArgumentError,
            "the upload itself sets 'opens'",
        ),
        (ops.SEND, {"body": {"files": []}}, InvalidArgumentError, "pass the files separately"),
        (ops.SEND, {"body": {"files[0]": b""}}, InvalidArgumentError, "pass the files separately"),
        (ops.SEND, {"body": {"qualty": 1}}, InvalidBodyError, "did you mean 'quality'"),
        (ops.SEND, {"body": [1]}, InvalidBodyError, "a model or a dict, got list"),
        (ops.STORE, {"body": {}}, InvalidArgumentError, "takes no body"),
        (ops.STORE, {"arguments": {"id": 7, "count": 3}}, InvalidArgumentError, "sets 'count'"),
        (ops.SEND, {"chunk_size": 0}, InvalidArgumentError, "chunk_size is 0"),
        (named(ops.SEND, start="X-No"), {}, InvalidArgumentError, "no parameter 'X-No'"),
        (named(ops.SEND, style="form", field=None), {}, InvalidArgumentError, "no form field"),
    ],
)
def test_calls_that_cannot_work(
    shell: Shell, operation: Any, more: Any, error: type[Exception], text: str
) -> None:
    with serve_uploads() as server, pytest.raises(error, match=text):
        send(shell, server, operation=operation, **more)
    assert server.requests == []


@pytest.mark.parametrize("content", [b"small", CONTENT], ids=["form", "chunks"])
def test_uploads_have_guards_too(shell: Shell, content: bytes) -> None:
    guarded = msgspec.structs.replace(ops.SEND, guards={"/order/*/name": (Placeholder(value="?"),)})
    guard = Ignored(why="it is ignored", instead="kind")
    refusing = msgspec.structs.replace(ops.SEND, guards={"/quality": (guard,)})
    files = UploadFile(content, name="a.png")
    with serve_uploads() as server:
        with pytest.raises(InvalidBodyError, match=r"\$\.quality: is refused: it is ignored"):
            send(shell, server, files, operation=refusing, body={"quality": 70})
        assert server.requests == []
        send(shell, server, files, operation=guarded, body=Sending(quality=70))
        assert b"70" in server.requests[-1].body


def test_a_form_is_one_request_whatever_its_size(shell: Shell) -> None:
    with serve_uploads() as server:
        send(shell, server, operation=named(ops.SEND, style="form"))
        (got,) = server.requests
    assert CONTENT in got.body


def test_a_tus_endpoint_apart(shell: Shell) -> None:
    """With no flags and no file name, the operation is still called at the end."""
    plain = Upload(style="tus", field="files", path="/tus/{id}/")
    with serve_uploads() as server:
        send(shell, server, operation=msgspec.structs.replace(ops.SEND, upload=plain))
        targets = [got.target for got in server.requests]
    assert targets == ["/tus/7/", *["/tus/7/u0"] * 4, "/sets/7/files/"]


# --------------------------------------------------------------------------- memory

_SENDER = """
import resource, sys
from tests.core.both_shells import AsyncShell, SyncShell
from tests.core.toy import operations as ops

url, path, kind = sys.argv[1:]
shell = {"sync": SyncShell, "async": AsyncShell}[kind]()
client = shell.client(url)
shell.run(client.upload(ops.SEND, {"id": 7}, "pyproject.toml"))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
shell.run(client.upload(ops.SEND, {"id": 7}, path))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
shell.finish()
"""


@needs_linux_memory
def test_memory_does_not_grow_with_the_file(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "long.mp4"
    with path.open("wb") as file:
        file.truncate(300 * MIB)
    with serve_uploads(keep=False, faults=[Fault(method="PATCH", read=9 * MIB)]) as server:
        done = subprocess.run(
            [sys.executable, "-c", _SENDER, server.url, str(path), shell.name],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parents[3],
        )
        assert server.only_file().size == 300 * MIB
    assert int(done.stdout) < 12, "MiB more than before"


def test_several_uploads_at_once(shell: Shell) -> None:
    """One client uploads four files from four threads or tasks."""
    with serve_uploads() as server:
        client = shell.client(server.url)

        def uploading(number: int) -> Callable[[], Any]:
            file = UploadFile(CONTENT[number:], name=f"{number}.mp4")
            return lambda: client.upload(ops.SEND, {"id": 7}, file, chunk_size=CHUNK)

        shell.together([uploading(number) for number in range(4)])
        found = {stored.name: stored.content for stored in server.files.values()}
    assert found == {f"{number}.mp4": CONTENT[number:] for number in range(4)}
