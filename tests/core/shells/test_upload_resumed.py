"""An upload that was killed goes on when the same call is made again, where the server is."""

from __future__ import annotations

import json
import logging
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import msgspec
import pytest

from annoport.core.contract.operation import Operation
from annoport.core.errors import ApiError, IncompleteUploadError, UnconfirmedUploadWarning
from annoport.core.support import notes
from tests.core.both_shells import AsyncClient, Shell
from tests.core.toy import operations as ops
from tests.core.upload_server import Fault, UploadServer, serve_uploads

KIB = 1024
MIB = 1024 * KIB
CHUNK = 2 * MIB
LONG_AGO = "2020-01-01T00:00:00Z"
SECRET = "made-up-secret-0123456789"


class KilledError(Exception):
    """Ends an upload as a signal does: at any moment, and without a word to the server."""


def changed(**rules: Any) -> Operation[Any]:
    """Return the operation with other upload rules."""
    assert ops.SEND_MANY.upload is not None
    upload = msgspec.structs.replace(ops.SEND_MANY.upload, **rules)
    return msgspec.structs.replace(ops.SEND_MANY, upload=upload)


ONE_BY_ONE = changed(parallel=1)
NO_ORDER = changed(parallel=1, order=None)
assert ops.SEND.upload is not None
ONE_FILE = msgspec.structs.replace(
    ops.SEND,
    upload=msgspec.structs.replace(ops.SEND.upload, indexed=False, file_parameter="filename"),
)


def send(shell: Shell, server: UploadServer, files: Any, **more: Any) -> Any:
    client = shell.client(server.url, token=SECRET)
    operation = more.pop("operation", ONE_BY_ONE)
    arguments = more.pop("arguments", {"id": 7})
    more.setdefault("chunk_size", CHUNK)
    return shell.run(client.upload(operation, arguments, files, **more))


def send_until(shell: Shell, server: UploadServer, files: Any, stop: int, **more: Any) -> None:
    """Upload, and be killed once so many bytes were sent."""

    def kill(done: int, total: int | None) -> None:
        if done >= stop:
            raise KilledError

    with pytest.raises(KilledError):
        send(shell, server, files, progress=kill, **more)
    server.wait_for(stop)


def pictures(folder: Path, count: int, size: int) -> list[Path]:
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{number}.png" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(number.to_bytes(4, "big") * (size // 4))
    return paths


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "dive.mp4"
    path.write_bytes(bytes(range(256)) * 4 * KIB * 9)  # 9 MiB
    return path


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], list[str]]]:
    """Return what the log says."""
    with caplog.at_level(logging.INFO, "annoport.transfers"):
        yield lambda: [record.message for record in caplog.records]


def kept() -> list[Path]:
    """Return the notes that there are."""
    folder = notes.cache_folder() / "notes"
    return [*folder.iterdir()] if folder.is_dir() else []


def patched(server: UploadServer) -> int:
    return sum(got.length for got in server.requests if got.method == "PATCH")


# --------------------------------------------------------------------------- TUS


def test_a_large_file_goes_on_from_what_the_server_has(
    shell: Shell, film: Path, told: Callable[[], list[str]]
) -> None:
    with serve_uploads() as server:
        send_until(shell, server, film, 5 * MIB)
        seen: list[int] = []

        def note(done: int, total: int | None) -> None:
            seen.append(done)

        send(shell, server, film, progress=note)
        assert server.only_file().content == film.read_bytes()
        assert patched(server) == 9 * MIB  # no byte twice
    assert (seen[-1], seen) == (9 * MIB, sorted(seen))
    again, going = told()[-2:]
    assert again.startswith("send_many: going on with an upload that was begun ")
    assert again.endswith(" s ago: 0 of 1 files are there")
    assert going == (
        "dive.mp4: going on with what an earlier call has sent: the server has 5242880 of "
        "9437184 bytes"
    )
    assert kept() == []


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_what_is_cancelled_goes_on_in_the_same_process(film: Path, backend: str) -> None:
    """A scope that is cancelled lets nothing wait any more, not even for what cleans up."""

    async def cancelled(url: str) -> None:
        async with AsyncClient(url, token=SECRET) as client:
            with anyio.CancelScope() as scope:

                def cancel(done: int, total: int | None) -> None:
                    if done >= 5 * MIB:
                        scope.cancel()

                await client.upload(ONE_BY_ONE, {"id": 7}, film, chunk_size=CHUNK, progress=cancel)
            assert scope.cancelled_caught
            await client.upload(ONE_BY_ONE, {"id": 7}, film, chunk_size=CHUNK)

    with serve_uploads() as server:
        anyio.run(cancelled, server.url, backend=backend)
        assert server.only_file().content == film.read_bytes()
        assert len(server.files) == 1
    assert kept() == []


def test_the_server_has_lost_it(shell: Shell, film: Path, told: Callable[[], list[str]]) -> None:
    with serve_uploads() as server:
        send_until(shell, server, film, 5 * MIB)
        server.files.clear()
        send(shell, server, film)
        assert server.only_file().content == film.read_bytes()
    lines = [line for line in told() if "from the start" in line]
    assert lines == [
        "dive.mp4: the server no longer has what an earlier call has sent: from the start"
    ]


def test_a_call_that_gives_up_says_that_the_same_call_goes_on(shell: Shell, film: Path) -> None:
    faults = [Fault(method="PATCH"), *[Fault(method="PATCH", status=503)] * 2]
    with serve_uploads(faults=faults) as server:
        with pytest.raises(IncompleteUploadError) as caught:
            send(shell, server, film, attempts=1)
        assert str(caught.value).endswith(
            ": the server has 2097152 of 9437184 bytes; make the same call again to go on"
        )
        send(shell, server, film)
        assert server.only_file().content == film.read_bytes()


def test_the_server_stays_away_when_the_call_is_made_again(shell: Shell, film: Path) -> None:
    with serve_uploads() as server:
        send_until(shell, server, film, 5 * MIB)
        server.faults += [Fault(method="HEAD", status=503)] * 2
        with pytest.raises(IncompleteUploadError, match=r"the server stays away: .* 503"):
            send(shell, server, film, attempts=1)
        send(shell, server, film)
        assert server.only_file().content == film.read_bytes()


@pytest.mark.parametrize("other", ["arguments", "body", "file", "account", "server", "age"])
def test_another_call_goes_its_own_way(shell: Shell, film: Path, other: str) -> None:
    more: dict[str, Any] = {}
    with serve_uploads() as server, serve_uploads() as elsewhere:
        send_until(shell, server, film, 5 * MIB)
        if other == "arguments":
            more["arguments"] = {"id": 8}
        elif other == "body":
            more["body"] = {"quality": 1}
        elif other == "file":
            film.write_bytes(film.read_bytes()[::-1])
        elif other == "account":
            server.user = 4
        elif other == "age":
            (old,) = kept()
            old.write_text(json.dumps({**json.loads(old.read_text()), "written": LONG_AGO}))
        to = elsewhere if other == "server" else server
        send(shell, to, film, **more)
        contents = [bytes(stored.content) for stored in to.files.values()]
    assert contents[-1] == film.read_bytes()
    assert len(contents) == (1 if other == "server" else 2)


def test_the_name_on_the_server_is_kept(shell: Shell, film: Path) -> None:
    """It was killed after the file was whole, before the last request."""
    with serve_uploads() as server:
        server.faults = [Fault(method="POST"), Fault(method="POST")]
        server.faults += [Fault(method="POST", status=503)] * 9
        with pytest.raises(ApiError):
            send(shell, server, film, operation=ONE_FILE)
        server.faults.clear()
        said = send(shell, server, film, operation=ONE_FILE)
        assert server.methods.count("PATCH") == 5
    assert "filename=stored-u0" in said["target"]


# --------------------------------------------------------------------------- groups


def arrived(server: UploadServer) -> dict[str, bytes]:
    alone = {stored.name: bytes(stored.content) for stored in server.files.values()}
    return {**server.grouped, **alone}


@pytest.mark.parametrize("stop", [1, 3 * MIB, 5 * MIB, 9 * MIB, 11 * MIB])
def test_groups_that_the_server_has_are_not_sent_again(
    shell: Shell, tmp_path: Path, stop: int
) -> None:
    paths = pictures(tmp_path / "all", 40, 300 * KIB)
    with serve_uploads() as server:
        send_until(shell, server, paths, stop)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            send(shell, server, paths)
    assert arrived(server) == {path.name: path.read_bytes() for path in paths}
    assert len(server.forms) == 7  # none twice, and none cut in another way
    assert kept() == []


def test_no_file_of_a_group_is_lost_where_the_second_call_takes_less(
    shell: Shell, tmp_path: Path
) -> None:
    paths = pictures(tmp_path / "all", 20, 300 * KIB)
    with serve_uploads() as server:
        send_until(shell, server, paths, 2 * MIB)  # in the middle of the second group
        send(shell, server, paths, chunk_size=256 * KIB)
    assert arrived(server) == {path.name: path.read_bytes() for path in paths}


def test_a_group_that_may_have_arrived(shell: Shell, tmp_path: Path) -> None:
    """It was killed after the last byte of a group, before the answer."""
    paths = pictures(tmp_path / "all", 20, 300 * KIB)
    with serve_uploads() as server:
        send_until(shell, server, paths, 3 * MIB, operation=NO_ORDER)
        first = {path.name: path.read_bytes() for path in paths[6:12]}
        server.grouped |= first
        with pytest.warns(UnconfirmedUploadWarning, match=r"every byte of 6\.png, 7\.png, 8"):
            send(shell, server, paths, operation=NO_ORDER)
    assert arrived(server) == {path.name: path.read_bytes() for path in paths}


def test_a_file_that_the_server_has_by_tus(shell: Shell, tmp_path: Path) -> None:
    """It was killed when the file was whole, before that was noted: its name is taken (409)."""
    paths = pictures(tmp_path / "all", 4, 1536 * KIB)
    with serve_uploads(one_name=True) as server:
        send_until(shell, server, paths, 4 * MIB)
        server.grouped["3.png"] = paths[3].read_bytes()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            send(shell, server, paths)
        whole = {one.name: one for one in server.files.values() if one.size == one.length}
    assert {*whole, *server.grouped} == {path.name for path in paths}


def test_a_refusal_ends_what_was_begun(shell: Shell, tmp_path: Path) -> None:
    paths = pictures(tmp_path / "all", 20, 300 * KIB)
    with serve_uploads() as server:
        send_until(shell, server, paths, 3 * MIB)
        server.faults = [Fault(method="POST", status=400)]
        with pytest.raises(ApiError) as caught:
            send(shell, server, paths)
        (note,) = caught.value.__notes__
        assert note == (
            "this call went on with what an earlier one had sent; the same call now begins from "
            "the start"
        )
    assert kept() == []


def test_what_has_no_path_is_not_noted(shell: Shell) -> None:
    with serve_uploads() as server:
        send_until(shell, server, [b"x" * 5 * MIB], 3 * MIB, operation=ONE_BY_ONE)
    assert kept() == []


def test_notes_are_for_the_user_only_and_hold_no_secret(shell: Shell, film: Path) -> None:
    with serve_uploads() as server:
        send_until(shell, server, film, 5 * MIB)
        (note,) = kept()
    assert note.stat().st_mode & 0o077 == 0
    assert SECRET not in note.read_text()


def test_a_cache_that_cannot_be_written_harms_no_upload(
    shell: Shell, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with serve_uploads() as server:
        send(shell, server, film)
        assert server.only_file().content == film.read_bytes()


# --------------------------------------------------------------------------- parts


def test_parts_that_the_store_has_are_not_sent_again(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "big.bin"
    path.write_bytes(bytes(range(256)) * 4 * KIB * 16)  # 16 MiB
    with serve_uploads() as server:
        client = shell.client(server.url)

        def kill(done: int, total: int | None) -> None:
            if done > 10 * MIB:
                raise KilledError

        with pytest.raises(KilledError):
            shell.run(client.upload(ops.STORE, {"id": 7}, path, chunk_size=5 * MIB, progress=kill))
        key = shell.run(client.upload(ops.STORE, {"id": 7}, path, chunk_size=5 * MIB))
        targets = [got.target for got in server.requests if got.method == "PUT" and got.length]
    assert key == "folder/object"
    assert b"".join(server.parts[number] for number in (1, 2, 3, 4)) == path.read_bytes()
    assert [target.partition("?")[0][-1] for target in targets if "part" in target][-2:] == [
        "3",
        "4",
    ]
    assert sum("/part/1" in target for target in targets) == 1
    assert server.methods.count("GET") == 1
    assert kept() == []


def test_parts_that_the_store_has_forgotten(
    shell: Shell, tmp_path: Path, told: Callable[[], list[str]]
) -> None:
    path = tmp_path / "big.bin"
    path.write_bytes(bytes(range(256)) * 4 * KIB * 16)
    with serve_uploads() as server:
        client = shell.client(server.url)

        def kill(done: int, total: int | None) -> None:
            if done > 10 * MIB:
                raise KilledError

        with pytest.raises(KilledError):
            shell.run(client.upload(ops.STORE, {"id": 7}, path, chunk_size=5 * MIB, progress=kill))
        while server.methods.count("PUT") < 3:  # the last one was cut off
            time.sleep(0.01)
        server.faults = [Fault(method="PUT", status=403)]
        shell.run(client.upload(ops.STORE, {"id": 7}, path, chunk_size=5 * MIB))
        assert server.methods.count("GET") == 2
    assert b"".join(server.parts[number] for number in (1, 2, 3, 4)) == path.read_bytes()
    assert told()[-1] == (
        "big.bin: the store no longer takes the parts of an earlier call: from the start"
    )
