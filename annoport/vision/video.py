"""Frames of films by their numbers. Decoding needs the extra `video`.

Frames are counted from 0 in the order in which they are shown, as the platforms do. What a
container says of their number or rate is not used: it may be wrong, and rates may vary.
"""

from __future__ import annotations

import bisect
import importlib
import importlib.util
from array import array
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any, BinaryIO

from attrs import frozen

from annoport.core.errors import DecodeError
from annoport.core.support.concurrency import Lock
from annoport.vision.sources import Frame, Picture

ALONE = 1
"""So many frames or fewer are asked of the platform one by one.

A frame comes as a PNG. On the servers that were measured, the film of twelve small frames is as
large as two of them, and that of 120 frames of 640 x 360 as four; it is one request, too.
"""


def can_decode() -> bool:
    """Whether the extra `video` is installed."""
    return importlib.util.find_spec("av") is not None


def pictures(
    piece: BinaryIO, first: int, frames: Sequence[Frame], *, where: str
) -> Iterator[Picture]:
    """Yield the wanted frames of a piece of a film, which is decoded from its start.

    Args:
        piece: A film by itself.
        first: The number of its first frame.
        frames: The wanted frames.
        where: What messages call the piece.

    Raises:
        DecodeError: It is no film, or ends before a wanted frame.
    """
    wanted = {frame.number for frame in frames}
    last, count = max(wanted), 0
    for count, frame in enumerate(_decoded(piece, where), 1):
        number = first + count - 1
        if number in wanted:
            wanted.discard(number)
            yield picture(frame, number)
        if number == last:
            return
    raise DecodeError(f"{where}: it has {count} frames, and none for frame {min(wanted)}")


def picture(frame: Any, number: int) -> Picture:
    """Return a decoded frame as a PNG.

    Args:
        frame: The frame.
        number: Its number.
    """
    encoder: Any = _av().CodecContext.create("png", "w")
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, "rgb24"
    encoder.time_base = Fraction(1)
    # As small as what Pillow makes, in less than half the time.
    encoder.options = {"pred": "up", "compression_level": "1"}
    still = frame.reformat(format="rgb24")
    still.pts = 0
    packets = (*encoder.encode(still), *encoder.encode())
    return Picture(frame=number, suffix=".png", content=b"".join(map(bytes, packets)))


def _decoded(file: BinaryIO, where: str) -> Iterator[Any]:
    """Yield all frames from the start on."""
    with _opened(file, where) as container:
        try:
            yield from container.decode(_stream(container))
        except _errors() as error:
            raise DecodeError(f"{where}: it cannot be decoded: {error}") from error


def count_packets(file: BinaryIO, where: str) -> int:
    """Return how many frames a film has, which are not decoded.

    Args:
        file: The film.
        where: What messages call it.

    Raises:
        DecodeError: It is no film.
    """
    with _opened(file, where) as container:
        return sum(_is_shown(packet) for packet in container.demux(_stream(container)))


class Film:
    """A film of which any frames can be had, in constant memory, by several threads at once.

    It is read once from end to end, to find out which frame is which, unless its frames are wanted
    from the first on only.
    """

    def __init__(self, file: Callable[[], BinaryIO], *, where: str) -> None:
        """Take a film; nothing is read yet.

        Args:
            file: Opens the film, which must be seekable; each time for one thread.
            where: What messages call it.
        """
        self._file, self._where = file, where
        self._guard = Lock()

    @property
    def _index(self) -> _Index | None:
        with self._guard.here():
            return self._known_index

    @cached_property
    def _known_index(self) -> _Index | None:
        with _opened(self._file(), self._where) as container:
            return _index_of(container)

    def __len__(self) -> int:
        """Return the number of frames."""
        index = self._index
        if index is not None:
            return len(index.times)
        return sum(1 for _ in _decoded(self._file(), self._where))

    def frames(self, start: int, stop: int) -> Iterator[tuple[int, Any]]:
        """Yield frames with their numbers.

        Args:
            start: The first.
            stop: The one after the last.

        Raises:
            DecodeError: The film ends before.
        """
        following = start
        if start:
            for number, frame in self._from_key_frame(start, stop):
                following = number + 1
                yield number, frame
        if following < stop:
            yield from self._from_start(following, stop)

    def _from_start(self, start: int, stop: int) -> Iterator[tuple[int, Any]]:
        number = -1
        for number, frame in enumerate(_decoded(self._file(), self._where)):
            if number >= start:
                yield number, frame
            if number + 1 == stop:
                return
        raise DecodeError(
            f"{self._where}: it has {number + 1} frames, and none for frame {stop - 1}"
        )

    def _from_key_frame(self, start: int, stop: int) -> Iterator[tuple[int, Any]]:
        """Yield frames from `start` on, as long as each is the one that must follow."""
        index = self._index
        if index is None or start >= len(index.times):
            return
        place = bisect.bisect_right(index.keys, index.times[start])
        while place > 0:
            place -= 1
            following = start
            for number, frame in self._after(index, index.keys[place], stop):
                if number is None or number > following:
                    break
                if number == following:
                    yield number, frame
                    following += 1
            if following > start:
                return

    def _after(self, index: _Index, time: int, stop: int) -> Iterator[tuple[int | None, Any]]:
        with _opened(self._file(), self._where) as container:
            stream = _stream(container)
            container.seek(time, stream=stream)
            for frame in container.decode(stream):
                number = index.number(frame.pts)
                if number is not None and number >= stop:
                    return
                yield number, frame


@frozen
class _Index:
    """When each frame of a film is shown, in order, and when the key frames are."""

    times: array[int]
    keys: array[int]

    def number(self, time: int | None) -> int | None:
        """Return the number of the frame that is shown at a time; None if there is none."""
        if time is None:
            return None
        place = bisect.bisect_left(self.times, time)
        return place if place < len(self.times) and self.times[place] == time else None


def _index_of(container: Any) -> _Index | None:
    """Return the index of a film; None if its packets do not tell enough."""
    times: list[int] = []
    keys: list[int] = []
    for packet in container.demux(_stream(container)):
        if not _is_shown(packet):
            continue
        if packet.pts is None:
            return None
        times.append(packet.pts)
        if packet.is_keyframe:
            keys.append(packet.pts)
    if len(set(times)) < len(times):
        return None
    return _Index(array("q", sorted(times)), array("q", sorted(keys)))


def _is_shown(packet: Any) -> bool:
    """Whether a packet has a frame that is shown: an edit list can leave some out."""
    return bool(packet.size) and not packet.is_discard


def _opened(file: BinaryIO, where: str) -> Any:
    try:
        return _av().open(file)
    except _errors() as error:
        raise DecodeError(f"{where}: it is no film: {error}") from error


def _stream(container: Any) -> Any:
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    return stream


def _errors() -> type[Exception]:
    kind: type[Exception] = _av().FFmpegError
    return kind


def _av() -> Any:
    # Its own types are not complete.
    return importlib.import_module("av")
