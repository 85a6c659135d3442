"""What every fake platform has in common."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from starlette.types import ASGIApp


class Fake(abc.ABC):
    """A platform small enough to run in a test, with the behaviour of the real one.

    Its state lives in plain attributes, changed only by the server's own thread while it runs.
    """

    name: ClassVar[str]
    base_path: ClassVar[str] = ""
    """What follows the host in the base URL that users of the platform write."""

    username: str = "ada"
    password: str = "correct horse"
    token: str = "fake-token-0123456789"
    url: str = ""
    """The base URL it is served at; set when it starts."""

    @abc.abstractmethod
    def app(self) -> ASGIApp:
        """The platform as an ASGI application."""
