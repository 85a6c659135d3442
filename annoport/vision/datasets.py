"""A source as a sequence of samples, with a cache on disk."""

from __future__ import annotations

import functools
import io
import itertools
import os
import zlib
from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal, get_args, overload

from attrs import define, field, frozen

from annoport.core.errors import (
    AnnoportError,
    InvalidArgumentError,
    NotCachedError,
    PartialWriteError,
)
from annoport.core.support.concurrency import Lock
from annoport.core.support.progress import show_progress
from annoport.vision._store import PartStore, Store, default_folder
from annoport.vision.annotations import Annotation, Shape
from annoport.vision.interpolation import interpolate
from annoport.vision.labels import Label
from annoport.vision.sources import Frame, Media, Part, Picture, Source, WriteMode
from annoport.vision.tracks import Track
from annoport.vision.writing import across_parts, check_choice, gathered

Images = Literal["all", "ahead", "demand"]
"""When a dataset fetches pictures."""

_AHEAD = 3
_FETCHERS = 2
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
    _images: _Images = field(repr=False)

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
            AnnoportError: As raised by the request.
        """
        from PIL import Image

        image = Image.open(io.BytesIO(self.content))
        image.load()
        return image


class Dataset(Sequence[Sample]):
    """Pictures and annotations of a source, kept on disk.

    Making one asks the source what is new. A picture is fetched only if it changed: an edit of
    annotations never costs one. A dataset that was killed while it fetched goes on where it was;
    a picture that was damaged on disk is fetched again. Several processes may use one cache.

    A forked process may go on with it. It can be pickled, without what sends requests: the copy
    has the pictures that are on disk when they are asked for, and no others.

    Attributes:
        labels: The labels of the source.
        label_index: Index of each label by its name.
    """

    def __init__(
        self,
        source: Source,
        *,
        labels: Mapping[str, int] | None = None,
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
            labels: Index of each label by its name; every label of the source must be named. By
                default they are counted in the order of the source.
            select: Which samples to have; by default all.
            subsets: Which subsets to have; by default all.
            images: "all" fetches all pictures now, and makes no request later; "ahead" fetches
                them when samples are asked for, and those of the next samples meanwhile; "demand"
                fetches them when they are asked for.
            update: "auto" asks the source what is new; "never" makes no request at all.
            cache: Where to keep it; by default in the user's cache folder.
            cache_size: Bytes that all datasets in `cache` may take; those that were not used for
                longest are removed.
            progress: Whether to show a bar while all pictures are fetched.

        Raises:
            InvalidArgumentError: `labels` lacks one, or a subset does not exist.
            NotCachedError: Something is not there, and `update` is "never".
            NoSpaceError: The disk is full; what was fetched is kept.
            AnnoportError: As raised by the requests.
        """
        check_choice("images", images, ("all", "ahead", "demand"))
        check_choice("update", update, ("auto", "never"))
        offline = self._offline = update == "never"
        self._source, self._select, self._subsets = source, select, subsets
        self._given, self._demand = labels, images == "demand"
        root = Path(cache) if cache is not None else default_folder()
        self._store = (
            _only(root, source) if offline else Store.of(root, source.key, source.account())
        )
        self._read()
        self._ahead = _AHEAD if images == "ahead" and not offline else 0
        if images == "all" and not offline:
            self._fetch_all(progress=progress)
        if cache_size is not None:
            self._store.trim(cache_size)

    def _read(self, written: Container[str] | None = None) -> None:
        """Read what the source holds.

        Args:
            written: Names of the parts whose annotations are new; pictures are not. None if this
                is the first time.
        """
        content = self._source.open(_described(self._store, self._source, offline=self._offline))
        self.labels: tuple[Label, ...] = content.labels
        self.label_index: Mapping[str, int] = _indexed(
            content.labels, self._given, self._source.name
        )
        self._parts = {
            part.name: part for part in _chosen(content.parts, self._subsets, self._source.name)
        }
        self._samples: list[Sample] = []
        self._blocks: list[tuple[_Images, int]] = []
        for part in self._parts.values():
            self._add(part, self._store.part(part.name), written)
        self._line = _line_of(self._blocks)
        self._reached = -1

    def _add(self, part: Part, kept: PartStore, written: Container[str] | None) -> None:
        """Add the samples of a part."""
        again = written is not None and kept.read(_MEDIA) is not None
        with kept.lock():
            media = part.media_of(_media(part, kept, offline=self._offline or again))
            if written is not None and part.name in written:
                kept.write(_REVISION, b"")
            document = _annotations(part, kept, offline=self._offline)
            kept.use(media.revision)
        on_frames = _by_frame(part.annotations_of(document), media)
        # What can be had alone is fetched only if it is chosen; the rest comes along anyway.
        frames = {} if media.alone else _in_blocks(media.frames)
        images = _Images(
            part=part.name,
            kept=kept,
            frames=frames,
            alone=media.alone and self._demand,
            read_block=None if self._offline else part.read_block,
            reason='update="never" makes no request',
        )
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
                makes no request.
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
                    self._read(found)
                if not done:
                    raise
                raise across_parts(name, done, total, error) from error
            done += one.annotations
        self._read(found)

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self._samples)

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
            AnnoportError: As raised by `Sample.load`.
        """
        with ThreadPoolExecutor(threads, thread_name_prefix="annoport-decode") as pool:
            begun = ((sample, pool.submit(sample.load)) for sample in self)
            # More than there are threads, so that none waits for whoever takes the pictures.
            waiting = deque(itertools.islice(begun, 3 * threads))
            while waiting:
                sample, image = waiting.popleft()
                waiting.extend(itertools.islice(begun, 1))
                yield sample, image.result()

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


@define(eq=False)
class _Images:
    """The pictures of a part, block by block.

    Attributes:
        part: The name of the part.
        kept: What is kept of it.
        frames: The frames of each block.
        alone: Whether a frame is fetched without the others of its block.
        read_block: Asks the platform for pictures; None if no request is to be made.
        reason: Why not.
    """

    part: str
    kept: PartStore
    frames: Mapping[int, Sequence[Frame]]
    alone: bool
    read_block: Callable[[int, Sequence[Frame]], Iterator[Picture]] | None
    reason: str
    _guard: Lock = field(factory=Lock, init=False)
    # By process, too: one that was forked does not have the threads that its parent began.
    _begun: dict[tuple[int, int], Future[None]] = field(
        factory=dict[tuple[int, int], "Future[None]"], init=False
    )

    def __reduce__(self) -> tuple[Any, ...]:
        """Leave out what sends requests: connections and secrets stay in their process."""
        reason = 'a copy in another process makes no request: make the dataset with images="all"'
        return _Images, (self.part, self.kept, self.frames, self.alone, None, reason)

    def content(self, frame: Frame) -> bytes:
        """Return the image file of a frame, which is fetched if it is absent or damaged."""
        for _ in range(2):
            content = self.kept.picture(frame.number)
            if content is not None:
                return content
            if self.alone or frame not in self.frames.get(frame.block, ()):
                self._fetch(frame.block, [frame])
            else:
                self.fetch(frame.block)
        if self.read_block is None:
            rest = f"the picture is not in the cache, and {self.reason}"
        else:
            rest = (
                "the picture was fetched, and is gone again: does another program remove files "
                "from the cache?"
            )
        raise NotCachedError(f"{self.part}, frame {frame.number} ({frame.name}): {rest}")

    def path(self, frame: Frame) -> Path:
        """Return where the image file of a frame is, which is fetched if absent or damaged."""
        self.content(frame)
        return self.kept.path(frame.number)

    def begin(self, block: int) -> None:
        """Begin to fetch what is absent of a block, in another thread."""
        key = os.getpid(), block
        with self._guard:
            if key in self._begun or not self._absent(block):
                return
            begun = self._begun[key] = _pool().submit(self._fetch, block)

        def ended(_: Future[None]) -> None:
            if begun.exception() is None:  # else whoever wants the block gets the error
                self._begun.pop(key, None)

        begun.add_done_callback(ended)

    def fetch(self, block: int) -> None:
        """Fetch what is absent of a block, and wait for it."""
        with self._guard:
            begun = self._begun.pop((os.getpid(), block), None)
        if begun is not None:
            begun.result()
        if self._absent(block):
            self._fetch(block)

    def _fetch(self, block: int, wanted: Sequence[Frame] | None = None) -> None:
        """Fetch what is absent of a block, or of some of its frames."""
        if self.read_block is None:
            self.kept.look_again()
            return
        with self.kept.lock(block):
            self.kept.look_again()
            absent = self._absent(block, wanted)
            for picture in self.read_block(block, absent) if absent else ():
                self.kept.add(picture)

    def _absent(self, block: int, wanted: Sequence[Frame] | None = None) -> list[Frame]:
        frames = self.frames[block] if wanted is None else wanted
        return [frame for frame in frames if not self.kept.has(frame.number)]


@functools.cache
def _pool_of(_process: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_FETCHERS, thread_name_prefix="annoport-fetch")


def _pool() -> ThreadPoolExecutor:
    """Return the threads that fetch ahead, for all datasets; a forked process has its own."""
    return _pool_of(os.getpid())


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


def _described(store: Store, source: Source, *, offline: bool) -> bytes:
    if offline:
        return _needed(store.read(_DESCRIPTION), source.name)
    description = source.describe()
    store.write(_DESCRIPTION, description)
    return description


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
    labels: Sequence[Label], given: Mapping[str, int] | None, source: str
) -> dict[str, int]:
    if given is None:
        return {label.name: index for index, label in enumerate(labels)}
    absent = [label.name for label in labels if label.name not in given]
    if absent:
        raise InvalidArgumentError(
            f"labels: {source} has {', '.join(map(repr, absent))}, too: give each label an index"
        )
    return {label.name: given[label.name] for label in labels}


def _check_indexes(names: Iterable[str], given: Mapping[str, int] | None) -> None:
    """Refuse labels that would be in the source then, and have no index."""
    if given is None:
        return
    for name in names:
        if name not in given:
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


_Line = tuple[list[int], list[tuple[_Images, int]]]


def _line_of(blocks: Iterable[tuple[_Images, int]]) -> _Line:
    """Return the blocks in the order of samples, and for each sample the place of its block."""
    places: list[int] = []
    line: list[tuple[_Images, int]] = []
    for block in blocks:
        if not line or line[-1] != block:
            line.append(block)
        places.append(len(line) - 1)
    return places, line
