"""Where the pictures and annotations of a dataset come from; each platform has its own sources."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, Protocol, TypeAlias

from attrs import Factory, field, frozen

from annoport.core.errors import InvalidArgumentError
from annoport.vision.annotations import Annotation
from annoport.vision.labels import Label

WriteMode: TypeAlias = Literal["append", "replace", "replace_auto"]
"""What is done with the annotations that are there: nothing, or those on the frames that are
written to are replaced, all of them or only those that a model made."""


@frozen(kw_only=True)
class Frame:
    """A picture of a source.

    Attributes:
        number: Its number in its part, from 0: that of the annotations on it.
        name: Its file name, perhaps with folders.
        width: Width in pixels; None if the platform does not tell before the picture is read.
        height: Height in pixels, likewise.
        block: Frames with the same number here come from the platform together.
        index: Its place among the frames that come together.
    """

    number: int
    name: str
    width: int | None = None
    height: int | None = None
    block: int = 0
    index: int = 0


@frozen(kw_only=True)
class Media:
    """The pictures of a part of a source.

    Attributes:
        revision: Changes when a picture does; pictures that were kept under it are still right.
        frames: The pictures in order, without deleted ones.
        size: Number of frames, deleted ones too: tracks end there.
        deleted: Numbers of the deleted frames.
        alone: Whether a frame can be had without those that come together with it.
    """

    revision: str
    frames: tuple[Frame, ...] = field(converter=tuple[Frame, ...])
    size: int
    deleted: tuple[int, ...] = field(default=(), converter=tuple[int, ...])
    alone: bool = False


def _crc_of(picture: Picture) -> int:
    return zlib.crc32(picture.content)


@frozen(kw_only=True)
class Picture:
    """A picture as the platform sent it.

    Attributes:
        frame: Number of the frame.
        suffix: What its file name ends with, such as ".jpeg".
        content: The bytes of the image file.
        crc: The CRC-32 of these bytes; by default it is calculated.
    """

    frame: int
    suffix: str
    content: bytes = field(repr=False)
    crc: int = field(repr=False, default=Factory(_crc_of, takes_self=True))


class Part(Protocol):
    """A piece of a source with frames and annotations of its own, such as a task of a project.

    Documents are what the platform sends. They are kept, so that what a part says about one must
    not need a request. They are asked for in threads, those of the next parts and the first
    pictures at the same time.
    """

    @property
    def name(self) -> str:
        """What it is called on the platform, such as "task 42"; it stays the same."""
        ...

    @property
    def subset(self) -> str | None:
        """The subset that it is in, such as "Train"; None if the platform has none."""
        ...

    @property
    def annotations_revision(self) -> str | None:
        """Changes when an annotation does; None if the platform does not tell."""
        ...

    def fetch_media(self) -> bytes:
        """Ask the platform for the document about the pictures."""
        ...

    def media_of(self, document: bytes) -> Media:
        """Return what a document says about the pictures.

        Args:
            document: What `fetch_media` returned, perhaps in an earlier process.
        """
        ...

    def fetch_annotations(self) -> bytes:
        """Ask the platform for the document with all annotations."""
        ...

    def annotations_of(self, document: bytes) -> Sequence[Annotation]:
        """Return the annotations in a document.

        Args:
            document: What `fetch_annotations` returned, perhaps in an earlier process.
        """
        ...

    def read_block(self, block: int, frames: Sequence[Frame]) -> Iterator[Picture]:
        """Ask the platform for the pictures of a block, and yield those that are wanted.

        Args:
            block: The number of the block.
            frames: The frames that are wanted; all are in the block.
        """
        ...

    def write(
        self, annotations: Sequence[Annotation], *, frames: Sequence[int], mode: WriteMode
    ) -> None:
        """Write annotations to the platform, as new ones.

        All are checked before anything is sent. What is replaced is removed when everything is
        written, so that nothing is lost if it ends early. A track is replaced if all frames that
        it is in view on are among `frames`, and stays as it is otherwise.

        Args:
            annotations: What to write, with the labels of the source by name. All are on `frames`.
            frames: The frames that are written to, by their numbers in this part. What is on them
                is replaced even if there is nothing new on them.
            mode: "append" adds to what is there; "replace" replaces what is on `frames`;
                "replace_auto" replaces only what a model made there, and what is written counts
                as made by a model if it does not say otherwise.

        Raises:
            InvalidArgumentError: A frame does not exist or is deleted, or there is none to replace.
            InvalidAnnotationError: An annotation does not fit its label, the platform or `frames`.
            PartialWriteError: It ended after something was written: `done` has the annotations
                that are.
            AnnoportError: As raised by the first request; nothing was written.
        """
        ...


def _any_mode(_mode: WriteMode) -> None:
    """Take what a model makes, in any mode."""


@frozen(kw_only=True)
class Content:
    """What a source holds.

    Attributes:
        labels: The labels, in the platform's order.
        parts: The pieces, in an order that stays the same.
        open_labels: Whether annotations that are written may have other labels, too, because these
            are only those in use.
        check_model: Called with a mode before a model looks at anything; raises
            `InvalidArgumentError` if what it finds cannot be written so.
        labels_from: What says an annotation's label, such as an attribute, where that is a choice
            which the key of the source does not tell; None for what is usual.
    """

    labels: tuple[Label, ...] = field(converter=tuple[Label, ...])
    parts: tuple[Part, ...] = field(converter=tuple[Part, ...])
    open_labels: bool = False
    check_model: Callable[[WriteMode], None] = field(default=_any_mode, repr=False, eq=False)
    labels_from: str | None = None


class Source(Protocol):
    """Pictures and annotations of a platform: a task, a project, a section.

    Making one sends no request.
    """

    @property
    def name(self) -> str:
        """What it is called, such as "project 7 of cvat.example.org"."""
        ...

    @property
    def key(self) -> str:
        """What tells it from all others, on other servers too."""
        ...

    def account(self) -> str:
        """Return what tells the account from others; the platform may be asked for it."""
        ...

    def describe(self) -> bytes:
        """Ask the platform for a document about its labels and parts."""
        ...

    def open(self, description: bytes) -> Content:
        """Return what such a document says, without a request.

        Args:
            description: What `describe` returned, perhaps in an earlier process.
        """
        ...


def check_source(given: object, *, argument: str, expected: str = "a source") -> None:
    """Check that an argument is a source before anything is asked of it.

    Args:
        given: What was given.
        argument: The argument.
        expected: What the argument may be.

    Raises:
        InvalidArgumentError: It is something else, such as the task that a source is made of.
    """
    methods = (getattr(given, name, None) for name in ("account", "describe", "open"))
    if isinstance(given, type) or not all(map(callable, methods)):
        raise InvalidArgumentError(
            f"{argument} is {_kind(given)}: expected {expected}, such as cvat.task(client, 42)"
        )


def _kind(given: object) -> str:
    return f"the class {given.__name__}" if isinstance(given, type) else f"a {type(given).__name__}"
