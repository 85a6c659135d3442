"""A request to the fake CVAT, with what every endpoint needs to know about it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias, TypeVar, cast

import attrs
from starlette.requests import Request
from starlette.responses import Response

from annoport.testing.cvat.answers import (
    Json,
    Refused,
    detail,
    refuse_detail,
    refuse_field,
    refuse_list,
    unknown,
)
from annoport.testing.cvat.backend import Backend
from annoport.testing.cvat.exports import Part
from annoport.testing.cvat.releases import without
from annoport.testing.cvat.state import Job, Organization, Project, State, Task, User, now
from annoport.testing.forms import Form, is_form, read_form

Found = TypeVar("Found")


@attrs.define
class Call:
    """A request whose user is known.

    base: scheme and host from the Host header, with which links in answers begin.
    query: the query parameters that the release of the server knows.
    _ignored, _unknown: query parameters, and fields of bodies, that the release does not know.
    """

    request: Request
    backend: Backend
    _user: User | None
    _ignored: frozenset[str] = frozenset()
    _unknown: frozenset[str] = frozenset()
    base: str = attrs.field(init=False)
    query: Mapping[str, str] = attrs.field(init=False)
    _sent: Form | None = attrs.field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        """Read the Host header and the query."""
        self.base = str(self.request.base_url).rstrip("/")
        given = self.request.query_params
        self.query = {name: text for name, text in given.items() if name not in self._ignored}

    @property
    def state(self) -> State:
        """What the server stores."""
        return self.backend.state

    @property
    def user(self) -> User:
        """The user who sent the request; Refused with 401 for an anonymous one."""
        if self._user is None:
            refuse_detail("Authentication credentials were not provided.", 401)
        return self._user

    def number(self, name: str = "id") -> int:
        """Return a number from the path."""
        return int(self.request.path_params[name])

    def find(self, objects: Mapping[int, Found], kind: str, name: str = "id") -> Found:
        """Return the object that the path names; Refused with 404."""
        number = self.number(name)
        if number not in objects:
            unknown(kind)
        return objects[number]

    def task(self) -> Task:
        """Return the task that the path names."""
        return self.find(self.state.tasks, "Task")

    def job(self) -> Job:
        """Return the job that the path names."""
        return self.find(self.state.jobs, "Job")

    def project(self) -> Project:
        """Return the project that the path names."""
        return self.find(self.state.projects, "Project")

    def organization(self) -> Organization | None:
        """Return the organization that the request chooses; Refused if it does not exist."""
        header = self.request.headers.get("x-organization")
        slug = self.query.get("org", header)
        number = self.query.get("org_id")
        if number is not None and slug is not None:
            refuse_list(
                'You cannot specify "org_id" query parameter with "org" query parameter '
                'or "X-Organization" HTTP header at the same time.'
            )
        if not slug and not number:
            return None
        for organization in self.state.organizations.values():
            if slug == organization.slug or number == str(organization.id):
                return organization
        raise Refused(detail(f"{slug or number} organization does not exist.", 404))

    def visible(self, organization_id: int | None) -> bool:
        """Tell whether objects of an organization are visible to this request."""
        chosen = self.organization()
        if chosen is not None:
            return organization_id == chosen.id
        alone = self.query.get("org", self.request.headers.get("x-organization")) == ""
        return organization_id is None if alone else True

    def part(self) -> Part:
        """Return the frames of the task or job that the path names."""
        if self.request.url.path.startswith("/api/jobs/"):
            job = self.job()
            return Part(self.state.tasks[job.task_id], job.start, job.stop)
        task = self.task()
        return Part(task, 0, max(0, len(task.images) - 1))

    async def body(self) -> Json:
        """Return what the release knows of the JSON object that was sent; Refused with 400."""
        raw = await self.request.body()
        if not raw:
            return {}
        try:
            given = json.loads(raw)
        except ValueError as error:
            refuse_detail(f"JSON parse error - {error}", 400)
        if not isinstance(given, dict):
            kind = type(given).__name__
            message = f"Invalid data. Expected a dictionary, but got {kind}."
            refuse_field("non_field_errors", message)
        sent = cast("Json", given)
        return dict(without(sent, self._unknown)) if self._unknown else sent

    async def files(self) -> dict[str, tuple[str, bytes]]:
        """Return the files of a multipart body as field -> (file name without folders, content)."""
        form = await self._form()
        return {field: (_kept_name(name), content) for field, (name, content) in form.files.items()}

    async def fields(self) -> Json:
        """Return what was sent besides files: a JSON object, or the text fields of a form."""
        if self.request.headers.get("content-type", "").startswith("application/json"):
            return await self.body()
        found: Json = {}
        for name, text in (await self._form()).texts:
            field, listed, _ = name.partition("[")
            found[field] = [*found.get(field, []), text] if listed else text
        return found

    async def _form(self) -> Form:
        if self._sent is None:
            self._sent = await read_form(self.request) if is_form(self.request) else Form()
        return self._sent

    def assign(self, target: Project | Task | Job, assignee_id: int | None) -> None:
        """Set the assignee of `target`; Refused with 400 if there is no such user."""
        if assignee_id is not None and assignee_id not in self.state.users:
            refuse_field("assignee_id", f'Invalid pk "{assignee_id}" - object does not exist.')
        target.assignee = None if assignee_id is None else self.state.users[assignee_id]
        target.assignee_updated = now()


Handler: TypeAlias = Callable[[Call], Awaitable[Response]]
Methods: TypeAlias = dict[str, Handler]
"""Method -> handler."""

Routes: TypeAlias = dict[str, Methods]
"""Path below /api/ -> method -> handler; a slash in `[/]` at the end is optional."""


def _kept_name(name: str) -> str:
    """Return a file's name in a form as Django reads it: clean, and without folders."""
    base = re.split(r"[/\\]", html.unescape(name))[-1]
    return "".join(filter(str.isprintable, base))
