"""Tasks, jobs and projects of CVAT as sources of datasets."""

from __future__ import annotations

import contextlib
import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import PurePosixPath
from typing import Literal, TypeAlias

import msgspec
from attrs import define, field, frozen

from annoport.convert import from_json, to_json
from annoport.core import RemoteFile
from annoport.core.download.zips import unzipping
from annoport.core.values.models import known
from annoport.cvat.annotations import Converter
from annoport.cvat.labels import from_label
from annoport.cvat.references import id_of
from annoport.cvat.writing import Place
from annoport.errors import ChangedDuringDownloadError, DecodeError
from annoport.vision import Annotation, video
from annoport.vision.sources import Content, Frame, Media, Part, Picture, WriteMode
from annoport_cvat import Client, models

Quality: TypeAlias = Literal["original", "compressed"]
Unsupported: TypeAlias = Literal["error", "drop"]

_VIDEO = "video"
_TRIES = 2


def task(
    client: Client,
    task: models.TaskRead | int,
    *,
    quality: Quality = "original",
    unsupported: Unsupported = "error",
) -> CvatSource:
    """Return a task as a source of pictures and annotations.

    Args:
        client: A client of CVAT. Nothing is sent before a dataset is made of the source.
        task: The task, or its id.
        quality: The pictures that were uploaded, or smaller ones that the server made of them.
        unsupported: "drop" leaves out annotations that have no form here, such as cuboids.
    """
    return CvatSource(client, "task", id_of(task, "task"), quality, unsupported)


def job(
    client: Client,
    job: models.JobRead | int,
    *,
    quality: Quality = "original",
    unsupported: Unsupported = "error",
) -> CvatSource:
    """Return a job as a source: the frames of its segment, with the numbers of the task.

    Args:
        client: A client of CVAT. Nothing is sent before a dataset is made of the source.
        job: The job, or its id.
        quality: The pictures that were uploaded, or smaller ones that the server made of them.
        unsupported: "drop" leaves out annotations that have no form here, such as cuboids.
    """
    return CvatSource(client, "job", id_of(job, "job"), quality, unsupported)


def project(
    client: Client,
    project: models.ProjectRead | int,
    *,
    select: Callable[[models.TaskRead], bool] | None = None,
    quality: Quality = "original",
    unsupported: Unsupported = "error",
) -> CvatSource:
    """Return the tasks of a project as one source, in the order of their ids.

    Args:
        client: A client of CVAT. Nothing is sent before a dataset is made of the source.
        project: The project, or its id.
        select: Which tasks to have; by default all. A task without frames is left out.
        quality: The pictures that were uploaded, or smaller ones that the server made of them.
        unsupported: "drop" leaves out annotations that have no form here, such as cuboids.
    """
    number = id_of(project, "project")
    return CvatSource(client, "project", number, quality, unsupported, select)


@frozen
class CvatSource:
    """A task, job or project of CVAT; the functions of these names make one.

    Attributes:
        client: Sends the requests.
        kind: What it is.
        number: Its id.
        quality: Which pictures to read.
        unsupported: What to do with annotations that have no form here.
        select: Which tasks of a project to have; None for all.
    """

    client: Client = field(repr=False)
    kind: Literal["task", "job", "project"]
    number: int
    quality: Quality = "original"
    unsupported: Unsupported = "error"
    select: Callable[[models.TaskRead], bool] | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """What it is called, such as "task 42"."""
        return f"{self.kind} {self.number}"

    @property
    def key(self) -> str:
        """What tells it from all others, on other servers too."""
        return f"cvat {self.client.base.url} {self.name} {self.quality}"

    def account(self) -> str:
        """Return the id of the account, which the server is asked for once."""
        return str(self.client.account_id())

    def describe(self) -> bytes:
        """Ask for the labels, and for the tasks or the job.

        Raises:
            ApiError: The server answered with an error.
            TransportError: A request could not be sent, or its response could not be read.
        """
        client, number = self.client, self.number
        tasks: list[models.TaskRead] = []
        jobs: list[models.JobRead] = []
        if self.kind == "project":
            tasks = sorted(client.tasks.list(project_id=number), key=lambda each: each.id)
            labels = client.labels.list(project_id=number)
        elif self.kind == "task":
            tasks = [client.tasks.retrieve(number)]
            labels = client.labels.list(task_id=number)
        else:
            jobs = [client.jobs.retrieve(number)]
            tasks = [client.tasks.retrieve(jobs[0].task_id)]
            labels = client.labels.list(job_id=number)
        return to_json({"labels": list(labels), "tasks": tasks, "jobs": jobs})

    def open(self, description: bytes) -> Content:
        """Return what a description says."""
        said = from_json(description, dict[str, msgspec.Raw])
        labels = from_json(bytes(said["labels"]), list[models.Label])
        tasks = from_json(bytes(said["tasks"]), list[models.TaskRead])
        jobs = from_json(bytes(said["jobs"]), list[models.JobRead])
        converter = Converter(labels)
        parts: list[Part] = []
        for each in tasks:
            if self.select is not None and not self.select(each):
                continue
            if each.size:
                parts.append(self._part(each, jobs[0] if jobs else None, converter))
        return Content(labels=map(from_label, labels), parts=parts)

    def _part(
        self, task: models.TaskRead, job: models.JobRead | None, converter: Converter
    ) -> CvatPart:
        return CvatPart(
            client=self.client,
            task=task,
            job=job,
            converter=converter,
            quality=self.quality,
            unsupported=self.unsupported,
        )


@define(kw_only=True, slots=False)
class CvatPart:
    """The frames of one task or job, by the numbers of the task."""

    client: Client = field(repr=False)
    task: models.TaskRead
    job: models.JobRead | None
    converter: Converter = field(repr=False)
    quality: Quality
    unsupported: Unsupported

    @property
    def name(self) -> str:
        """What it is called, such as "task 42"."""
        return f"task {self.task.id}" if self.job is None else f"job {self.job.id}"

    @property
    def subset(self) -> str | None:
        """The subset of the task."""
        return self.task.subset or None

    @property
    def annotations_revision(self) -> str | None:
        """When the task or job was last changed."""
        changed = self.task if self.job is None else self.job
        return str(changed.updated_date)

    def fetch_media(self) -> bytes:
        """Ask for the names and sizes of the frames."""
        client = self.client
        if self.job is None:
            return to_json(client.tasks.retrieve_data_meta(self.task.id))
        return to_json(client.jobs.retrieve_data_meta(self.job.id))

    def media_of(self, document: bytes) -> Media:
        """Return the frames, without deleted ones."""
        meta = from_json(document, models.DataMetaRead)
        first = 0 if self.job is None else self.job.start_frame
        deleted = set(meta.deleted_frames or ())
        # A film of frames with gaps does not tell their numbers.
        one_by_one = self._is_video and not (video.can_decode() and not meta.included_frames)
        together = 1 if one_by_one else meta.chunk_size or 1
        infos = list(meta.frames or ())
        numbers = _numbers(meta, first)
        if len(infos) == 1:  # all frames of a video
            infos *= len(numbers)
        elif len(infos) > len(numbers):  # those between are told of, too
            infos = [infos[number - first] for number in numbers]
        frames = [
            Frame(
                number=number,
                name=info.name,
                width=known(info.width),
                height=known(info.height),
                block=place // together,
                index=place % together,
            )
            for place, (number, info) in enumerate(zip(numbers, infos, strict=False))
            if number not in deleted
        ]
        kept = (meta.chunks_updated_date, meta.chunk_size, meta.size, meta.start_frame)
        texts = [*map(str, kept), str(meta.stop_frame), str(meta.frame_filter), self.quality]
        return Media(
            revision=hashlib.sha256("\n".join(texts).encode()).hexdigest(),
            frames=frames,
            size=numbers[-1] + 1 if numbers else first,
            deleted=sorted(deleted),
            alone=self._is_video,
        )

    @cached_property
    def _is_video(self) -> bool:
        task = self.task
        kind = (
            task.data_original_chunk_type
            if self.quality == "original"
            else task.data_compressed_chunk_type
        )
        return kind == _VIDEO

    def fetch_annotations(self) -> bytes:
        """Ask for all annotations."""
        client = self.client
        if self.job is None:
            return to_json(client.tasks.retrieve_annotations(self.task.id))
        return to_json(client.jobs.retrieve_annotations(self.job.id))

    def annotations_of(self, document: bytes) -> Sequence[Annotation]:
        """Return the annotations."""
        data = from_json(document, models.LabeledData)
        return self.converter.from_data(data, unsupported=self.unsupported)

    def write(
        self, annotations: Sequence[Annotation], *, frames: Sequence[int], mode: WriteMode
    ) -> None:
        """Write annotations, as `annoport.vision.Part.write` says.

        Those of a model have the source "auto". A score is written if the server keeps it: a newer
        one does, for shapes. What has no form here, such as a cuboid, is never replaced.
        """
        place = Place(
            client=self.client,
            name=self.name,
            task=self.task,
            job=self.job,
            media=self._media,
            converter=self.converter,
        )
        place.write(annotations, frames=frames, mode=mode)

    @cached_property
    def _media(self) -> Media:
        return self.media_of(self.fetch_media())

    def read_block(self, block: int, frames: Sequence[Frame]) -> Iterator[Picture]:
        """Read the pictures of a chunk; few frames of a video come one by one."""
        if self._is_video:
            yield from self._read_video(block, frames)
            return
        chunk = self._read("chunk", block)
        what = f"{self.name}, chunk {block}: the {len(chunk)} bytes that the server sent are"
        with unzipping(what):
            archive = zipfile.ZipFile(io.BytesIO(chunk))
        members = archive.infolist()
        for frame in frames:
            if frame.index >= len(members):
                raise DecodeError(
                    f"{self.name}, chunk {block}: it has {len(members)} pictures, and none for "
                    f"frame {frame.number} ({frame.name})"
                )
            member = members[frame.index]
            with unzipping(what):
                content = archive.read(member)
            suffix = PurePosixPath(member.filename).suffix
            yield Picture(frame=frame.number, suffix=suffix, content=content, crc=member.CRC)

    def _read_video(self, block: int, frames: Sequence[Frame]) -> Iterator[Picture]:
        if len(frames) > video.ALONE and video.can_decode():
            chunk = io.BytesIO(self._read("chunk", block))
            first = frames[0].number - frames[0].index
            yield from video.pictures(chunk, first, frames, where=f"{self.name}, chunk {block}")
            return
        for frame in frames:
            content = self._read("frame", frame.number)
            suffix = ".png" if content.startswith(b"\x89PNG") else ".jpeg"
            yield Picture(frame=frame.number, suffix=suffix, content=content)

    def _read(self, kind: Literal["chunk", "frame"], number: int) -> bytes:
        client, quality = self.client, self.quality
        if self.job is None:
            remote = client.tasks.retrieve_data(
                self.task.id, type=kind, number=number, quality=quality
            )
        elif kind == "chunk":
            remote = client.jobs.retrieve_data(
                self.job.id, type=kind, index=number, quality=quality
            )
        else:
            remote = client.jobs.retrieve_data(
                self.job.id, type=kind, number=number, quality=quality
            )
        return _whole(remote)


def _numbers(meta: models.DataMetaRead, first: int) -> Sequence[int]:
    """Return the numbers of the frames of a task or job, in the order in which they come.

    Args:
        meta: What the server says of the frames.
        first: Number of the first.
    """
    if not meta.included_frames:
        return range(first, first + (known(meta.size) or len(meta.frames or ())))
    # A job for ground truth has only some of those from first to last. They are counted as those
    # of the uploaded files, but its chunks have no gaps.
    _, _, step = str(meta.frame_filter or "").partition("step=")
    start = known(meta.start_frame) or 0
    return [first + (number - start) // int(step or 1) for number in sorted(meta.included_frames)]


def _whole(remote: RemoteFile) -> bytes:
    """Return the content of a file that the server sends from the start only."""
    for _ in range(_TRIES):
        # What has arrived when a connection breaks off is only in memory, and can be let go of.
        with contextlib.suppress(ChangedDuringDownloadError):
            return remote.read()
    return remote.read()
