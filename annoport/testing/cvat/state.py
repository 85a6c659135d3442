"""What the fake CVAT stores: users, organizations, projects, tasks, jobs and labels."""

from __future__ import annotations

import datetime as dt
import struct
from typing import TYPE_CHECKING, Any

import attrs

from annoport.testing.cvat.answers import Json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_FRAME_MARKERS = frozenset((*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC)))


def now() -> str:
    """Return the current time as the server writes it."""
    return stamp(dt.datetime.now(dt.UTC))


def stamp(moment: dt.datetime) -> str:
    """Write `moment` (UTC) as the server does."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@attrs.define(kw_only=True)
class User:
    """An account."""

    id: int
    username: str
    password: str
    first_name: str
    last_name: str
    staff: bool = False
    joined: str = "2026-01-05T08:00:00.000000Z"
    last_login: str | None = None

    def basic(self, base: str) -> Json:
        """Show the user as owners and assignees are shown."""
        return {
            "url": f"{base}/api/users/{self.id}",
            "id": self.id,
            "username": self.username,
            "first_name": self.first_name,
            "last_name": self.last_name,
        }

    def full(self, base: str) -> Json:
        """Show the user as `/api/users` does."""
        return {
            **self.basic(base),
            "email": f"{self.username}@example.org",
            "groups": ["admin" if self.staff else "user"],
            "is_staff": self.staff,
            "is_superuser": self.staff,
            "is_active": True,
            "last_login": self.last_login,
            "date_joined": self.joined,
            "has_analytics_access": self.staff,
        }


@attrs.define(kw_only=True)
class Organization:
    """A group of users that owns projects and tasks."""

    id: int
    slug: str
    name: str
    description: str = ""
    contact: Json = attrs.field(factory=dict[str, Any])
    owner: User
    created: str = attrs.field(factory=now)
    updated: str = attrs.field(factory=now)

    def show(self, base: str) -> Json:
        """Show the organization."""
        return {
            "id": self.id,
            "slug": self.slug,
            "name": self.name,
            "description": self.description,
            "created_date": self.created,
            "updated_date": self.updated,
            "contact": self.contact,
            "owner": self.owner.basic(base),
        }


@attrs.define(kw_only=True)
class Label:
    """A class of objects; it belongs to a project, or to a task without a project."""

    id: int
    name: str
    color: str
    attributes: list[Json] = attrs.field(factory=list[Json])
    type: str = "any"
    project_id: int | None = None
    task_id: int | None = None
    sublabels: list[Label] = attrs.field(factory=list["Label"])
    svg: str = ""

    def show(self) -> Json:
        """Show the label with the id of its project or of its task."""
        shown: Json = {
            **self.own(),
            "sublabels": [{**one.own(), "has_parent": True} for one in self.sublabels],
            "has_parent": False,
            "parent_id": None,
        }
        if self.type == "skeleton":
            shown["svg"] = self.svg
        if self.project_id is not None:
            return {**shown, "project_id": self.project_id}
        return {**shown, "task_id": self.task_id}

    def own(self) -> Json:
        """Show what both a label and a sublabel of a skeleton have."""
        return {
            "id": self.id,
            "name": self.name,
            "color": self.color,
            "attributes": self.attributes,
            "type": self.type,
        }


@attrs.define(kw_only=True)
class Project:
    """Tasks that share labels."""

    id: int
    name: str
    owner: User
    organization_id: int | None = None
    assignee: User | None = None
    assignee_updated: str | None = None
    bug_tracker: str = ""
    status: str = "annotation"
    created: str = attrs.field(factory=now)
    updated: str = attrs.field(factory=now)


@attrs.define
class Image:
    """One frame."""

    name: str
    content: bytes
    width: int
    height: int


@attrs.define(kw_only=True)
class Job:
    """A part of a task's frames, `start` to `stop` inclusive."""

    id: int
    task_id: int
    start: int
    stop: int
    assignee: User | None = None
    assignee_updated: str | None = None
    stage: str = "annotation"
    state: str = "new"
    type: str = "annotation"
    created: str = attrs.field(factory=now)
    updated: str = attrs.field(factory=now)

    @property
    def status(self) -> str:
        """The stage in the words of old releases."""
        return {"annotation": "annotation", "validation": "validation"}.get(self.stage, "completed")


@attrs.define(kw_only=True)
class Task:
    """Frames with annotations.

    has_data: whether an upload of data was begun; `images` is empty until it has succeeded.
    first_frame, frame_step: which of the uploaded files the frames are.
    owners, twins: an annotation on a frame of two jobs is stored in each, under an id of its own:
        by kind and id, the job that it is in, and the id that it has in the first job.
    film: makes a chunk of some frames, if they are those of a video; `images` has them, too.
    """

    id: int
    name: str
    owner: User
    project_id: int | None = None
    organization_id: int | None = None
    assignee: User | None = None
    assignee_updated: str | None = None
    bug_tracker: str = ""
    subset: str = ""
    status: str = "annotation"
    segment_size: int = 0
    overlap: int | None = None
    image_quality: int = 70
    images: list[Image] = attrs.field(factory=list[Image])
    has_data: bool = False
    cloud_storage_id: int | None = None
    chunk_size: int = 72
    first_frame: int = 0
    frame_step: int = 1
    deleted_frames: list[int] = attrs.field(factory=list[int])
    owners: dict[tuple[str, int], int] = attrs.field(factory=dict[tuple[str, int], int])
    twins: dict[tuple[str, int], int] = attrs.field(factory=dict[tuple[str, int], int])
    film: Callable[[Sequence[int]], bytes] | None = None
    tags: list[Json] = attrs.field(factory=list[Json])
    shapes: list[Json] = attrs.field(factory=list[Json])
    tracks: list[Json] = attrs.field(factory=list[Json])
    created: str = attrs.field(factory=now)
    updated: str = attrs.field(factory=now)
    chunks_updated: str = attrs.field(factory=now)

    @property
    def chunk_type(self) -> str:
        """What its chunks are."""
        return "imageset" if self.film is None else "video"

    @property
    def mode(self) -> str:
        """What it is made of, in the server's words."""
        return "annotation" if self.film is None else "interpolation"


@attrs.define
class State:
    """Everything that is stored."""

    users: dict[int, User] = attrs.field(factory=dict[int, User])
    organizations: dict[int, Organization] = attrs.field(factory=dict[int, Organization])
    projects: dict[int, Project] = attrs.field(factory=dict[int, Project])
    tasks: dict[int, Task] = attrs.field(factory=dict[int, Task])
    jobs: dict[int, Job] = attrs.field(factory=dict[int, Job])
    labels: dict[int, Label] = attrs.field(factory=dict[int, Label])
    quality_settings: dict[int, Json] = attrs.field(factory=dict[int, Json])
    quality_reports: dict[int, Json] = attrs.field(factory=dict[int, Json])
    _counters: dict[str, int] = attrs.field(factory=dict[str, int])

    def new_id(self, kind: str) -> int:
        """Return the next id of a kind of object."""
        self._counters[kind] = self._counters.get(kind, 0) + 1
        return self._counters[kind]

    def labels_of(self, task: Task) -> list[Label]:
        """Return the labels that annotations of `task` may use."""
        if task.project_id is not None:
            return [lb for lb in self.labels.values() if lb.project_id == task.project_id]
        return [lb for lb in self.labels.values() if lb.task_id == task.id]

    def jobs_of(self, task: Task) -> list[Job]:
        """Return the jobs of `task`, in the order of their frames."""
        return [job for job in self.jobs.values() if job.task_id == task.id]

    def tasks_of(self, project: Project) -> list[Task]:
        """Return the tasks of `project`."""
        return [task for task in self.tasks.values() if task.project_id == project.id]

    def add_label(
        self, spec: Json, *, project_id: int | None = None, task_id: int | None = None
    ) -> Label:
        """Store a label made from what a client sent."""
        label = self._label(spec, project_id=project_id, task_id=task_id)
        label.sublabels = [self._label(one) for one in spec.get("sublabels") or ()]
        label.svg = _with_ids(spec.get("svg") or "", label.sublabels)
        label.attributes = [self.attribute(given) for given in spec.get("attributes") or ()]
        self.labels[label.id] = label
        for one in label.sublabels:
            one.attributes = [self.attribute(given) for given in one.attributes]
        return label

    def _label(
        self, spec: Json, *, project_id: int | None = None, task_id: int | None = None
    ) -> Label:
        number = self.new_id("label")
        return Label(
            id=number,
            name=spec["name"],
            color=spec.get("color") or f"#{number * 2654435761 % 0xFFFFFF:06x}",
            type=spec.get("type") or "any",
            attributes=list(spec.get("attributes") or ()),
            project_id=project_id,
            task_id=task_id,
        )

    def attribute(self, given: Json) -> Json:
        """Make an attribute of a label from what a client sent."""
        return {
            "id": self.new_id("attribute"),
            "name": given["name"],
            "mutable": given["mutable"],
            "input_type": given["input_type"],
            "default_value": given.get("default_value", ""),
            "values": given["values"],
        }

    def attach(self, task: Task, images: list[Image]) -> None:
        """Give `task` its frames and split them into jobs."""
        task.images = images
        task.has_data = True
        task.segment_size = task.segment_size or len(images)
        task.overlap = task.overlap or 0
        task.updated = now()
        start = 0
        while start < len(images):
            stop = min(start + task.segment_size, len(images)) - 1
            number = self.new_id("job")
            self.jobs[number] = Job(id=number, task_id=task.id, start=start, stop=stop)
            if stop == len(images) - 1:
                break
            start = stop + 1 - min(task.overlap, task.segment_size - 1)

    def annotated(self, task: Task, start: int = 0, stop: int | None = None) -> None:
        """Note that annotations of the frames `start` to `stop` of a task have changed."""
        task.updated = now()
        for job in self.jobs_of(task):
            if start <= job.stop and (stop is None or job.start <= stop):
                job.updated = task.updated

    def remove_task(self, task: Task) -> None:
        """Remove `task` with its jobs and labels."""
        del self.tasks[task.id]
        self.jobs = {k: job for k, job in self.jobs.items() if job.task_id != task.id}
        self.labels = {k: lb for k, lb in self.labels.items() if lb.task_id != task.id}

    def remove_label(self, label: Label) -> None:
        """Remove `label` with all annotations that have it."""
        del self.labels[label.id]
        for task in self.tasks.values():
            for kind in ("tags", "shapes", "tracks"):
                kept = [one for one in getattr(task, kind) if one["label_id"] != label.id]
                setattr(task, kind, kept)

    def remove_project(self, project: Project) -> None:
        """Remove `project` with its tasks and labels."""
        for task in self.tasks_of(project):
            self.remove_task(task)
        self.labels = {k: lb for k, lb in self.labels.items() if lb.project_id != project.id}
        del self.projects[project.id]


def _with_ids(svg: str, sublabels: list[Label]) -> str:
    """Name the sublabels of a skeleton's drawing by id, as the server stores it."""
    for one in sublabels:
        svg = svg.replace(f'data-label-name="{one.name}"', f'data-label-id="{one.id}"')
    return svg


def read_image(name: str, content: bytes) -> Image:
    """Return an image with the size of its PNG or JPEG; ValueError for any other format."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR":
        width, height = struct.unpack(">II", content[16:24])
        return Image(name, content, width, height)
    if content.startswith(b"\xff\xd8"):
        for marker, offset in _jpeg_segments(content):
            if marker in _FRAME_MARKERS:
                height, width = struct.unpack(">HH", content[offset + 3 : offset + 7])
                return Image(name, content, width, height)
    raise ValueError(name)


def _jpeg_segments(content: bytes) -> Iterator[tuple[int, int]]:
    offset = 2
    while offset + 4 <= len(content) and content[offset] == 0xFF:
        length = struct.unpack(">H", content[offset + 2 : offset + 4])[0]
        yield content[offset + 1], offset + 2
        offset += 2 + length
