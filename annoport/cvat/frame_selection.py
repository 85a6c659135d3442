"""Which frames of a task or job are meant, and what their files are called."""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import TypeAlias

import attrs

from annoport.core import Unset
from annoport.core.download.file_names import safe_name
from annoport.errors import InvalidArgumentError
from annoport_cvat import models

FramesLike: TypeAlias = int | Iterable[int]
"""The number of a frame, or several, such as a range."""

_PLACEHOLDERS = ("frame", "name")


@attrs.frozen(kw_only=True)
class Frames:
    """The frames of a task or job.

    Attributes:
        what: The task or job, for messages.
        numbers: Their numbers in the task.
        deleted: Numbers of those that are hidden.
        names: Names of the files that they were made of; one for all, of a video.
        first: Number of the frame that the first of `names` is of.
    """

    what: str
    numbers: Sequence[int]
    deleted: frozenset[int]
    names: Sequence[str]
    first: int

    @classmethod
    def of_task(cls, task: int, meta: models.DataMetaRead) -> Frames:
        """Return the frames of a task."""
        size = 0 if isinstance(meta.size, Unset) else meta.size
        return cls(
            what=f"task {task}",
            numbers=range(size),
            deleted=frozenset(meta.deleted_frames),
            names=[frame.name for frame in meta.frames or ()],
            first=0,
        )

    @classmethod
    def of_job(cls, job: models.JobRead, meta: models.DataMetaRead) -> Frames:
        """Return the frames of a job; some jobs have only some of those from first to last."""
        every = range(job.start_frame, job.stop_frame + 1)
        included = meta.included_frames
        return cls(
            what=f"job {job.id}",
            numbers=every if isinstance(included, Unset) or included is None else included,
            deleted=frozenset(meta.deleted_frames),
            names=[frame.name for frame in meta.frames or ()],
            first=job.start_frame,
        )

    def chosen(self, frames: FramesLike | None) -> list[int]:
        """Return the numbers of the frames that are meant, each once, in order.

        Args:
            frames: What the caller asks for; None for all that are not deleted.

        Raises:
            InvalidArgumentError: There is no such frame.
        """
        if frames is None:
            return [number for number in self.numbers if number not in self.deleted]
        asked = sorted({frames} if isinstance(frames, int) else {*frames})
        known = frozenset(self.numbers)
        if unknown := [number for number in asked if number not in known]:
            raise InvalidArgumentError(
                f"save_frames: {self.what} has no frame {', '.join(map(str, unknown[:5]))}: "
                f"{self._range()}"
            )
        return asked

    def _range(self) -> str:
        if not self.numbers:
            return "it has no frames"
        return f"its frames are {self.numbers[0]} to {self.numbers[-1]}"

    def files(self, chosen: Iterable[int], template: str) -> dict[int, str]:
        """Return what the files of frames are called, without the extension.

        Args:
            chosen: Numbers of the frames.
            template: Their name, with `{frame}` and `{name}` in it.

        Raises:
            InvalidArgumentError: The template has other words in braces, or two frames would get
                one name.
        """
        _check_template(template)
        made = {
            number: safe_name(template.format(frame=number, name=self._stem(number)))
            for number in chosen
        }
        # Some file systems take upper and lower case for the same.
        counted = Counter(map(str.casefold, made.values()))
        name, count = max(counted.items(), key=lambda item: item[1], default=("", 0))
        if count > 1:
            raise InvalidArgumentError(
                f"save_frames: with name={template!r}, {count} frames would be called {name!r}: "
                "put {frame} into it"
            )
        return made

    def _stem(self, number: int) -> str:
        if not self.names:
            return ""
        place = number - self.first if len(self.names) > 1 else 0
        return PurePosixPath(self.names[min(place, len(self.names) - 1)]).stem


def _check_template(template: str) -> None:
    try:
        parts = [part for _, part, _, _ in string.Formatter().parse(template) if part is not None]
        template.format(frame=0, name="")
    except (ValueError, KeyError, IndexError, AttributeError):
        parts = ["?"]
    if any(part not in _PLACEHOLDERS for part in parts) or not template:
        raise InvalidArgumentError(
            f"save_frames: name is {template!r}: expected a text with {{frame}} or {{name}} in it, "
            "such as 'frame_{frame:06d}'"
        )
