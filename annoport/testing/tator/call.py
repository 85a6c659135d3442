"""A request to the fake Tator, with what every endpoint needs to know about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, cast

import attrs
from starlette.requests import Request
from starlette.responses import Response

from annoport.testing.tator.answers import NO_CREDENTIALS, TatorError, forbidden, invalid_body
from annoport.testing.tator.backend import Backend
from annoport.testing.tator.state import Row, Table, Tables

_MAX_CREATED = 500


@attrs.frozen(kw_only=True)
class Call:
    """A request whose sender is known and whose body has been read.

    user: None for a request without a token.
    body: the decoded JSON, None when empty.
    """

    backend: Backend
    request: Request
    user: Row | None
    body: Any = None

    @property
    def tables(self) -> Tables:
        """What the server stores."""
        return self.backend.tables

    @property
    def me(self) -> Row:
        """The sender; TatorError if unknown."""
        if self.user is None:
            raise TatorError(NO_CREDENTIALS)
        return self.user

    def number(self, name: str = "id") -> int:
        """Return a number from the path."""
        return int(self.request.path_params[name])

    def word(self, name: str) -> str:
        """Return a word from the path."""
        return str(self.request.path_params[name])

    def project(self) -> Row:
        """Return the project that the path names; TatorError unless the sender is a member."""
        return self.member_of(self.number("project"))

    def project_id(self) -> int:
        """Return the id of the project that the path names; TatorError as for `project`."""
        number: int = self.project()["id"]
        return number

    def owned(self, table: Table) -> Row:
        """Return the row that the path names; TatorError unless its project is the sender's."""
        row = table.get(self.number())
        self.member_of(row["project"])
        return row

    def member_of(self, project_id: int) -> Row:
        """Return a project; TatorError unless it exists and the sender is a member."""
        row = self.tables.projects.get(project_id)
        if not self.tables.memberships.where(project=project_id, user=self.me["id"]):
            raise forbidden()
        return row

    def fields(self, *required: str) -> Row:
        """Return the body; TatorError unless it is an object with these keys."""
        body = self.body
        if not isinstance(body, dict):
            raise invalid_body(body, [f"{body!r} is not of type 'object'"])
        row = cast("Row", body)
        missing = [f"{name!r} is a required property" for name in required if name not in row]
        if missing:
            raise invalid_body(row, missing)
        return row

    def items(self) -> tuple[list[Row], bool]:
        """Return the items to create and whether they came as a list; TatorError for too many."""
        body: object = self.body
        if isinstance(body, dict):
            return [cast("Row", body)], False
        if not body or not isinstance(body, list):
            raise TatorError("'body'")
        many = cast("list[Row]", body)
        if len(many) > _MAX_CREATED:
            raise invalid_body(many, [f"{many!r} is too long"], schema="any")
        return many, True

    def check_count(self, rows: list[Row], doing: str) -> None:
        """Raise TatorError if the query expects another number of rows."""
        expected = self.integer("count", low=0)
        if expected is not None and expected != len(rows):
            message = f"Safety check failed - expected {expected} but would {doing} {len(rows)}"
            raise TatorError(message)

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


Methods: TypeAlias = dict[str, Handler]
"""Method -> handler."""
Routes: TypeAlias = dict[str, Methods]
"""Path -> method -> handler."""


def _to_integer(name: str, raw: str) -> int:
    try:
        return int(raw)
    except ValueError:
        raise TatorError(
            f"Query parameter error: {name}", details=f"Failed to cast value to integer type: {raw}"
        ) from None
