"""Lets one test run against both shells: the sync client as it is, the async one in a loop."""

from __future__ import annotations

import abc
import asyncio
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, cast

from annoport.core import AsyncBaseClient, BaseClient
from annoport.core.contract.extensions import (
    Account,
    ClientHeader,
    Credential,
    ErrorRule,
    Login,
    Platform,
)
from annoport.core.http.connections import AsyncHttpClient, HttpClient

PLATFORM = Platform(
    title="Toy",
    env_prefix="TOY",
    example_url="https://toy.example.org",
    credentials={"token": Credential(prefix="Token"), "key": Credential(name="X-Key")},
    login=Login(operation="login", token="/token", extra={"refresh": False}),
    account=Account(operation="who_am_i", id="/user/id"),
    headers={"team": ClientHeader(header="X-Team", description="The team.")},
    messages=("/detail",),
    error_rules=(ErrorRule(status=400, pattern="^Invalid token", error="authentication"),),
)
PACKAGE = "tests.core.toy"


class Client(BaseClient):
    """The sync client of the toy platform."""

    _platform = PLATFORM
    _package = PACKAGE

    def __init__(self, base_url: str, **keywords: Any) -> None:
        super().__init__(base_url, **_sorted(keywords))


class AsyncClient(AsyncBaseClient):
    """The async client of the toy platform."""

    _platform = PLATFORM
    _package = PACKAGE

    def __init__(self, base_url: str, **keywords: Any) -> None:
        super().__init__(base_url, **_sorted(keywords))


def _sorted(keywords: dict[str, Any]) -> dict[str, Any]:
    """Sort keywords as a generated __init__ does: credentials, headers and all others."""
    credentials = {name: keywords.pop(name, None) for name in PLATFORM.credentials}
    headers = {name: keywords.pop(name, None) for name in PLATFORM.headers}
    return {"credentials": credentials, "headers": headers, **keywords}


class Shell(abc.ABC):
    """Makes clients of one kind, and runs their methods to the end.

    `run` takes what a method returns: the result itself, or an awaitable of it. So
    `shell.run(client.call(...))` works for both kinds.
    """

    client_class: ClassVar[type[Any]]
    name: ClassVar[str]

    def __init__(self) -> None:
        self._made: list[Any] = []

    def client(self, url: str, **keywords: Any) -> Any:
        """Return a client of the toy platform, which `finish` closes."""
        return self.keep(self.client_class(url, **keywords))

    def keep(self, made: Any) -> Any:
        """Return what was made, and let `finish` close it."""
        self._made.append(made)
        return made

    def finish(self) -> None:
        """Close everything that was made."""
        for made in self._made:
            self.close(made)

    @abc.abstractmethod
    def run(self, outcome: Any) -> Any:
        """Return the result of a call."""

    @abc.abstractmethod
    def items(self, iterable: Any) -> list[Any]:
        """Return all items of an iterator."""

    @abc.abstractmethod
    def streamed(self, context: Any, use: Callable[[Any], Any]) -> Any:
        """Enter a context manager, and return what `use` makes of it; items if that iterates."""

    @abc.abstractmethod
    def together(self, calls: Iterable[Callable[[], Any]]) -> list[Any]:
        """Return the results of calls that run at the same time."""

    @abc.abstractmethod
    def close(self, client: Any) -> None:
        """Close a client."""

    @abc.abstractmethod
    def http_client(self, **options: Any) -> Any:
        """Return an httpx client of the same kind."""


class SyncShell(Shell):
    """Runs the sync client."""

    client_class = Client
    name = "sync"

    def run(self, outcome: Any) -> Any:
        return outcome

    def items(self, iterable: Any) -> list[Any]:
        return list(iterable)

    def streamed(self, context: Any, use: Callable[[Any], Any]) -> Any:
        with context as entered:
            found = use(entered)
            return list(found) if hasattr(found, "__next__") else found

    def together(self, calls: Iterable[Callable[[], Any]]) -> list[Any]:
        from concurrent.futures import ThreadPoolExecutor

        waiting = list(calls)
        with ThreadPoolExecutor(len(waiting)) as pool:
            return [future.result() for future in [pool.submit(call) for call in waiting]]

    def close(self, client: Any) -> None:
        client.close()

    def http_client(self, **options: Any) -> Any:
        return self.keep(HttpClient(**options))


class AsyncShell(Shell):
    """Runs the async client, in an event loop of its own."""

    client_class = AsyncClient
    name = "async"

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()

    def finish(self) -> None:
        super().finish()
        self.runner.close()

    def run(self, outcome: Any) -> Any:
        async def wait() -> Any:
            return await outcome

        return self.runner.run(wait())

    def items(self, iterable: Any) -> list[Any]:
        async def collect() -> list[Any]:
            return [item async for item in iterable]

        return self.runner.run(collect())

    def streamed(self, context: Any, use: Callable[[Any], Any]) -> Any:
        async def enter() -> Any:
            async with context as entered:
                found = use(entered)
                if hasattr(found, "__anext__"):
                    return [item async for item in found]
                return await found if hasattr(found, "__await__") else found

        return self.runner.run(enter())

    def together(self, calls: Iterable[Callable[[], Any]]) -> list[Any]:
        async def gather() -> list[Any]:
            return list(await asyncio.gather(*(call() for call in calls)))

        return self.runner.run(gather())

    def close(self, client: Any) -> None:
        self.run(client.aclose())

    def http_client(self, **options: Any) -> Any:
        return self.keep(AsyncHttpClient(**options))


def shells() -> list[Callable[[], Shell]]:
    """Return both kinds, for a parametrised fixture."""
    return cast("list[Callable[[], Shell]]", [SyncShell, AsyncShell])
