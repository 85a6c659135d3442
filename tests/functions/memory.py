"""A source in memory, for what holds whatever the platform."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from attrs import define, evolve, field

from annoport.testing.images import png
from annoport.vision import Annotation, Label, Track
from annoport.vision.sources import Content, Frame, Media, Part, Picture, WriteMode
from tests.functions.place import LABELS

WIDTH, HEIGHT = 64, 48


@define(kw_only=True)
class MemoryPart:
    """Frames of grey pictures, several of which come together.

    Attributes:
        stored: What is annotated.
        writes: How often annotations were written.
        fail: Called before anything is written, to raise an error.
    """

    name: str = "task 1"
    count: int = 5
    together: int = 2
    stored: list[Annotation] = field(factory=list[Annotation])
    writes: list[tuple[int, str, tuple[int, ...]]] = field(
        factory=list[tuple[int, str, tuple[int, ...]]]
    )
    reads: list[int] = field(factory=list[int])
    fail: Callable[[Sequence[Annotation]], object] = lambda _: None
    seconds: float = 0.0
    _ids: Iterator[int] = field(factory=lambda: itertools.count(1))
    _guard: threading.Lock = field(factory=threading.Lock)
    subset: str | None = None
    annotations_revision: str | None = None

    def fetch_media(self) -> bytes:
        return b""

    def media_of(self, document: bytes) -> Media:
        frames = [
            Frame(
                number=number,
                name=f"{number}.png",
                width=WIDTH,
                height=HEIGHT,
                block=number // self.together,
                index=number % self.together,
            )
            for number in range(self.count)
        ]
        return Media(revision="1", frames=frames, size=self.count)

    def fetch_annotations(self) -> bytes:
        return b""

    def annotations_of(self, document: bytes) -> Sequence[Annotation]:
        return list(self.stored)

    def read_block(self, block: int, frames: Sequence[Frame]) -> Iterator[Picture]:
        with self._guard:
            self.reads.append(block)
        time.sleep(self.seconds)
        for frame in frames:
            content = png(WIDTH, HEIGHT, shade=frame.number % 256)
            yield Picture(frame=frame.number, suffix=".png", content=content)

    def write(
        self, annotations: Sequence[Annotation], *, frames: Sequence[int], mode: WriteMode
    ) -> None:
        assert frames
        self.fail(annotations)
        time.sleep(self.seconds)
        self.writes.append((len(annotations), mode, tuple(frames)))
        if mode != "append":
            self.stored = [
                one
                for one in self.stored
                if one.frame not in frames or (mode == "replace_auto" and one.source != "auto")
            ]
        self.stored += [evolve(one, id=next(self._ids)) for one in annotations]


@define
class MemorySource:
    """Some parts.

    Attributes:
        parts: The parts.
        labels: The labels.
    """

    parts: Sequence[MemoryPart] = field(factory=lambda: [MemoryPart()])
    labels: Sequence[Label] = LABELS
    name: str = "memory"
    key: str = "memory 1"

    def account(self) -> str:
        return "me"

    def describe(self) -> bytes:
        return b""

    def open(self, description: bytes) -> Content:
        parts: Sequence[Part] = self.parts
        return Content(labels=self.labels, parts=parts)


def said(annotations: Sequence[Annotation]) -> list[tuple[str, int]]:
    """Label and frame of each annotation; of a track, its frames."""
    return [
        (f"{one.label} {[shape.frame for shape in one.shapes]}", one.frame)
        if isinstance(one, Track)
        else (one.label, one.frame)
        for one in annotations
    ]
