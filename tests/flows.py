"""Lets one test run the flows of a platform in both shells."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from annoport.testing import FakeServer
from tests.core.both_shells import Shell


class Seen(list[tuple[int, int | None]]):
    """What a flow tells of its progress; threads of it may tell at the same time."""

    def __call__(self, done: int, total: int | None) -> None:
        self.append((done, total))


class Flows:
    """The flows of a platform in one shell, each called without the client.

    `flows.create_states(1, [...])` is `tator.create_states(client, 1, [...])`, or its async twin,
    run to its end.
    """

    def __init__(self, module: ModuleType, shell: Shell, server: FakeServer[Any]) -> None:
        self.module = module
        self.shell = shell
        self._prefix = "" if shell.name == "sync" else "async_"
        kind = module.Client if shell.name == "sync" else module.AsyncClient
        self.client = shell.keep(kind(server.url, token=server.token))

    def __getattr__(self, name: str) -> Any:
        function = getattr(self.module, f"{self._prefix}{name}")

        def call(*arguments: Any, **keywords: Any) -> Any:
            return self.shell.run(function(self.client, *arguments, **keywords))

        return call

    def items(self, name: str, *arguments: Any, **keywords: Any) -> list[Any]:
        """Return all that a flow yields."""
        function = getattr(self.module, f"{self._prefix}{name}")
        return self.shell.items(function(self.client, *arguments, **keywords))
