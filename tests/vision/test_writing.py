"""What a dataset does with a source that it writes to, whatever the platform."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from attrs import define, evolve, field

from annoport import errors
from annoport.testing.images import png
from annoport.vision import (
    Annotation,
    Box,
    Content,
    Dataset,
    Frame,
    Label,
    Media,
    Picture,
    Points,
    Skeleton,
    Tag,
    Track,
    WriteMode,
)
from annoport.vision.writing import replaced

SIZE = 4


@define
class Drawer:
    """A source of one part, which is a place in memory."""

    name: str = "drawer"
    key: str = "memory"
    subset: str | None = None
    # Some platforms tell a change late.
    annotations_revision: str | None = "always the same"
    stored: list[Annotation] = field(factory=list[Annotation])
    calls: list[str] = field(factory=list[str])

    def account(self) -> str:
        return "1"

    def describe(self) -> bytes:
        return b""

    def open(self, description: bytes) -> Content:
        return Content(labels=[Label(name="crab")], parts=[self])

    def fetch_media(self) -> bytes:
        self.calls.append("media")
        return b""

    def media_of(self, document: bytes) -> Media:
        frames = [Frame(number=number, name=f"{number}.png") for number in range(SIZE)]
        return Media(revision="1", frames=frames, size=SIZE)

    def fetch_annotations(self) -> bytes:
        self.calls.append("annotations")
        return b""

    def annotations_of(self, document: bytes) -> Sequence[Annotation]:
        return self.stored

    def read_block(self, block: int, frames: Sequence[Frame]) -> Iterator[Picture]:
        self.calls.append("pictures")
        for frame in frames:
            yield Picture(frame=frame.number, suffix=".png", content=png(2, 2))

    def write(
        self, annotations: Sequence[Annotation], *, frames: Sequence[int], mode: WriteMode
    ) -> None:
        self.calls.append(f"write {list(frames)} {mode}")
        self.stored += annotations


def test_it_reads_annotations_anew_and_nothing_else() -> None:
    drawer = Drawer()
    dataset = Dataset(drawer, images="all")
    drawer.calls.clear()
    dataset.write([(dataset[2], [Tag(label="crab")]), (dataset[0], [])], mode="replace")
    assert [len(sample.annotations) for sample in dataset] == [0, 0, 1, 0]
    assert all(sample.content for sample in dataset)
    assert drawer.calls == ["write [2, 0] replace", "annotations"]


def test_an_annotation_is_put_on_its_sample_with_all_its_parts() -> None:
    drawer = Drawer()
    dataset = Dataset(drawer)
    crab = Skeleton(label="crab", elements=[Points(label="eye", points=[(1, 1)])])
    dataset.write([(dataset[3], [crab])])
    (stored,) = drawer.stored
    assert isinstance(stored, Skeleton)
    assert (stored.frame, stored.elements[0].frame) == (3, 3)


def box(frame: int) -> Box:
    return Box(label="crab", frame=frame, left=0, top=0, right=1, bottom=1)


@pytest.mark.parametrize(
    ("found", "mode", "message"),
    [
        (2, "append", "Box 'crab' on frame 2: frame: is 2, but its sample is frame 1"),
        (1, "all", "mode is 'all'; expected one of 'append', 'replace', 'replace_auto'"),
    ],
)
def test_what_is_refused(found: int, mode: Any, message: str) -> None:
    drawer = Drawer()
    dataset = Dataset(drawer)
    drawer.calls.clear()
    with pytest.raises((errors.InvalidArgumentError, errors.InvalidAnnotationError)) as caught:
        dataset.write([(dataset[1], [box(found)])], mode=mode)
    assert str(caught.value) == message
    assert drawer.calls == []


def test_a_sample_that_comes_twice() -> None:
    dataset = Dataset(Drawer())
    with pytest.raises(errors.InvalidArgumentError) as caught:
        dataset.write([(dataset[1], []), (dataset[1], [])])
    assert str(caught.value) == "write: drawer, frame 1 (1.png) comes twice"


def test_a_sample_of_another_dataset() -> None:
    other = Dataset(Drawer(name="box", key="other"))
    dataset = Dataset(Drawer())
    with pytest.raises(errors.InvalidArgumentError) as caught:
        dataset.write([(other[1], [])])
    assert str(caught.value) == "write: box, frame 1 (1.png) is no sample of drawer"


def test_a_dataset_that_makes_no_request() -> None:
    drawer = Drawer()
    Dataset(drawer)
    dataset = Dataset(drawer, update="never")
    with pytest.raises(errors.InvalidArgumentError) as caught:
        dataset.write([(dataset[0], [])])
    assert str(caught.value) == ('write: this dataset makes no request: make it with update="auto"')


def test_what_is_on_deleted_frames_only_is_not_replaced() -> None:
    """They may be restored, and nothing new is on them."""
    frames = [Frame(number=number, name=f"{number}.png") for number in range(SIZE - 1)]
    media = Media(revision="1", frames=frames, size=SIZE, deleted=(SIZE - 1,))
    hidden = Box(label="crab", frame=SIZE - 1, left=0, top=0, right=1, bottom=1)
    seen = evolve(hidden, frame=0)
    there = [
        Track(label="crab", shapes=[hidden]),
        Track(label="crab", shapes=[hidden], interpolated=False),
        Track(label="crab", shapes=[evolve(hidden, outside=True)]),
        hidden,
        Track(label="crab", shapes=[seen, evolve(seen, frame=1, outside=True), hidden]),
    ]
    assert replaced(there, media, [0], "replace") == there[4:]
