"""The partial file: killed processes, full disks, two processes at once."""

from __future__ import annotations

import contextlib
import errno
import gc
import inspect
import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from types import FrameType
from typing import IO, Any, TypeAlias

import attrs
import msgspec
import pytest

from annoport.core._sync.download import RemoteUrl
from annoport.core._sync.download_transfer import BLOCK
from annoport.core.contract.extensions import Download
from annoport.core.download.lock import FileLock
from annoport.core.download.partial import NOTE_EVERY, Partial
from annoport.core.download.pieces import Pieces
from annoport.core.download.resume import FileIdentity, Version, lasting_url
from annoport.core.errors import DownloadError, NoSpaceError, TargetBusyError
from tests.core.both_shells import Client
from tests.core.file_server import Fault, FileServer, serve_file
from tests.systems import as_root, needs_interrupts, needs_linux_mounts, needs_open_files_replaced

CONTENT = random.Random(5).randbytes(3_000_000)
RULES = {
    "etag": Download(ranges="any", validator="etag"),
    "job": Download(ranges="open-ended", validator="job"),
}
SOURCE = FileIdentity.of("test", label="http://example.org/x", job="7")

CHILD = textwrap.dedent(
    """
    import signal, sys
    from annoport.core._sync.download import RemoteUrl
    from annoport.core.contract.extensions import Download
    from tests.core.both_shells import Client

    # A shell that runs the tests in the background lets them ignore interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    url, target, ranges, validator, connections = sys.argv[1:]
    rules = Download(ranges=ranges, validator=validator)
    with Client(url) as client:
        RemoteUrl(client, url + "/x", rules).download(
            target,
            connections=int(connections),
            progress=lambda done, total: print(done, flush=True),
        )
    """
)


def child(
    server: FileServer, target: Path, rules: Download, connections: int
) -> subprocess.Popen[str]:
    """Start a process that downloads the server's file."""
    arguments = [server.url, str(target), rules.ranges, rules.validator, str(connections)]
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, *arguments], stdout=subprocess.PIPE, text=True
    )


TWIN = textwrap.dedent(
    """
    import sys
    from annoport.core._sync.download import RemoteUrl
    from annoport.core.contract.extensions import Download
    from annoport.core.errors import TargetBusyError, TargetExistsError
    from tests.core.both_shells import Client

    rules = Download(ranges="any", validator="etag")
    with Client(sys.argv[1]) as client:
        for line in sys.stdin:
            target, overwrite = line.split()
            try:
                RemoteUrl(client, sys.argv[1] + "/x", rules).download(target, overwrite=overwrite)
                print("whole", flush=True)
            except (TargetBusyError, TargetExistsError) as error:
                print(type(error).__name__, flush=True)
    """
)


class Twin:
    """A process that downloads the server's file to one target after another."""

    def __init__(self, server: FileServer) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", TWIN, server.url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def begin(self, target: Path, overwrite: str) -> None:
        """Let it begin a download."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{target} {overwrite}\n")
        self._process.stdin.flush()

    def outcome(self) -> str:
        """Return how the download ended: "whole", or the name of the error."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def stop(self) -> None:
        """End the process, which must not have failed."""
        self._process.communicate()
        assert self._process.returncode == 0


Served: TypeAlias = tuple[FileServer, RemoteUrl]


@pytest.fixture
def serving() -> Iterator[Callable[..., Served]]:
    """Returns a server of the content, and its remote file as the child process names it."""
    with contextlib.ExitStack() as stack:

        def serve(rules: Download, **settings: object) -> Served:
            server = stack.enter_context(
                serve_file(CONTENT, **{"ranges": rules.ranges, **settings})
            )
            client = stack.enter_context(Client(server.url))
            return server, RemoteUrl(client, f"{server.url}/x", rules)

        yield serve


@contextlib.contextmanager
def killed(process: subprocess.Popen[str]) -> Generator[IO[str], None, None]:
    """Yield the output of a process, and kill the process when the block ends."""
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize("validator", ["etag", "job"])
def test_a_killed_process_loses_little(
    tmp_path: Path, validator: str, serving: Callable[..., Served]
) -> None:
    rules, target = RULES[validator], tmp_path / "x"
    validators = ("etag",) if validator == "etag" else ()
    server, file = serving(rules, validators=validators)
    server.faults.append(Fault(stall_after=2_200_000))
    with killed(child(server, target, rules, 1)) as printed:
        while int(printed.readline()) < 1_000_000:
            pass
    assert not target.exists()
    server.sent = 0
    file.download(target)
    assert target.read_bytes() == CONTENT
    assert server.sent < 2_200_000
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


@needs_open_files_replaced
def test_a_killed_process_keeps_its_pieces(tmp_path: Path, serving: Callable[..., Served]) -> None:
    target = tmp_path / "x"
    server, file = serving(RULES["etag"])
    server.faults.extend([Fault(), Fault(), *[Fault(stall_after=500_000)] * 3])
    with killed(child(server, target, RULES["etag"], 3)):
        while not any(b'"pieces":[' in path.read_bytes() for path in tmp_path.glob(".*.json")):
            time.sleep(0.01)
    server.faults.clear()
    server.sent = 0
    file.download(target)
    assert target.read_bytes() == CONTENT
    assert server.sent <= 2_000_000
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_a_killed_process_loses_little_of_a_piece(tmp_path: Path) -> None:
    target, content = tmp_path / "x", random.Random(6).randbytes(12 * NOTE_EVERY)
    with serve_file(content) as server, Client(server.url) as client:
        # Two connections make pieces of 1.5 NOTE_EVERY. Each stalls shortly before the end of one.
        server.faults.extend([Fault(), *[Fault(stall_after=NOTE_EVERY * 5 // 4)] * 2])
        with killed(child(server, target, RULES["etag"], 2)) as printed:
            while int(printed.readline()) < 2 * (NOTE_EVERY + BLOCK):
                pass
        server.sent = 0
        RemoteUrl(client, f"{server.url}/x", RULES["etag"]).download(target)
        assert target.read_bytes() == content
        assert server.sent <= len(content) - NOTE_EVERY


@needs_interrupts
@pytest.mark.parametrize(
    ("silent", "ignored"),
    [(False, False), (True, False), (True, True)],
    ids=["stalls", "does not begin to answer", "started in the background"],
)
def test_an_interrupt_while_the_server_is_silent(
    tmp_path: Path, silent: bool, ignored: bool, serving: Callable[..., Served]
) -> None:
    """It ends the process long before the stall timeout would, and keeps what has arrived."""
    target = tmp_path / "x"
    server, file = serving(RULES["etag"])
    third = Fault(pause=100.0) if silent else Fault(stall_after=0)
    server.faults.extend([Fault(stall_after=0), *[Fault(stall_after=500_000)] * 2, third])
    with a_background_shell() if ignored else contextlib.nullcontext():
        process = child(server, target, RULES["etag"], 3)
    with killed(process) as printed:
        while int(printed.readline()) < 2 * 3 * BLOCK:
            pass
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait() != 0
        assert time.monotonic() - begun < 10  # of 60
    assert {path.name.rpartition(".")[2] for path in tmp_path.iterdir()} == {"partial", "json"}
    server.faults.clear()
    server.sent = 0
    file.download(target)
    assert target.read_bytes() == CONTENT
    assert server.sent <= len(CONTENT) - 2 * 3 * BLOCK


@contextlib.contextmanager
def a_background_shell() -> Generator[None, None, None]:
    """Start processes as a shell does in the background: they ignore interrupts at first."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def test_two_processes_on_one_target(tmp_path: Path, serving: Callable[..., Served]) -> None:
    target = tmp_path / "x"
    server, file = serving(RULES["etag"])
    server.faults.append(Fault(stall_after=1_500_000))
    with killed(child(server, target, RULES["etag"], 1)) as printed:
        assert int(printed.readline()) > 0
        with pytest.raises(TargetBusyError, match="another download"):
            file.download(target)
    file.download(target)
    assert target.read_bytes() == CONTENT


def test_many_processes_leave_one_whole_file(tmp_path: Path) -> None:
    target = tmp_path / "x"
    with serve_file(CONTENT) as server:
        server.faults.extend([Fault(drop_after=n * 100_000) for n in range(1, 12)])
        started = [child(server, target, RULES["etag"], 1) for _ in range(3)]
        for process in started:
            process.communicate()
        assert target.read_bytes() == CONTENT
        assert min(process.returncode for process in started) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_two_processes_fifty_times(tmp_path: Path) -> None:
    """Whoever is first, the file is right, and the other one raises an error that says why."""
    seen: Counter[str] = Counter()
    with serve_file(CONTENT) as server:
        twins = [Twin(server), Twin(server)]
        for number in range(50):
            target = tmp_path / str(number)
            server.faults.append(Fault(pause=0.02))  # so that the two overlap
            server.faults.append(Fault(drop_after=number * 50_000))
            for twin in twins:
                twin.begin(target, ("error", "replace", "resume")[number % 3])
            outcomes = [twin.outcome() for twin in twins]
            assert "whole" in outcomes
            assert set(outcomes) <= {"whole", "TargetBusyError", "TargetExistsError"}
            assert target.read_bytes() == CONTENT
            server.faults.clear()
            seen.update(outcomes)
        for twin in twins:
            twin.stop()
    assert seen["TargetBusyError"] > 0
    assert not list(tmp_path.glob(".*.partial"))


@needs_linux_mounts
@pytest.mark.parametrize("connections", [1, 2])
def test_a_full_disk(small_disk: Path, connections: int, serving: Callable[..., Served]) -> None:
    server, file = serving(RULES["etag"])
    with pytest.raises(NoSpaceError, match="free some space"):
        file.download(small_disk / "x", connections=connections)
    assert not (small_disk / "x").exists()
    kept = sum(path.stat().st_size for path in small_disk.glob(".*.partial"))
    assert kept > 900_000 if connections == 1 else kept == 0  # pieces reserve the space first
    assert as_root("mount", "-o", "remount,size=8m", str(small_disk))
    server.sent = 0
    file.download(small_disk / "x")
    assert (small_disk / "x").read_bytes() == CONTENT
    assert server.sent <= len(CONTENT) - kept + 3 * 65_536


def test_a_folder_that_cannot_be_written(tmp_path: Path, serving: Callable[..., Served]) -> None:
    (tmp_path / "file").write_bytes(b"")
    server, file = serving(RULES["etag"])
    with pytest.raises(DownloadError, match="cannot write"):
        file.download(tmp_path / "file" / "x")
    assert server.requests == []


def test_the_sidecar_is_there_before_the_bytes(tmp_path: Path) -> None:
    partial = Partial.open(tmp_path, "x", SOURCE)
    partial.begin(Version(etag='"1"', total=9), "x", "text/plain")
    saved = msgspec.json.decode(partial.sidecar.read_bytes())
    assert saved["etag"] == '"1"'
    assert saved["job"] == "7"
    assert partial.path.stat().st_size == 0
    partial.write(b"abc")
    assert partial.path.read_bytes() == b"abc"
    partial.close()
    again = Partial.open(tmp_path, "x", SOURCE)
    assert (again.have, again.cold) == (3, True)
    assert again.version == Version(etag='"1"', total=9)
    assert again.tail(1) == b"bc"
    again.close()
    other = Partial.open(tmp_path, "x", FileIdentity.of("other", label="http://example.org/x"))
    assert (other.have, other.version) == (0, None)
    other.close()


def filled(folder: Path, content: bytes) -> Partial:
    """Return a partial file that has all of its bytes."""
    partial = Partial.open(folder, "x", SOURCE)
    partial.begin(Version(etag='"1"', total=len(content)), None, "")
    partial.write(content)
    partial.flush()
    return partial


def test_a_kill_before_the_final_name(tmp_path: Path) -> None:
    partial = filled(tmp_path, b"abc")
    partial.finish(tmp_path / "x", replace=True, remember=True)
    partial.close()
    (tmp_path / "x").rename(partial.path)  # as if killed before the renaming
    again = Partial.open(tmp_path, "x", SOURCE)
    assert again.finished(tmp_path / "x") is None
    assert (again.have, again.version) == (3, Version(etag='"1"', total=3))
    again.finish(tmp_path / "x", replace=True, remember=True)
    again.close()
    last = Partial.open(tmp_path, "x", SOURCE)
    assert last.finished(tmp_path / "x") == tmp_path / "x"
    assert last.wrote(tmp_path / "x")
    last.close()


def test_a_kill_between_the_two_names(tmp_path: Path) -> None:
    partial = filled(tmp_path, b"abc")
    (tmp_path / "x").hardlink_to(partial.path)
    partial.close()
    again = Partial.open(tmp_path, "x", SOURCE)
    assert again.have == 0
    again.close()
    assert (tmp_path / "x").read_bytes() == b"abc"
    assert not partial.path.exists()


def test_a_late_thread_touches_nothing(tmp_path: Path) -> None:
    """The thread of a cancelled task may still write after another download has begun."""
    partial = filled(tmp_path, b"12")
    partial.close()
    other = Partial.open(tmp_path, "x", SOURCE)
    late: list[Callable[[], object]] = [
        lambda: partial.write(b"34"),
        lambda: partial.begin(Version(total=9), None, ""),
        partial.flush,
        partial.drop,
    ]
    for call in late:
        with pytest.raises(ValueError, match="was closed"):
            call()
    assert other.path.read_bytes() == b"12"
    other.close()


# --------------------------------------------------------------------------- bytes that are kept

DOWNLOAD_CODE = str(Path(inspect.getfile(Partial)).parent)
MISHAPS: dict[str, Callable[[], BaseException]] = {
    "interrupt": KeyboardInterrupt,
    "no descriptor": lambda: OSError(errno.EMFILE, "Too many open files"),
    "broken disk": lambda: OSError(errno.EIO, "Input/output error"),
}


@attrs.define
class AtLine:
    """Raises an error at one of the lines of the download code that are run.

    Attributes:
        left: How many lines are run before it.
        error: What it raises.
        raised: Whether it has come to that.
    """

    left: int
    error: BaseException
    raised: bool = False

    def run(self, what: Callable[[], None]) -> None:
        """Call `what`, and let the error pass."""
        before = sys.gettrace()
        sys.settrace(self._trace)
        try:
            what()
        except BaseException as error:
            if not self._is_ours(error):
                raise
        finally:
            sys.settrace(before)

    def _is_ours(self, error: BaseException | None) -> bool:
        while error is not None and error is not self.error:
            error = error.__cause__ or error.__context__
        return error is not None

    def _trace(self, frame: FrameType, event: str, _: object) -> Callable[..., Any] | None:
        if not frame.f_code.co_filename.startswith(DOWNLOAD_CODE):
            return None
        if event == "line":
            self.left -= 1
            if self.left < 0 and not self.raised:
                self.raised = True
                raise self.error
        return self._trace


def leave_bytes(folder: Path) -> None:
    """Leave a partial file of three bytes."""
    partial = Partial.open(folder, "x", SOURCE)
    partial.begin(Version(etag='"1"', total=10), None, "")
    partial.write(b"012")
    partial.close()


def leave_pieces(folder: Path) -> None:
    """Leave a partial file with one whole piece and one byte of another."""
    partial = in_pieces(folder)
    first, second, _ = partial.missing_pieces()
    second.write(b"4")
    first.write(b"0123")
    first.done()
    partial.close()


def take_up(folder: Path) -> None:
    """Take up what is there, add to it and leave it."""
    partial = Partial.open(folder, "x", SOURCE)
    try:
        if partial.pieces is None:
            partial.tail(partial.have - 1)
            partial.write(b"3")
        else:
            partial.missing_pieces()[0].write(b"5")
    finally:
        partial.close()


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # closing is a line too
@pytest.mark.parametrize("mishap", MISHAPS)
@pytest.mark.parametrize("leave", [leave_bytes, leave_pieces])
def test_nothing_at_any_line_removes_what_is_there(
    tmp_path: Path, leave: Callable[[Path], None], mishap: str
) -> None:
    (before := tmp_path / "before").mkdir()
    leave(before)
    kept = still_there(before)
    assert kept in (3, 5)
    for number in itertools.count():
        folder = tmp_path / str(number)
        shutil.copytree(before, folder)
        mishaps = AtLine(number, MISHAPS[mishap]())
        mishaps.run(lambda folder=folder: take_up(folder))  # type: ignore[misc]
        found = still_there(folder)
        assert found >= kept, number
        if not mishaps.raised:
            assert number > 80  # lines
            assert found == kept + 1
            break
    gc.collect()  # while the warning is ignored


def test_no_interrupt_at_any_line_forgets_whose_the_target_is(tmp_path: Path) -> None:
    """A download over a finished file was killed before its first byte."""
    (before := tmp_path / "before").mkdir()
    partial = filled(before, b"abc")
    partial.finish(before / "x", replace=True, remember=True)
    partial.begin(Version(etag='"2"', total=10), None, "")
    shutil.copytree(before, tmp_path / "killed", ignore=shutil.ignore_patterns("*.lock"))
    partial.close()
    for number in itertools.count():
        folder = Path(shutil.copytree(tmp_path / "killed", tmp_path / str(number)))
        interrupt = AtLine(number, KeyboardInterrupt())
        interrupt.run(lambda folder=folder: Partial.open(folder, "x", SOURCE).close())  # type: ignore[misc]
        (sidecar,) = folder.glob(".*.json")
        assert msgspec.json.decode(sidecar.read_bytes())["made"] == "x", number
        if not interrupt.raised:
            assert number > 40  # lines
            return


def still_there(folder: Path) -> int:
    """Return how many right bytes the next process would find; the lock may still be held here."""
    unlocked = shutil.ignore_patterns("*.lock")
    copy = Path(shutil.copytree(folder, f"{folder}.copy", ignore=unlocked))
    partial = Partial.open(copy, "x", SOURCE)
    content = partial.path.read_bytes() if partial.received else b""
    spans = [(0, partial.have)]
    if partial.pieces is not None:
        gaps = {piece.index: piece.gap[0] for piece in partial.missing_pieces()}
        spans = [(at, gaps.get(at // 4, at + 4)) for at in (0, 4, 8)]
    for start, stop in spans:
        assert content[start:stop] == b"0123456789"[start:stop]
    partial.close()
    return partial.received


@pytest.mark.parametrize("leave", [leave_bytes, leave_pieces])
@pytest.mark.parametrize("free", range(4))
def test_few_free_descriptors_cost_no_byte(
    tmp_path: Path, leave: Callable[[Path], None], free: int
) -> None:
    leave(tmp_path)
    before = sorted((path.name, path.read_bytes()) for path in tmp_path.iterdir())
    with few_descriptors(free), contextlib.suppress(DownloadError):
        Partial.open(tmp_path, "x", SOURCE).close()
    assert sorted((path.name, path.read_bytes()) for path in tmp_path.iterdir()) == before


@contextlib.contextmanager
def few_descriptors(free: int) -> Generator[None, None, None]:
    """Let the process open so many files more, until the block ends."""
    resource = pytest.importorskip("resource", reason="the system limits no open files")
    usual = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = [os.open(os.devnull, os.O_RDONLY) for _ in range(free + 1)]
    last = taken.pop()
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (last, usual[1]))
        for descriptor in [*taken, last]:
            os.close(descriptor)
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, usual)


def test_an_interrupt_after_a_write_loses_nothing(tmp_path: Path) -> None:
    """The first bytes are on the disk, but not yet counted."""
    partial = Partial.open(tmp_path, "x", SOURCE)
    partial.begin(Version(etag='"1"', total=10), None, "")
    with partial.path.open("ab") as file:
        file.write(b"012")
    partial.close()
    assert still_there(tmp_path) == 3


def in_pieces(folder: Path) -> Partial:
    """Return a partial file of three pieces, the last of which is short."""
    partial = Partial.open(folder, "x", SOURCE)
    partial.begin_pieces(Version(etag='"1"', total=10), None, "", piece=4)
    return partial


def test_what_is_there_of_a_piece_is_noted(tmp_path: Path) -> None:
    partial = in_pieces(tmp_path)
    _, second, last = partial.missing_pieces()
    last.write(b"89")
    last.done()
    second.write(b"4")
    second.write(b"56")
    assert partial.received == 5
    partial.close()
    again = Partial.open(tmp_path, "x", SOURCE)
    assert [piece.gap for piece in again.missing_pieces()] == [(0, 4), (7, 8)]
    assert again.received == 5
    assert again.path.read_bytes()[4:] == b"456\x0089"
    for piece, block in zip(again.missing_pieces(), (b"0123", b"7"), strict=True):
        piece.write(block)
        piece.done()
    assert again.missing_pieces() == []
    again.close()
    assert again.path.read_bytes() == b"0123456789"


def test_a_sidecar_that_knows_whole_pieces_only(tmp_path: Path) -> None:
    """Earlier releases wrote such sidecars."""
    partial = in_pieces(tmp_path)
    first, second, _ = partial.missing_pieces()
    first.write(b"0123")
    first.done()
    second.write(b"45")
    partial.close()
    saved = msgspec.json.decode(partial.sidecar.read_bytes())
    assert saved.pop("begun") == {"1": 2}
    partial.sidecar.write_bytes(msgspec.json.encode(saved))
    again = Partial.open(tmp_path, "x", SOURCE)
    assert [piece.gap for piece in again.missing_pieces()] == [(4, 8), (8, 10)]
    again.close()


def test_pieces_of_no_byte_are_not_kept(tmp_path: Path) -> None:
    partial = in_pieces(tmp_path)
    partial.close()
    assert list(tmp_path.iterdir()) == []


def test_a_late_thread_adds_to_no_piece(tmp_path: Path) -> None:
    """A thread that was left behind may still write after the file was begun again."""
    partial = in_pieces(tmp_path)
    late = partial.missing_pieces()[0]
    partial.drop()
    partial.begin_pieces(Version(etag='"2"', total=10), None, "", piece=4)
    with pytest.raises(ValueError, match="were dropped"):
        late.write(b"0123")
    with pytest.raises(ValueError, match="were dropped"):
        late.done()
    assert partial.received == 0
    partial.close()
    with pytest.raises(ValueError, match="was closed"):
        late.write(b"0123")


def test_bytes_that_may_not_be_on_the_disk_are_forgotten() -> None:
    pieces = Pieces(4, 10, {2}, {0: 1})
    pieces.took(0, 2)
    pieces.took(1, 3)
    assert (pieces.received, pieces.unnoted(0), pieces.noted) == (8, 2, False)
    pieces.back_to_note()
    assert (pieces.received, pieces.gap(0), pieces.gap(1)) == (3, (1, 4), (4, 8))
    pieces.took(0, 3)
    pieces.note()
    assert (pieces.unnoted(0), pieces.noted) == (0, True)


def test_long_names_have_room(tmp_path: Path) -> None:
    partial = Partial.open(tmp_path, "ä" * 127 + "b", SOURCE)
    partial.begin(Version(total=1), None, "")
    partial.write(b"x")
    partial.flush()
    partial.finish(tmp_path / ("ä" * 127 + "b"), replace=False, remember=False)
    partial.close()
    assert [path.name for path in tmp_path.iterdir()] == ["ä" * 127 + "b"]


def test_a_lock_is_for_one(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert first.acquire()
    assert not second.acquire()
    first.release()
    assert not (tmp_path / "lock").exists()
    assert second.acquire()
    second.release()
    second.release()


def test_a_signed_url_stays_the_same() -> None:
    first = "https://store.example.org/b/key?versionId=3&X-Amz-Signature=abc&X-Amz-Date=1"
    second = "https://store.example.org/b/key?X-Amz-Date=2&X-Amz-Signature=def&versionId=3"
    assert lasting_url(first) == lasting_url(second)
    assert lasting_url(first) != lasting_url(first.replace("versionId=3", "versionId=4"))
    assert lasting_url(first) != lasting_url(first.replace("key", "other"))
