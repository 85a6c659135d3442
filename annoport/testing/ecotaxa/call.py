"""A request to the fake EcoTaxa, with what every endpoint needs to know about it."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias, TypeVar, cast

import attrs
from starlette.requests import Request
from starlette.responses import Response

from annoport.testing.ecotaxa.answers import (
    Json,
    Refused,
    answer,
    forbid,
    invalid,
    missing,
    no_integer,
    no_member,
    not_found,
)
from annoport.testing.ecotaxa.backend import Backend
from annoport.testing.ecotaxa.state import Project, State, User, may_manage, may_read
from annoport.testing.ecotaxa.user_files import Folder

T = TypeVar("T")


@attrs.define
class Call:
    """A request whose token has been checked."""

    request: Request
    backend: Backend
    visitor: User | None

    @property
    def state(self) -> State:
        """What the server stores."""
        return self.backend.state

    @property
    def query(self) -> Mapping[str, str]:
        """The query parameters."""
        return self.request.query_params

    @property
    def user(self) -> User:
        """The user who sent the request; Refused with 403 for a visitor without a token."""
        if self.visitor is None:
            raise Refused(answer({"detail": "Not authenticated"}, 403))
        return self.visitor

    @property
    def folder(self) -> Folder:
        """The files of the user."""
        return self.backend.folder(self.user)

    def number(self, name: str) -> int:
        """Return a number from the path; Refused with 422."""
        value = self.request.path_params[name]
        if not value.removeprefix("-").isdigit():
            invalid(no_integer("path", name))
        return int(value)

    def integer(self, name: str) -> int | None:
        """Return a number from the query, None if it is missing; Refused with 422."""
        value = self.query.get(name)
        if value is None or value == "":
            return None
        if not value.removeprefix("-").isdigit():
            invalid(no_integer("query", name))
        return int(value)

    def page(self, items: list[Json]) -> list[Json]:
        """Return the part of a list that the query asks for."""
        start = self.integer("window_start") or 0
        size = self.integer("window_size")
        return items[start : None if size is None else start + size]

    def unordered(self, items: list[T]) -> list[T]:
        """Return a list that has no order: the database begins each window where it likes."""
        start = self.integer("window_start") or 0
        place = start * 5 % len(items) if items else 0
        return items[place:] + items[:place]

    def needed(self, name: str) -> str:
        """Return a required query parameter; Refused with 422 if it is missing."""
        if name not in self.query:
            invalid(missing("query", name))
        return self.query[name]

    def ids(self, name: str) -> list[int]:
        """Return numbers from the query; anything else is dropped."""
        words = self.query.get(name, "").replace("+", ",").replace(" ", ",").split(",")
        return [int(word) for word in words if word.isdigit()]

    async def body(self, *required: str) -> Json:
        """Return the JSON object that was sent; Refused with 422 if a field is missing."""
        given = await self.json()
        if not isinstance(given, dict):
            problem = {"msg": "value is not a valid dict", "type": "type_error.dict"}
            invalid({"loc": ["body"], **problem})
        fields = cast("Json", given)
        absent = [missing("body", name) for name in required if name not in fields]
        if absent:
            invalid(*absent)
        return fields

    async def json(self) -> object:
        """Return the JSON value that was sent; Refused with 422."""
        raw = await self.request.body()
        if not raw:
            invalid(missing("body"))
        try:
            return cast("object", json.loads(raw))
        except ValueError as error:
            problem = {"msg": f"Invalid JSON: {error}", "type": "value_error.jsondecode"}
            invalid({"loc": ["body"], **problem})

    def project(self, number: int) -> Project:
        """Return a project that the visitor may see; Refused with 404 or 403."""
        if number not in self.state.projects:
            not_found()
        project = self.state.projects[number]
        if not may_read(project, self.visitor):
            forbid()
        return project

    def managed(self, number: int) -> Project:
        """Return a project that the user may change; Refused with 404 or 403."""
        user = self.user
        if number not in self.state.projects:
            not_found()
        project = self.state.projects[number]
        if not may_manage(project, user):
            forbid()
        return project

    def choice(self, fields: Json, name: str, allowed: tuple[str, ...], default: str) -> str:
        """Return a field of an export request; Refused with 422 if it is not one of `allowed`."""
        value = fields.get(name, default)
        if value not in allowed:
            invalid(no_member(allowed, "body", "request", name))
        return str(value)

    async def form(self, *required: str) -> dict[str, str]:
        """Return the fields of a form; Refused with 422 if one is missing."""
        async with self.request.form() as form:
            fields = {name: value for name, value in form.items() if isinstance(value, str)}
        absent = [missing("body", name) for name in required if name not in fields]
        if absent:
            invalid(*absent)
        return fields


def like(pattern: str, text: str) -> bool:
    """Return whether a text is like a pattern of SQL, whatever the case."""
    wanted = re.escape(pattern).replace("%", ".*").replace("_", ".")
    return re.fullmatch(wanted, text, re.IGNORECASE | re.DOTALL) is not None


Handler: TypeAlias = Callable[[Call], Awaitable[Response]]


Methods: TypeAlias = dict[str, Handler]
"""Method -> handler."""
Routes: TypeAlias = dict[str, Methods]
"""Path below the base path -> method -> handler."""
