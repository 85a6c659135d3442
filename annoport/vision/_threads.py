"""Threads that ask the platform, which keep no program alive."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

_T = TypeVar("_T")
_P = ParamSpec("_P")
_Asked = SimpleQueue[Callable[[], None] | None]


class Threads(Executor):
    """A few threads that run what is submitted.

    Those of a `ThreadPoolExecutor` keep a program from ending, and from being interrupted, until
    the server has answered all that was asked ahead. These are left behind.
    """

    def __init__(self, count: int, name: str) -> None:
        """Start no thread yet.

        Args:
            count: How many threads there are at most.
            name: What they are called.
        """
        self._name, self._absent = name, count
        self._asked: _Asked = SimpleQueue()
        self._guard = threading.Lock()

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """Return what `fn` will have returned."""
        future: Future[_T] = Future()
        self._asked.put(functools.partial(_run, future, functools.partial(fn, *args, **kwargs)))
        with self._guard:
            if self._absent:
                self._absent -= 1
                threading.Thread(
                    target=_work, args=(self._asked,), name=self._name, daemon=True
                ).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 (the signature is that of Executor)
        """Let each thread end when there is no more to do; nobody waits for them."""
        self._asked.put(None)


def _work(asked: _Asked) -> None:
    while (run := asked.get()) is not None:
        run()
        del run  # a dataset that was thrown away need not wait for the next call
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
