# Derived from _async/save_frames.py by tools/unasync.py: change that file instead.
"""The frames of a task on disk."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import attrs

from annoport.core import Operation, Overwrite, ProgressOption
from annoport.core.download.target import DownloadOptions, parse_target
from annoport.core.support import notes
from annoport.core.support.progress import Tally, show_progress
from annoport.core.support.workers import Stop, offload, run_together
from annoport.cvat.frame_selection import Frames, FramesLike
from annoport.cvat.frame_shelf import FrameShelf
from annoport.cvat.references import TaskLike, id_of
from annoport_cvat import models, operations

if TYPE_CHECKING:
    from annoport_cvat import Client


def save_frames(
    client: Client,
    source: TaskLike | models.JobRead,
    folder: str | os.PathLike[str],
    *,
    frames: FramesLike | None = None,
    quality: Literal["original", "compressed"] = "original",
    name: str = "frame_{frame:06d}",
    connections: int = 8,
    overwrite: Overwrite = "resume",
    progress: ProgressOption = False,
) -> dict[int, Path]:
    """Save frames of a task as files, each whole or not there at all.

    A call that was killed, or ended by an error, is gone on with when the same call is made again:
    it fetches only what is missing.

    Uses: `tasks.retrieve_data_meta`, `tasks.retrieve_data`; those of `jobs` for a job.

    Args:
        client: A client of CVAT.
        source: The task; or one of its jobs, as `jobs.retrieve` returns it.
        folder: Where to save them; it is made if missing.
        frames: Number of a frame, or several, counted in the task from 0; by default all that are
            not deleted.
        quality: The pictures as they were uploaded, or the smaller ones made for annotating.
        name: What the files are called, without the extension. `{frame}` is the number of the
            frame, and `{name}` the name of the file that it was made of.
        connections: How many are fetched at a time, from 1 to 32.
        overwrite: What to do with a file that is there. "resume" keeps those that the same call
            has saved before, and refuses others; "error" refuses all, "replace" none.
        progress: True for a progress bar, or a function that is called with the number of bytes
            received so far, and None because nobody knows how many there will be.

    Returns:
        Paths of the files, by the number of the frame.

    Raises:
        InvalidArgumentError: There is no such frame, or two would have one name; nothing is saved.
        TargetExistsError: A file is in the way.
        TargetBusyError: Another process is saving frames of this task to the folder.
        NoSpaceError: The disk is full; call again to go on.
        DownloadError: The folder cannot be written, or the server sent something else.
        ApiError: The server answered with an error.
    """
    target = parse_target(os.path.join(os.fspath(folder), ""))  # noqa: PTH118 - it ends with a slash
    DownloadOptions(overwrite=overwrite, connections=connections)  # checks them
    if isinstance(source, models.JobRead):
        operation: Operation[Any] = operations.JOBS_RETRIEVE_DATA
        number, meta = source.id, client.jobs.retrieve_data_meta(source.id)
        known = Frames.of_job(source, meta)
    else:
        operation, number = operations.TASKS_RETRIEVE_DATA, id_of(source, "source")
        meta = client.tasks.retrieve_data_meta(number)
        known = Frames.of_task(number, meta)
    names = known.files(known.chosen(frames), name)
    key = notes.key_of(
        *("save_frames", client.base.url, operation.id, number),
        *(quality, name, meta.chunks_updated_date),
    )
    with (
        FrameShelf(target.folder, key, overwrite) as shelf,
        show_progress(progress, known.what) as display,
    ):
        saving = _Saving(
            client=client,
            operation=operation,
            arguments={"id": number, "type": "frame", "quality": quality},
            names=names,
            shelf=shelf,
            tally=Tally(display, 0, None),
        )
        return saving.run(connections)


@attrs.define(kw_only=True)
class _Saving:
    """Frames to save in one folder."""

    client: Client
    operation: Operation[Any]
    arguments: Mapping[str, Any]
    names: Mapping[int, str]
    shelf: FrameShelf
    tally: Tally
    _missing: deque[int] = attrs.field(factory=deque[int], init=False)
    _paths: dict[int, Path] = attrs.field(factory=dict[int, Path], init=False)
    _stop: Stop = attrs.field(factory=Stop, init=False)

    def run(self, connections: int) -> dict[int, Path]:
        """Save what is missing, over so many connections; return the paths of all."""
        for frame in self.names:
            path = self.shelf.kept(frame)
            if path is None:
                self._missing.append(frame)
            else:
                self._paths[frame] = path
        count = min(connections, len(self._missing))
        if count:
            run_together([self._work] * count, self._stop)
        return {frame: self._paths[frame] for frame in self.names}

    def _work(self) -> None:
        while not self._stop:
            try:
                frame = self._missing.popleft()
            except IndexError:  # no more, or another worker was faster
                return
            answer = self.client.call(self.operation, {**self.arguments, "number": frame})
            media_type = answer.headers.get("content-type", "").partition(";")[0].strip()
            self._paths[frame] = offload(
                self.shelf.save, frame, self.names[frame], media_type, answer.content
            )
            self.tally.add(len(answer.content))
