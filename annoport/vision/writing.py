"""What may be written to a part of a source, what it replaces, and what a half write tells."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Any, Protocol, cast, get_args

from attrs import define, evolve, field, frozen

from annoport.core.errors import (
    AnnoportError,
    InvalidAnnotationError,
    InvalidArgumentError,
    PartialWriteError,
    again,
)
from annoport.vision.annotations import Annotation
from annoport.vision.shapes import Skeleton
from annoport.vision.sources import Frame, Media, WriteMode
from annoport.vision.tracks import Track

AUTO = "auto"
"""The source of what a model made."""


def check_choice(name: str, value: object, allowed: Sequence[str]) -> None:
    """Check that an argument is one of a few words.

    Args:
        name: The argument.
        value: What was given.
        allowed: The words.

    Raises:
        InvalidArgumentError: It is none of them.
    """
    if value not in allowed:
        raise InvalidArgumentError(
            f"{name} is {value!r}; expected one of {', '.join(map(repr, allowed))}"
        )


def check_write(
    part: str,
    media: Media,
    annotations: Sequence[Annotation],
    *,
    frames: Sequence[int],
    mode: WriteMode,
) -> None:
    """Check what is the same on all platforms before anything is written.

    Args:
        part: What the part is called.
        media: Its pictures.
        annotations: What is to be written.
        frames: The frames that it is written to.
        mode: What it does with what is there.

    Raises:
        InvalidArgumentError: The mode is unknown, there are no frames to replace, a frame does not
            exist or is deleted, or something is no annotation.
        InvalidAnnotationError: An annotation is on another frame.
    """
    check_choice("mode", mode, get_args(WriteMode))
    if mode != "append" and not frames:
        raise InvalidArgumentError(
            f"{part}: frames is empty, so that mode={mode!r} has nothing to replace: name the "
            "frames, or skip the call"
        )
    known, deleted = {frame.number for frame in media.frames}, frozenset(media.deleted)
    for number in frames:
        if number in deleted:
            raise InvalidArgumentError(f"{part}: frames: frame {number} is deleted")
        if number not in known:
            raise InvalidArgumentError(
                f"{part}: frames: there is no frame {number!r} among its {len(known)}"
            )
    written = frozenset(frames)
    for place, one in enumerate(annotations):
        if not isinstance(cast("object", one), Annotation):
            raise InvalidArgumentError(
                f"{part}: annotations[{place}] is {one!r}: expected one of annoport.vision"
            )
        for name, number in _placed(one):
            if number not in written:
                what = "is deleted" if number in deleted else "is not among frames"
                raise InvalidAnnotationError(str(one), name, f"{number} {what}")


def _placed(annotation: Annotation) -> Iterator[tuple[str, int]]:
    """Yield the frames that an annotation is on, and the fields that say so."""
    if not isinstance(annotation, Track):
        yield "frame", annotation.frame
        return
    for shape in annotation.shapes:
        # One that is out of view only ends what was before.
        if not shape.outside:
            yield f"shapes[frame {shape.frame}]", shape.frame


def replaced(
    existing: Iterable[Annotation], media: Media, frames: Iterable[int], mode: WriteMode
) -> list[Annotation]:
    """Return those annotations that new ones on some frames take the place of.

    A track that is in view on other frames, too, is none of them: it is never removed in part. Nor
    is one that is on deleted frames only.

    Args:
        existing: The annotations that are there.
        media: The pictures of the part.
        frames: The frames that are written to.
        mode: "replace_auto" replaces only what a model made, "append" nothing.
    """
    if mode == "append":
        return []
    written, deleted = frozenset(frames), frozenset(media.deleted)
    return [
        one
        for one in existing
        if (mode == "replace" or one.source == AUTO)
        and (there := _frames_of(one, media.size, deleted))
        and there <= written
    ]


def _frames_of(annotation: Annotation, size: int, deleted: frozenset[int]) -> frozenset[int]:
    """Return the frames that an annotation is on; for a track, those on which it is in view."""
    if not isinstance(annotation, Track):
        return frozenset([annotation.frame])
    shapes = [shape for shape in annotation.shapes if shape.frame not in deleted]
    found: set[int] = set()
    for shape, following in zip_longest(shapes, shapes[1:]):
        if not shape.outside:
            stop = size if following is None else following.frame
            found.update(range(shape.frame, stop) if annotation.interpolated else [shape.frame])
    # One that is never in view is where its key frames are.
    return frozenset(found or [shape.frame for shape in annotation.shapes]) - deleted


@frozen
class Step:
    """A request that writes some of the annotations.

    Attributes:
        annotations: What is written when it has succeeded.
        send: Sends it.
    """

    annotations: Sequence[Annotation]
    send: Callable[[], object] = field(repr=False)


def carry_out(
    part: str, steps: Sequence[Step], *, mode: WriteMode, remove: Callable[[], object] | None = None
) -> None:
    """Write step by step, and remove what was replaced when all is written.

    So nothing is lost if it ends early: what was there is still there.

    Args:
        part: What the part is called.
        steps: The requests.
        mode: What is done with what is there.
        remove: Removes what is replaced; None if there is nothing.

    Raises:
        PartialWriteError: It ended after something was written: `done` has the annotations that
            are.
        AnnoportError: The first step failed; nothing was written.
    """
    total = sum(len(step.annotations) for step in steps)
    done: list[Annotation] = []
    for number, step in enumerate(steps):
        try:
            step.send()
        except AnnoportError as error:
            if not number:
                raise
            raise _half_way(part, done, total, mode, error) from error
        done += step.annotations
    if remove is None:
        return
    try:
        remove()
    except AnnoportError as error:
        if not done:
            raise
        what = again(error, " with the same", anew="")
        raise PartialWriteError(
            f"{part}: all {total:,} annotations are written, but what they replace is still there, "
            f"at least in part: {what}; {type(error).__name__}: {error}",
            done=tuple(done),
        ) from error


def _half_way(
    part: str, done: Sequence[Annotation], total: int, mode: WriteMode, cause: AnnoportError
) -> PartialWriteError:
    left = total - len(done)
    if mode == "append":
        what = again(cause, " with those that are not in `done`")
    else:
        whole = again(cause, " with the same, which puts it right", anew=", which writes all anew")
        what = f"what they replace is still there: {whole}"
    error = PartialWriteError(
        f"{part}: {len(done):,} of {total:,} annotations are written, the other {left:,} are not; "
        f"{what}; {type(cause).__name__}: {cause}",
        done=tuple(done),
        left=left,
    )
    if cause.may_be_done and mode == "append":
        error.doubt("look whether the following ones are there before you call again")
    return error


class OfPart(Protocol):
    """A sample of a dataset."""

    @property
    def part(self) -> str:
        """The name of the part that it belongs to."""
        ...

    @property
    def frame(self) -> Frame:
        """Its frame."""
        ...


@define
class Gathered:
    """What is to be written to a part.

    Attributes:
        frames: The frames that are written to, in the order of the samples.
        annotations: What is written.
    """

    frames: list[int] = field(factory=list[int])
    annotations: list[Annotation] = field(factory=list[Annotation])

    @property
    def labels(self) -> list[str]:
        """The labels of the annotations, each once."""
        return list(dict.fromkeys(one.label for one in self.annotations))


def gathered(
    annotated: Iterable[tuple[OfPart, Iterable[Annotation]]], parts: Container[str], source: str
) -> dict[str, Gathered]:
    """Return what is to be written, part by part.

    Args:
        annotated: Samples, and what to write on each.
        parts: The names of the parts that there are.
        source: What the source is called.

    Raises:
        InvalidArgumentError: A sample belongs to no part, or comes twice.
        InvalidAnnotationError: An annotation is on another frame than its sample.
    """
    found: dict[str, Gathered] = {}
    seen: set[tuple[str, int]] = set()
    for sample, given in annotated:
        number = sample.frame.number
        where = f"{sample.part}, frame {number} ({sample.frame.name})"
        if sample.part not in parts:
            raise InvalidArgumentError(f"write: {where} is no sample of {source}")
        if (sample.part, number) in seen:
            raise InvalidArgumentError(f"write: {where} comes twice")
        seen.add((sample.part, number))
        one = found.setdefault(sample.part, Gathered())
        one.frames.append(number)
        one.annotations += [_on(each, number) for each in given]
    return found


def _on(annotation: Annotation, frame: int) -> Annotation:
    """Return an annotation on the frame of its sample; one on frame 0 may just not say."""
    if isinstance(annotation, Track) or annotation.frame == frame:
        return annotation
    if annotation.frame:
        rule = f"is {annotation.frame}, but its sample is frame {frame}"
        raise InvalidAnnotationError(str(annotation), "frame", rule)
    return _moved(annotation, frame)


def _moved(annotation: Annotation, frame: int) -> Annotation:
    fields: dict[str, Any] = {"frame": frame}
    if isinstance(annotation, Skeleton):
        fields["elements"] = [_moved(one, frame) for one in annotation.elements]
    return evolve(annotation, **fields)


def across_parts(
    part: str, before: Sequence[Annotation], total: int, cause: AnnoportError
) -> PartialWriteError:
    """Return the error of a write that ended in one of several parts.

    Args:
        part: The part that it ended in.
        before: What was written to the parts before it.
        total: How many annotations there are in all.
        cause: What it ended with.
    """
    done = tuple(before) + (cause.done if isinstance(cause, PartialWriteError) else ())
    left = total - len(done)
    return PartialWriteError(
        f"{len(done):,} of {total:,} annotations are written, all of the parts before {part}: go "
        f"on with the samples of {part} and those that follow; {type(cause).__name__}: {cause}",
        done=done,
        left=left,
    )
