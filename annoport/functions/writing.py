"""Annotations are written while the function looks at the next pictures."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import TypeAlias

import msgspec
from attrs import define, evolve, field

from annoport.core.errors import AnnoportError
from annoport.core.support.threads import Threads
from annoport.functions.checkpoint import SLOTS, Checkpoint, Intent
from annoport.functions.reading import PartEnd, Picture
from annoport.functions.recovery import Look, look_of, missing
from annoport.functions.tracking import joined
from annoport.vision.annotations import Annotation
from annoport.vision.labels import Label
from annoport.vision.sources import Media, Part, WriteMode
from annoport.vision.tracks import Track

_MOST = 500
"""Annotations that are written together, unless one picture has more."""
_SECONDS = 1.0
"""The longest that annotations wait for others."""
_WAITING = 64
"""Pictures whose annotations may wait."""
_LOOK_AGAIN = 0.1
_LEAVING_SECONDS = 2.0


@define
class _Gathered:
    """Annotations of a part that will be written together."""

    part: Part
    media: Media
    since: float = field(factory=time.monotonic)
    frames: list[int] = field(factory=list[int])
    annotations: list[Annotation] = field(factory=list[Annotation])


_Step: TypeAlias = "tuple[Picture, Sequence[Annotation]] | PartEnd | None"


class Writer:
    """Takes annotations picture by picture, and writes them in a thread of its own.

    Attributes:
        written: How many annotations have been written, by label.
    """

    def __init__(
        self,
        checkpoint: Checkpoint | None,
        labels: Iterable[Label],
        *,
        mode: WriteMode,
        tracks: bool,
    ) -> None:
        """Begin.

        Args:
            checkpoint: Where to note what is written; None writes nothing, and only counts.
            labels: The labels of the place.
            mode: What is done with the annotations that are there.
            tracks: Whether the annotations of a part are written together, shapes as tracks.
        """
        self.written: Counter[str] = Counter()
        self._checkpoint = checkpoint
        self._labels = tuple(labels)
        self._mode: WriteMode = mode
        self._tracks = tracks
        self._gathered: _Gathered | None = None
        self._begun: dict[str, _Begun] = {}
        self._under_way: dict[str, Future[Sequence[Annotation]]] = {}
        self._senders = Threads(SLOTS, "annoport-send")
        self._slots: queue.SimpleQueue[int] = queue.SimpleQueue()
        for slot in range(SLOTS):
            self._slots.put(slot)
        self._steps: queue.Queue[_Step] = queue.Queue(_WAITING)
        self._error: BaseException | None = None
        self._stop = threading.Event()
        # Thread.join takes a thread for ended once somebody who waited for it was interrupted.
        self._ended: queue.SimpleQueue[None] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="annoport-write", daemon=True).start()

    def add(self, picture: Picture, annotations: Sequence[Annotation]) -> None:
        """Take the annotations of a picture.

        Raises:
            AnnoportError: An earlier write has failed.
        """
        self._put((picture, annotations))

    def end(self, part: PartEnd) -> None:
        """Take note that a part is done.

        Raises:
            AnnoportError: An earlier write has failed.
        """
        self._put(part)

    def finish(self) -> None:
        """Write what is left, and wait for it.

        Raises:
            AnnoportError: A write has failed.
        """
        self._put(None)
        self._wait_for_end()
        if self._error is not None:
            raise self._error

    def abandon(self) -> None:
        """Write nothing more, and wait a while for a write that is under way."""
        self._stop.set()
        with contextlib.suppress(queue.Empty):
            self._wait_for_end(_LEAVING_SECONDS)

    def _wait_for_end(self, seconds: float | None = None) -> None:
        self._ended.get(timeout=seconds)
        self._ended.put(None)

    def _put(self, step: _Step) -> None:
        while self._error is None:
            try:
                self._steps.put(step, timeout=_LOOK_AGAIN)
            except queue.Full:
                continue
            return
        raise self._error

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                try:
                    step = self._steps.get(timeout=_LOOK_AGAIN)
                except queue.Empty:
                    self._write_if_due()
                    continue
                if step is None:
                    self._write()
                    self._wait(self._under_way)
                    return
                self._take(step)
        except BaseException as error:  # noqa: BLE001 (raised again where annotations are added)
            self._error = error
        finally:
            # What is under way must be noted before others may read the notes.
            self._senders.shutdown(wait=True, cancel_futures=True)
            self._ended.put(None)

    def _take(self, step: tuple[Picture, Sequence[Annotation]] | PartEnd) -> None:
        if isinstance(step, PartEnd):
            self._write(end=step)
            return
        picture, annotations = step
        if self._gathered is None:
            self._gathered = _Gathered(picture.part, picture.media)
        self._gathered.frames.append(picture.frame.number)
        self._gathered.annotations += annotations
        self._write_if_due()

    def _write_if_due(self) -> None:
        waiting = self._gathered
        if waiting is None or self._tracks:
            return
        if len(waiting.annotations) >= _MOST or time.monotonic() - waiting.since >= _SECONDS:
            self._write()

    def _write(self, end: PartEnd | None = None) -> None:
        """Write what is gathered; objects that are followed only at the end of their part."""
        if self._tracks and end is None:
            return
        waiting, self._gathered = self._gathered, None
        if waiting is not None:
            self._deliver(waiting, whole=end is not None)
        elif end is not None and self._checkpoint is not None:
            name = end.part.name
            if name in self._under_way:
                self._wait([name])
            self._begun.pop(name, None)
            self._checkpoint.empty(name, (), whole=True)

    def _deliver(self, waiting: _Gathered, *, whole: bool) -> None:
        """Let annotations be written beside others, but not beside those of the same part."""
        if self._tracks:
            waiting.annotations = joined(waiting.annotations, self._labels)
        name = waiting.part.name
        if name in self._under_way:
            self._wait([name])
        elif len(self._under_way) == SLOTS:
            wait(self._under_way.values(), return_when=FIRST_COMPLETED)
            self._wait([part for part, one in self._under_way.items() if one.done()])
        if name not in self._begun:
            self._begun[name] = _Begun.of(name, self._checkpoint)
        self._under_way[name] = self._senders.submit(
            self._send, waiting, self._begun[name], whole=whole
        )
        if whole:
            del self._begun[name]

    def _wait(self, parts: Iterable[str]) -> None:
        """Wait for what is under way to some parts."""
        for name in list(parts):
            written = self._under_way.pop(name).result()
            self.written.update(each.label for each in written)

    def _send(self, waiting: _Gathered, begun: _Begun, *, whole: bool) -> Sequence[Annotation]:
        """Write annotations, note it, and return them."""
        checkpoint, part, annotations = self._checkpoint, waiting.part, waiting.annotations
        if checkpoint is None:
            return annotations
        if self._mode == "append" and begun.there is None:
            begun.there = _looks(part)
        replacing = begun.is_first and self._mode != "append"
        begun.is_first = False
        if not annotations and not replacing:
            checkpoint.empty(part.name, waiting.frames, whole=whole)
            return annotations
        slot = self._slots.get()
        intent = checkpoint.mean(
            slot,
            part.name,
            waiting.frames,
            annotations,
            begun.known(waiting.frames, annotations),
            first=replacing,
        )
        send(part, waiting.media, annotations, intent, self._mode)
        checkpoint.done(intent, whole=whole)
        # The note of a write that failed must stay for the next run, so its slot is not used again.
        self._slots.put(slot)
        return annotations


@define
class _Begun:
    """A part that is being written to.

    Attributes:
        is_first: Whether nothing was written to it yet, in earlier processes, too.
        there: How the annotations look that were there before, by frame; None if unknown.
    """

    is_first: bool
    there: dict[int, list[Look]] | None = None

    @classmethod
    def of(cls, part: str, checkpoint: Checkpoint | None) -> _Begun:
        """Return what is known of a part before this process writes to it."""
        return cls(checkpoint is None or not checkpoint.is_begun(part))

    def known(self, frames: Iterable[int], annotations: Iterable[Annotation]) -> list[Look]:
        """Return how those look that were on some frames, and may be taken for new ones."""
        keys = {look_of(each).key for each in annotations}
        there = self.there or {}
        return [look for frame in frames for look in there.pop(frame, ()) if look.key in keys]


def send(
    part: Part, media: Media, annotations: Sequence[Annotation], intent: Intent, mode: WriteMode
) -> None:
    """Send a write that was noted.

    The first one of a part replaces what is on all of its frames, so that tracks are replaced, too.

    Args:
        part: Where it goes.
        media: The pictures of the part.
        annotations: What to write.
        intent: What was noted.
        mode: What is done with the annotations that are there.

    Raises:
        AnnoportError: It has failed.
    """
    try:
        if intent.first:
            numbers = [frame.number for frame in media.frames]
            part.write(annotations, frames=numbers, mode=mode)
        else:
            part.write(annotations, frames=intent.frames, mode="append")
    except AnnoportError as error:
        error.add_note(
            "annotate() has noted what is written: call it again with the same arguments, and it "
            "looks what is there and goes on"
        )
        raise


def settle(part: Part, checkpoint: Checkpoint, intent: Intent, mode: WriteMode) -> None:
    """Write what is missing of a write that another process had begun, if anything is.

    What was meant for frames that have been deleted since is left out.

    Args:
        part: Where it goes.
        checkpoint: What is known of the run.
        intent: What had been noted.
        mode: What is done with the annotations that are there.

    Raises:
        AnnoportError: As raised by the requests.
    """
    media = part.media_of(part.fetch_media())
    there = {frame.number for frame in media.frames}
    left = [number for number in intent.frames if number in there]
    annotations = intent.annotations()
    if len(left) < len(intent.frames):
        annotations = [kept for one in annotations if (kept := _without(one, there)) is not None]
        intent = msgspec.structs.replace(intent, frames=left)
    if not intent.first:
        found = part.annotations_of(part.fetch_annotations())
        annotations = missing(annotations, found, intent.before)
    if annotations or (intent.first and media.frames):
        send(part, media, annotations, intent, mode)
    checkpoint.settled(intent)


def _without(annotation: Annotation, there: Container[int]) -> Annotation | None:
    """Return what of an annotation is on frames that are there; None if nothing is."""
    if not isinstance(annotation, Track):
        return annotation if annotation.frame in there else None
    shapes = [shape for shape in annotation.shapes if shape.frame in there]
    return evolve(annotation, shapes=shapes) if shapes else None


def _looks(part: Part) -> dict[int, list[Look]]:
    """Return how the annotations look that are there, by frame."""
    found: dict[int, list[Look]] = {}
    for each in part.annotations_of(part.fetch_annotations()):
        look = look_of(each)
        found.setdefault(look.key[2], []).append(look)
    return found
