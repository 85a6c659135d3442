"""The clients of the process that works: one for each run and server, shared by its threads."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator, Mapping
from typing import Any, TypeAlias

import attrs

from annoport.core import BaseClient
from annoport.core.errors import InvalidArgumentError
from annoport.core.support.concurrency import Lock
from annoport.core.values.type_guards import is_mapping

Connect: TypeAlias = Callable[[], BaseClient]
"""Makes a client."""

_KEPT = 8
"""Clients that a process keeps; a worker may live for many runs, and is not told when one ends."""

_Key: TypeAlias = tuple[int, str, str]


@attrs.define
class _Kept:
    client: BaseClient
    users: int = 0


_lock = Lock()
_kept: dict[_Key, _Kept] = {}


@contextlib.contextmanager
def client_of(run: str, server: str, connect: Connect) -> Generator[BaseClient]:
    """Yield the client of this process for a run and a server, which is made if missing.

    Args:
        run: What tells the run from others.
        server: Which of its clients.
        connect: Makes the client.

    Raises:
        InvalidArgumentError: `connect` makes something else.
    """
    key = (os.getpid(), run, server)
    with _lock.here():
        kept = _kept.pop(key, None) or _Kept(_made(connect))
        _kept[key] = kept  # the one that was used last is the last
        kept.users += 1
        _close(_surplus())
    try:
        yield kept.client
    finally:
        with _lock.here():
            kept.users -= 1


def close_clients(run: str) -> None:
    """Close the clients of a run in this process, even while threads use them."""
    with _lock.here():
        _close([key for key in _kept if key[:2] == (os.getpid(), run)])


def _made(connect: Callable[[], object]) -> BaseClient:
    client = connect()
    if isinstance(client, BaseClient):
        return client
    raise InvalidArgumentError(
        f"connect= returned a {type(client).__name__}: expected a function that makes a sync "
        "client, such as functools.partial(cvat.Client, url, token=...)"
    )


def _surplus() -> list[_Key]:
    """Return the clients that are not in use, the oldest first, as far as there are too many."""
    idle = [key for key, kept in _kept.items() if not kept.users or key[0] != os.getpid()]
    return idle[: max(0, len(_kept) - _KEPT)]


def _close(keys: list[_Key]) -> None:
    for key in keys:
        _kept.pop(key).client.close()


def connects_by_name(connect: Connect | Mapping[str, Connect]) -> dict[str, Connect]:
    """Return what makes the client of each server.

    Args:
        connect: That of the only one, or of each by name.

    Raises:
        InvalidArgumentError: It is something else, such as a client.
    """
    given: dict[str, Any] = dict(connect) if is_mapping(connect) else {"": connect}
    for name, each in given.items():
        if not callable(each):
            where = f"connect[{name!r}]" if name else "connect"
            raise InvalidArgumentError(
                f"{where} is a {type(each).__name__}, which other processes cannot use: pass what "
                "makes a client, such as functools.partial(cvat.Client, url, token=...)"
            )
    return given
