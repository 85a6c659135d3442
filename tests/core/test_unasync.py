"""The derived sync shells are what the async ones give."""

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
from annoport.core.concurrency import AsyncLock, async_sleep


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
from annoport.core.concurrency import Lock, sleep


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


def test_sync_shells_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert unasync.main(["--check"]) == 0, capsys.readouterr().out


def test_check_finds_each_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in ("_async", "_sync"):
        (tmp_path / folder).mkdir()
    shutil.copy(unasync.CORE / "_async" / "resource.py", tmp_path / "_async")
    (tmp_path / "_sync" / "gone.py").touch()
    core = f"--core={tmp_path}"
    assert unasync.main(["--check", core]) == 1
    told = capsys.readouterr().out
    assert "_sync/resource.py is not what _async gives" in told
    assert "_sync/gone.py is not what _async gives" in told
    assert unasync.main([core]) == 0
    assert unasync.main(["--check", core]) == 0
    derived = (tmp_path / "_sync" / "resource.py").read_text(encoding="utf-8")
    assert derived.startswith("# Derived from _async/resource.py by tools/unasync.py")
    assert not (tmp_path / "_sync" / "gone.py").exists()
    (tmp_path / "_sync" / "resource.py").write_text(derived + "# by hand\n", encoding="utf-8")
    assert unasync.main(["--check", core]) == 1


def test_source_that_is_no_python(tmp_path: Path) -> None:
    (tmp_path / "_async").mkdir()
    (tmp_path / "_async" / "bad.py").write_text("def (:\n    pass\n")
    with pytest.raises(SystemExit, match=r"bad\.py"):
        unasync.main([f"--core={tmp_path}"])
