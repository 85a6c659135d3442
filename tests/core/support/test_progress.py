"""Displays of progress."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap

import pytest

from annoport.core.support.progress import Bar, Calling, Display, Tally, show_progress
from tests.systems import needs_terminal

CHILD = textwrap.dedent(
    """
    import fcntl, struct, sys, termios, threading
    from annoport.core.support.progress import show_progress

    fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    job = "action=export&target=task&target_id=1&subresource=dataset&format=COCO_1.0"
    together = threading.Barrier(2)

    def show(number):
        with show_progress(True, f"{number}-a-long-name-of-an-export-of-all-images.zip") as shown:
            shown.waiting(f"job {job}: Exporting", 0.45)
            together.wait()
            shown.bytes(500_000_000, 1_000_000_000)
            together.wait()

    threads = [threading.Thread(target=show, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    """
)


def test_who_shows_it() -> None:
    assert type(show_progress(False, "x")) is Display
    assert type(show_progress(True, "x")) is Display  # nobody watches the tests
    assert isinstance(show_progress(print, "x"), Calling)


def test_a_function_is_called() -> None:
    seen: list[tuple[int, int | None]] = []

    def note(done: int, total: int | None) -> None:
        seen.append((done, total))

    with show_progress(note, "x") as shown:
        shown.waiting("job 7: running", 0.5)
        shown.bytes(1, None)
        tally = Tally(shown, 2, 9)
        tally.add(3)
        tally.add(4)
    assert seen == [(1, None), (5, 9), (9, 9)]


def test_a_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with Bar("export.zip") as bar:
        bar.waiting("job 7: [running]", None)
        bar.waiting("job 7: [running]", 0.4)
        bar.bytes(0, None)
        bar.bytes(500, 1000)
    written = capsys.readouterr()
    assert written.out == ""
    assert "job 7: [running]" in written.err
    assert "export.zip" in written.err
    assert "500/1,000 bytes" in written.err or "0.5/1.0 kB" in written.err


def test_a_bar_that_was_never_used(capsys: pytest.CaptureFixture[str]) -> None:
    with Bar("x"):
        pass
    assert capsys.readouterr().err == ""


@needs_terminal
def test_two_bars_in_a_narrow_terminal() -> None:
    """Each line has room for the state and the bar, and neither bar overwrites the other."""
    ours, theirs = os.openpty()
    width = {name: text for name, text in os.environ.items() if name not in ("COLUMNS", "LINES")}
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD],
        stderr=theirs,
        stdout=subprocess.PIPE,
        env={**width, "TERM": "xterm"},
    )
    os.close(theirs)
    lines = re.split(r"[\r\n]+", re.sub(r"\x1b\[[?0-9;]*[a-zA-Z]", "", read_all(ours)))
    assert process.communicate()[0] == b""
    assert process.returncode == 0
    jobs = [line for line in lines if "Exporting" in line]
    assert "…" in jobs[0]
    assert re.search("━ +45% ", jobs[0])
    for number in range(2):
        bars = [line for line in lines if line.startswith(f"{number}-a-long")]
        assert re.search("….*zip.*━.*0.5/1.0 GB", bars[-1])
    assert max(map(len, lines)) <= 80


def read_all(descriptor: int) -> str:
    """Return what is written to a pseudo-terminal until its other side is closed."""
    found = b""
    try:
        while block := os.read(descriptor, 65536):
            found += block
    except OSError:  # Linux raises it once the other side is closed
        pass
    finally:
        os.close(descriptor)
    return found.decode()
