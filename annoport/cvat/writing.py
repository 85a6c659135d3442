"""Annotations that are written to the frames of a task or job."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, TypeAlias

from attrs import evolve, field, frozen

from annoport.core.contract.releases import know
from annoport.core.values.models import model_fields
from annoport.cvat.annotations import Converter, points_of
from annoport.cvat.copies import Choice
from annoport.vision import Annotation, Shape, Skeleton, Tag, Track
from annoport.vision.sources import Media, WriteMode
from annoport.vision.writing import AUTO, Step, carry_out, check_write, replaced
from annoport_cvat import Client, models
from annoport_cvat.resources import Jobs, Tasks

_MOST = 2_000
"""Annotations of one request."""
_MOST_NUMBERS = 500_000
"""Numbers of one request, which make a body of a few megabytes: masks have thousands each."""

_Resource: TypeAlias = Tasks | Jobs


@frozen(kw_only=True)
class Place:
    """A task or job that annotations go to.

    Attributes:
        client: Sends the requests.
        name: What it is called.
        task: The task, or that of the job.
        job: The job; None for the whole task.
        media: Its frames.
        converter: Knows its labels.
    """

    client: Client = field(repr=False)
    name: str
    task: models.TaskRead
    job: models.JobRead | None
    media: Media = field(repr=False)
    converter: Converter = field(repr=False)

    def write(
        self, annotations: Sequence[Annotation], *, frames: Sequence[int], mode: WriteMode
    ) -> None:
        """Write annotations, as `annoport.vision.Part.write` says."""
        check_write(self.name, self.media, annotations, frames=frames, mode=mode)
        new = [_made(one, mode) for one in annotations]
        if not self._keeps_scores(new):
            new = list(map(_without_score, new))
        resource, number = self._own()
        steps = [
            Step(batch, partial(_change, resource, number, "create", self.converter.to_data(batch)))
            for batch in _batches(new)
        ]
        removals = [] if mode == "append" else list(self._removals(frames, mode))

        def remove() -> None:
            for where, its_number, body in removals:
                _change(where, its_number, "delete", body)

        carry_out(self.name, steps, mode=mode, remove=remove if removals else None)

    def _own(self) -> tuple[_Resource, int]:
        if self.job is None:
            return self.client.tasks, self.task.id
        return self.client.jobs, self.job.id

    def _removals(
        self, frames: Sequence[int], mode: WriteMode
    ) -> Iterator[tuple[_Resource, int, models.PatchedLabeledDataRequest]]:
        """Yield the requests that remove what is replaced."""
        for resource, number, media in self._holders():
            data = resource.retrieve_annotations(number)
            existing = self.converter.from_data(data, unsupported="drop")
            gone = replaced(existing, media, frames, mode)
            for batch in _batches(gone):
                ids: dict[str, list[int]] = {}
                for one in batch:
                    if isinstance(one.id, int):
                        ids.setdefault(_kind(one), []).append(one.id)
                choice = Choice(ids=ids, labels=None, source=None)
                yield resource, number, choice.body(data, ())

    def _holders(self) -> Iterator[tuple[_Resource, int, Media]]:
        """Yield what to remove annotations from: the task or job; jobs, if they have frames twice.

        What is on such a frame is in both jobs, each with an id of its own, and the task shows one.
        """
        if self.job is not None or not self.task.overlap:
            yield (*self._own(), self.media)
            return
        for job in self.client.jobs.list(task_id=self.task.id):
            if job.type == models.JobType.ANNOTATION and not job.parent_job_id:
                yield self.client.jobs, job.id, evolve(self.media, size=job.stop_frame + 1)

    def _keeps_scores(self, annotations: Sequence[Annotation]) -> bool:
        """Whether the server stores scores; it is asked for its version only if there are any."""
        if all(_without_score(one) is one for one in annotations):
            return True
        (score,) = (one for one in model_fields(models.LabeledShapeRequest) if one.name == "score")
        version = self.client.server_version()
        return score.known_by is None or version is None or know(score.known_by, version)


def _change(resource: _Resource, number: int, action: Any, data: Any) -> None:
    body = models.PatchedLabeledDataRequest(tags=data.tags, shapes=data.shapes, tracks=data.tracks)
    resource.partial_update_annotations(number, action=action, body=body)


def _made(annotation: Annotation, mode: WriteMode) -> Annotation:
    """Return an annotation as one that a model made, if it does not say otherwise."""
    if mode != "replace_auto" or annotation.source is not None:
        return annotation
    return evolve(annotation, source=AUTO)


def _without_score(annotation: Annotation) -> Annotation:
    """Return an annotation without the scores that CVAT would have; itself if it has none."""
    if not isinstance(annotation, Shape):
        return annotation
    fields: dict[str, Any] = {} if annotation.score is None else {"score": None}
    if isinstance(annotation, Skeleton):
        parts = tuple(map(_without_score, annotation.elements))
        if any(part is not before for part, before in zip(parts, annotation.elements, strict=True)):
            fields["elements"] = parts
    return evolve(annotation, **fields) if fields else annotation


def _kind(annotation: Annotation) -> str:
    if isinstance(annotation, Tag):
        return "tags"
    return "tracks" if isinstance(annotation, Track) else "shapes"


def _batches(annotations: Sequence[Annotation]) -> Iterator[list[Annotation]]:
    """Yield annotations in the order that they have, as many at a time as one request takes."""
    batch: list[Annotation] = []
    numbers = 0
    for one in annotations:
        size = _numbers(one)
        if batch and (len(batch) == _MOST or numbers + size > _MOST_NUMBERS):
            yield batch
            batch, numbers = [], 0
        batch.append(one)
        numbers += size
    if batch:
        yield batch


def _numbers(annotation: Annotation) -> int:
    """Return how many numbers say where an annotation is."""
    if isinstance(annotation, Track):
        return sum(map(_numbers, (*annotation.shapes, *annotation.elements)))
    if isinstance(annotation, Skeleton):
        return sum(map(_numbers, annotation.elements))
    return len(points_of(annotation)) if isinstance(annotation, Shape) else 0
