"""A source as a sequence of samples, with a cache on disk."""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args, overload

from attrs import field, frozen

from annoport.core.errors import (
    AnnoportError,
    InvalidArgumentError,
    NotCachedError,
    PartialWriteError,
)
from annoport.core.support.progress import show_progress
from annoport.core.support.threads import Threads
from annoport.vision._part_images import PartImages, in_order
from annoport.vision._store import PartStore, Store, default_folder
from annoport.vision.annotations import Annotation, Shape
from annoport.vision.decoding import decoded
from annoport.vision.interpolation import interpolate
from annoport.vision.labels import Label
from annoport.vision.sources import Frame, Media, Part, Source, WriteMode, check_source
from annoport.vision.tracks import Track
from annoport.vision.writing import across_parts, check_choice, gathered

Images = Literal["all", "ahead", "demand"]
"""When a dataset fetches pictures."""

_AHEAD = 3
_READERS = 2
_DESCRIPTION, _MEDIA, _ANNOTATIONS, _REVISION = (
    *("description.json", "media.json", "annotations.json", "annotations.revision"),
)


@frozen(eq=False)
class Sample:
    """A picture and what is annotated on it.

    Attributes:
        frame: The picture: its number, name and size.
        part: What it belongs to, such as "task 42".
        subset: The subset that it is in; None if the platform has none.
        annotations: The tags and shapes on it, in the platform's order. Tracks are here as the
            shapes that they are on this frame.
        label_index: Index of each label by its name, the same for all samples.
    """

    frame: Frame
    part: str
    subset: str | None
    annotations: tuple[Annotation, ...]
    label_index: Mapping[str, int] = field(repr=False)
    _images: PartImages = field(repr=False)

    @property
    def content(self) -> bytes:
        """The image file as the platform sent it; it is fetched if it is not there yet.

        Raises:
            NotCachedError: It is not there, and the dataset makes no request.
            AnnoportError: As raised by the request.
        """
        return self._images.content(self.frame)

    @property
    def path(self) -> Path:
        """Where the image file is kept; it is fetched if it is not there yet.

        Raises:
            NotCachedError: It is not there, and the dataset makes no request.
            AnnoportError: As raised by the request.
        """
        return self._images.path(self.frame)

    def load(self) -> Any:
        """Return the decoded picture, a `PIL.Image.Image`.

        Raises:
            NotCachedError: It is not there, and the dataset makes no request.
            DecodeError: The file is no picture that can be read.
            AnnoportError: As raised by the request.
        """
        return decoded(self.content, self._images.name_of(self.frame))


class Dataset(Sequence[Sample]):
    """Pictures and annotations of a source, kept on disk.

    Making one asks the source what is new. A picture is fetched only if it changed: an edit of
    annotations never costs one. A dataset that was killed while it fetched goes on where it was;
    a picture that was damaged on disk is fetched again. Several processes may use one cache.

    A forked process may go on with it. It can be pickled, without what sends requests: the copy
    has the pictures that are on disk when they are asked for, and no others.

    Attributes:
        labels: The labels of the source, without those that are left out.
        label_index: Index of each label by its name.
    """

    def __init__(
        self,
        source: Source,
        *,
        labels: Mapping[str, int | None] | None = None,
        select: Callable[[Sample], bool] | None = None,
        subsets: Iterable[str] | None = None,
        images: Images = "ahead",
        update: Literal["auto", "never"] = "auto",
        cache: Path | str | None = None,
        cache_size: int | None = None,
        progress: bool = False,
    ) -> None:
        """Read what the source holds.

        Args:
            source: Where pictures and annotations come from, such as `cvat.task(client, 42)`.
            labels: Index of each label by its name; every label of the source must be named. None
                leaves a label out, with all its annotations. By default the labels are counted in
                the order of the source.
            select: Which samples to have; by default all.
            subsets: Which subsets to have; by default all.
            images: "all" fetches all pictures now, and makes no request later; "ahead" fetches
                them when samples are asked for, and those of the next samples meanwhile, and
                begins with the first ones while the annotations are read; "demand" fetches them
                when they are asked for.
            update: "auto" asks the source what is new; "never" makes no request at all.
            cache: Where to keep it; by default in the user's cache folder.
            cache_size: Bytes that all datasets in `cache` may take; those that were not used for
                longest are removed.
            progress: Whether to show a bar while all pictures are fetched.

        Raises:
            InvalidArgumentError: `source` is none, `labels` lacks one, or a subset does not exist.
            NotCachedError: Something is not there, and `update` is "never".
            NoSpaceError: The disk is full; what was fetched is kept.
            AnnoportError: As raised by the requests.
        """
        check_source(source, argument="source")
        check_choice("images", images, ("all", "ahead", "demand"))
        check_choice("update", update, ("auto", "never"))
        offline = self._offline = update == "never"
        self._source, self._select, self._subsets = source, select, subsets
        self._given, self._demand = labels, images == "demand"
        # Whether there are pictures that will be asked for, whatever the annotations are.
        self._early = not offline and not self._demand and select is None
        root = Path(cache) if cache is not None else default_folder()
        if offline:
            self._store = _only(root, source)
            self._read(_needed(self._store.read(_DESCRIPTION), source.name))
        else:
            with _asking() as threads:
                description = threads.submit(source.describe)
                self._store = Store.of(root, source.key, source.account())
            self._read(description.result())
        self._ahead = _AHEAD if images == "ahead" and not offline else 0
        if images == "all" and not offline:
            self._fetch_all(progress=progress)
        if cache_size is not None:
            self._store.trim(cache_size)

    def _read(self, description: bytes, written: Container[str] | None = None) -> None:
        """Read what the source holds.

        Args:
            description: What its parts are.
            written: Names of the parts whose annotations are new; pictures are not. None if this
                is the first time.
        """
        content = self._source.open(description)
        if not self._offline:
            self._store.write(_DESCRIPTION, description)
        self.label_index: Mapping[str, int] = _indexed(
            content.labels, self._given, self._source.name
        )
        labels, index = content.labels, self.label_index
        self.labels: tuple[Label, ...] = tuple(one for one in labels if one.name in index)
        self._left_out = frozenset(one.name for one in labels if one.name not in index)
        self._parts = {
            part.name: part for part in _chosen(content.parts, self._subsets, self._source.name)
        }
        self._samples: list[Sample] = []
        self._blocks: list[tuple[PartImages, int]] = []
        asked = [
            functools.partial(
                self._read_part,
                part,
                self._store.part(part.name),
                written,
                begin=self._early and written is None and not number,
            )
            for number, part in enumerate(self._parts.values())
        ]
        with _asking() as threads:
            for read in in_order(threads, asked, ahead=_AHEAD):
                self._add(read)
        self._line = _line_of(self._blocks)
        self._reached = -1

    def _read_part(
        self, part: Part, kept: PartStore, written: Container[str] | None, *, begin: bool
    ) -> _Documents:
        """Read what the source holds of a part, and begin with its pictures."""
        again = written is not None and kept.read(_MEDIA) is not None
        with kept.lock():
            media = part.media_of(_media(part, kept, offline=self._offline or again))
            kept.use(media.revision)
            # What can be had alone is fetched only if it is chosen; the rest comes along anyway.
            frames = {} if media.alone else _in_blocks(media.frames)
            images = PartImages(
                part=part.name,
                kept=kept,
                frames=frames,
                alone=media.alone and self._demand,
                read_block=None if self._offline else part.read_block,
                reason='update="never" makes no request',
            )
            if begin and frames:
                images.begin(next(iter(frames)))
            if written is not None and part.name in written:
                kept.write(_REVISION, b"")
            return _Documents(part, media, images, _annotations(part, kept, offline=self._offline))

    def _add(self, read: _Documents) -> None:
        """Add the samples of a part."""
        part, media, images = read.part, read.media, read.images
        annotations = part.annotations_of(read.annotations)
        on_frames = _by_frame(
            (one for one in annotations if one.label not in self._left_out), media
        )
        frames = images.frames
        for frame in media.frames:
            sample = Sample(
                frame,
                part.name,
                part.subset,
                tuple(on_frames.get(frame.number, ())),
                self.label_index,
                images,
            )
            if self._select is None or self._select(sample):
                self._samples.append(sample)
                self._blocks.append((images, frame.block))
                if media.alone:
                    frames.setdefault(frame.block, []).append(frame)

    def write(
        self,
        annotated: Iterable[tuple[Sample, Iterable[Annotation]]],
        *,
        mode: WriteMode = "append",
    ) -> None:
        """Write annotations to the platform, and read the annotations that are there then.

        They become new ones, part by part, and no picture is fetched. Each part is checked before
        anything of it is sent, and what is replaced is removed when all new ones of the part are
        there. `annotated` is exhausted first: a function that annotates is run on all samples
        before anything is written.

        Args:
            annotated: Samples of this dataset, and what to write on each; their frames are written
                to even if there is nothing new on them. An annotation that names no frame is put
                on that of its sample. A track names the frames of its shapes itself; their samples
                must be among those given.
            mode: "append" adds to what is there; "replace" replaces what is on these samples;
                "replace_auto" replaces only what a model made there, and what is written counts
                as made by a model if it does not say otherwise. A track is replaced only if all
                samples that it is in view on are written to, and stays as it is otherwise.

        Raises:
            InvalidArgumentError: A sample is none of this dataset's, or comes twice, or the dataset
                makes no request, or leaves out labels whose annotations would be replaced.
            InvalidAnnotationError: An annotation is on another frame, or does not fit its label or
                the platform.
            PartialWriteError: It ended after something was written: `done` has the annotations that
                are.
            AnnoportError: As raised by the first request; nothing was written.
        """
        check_choice("mode", mode, get_args(WriteMode))
        if self._offline:
            raise InvalidArgumentError(
                'write: this dataset makes no request: make it with update="auto"'
            )
        if mode != "append" and self._left_out:
            unseen = ", ".join(map(repr, sorted(self._left_out)))
            raise InvalidArgumentError(
                f"write: mode={mode!r} would remove annotations of {unseen}, too, which this "
                "dataset leaves out: write with a dataset that has all labels"
            )
        found = gathered(annotated, self._parts, self._source.name)
        names = [name for one in found.values() for name in one.labels]
        _check_indexes(names, self._given)
        done: list[Annotation] = []
        total = sum(len(one.annotations) for one in found.values())
        for name, one in found.items():
            try:
                self._parts[name].write(one.annotations, frames=one.frames, mode=mode)
            except AnnoportError as error:
                if done or error.may_be_done or isinstance(error, PartialWriteError):
                    self._read(self._source.describe(), found)
                if not done:
                    raise
                raise across_parts(name, done, total, error) from error
            done += one.annotations
        self._read(self._source.describe(), found)

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self._samples)

    def __repr__(self) -> str:
        """Return how many samples and labels there are, which is what a notebook shows."""
        return f"<Dataset samples={len(self._samples)} labels={len(self.labels)}>"

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy is made of: it sends no request."""
        kept = ("labels", "label_index", "_samples", "_line")
        return {name: vars(self)[name] for name in kept} | {"_ahead": 0, "_offline": True}

    @overload
    def __getitem__(self, index: int) -> Sample: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Sample]: ...

    def __getitem__(self, index: int | slice) -> Sample | Sequence[Sample]:
        """Return a sample; the pictures of the next ones begin to be fetched."""
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        sample = self._samples[index]
        if self._ahead:
            self._fetch_ahead(index % len(self._samples))
        return sample

    def loaded(self, *, threads: int = 2) -> Iterator[tuple[Sample, Any]]:
        """Yield each sample with its decoded picture; several are decoded at a time.

        Args:
            threads: How many threads decode.

        Yields:
            Samples in order, and for each a `PIL.Image.Image`.

        Raises:
            InvalidArgumentError: There would be no thread.
            AnnoportError: As raised by `Sample.load`.
        """
        if threads < 1:
            raise InvalidArgumentError(f"threads is {threads}: expected 1 or more")
        with Threads(threads, "annoport-decode") as decoders:
            # More than there are threads, so that none waits for whoever takes the pictures.
            yield from in_order(decoders, map(_loading, self), ahead=3 * threads)

    def _fetch_ahead(self, index: int) -> None:
        """Begin to fetch the blocks that follow that of a sample."""
        at, line = self._line
        place = at[index]
        if place == self._reached:
            return
        self._reached = place
        for images, block in line[place : place + 1 + self._ahead]:
            images.begin(block)

    def _fetch_all(self, *, progress: bool) -> None:
        _, line = self._line
        with show_progress(progress, "pictures") as display:
            for number, (images, block) in enumerate(line):
                for ahead, next_block in line[number : number + 1 + _AHEAD]:
                    ahead.begin(next_block)
                images.fetch(block)
                display.waiting("pictures", (number + 1) / len(line))


@frozen(eq=False)
class _Documents:
    """What the platform said of a part.

    Attributes:
        part: The part.
        media: Its frames.
        images: Their pictures.
        annotations: The document with all annotations.
    """

    part: Part
    media: Media
    images: PartImages
    annotations: bytes


def _asking() -> Threads:
    """Return threads that read documents, which wait for no other dataset and no picture."""
    return Threads(_READERS, "annoport-read")


def _loading(sample: Sample) -> Callable[[], tuple[Sample, Any]]:
    return lambda: (sample, sample.load())


# --------------------------------------------------------------------------- documents


def _only(root: Path, source: Source) -> Store:
    """Return what is kept of a source, if that is clear without asking who the user is."""
    stores = Store.kept(root, source.key)
    if len(stores) > 1:
        raise InvalidArgumentError(
            f"{source.name} is in the cache for {len(stores)} accounts: give each a folder of its "
            "own with cache="
        )
    if not stores:
        _needed(None, source.name)
    return stores[0]


def _media(part: Part, kept: PartStore, *, offline: bool) -> bytes:
    if offline:
        return _needed(kept.read(_MEDIA), part.name)
    document = part.fetch_media()
    kept.write(_MEDIA, document)
    return document


def _annotations(part: Part, kept: PartStore, *, offline: bool) -> bytes:
    known, noted = kept.read(_ANNOTATIONS), kept.read(_REVISION) or b""
    if known is not None and not noted.startswith(_note(known)):
        known = None  # damaged, or a process was killed between the two
    if offline:
        return _needed(known, part.name)
    revision = part.annotations_revision
    if known is not None and revision is not None and noted == _note(known, revision):
        return known
    # Killed between the two, the next run must not take the old for the new.
    kept.write(_REVISION, b"")
    document = part.fetch_annotations()
    kept.write(_ANNOTATIONS, document)
    kept.write(_REVISION, _note(document, revision or ""))
    return document


def _note(document: bytes, revision: str = "") -> bytes:
    """Return what tells a document that is whole, and its revision."""
    return f"{zlib.crc32(document):08x} {revision}".encode()


def _needed(document: bytes | None, name: str) -> bytes:
    if document is None:
        raise NotCachedError(
            f'{name} is not in the cache, and update="never" makes no request: make the dataset '
            'once with update="auto"'
        )
    return document


# --------------------------------------------------------------------------- what it holds


def _indexed(
    labels: Sequence[Label], given: Mapping[str, int | None] | None, source: str
) -> dict[str, int]:
    """Return the index of each label that is not left out."""
    if given is None:
        return {label.name: index for index, label in enumerate(labels)}
    absent = [label.name for label in labels if label.name not in given]
    if absent:
        raise InvalidArgumentError(
            f"labels: {source} has {', '.join(map(repr, absent))}, too: give each label an "
            "index, or None to leave it out"
        )
    indexes = ((label.name, given[label.name]) for label in labels)
    return {name: index for name, index in indexes if index is not None}


def _check_indexes(names: Iterable[str], given: Mapping[str, int | None] | None) -> None:
    """Refuse labels that would be in the source then, and have no index."""
    if given is None:
        return
    for name in names:
        if given.get(name) is None:
            raise InvalidArgumentError(f"write: labels= has no index for {name!r}")


def _chosen(parts: Sequence[Part], subsets: Iterable[str] | None, source: str) -> list[Part]:
    if subsets is None:
        return list(parts)
    wanted = [subsets] if isinstance(subsets, str) else list(subsets)
    known = {part.subset for part in parts if part.subset}
    for name in wanted:
        if name not in known:
            listed = ", ".join(map(repr, sorted(known))) or "none"
            raise InvalidArgumentError(
                f"subsets: {source} has no subset {name!r}; its subsets are {listed}"
            )
    return [part for part in parts if part.subset in wanted]


def _by_frame(annotations: Iterable[Annotation], media: Media) -> dict[int, list[Annotation]]:
    """Return what is on each frame."""
    found: dict[int, list[Annotation]] = {}
    for annotation in annotations:
        on_frames: Iterable[Annotation] = [annotation]
        if isinstance(annotation, Track):
            on_frames = interpolate(annotation, media.size, deleted=media.deleted)
        for one in on_frames:
            if not (isinstance(one, Shape) and one.outside):
                found.setdefault(one.frame, []).append(one)
    return found


def _in_blocks(frames: Iterable[Frame]) -> dict[int, list[Frame]]:
    found: dict[int, list[Frame]] = {}
    for frame in frames:
        found.setdefault(frame.block, []).append(frame)
    return found


_Line = tuple[list[int], list[tuple[PartImages, int]]]


def _line_of(blocks: Iterable[tuple[PartImages, int]]) -> _Line:
    """Return the blocks in the order of samples, and for each sample the place of its block."""
    places: list[int] = []
    line: list[tuple[PartImages, int]] = []
    for block in blocks:
        if not line or line[-1] != block:
            line.append(block)
        places.append(len(line) - 1)
    return places, line
