"""Threads that keep no program alive."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, ParamSpec, TypeAlias, TypeVar

_T = TypeVar("_T")
_P = ParamSpec("_P")
_Asked: TypeAlias = "tuple[Future[Any], Callable[[], Any]] | None"


class Threads(Executor):
    """A few threads that run what is submitted.

    Those of a `ThreadPoolExecutor` keep a program that was interrupted from ending until the
    server has answered all that was asked. These are left behind: by a program that ends, and by
    an error that leaves `with`.
    """

    def __init__(self, count: int, name: str) -> None:
        """Start no thread yet.

        Args:
            count: How many threads there are at most.
            name: What they are called.
        """
        self._name, self._count = name, count
        self._asked = SimpleQueue[_Asked]()
        self._guard = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._is_shut = False

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """Return what `fn` will have returned.

        Raises:
            RuntimeError: No more is taken since `shutdown`.
        """
        future: Future[_T] = Future()
        with self._guard:
            if self._is_shut:
                raise RuntimeError(f"cannot submit to the threads {self._name!r} after shutdown()")
            self._asked.put((future, lambda: fn(*args, **kwargs)))
            if len(self._threads) < self._count:
                thread = threading.Thread(
                    target=_work, args=(self._asked,), name=self._name, daemon=True
                )
                thread.start()
                self._threads.append(thread)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 (the signature is that of Executor)
        """Take no more, and let each thread end when there is no more to do.

        Args:
            wait: Whether to wait until all have ended.
            cancel_futures: Whether to cancel what no thread has begun.
        """
        with self._guard:
            self._is_shut = True
        if cancel_futures:
            for future in self._not_begun():
                future.cancel()
        self._asked.put(None)
        if wait:
            for thread in self._threads:
                thread.join()

    def leave(self, seconds: float) -> None:
        """Cancel what no thread has begun, and wait so long for the rest at most."""
        self.shutdown(wait=False, cancel_futures=True)
        join(self._threads, seconds)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait until all is done; after an error, cancel what is not begun, and do not wait."""
        self.shutdown(wait=kind is None, cancel_futures=kind is not None)

    def _not_begun(self) -> Iterable[Future[Any]]:
        while True:
            try:
                asked = self._asked.get_nowait()
            except Empty:
                return
            if asked is not None:
                yield asked[0]


def join(threads: Iterable[threading.Thread], seconds: float) -> None:
    """Wait until threads have ended, so long at most for all of them."""
    until = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))


def _work(asked: SimpleQueue[_Asked]) -> None:
    while (one := asked.get()) is not None:
        _run(*one)
        del one  # a dataset that was thrown away need not wait for the next call
    asked.put(None)  # the other threads are to end, too


def _run(future: Future[Any], call: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = call()
    except BaseException as error:  # noqa: BLE001 (it is raised where the result is wanted)
        future.set_exception(error)
        del future  # else the error and this frame would hold each other
    else:
        future.set_result(result)
