"""What every fake platform has in common."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from starlette.types import ASGIApp


class Fake(abc.ABC):
    """A platform small enough to run in a test, with the behaviour of the real one.

    Its state is in plain attributes, which only the server's own thread changes while it runs.

    Attributes:
        name: What the platform is called, in lower case.
        base_path: What follows the host in the base URL that clients are given.
        username: The name of a user who may log in.
        password: That user's password.
        token: A token that the server accepts.
        url: The base URL at which it is served; set when the server starts.
    """

    name: ClassVar[str]
    base_path: ClassVar[str] = ""

    username: str = "ada"
    password: str = "correct horse"
    token: str = "fake-token-0123456789"
    url: str = ""

    @abc.abstractmethod
    def app(self) -> ASGIApp:
        """Return the platform as an ASGI application."""
