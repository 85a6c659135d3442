"""What every fake platform has in common."""

from __future__ import annotations

import abc
import contextlib
import functools
from collections.abc import Generator
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from annoport.testing.faults import Faults


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

    @functools.cached_property
    def faults(self) -> Faults:
        """The failures that are arranged; the server has them in front of the platform."""
        from annoport.testing.faults import Faults

        return Faults()

    @functools.cached_property
    def own_faults(self) -> dict[str, Exception]:
        """What went wrong in the fake itself, by what it did; the server raises it at its end."""
        return {}

    def went_wrong(self, doing: str, error: Exception) -> str:
        """Keep what went wrong in the fake itself, so that the server raises it at its end.

        Args:
            doing: What the fake did, such as "export:dataset of task 1".
            error: What was raised.

        Returns:
            What a client may be told.
        """
        self.own_faults.setdefault(doing, error)
        return f"the fake itself failed: {type(error).__name__}: {error}"

    @contextlib.contextmanager
    def minding(self, doing: str) -> Generator[None]:
        """Keep what goes wrong in the fake itself while it answers a request, and let it pass.

        Args:
            doing: The request, such as "GET /api/tasks".
        """
        from starlette.requests import ClientDisconnect

        try:
            yield
        except ClientDisconnect:
            raise
        except Exception as error:
            self.went_wrong(doing, error)
            raise

    def failure_page(self, status: int) -> str:
        """Return the HTML page that `fail_next` sends.

        Args:
            status: Its HTTP status.
        """
        return f"<html><body>This {status} was arranged by a test</body></html>"

    def fail_next(self, status: int, times: int = 1, *, path: str = "") -> None:
        """Make the next requests fail with an HTML page.

        Args:
            status: The HTTP status that they get.
            times: How many requests fail.
            path: Only requests whose path contains this text fail.
        """
        self.faults.fail_next(status, times, path=path, body=self.failure_page(status))

    def lose_next(self, times: int = 1, *, path: str = "", method: str = "") -> None:
        """Do what the next requests ask, and lose the answers on the way.

        Args:
            times: How many answers are lost.
            path: Only answers to requests whose path contains this text are lost.
            method: Only answers to requests of this method are lost; "" is any.
        """
        self.faults.lose_next(times, path=path, method=method)
