"""Sync code is what is derived from async code, in every folder that has some."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tools import unasync

SOURCE = '''\
"""Uses an AsyncThing; asynchronous words in prose stay."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from annoport.core._async.thing import AsyncThing, _AsyncPart
from annoport.core.support.concurrency import AsyncLock, async_sleep


class AsyncUser:
    def __init__(self, make: "Callable[[], Awaitable[AsyncThing]]") -> None:
        self.lock = AsyncLock()  # an AsyncLock of ours

    async def __aenter__(self) -> "AsyncUser":
        return self

    @contextlib.asynccontextmanager
    async def use(self, make: Callable[[], Awaitable[list[int]]]) -> AsyncIterator[int]:
        async with self.lock, contextlib.AsyncExitStack() as stack:
            await async_sleep(
                1,  # seconds
            )
            thing = await (await stack.enter_async_context(AsyncThing())).get()
            async for part in thing:
                yield await anext(aiter(part))
            print("await the AsyncThing")
            await thing.aclose()
'''
DERIVED = '''\
"""Uses an Thing; asynchronous words in prose stay."""

import contextlib
from collections.abc import Iterator, Awaitable, Callable

from annoport.core._sync.thing import Thing, _Part
from annoport.core.support.concurrency import Lock, sleep


class User:
    def __init__(self, make: "Callable[[], Thing]") -> None:
        self.lock = Lock()  # an Lock of ours

    def __enter__(self) -> "User":
        return self

    @contextlib.contextmanager
    def use(self, make: Callable[[], list[int]]) -> Iterator[int]:
        with self.lock, contextlib.ExitStack() as stack:
            sleep(
                1,  # seconds
            )
            thing = (stack.enter_context(Thing())).get()
            for part in thing:
                yield next(iter(part))
            print("await the Thing")
            thing.close()
'''


def test_tokens_are_translated_and_the_rest_is_kept() -> None:
    assert unasync.unasync(SOURCE) == DERIVED


def test_sync_code_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert unasync.main(["--check"]) == 0, capsys.readouterr().out


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package with async code in two folders, of which one has outdated sync code."""
    for folder, name in (("core", "wait"), ("core", "parts/piece"), ("platform", "upload")):
        path = tmp_path / "pack" / folder / "_async" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"async def {path.stem}():\n    await async_sleep(1)\n")
    (tmp_path / "pack" / "core" / "_sync").mkdir()
    (tmp_path / "pack" / "core" / "_sync" / "gone.py").touch()
    return tmp_path / "pack"


def test_every_folder_is_written_and_checked(
    package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    option = f"--package={package}"
    assert unasync.main([option, "--check"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "pack/core/_sync/parts/piece.py: not what is derived from _async; run `make regen`",
        "pack/core/_sync/wait.py: not what is derived from _async; run `make regen`",
        "pack/platform/_sync/upload.py: not what is derived from _async; run `make regen`",
        "pack/core/_sync/gone.py: derived from a file that is gone; run `make regen`",
    ]
    assert unasync.main([option]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "wrote pack/core/_sync/parts/piece.py",
        "wrote pack/core/_sync/wait.py",
        "wrote pack/platform/_sync/upload.py",
        "removed pack/core/_sync/gone.py",
    ]
    assert (package / "core" / "_sync" / "parts" / "piece.py").read_text(encoding="utf-8") == (
        "# Derived from _async/parts/piece.py by tools/unasync.py: change that file instead.\n"
        "def piece():\n    sleep(1)\n"
    )
    assert not (package / "core" / "_sync" / "gone.py").exists()
    assert unasync.main([option, "--check"]) == 0


def test_a_change_by_hand_is_found(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    option = f"--package={package}"
    unasync.main([option])
    derived = package / "platform" / "_sync" / "upload.py"
    derived.write_text(derived.read_text(encoding="utf-8") + "# by hand\n", encoding="utf-8")
    capsys.readouterr()
    assert unasync.main([option, "--check"]) == 1
    assert capsys.readouterr().out.startswith("pack/platform/_sync/upload.py: ")


def test_sync_code_without_its_async_code_goes(package: Path) -> None:
    unasync.main([f"--package={package}"])
    shutil.rmtree(package / "platform" / "_async")
    assert unasync.main([f"--package={package}", "--check"]) == 1
    assert unasync.main([f"--package={package}"]) == 0
    assert not (package / "platform" / "_sync" / "upload.py").exists()


def test_a_package_is_described_by_the_first_sentence(package: Path) -> None:
    source = package / "core" / "_async" / "__init__.py"
    source.write_text('"""The async shells. Sync ones are derived."""\n\nNAMES = ("AsyncThing",)\n')
    unasync.main([f"--package={package}"])
    assert (package / "core" / "_sync" / "__init__.py").read_text(encoding="utf-8") == (
        "# Derived from _async/__init__.py by tools/unasync.py: change that file instead.\n"
        '"""The sync shells."""\n\nNAMES = ("Thing",)\n'
    )


def test_source_that_is_no_python(package: Path) -> None:
    (package / "core" / "_async" / "bad.py").write_text("def (:\n    pass\n")
    with pytest.raises(SystemExit, match=r"_async/bad\.py: "):
        unasync.main([f"--package={package}"])
