"""Showing progress."""

from __future__ import annotations

import pytest

from annoport.core.progress import Bar, Calling, Display, Tally, display


def test_who_shows_it() -> None:
    assert type(display(False, "x")) is Display
    assert type(display(True, "x")) is Display  # nobody watches the tests
    assert isinstance(display(print, "x"), Calling)


def test_a_function_is_called() -> None:
    seen: list[tuple[int, int | None]] = []

    def note(done: int, total: int | None) -> None:
        seen.append((done, total))

    with display(note, "x") as shown:
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
