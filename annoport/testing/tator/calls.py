"""One request on its way through the fake, and what may be asked of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import attrs
from starlette.responses import JSONResponse, Response

from annoport.testing.tator.errors import NO_CREDENTIALS, TatorError, forbidden, invalid_body

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

    from annoport.testing.tator.fake import FakeTator
    from annoport.testing.tator.rows import Row, Tables


def reply(body: object, status: int = 200) -> Response:
    """Answer with JSON."""
    return JSONResponse(body, status_code=status)


def said(message: str, status: int = 200, **more: object) -> Response:
    """Answer with a message, and more fields if there are any."""
    return reply({"message": message, **more}, status)


@attrs.frozen(kw_only=True)
class Call:
    """A request whose session is known and whose body is read.

    user: None for somebody without a token.
    body: the decoded JSON, None when empty.
    """

    fake: FakeTator
    request: Request
    user: Row | None
    body: Any = None

    @property
    def tables(self) -> Tables:
        """What the platform remembers."""
        return self.fake.tables

    @property
    def me(self) -> Row:
        """The session; TatorError if unknown."""
        if self.user is None:
            raise TatorError(NO_CREDENTIALS)
        return self.user

    def number(self, name: str = "id") -> int:
        """Return a number of the path."""
        return int(self.request.path_params[name])

    def word(self, name: str) -> str:
        """Return a text of the path."""
        return str(self.request.path_params[name])

    def project(self) -> Row:
        """Return the project of the path, which the session must be a member of."""
        return self.member_of(self.number("project"))

    def member_of(self, project_id: int) -> Row:
        """Return a project; TatorError 404 or 403 if it is unknown or closed to the session."""
        row = self.tables.projects.get(project_id)
        if not self.tables.memberships.where(project=project_id, user=self.me["id"]):
            raise forbidden()
        return row

    def fields(self, *required: str) -> Row:
        """Return the body, an object that must have these keys."""
        body = self.body
        if not isinstance(body, dict):
            raise invalid_body(body, [f"{body!r} is not of type 'object'"])
        row = cast("Row", body)
        missing = [f"{name!r} is a required property" for name in required if name not in row]
        if missing:
            raise invalid_body(row, missing)
        return row

    def text(self, name: str) -> str | None:
        """Return a query parameter."""
        return self.request.query_params.get(name)

    def integer(self, name: str, *, low: int | None = None, high: int | None = None) -> int | None:
        """Return a query parameter that is a number within its limits."""
        raw = self.text(name)
        if raw is None:
            return None
        value = _to_integer(name, raw)
        problem = None
        if low is not None and value < low:
            problem = f"{value} is less than the minimum of {low}"
        elif high is not None and value > high:
            problem = f"{value} is greater than the maximum of {high}"
        if problem is not None:
            found = invalid_body(value, [problem], schema="integer")
            raise TatorError(f"Invalid query parameter: {name}", details=found.details)
        return value

    def texts(self, name: str) -> list[str]:
        """Return a query parameter that is a comma-separated list."""
        raw = self.text(name)
        return raw.split(",") if raw else []

    def integers(self, name: str) -> list[int]:
        """Return a query parameter that is a comma-separated list of numbers."""
        return [_to_integer(name, word) for word in self.texts(name)]


Handler: TypeAlias = Callable[[Call], Response]
Routes: TypeAlias = dict[str, dict[str, Handler]]
"""Path template -> method -> handler."""


def _to_integer(name: str, raw: str) -> int:
    try:
        return int(raw)
    except ValueError:
        raise TatorError(
            f"Query parameter error: {name}", details=f"Failed to cast value to integer type: {raw}"
        ) from None


def copy_known(target: Row, source: Row, names: Iterable[str]) -> None:
    """Take the named fields over, and no others: unknown fields are ignored."""
    for name in names:
        if name in source:
            target[name] = source[name]
