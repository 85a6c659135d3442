"""The files of videos, from which frames are decoded by their numbers."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Protocol

import msgspec
from attrs import define, field, frozen

from annoport.core.http.ranges import parse_content_range, range_header, strong_etag
from annoport.core.http.request import Request
from annoport.errors import ApiError, ChangedDuringDownloadError, DecodeError, PermissionDeniedError
from annoport.tator._sync.stored_files import signed
from annoport.tator.files import Choice, chosen
from annoport.vision.sources import Frame, Picture
from annoport.vision.video import Film, count_packets, picture, pictures
from annoport_tator import Client, models

TOGETHER = 64
"""Frames of a block: a few seconds, as much as a dataset reads ahead of who looks at them."""

_AT_ONCE = 4 * 1024 * 1024
"""Bytes that are kept of a file that is read as a whole."""


class FrameFile(Protocol):
    """A file of a video."""

    def read(self, frames: Sequence[Frame]) -> Iterator[Picture]:
        """Yield frames.

        Args:
            frames: The wanted frames, in order.

        Raises:
            DecodeError: They cannot be decoded, or not counted.
            AnnoportError: As raised by the requests.
        """
        ...


def frame_file(client: Client, medium: models.Media, *, where: str) -> FrameFile | None:
    """Return the file that frames of a video are decoded from; None if there is none that fits.

    The best stream, whose frames the server counts itself, else the original.

    Args:
        client: A client of Tator.
        medium: The video.
        where: What messages call it.
    """
    project = medium.project
    stream = chosen(medium, Choice(role="streaming"))
    if isinstance(stream, models.VideoDefinition) and isinstance(stream.segment_info, str):
        info = Remote(client=client, project=project, path=stream.segment_info, where=where)
        film = Remote(client=client, project=project, path=stream.path, where=where)
        return _Stream(info=info, film=film)
    original = chosen(medium, Choice(role="archival"))
    if original is None:
        return None
    remote = Remote(client=client, project=project, path=original.path, where=where)
    return _Original(Film(lambda: io.BufferedReader(_Ranged(remote), _AT_ONCE), where=where))


@define(kw_only=True, slots=False)
class Remote:
    """A file in an object store, read in parts.

    Attributes:
        client: Sends the requests.
        project: The project that it belongs to.
        path: Its key in the project's store, or a URL of it.
        where: What messages call it.
    """

    client: Client = field(repr=False)
    project: int
    path: str
    where: str
    _url: str | None = field(default=None, init=False)
    _etag: str | None = field(default=None, init=False)
    _size: int | None = field(default=None, init=False)

    def read(self, start: int, stop: int | None = None) -> bytes:
        """Return bytes of the file; fewer if it ends before.

        Args:
            start: The first.
            stop: The one after the last; None for the end.

        Raises:
            ChangedDuringDownloadError: The file has changed since the last time.
            AnnoportError: As raised by the request.
        """
        if self._url is not None:
            try:
                return self._read(self._url, start, stop)
            except PermissionDeniedError:
                pass  # the URL has expired
        url = self.path
        if "://" not in url:
            url = signed(self.client, self.project, [url])[url]
        self._url = url  # now that it is one: other threads use it, too
        return self._read(url, start, stop)

    def size(self) -> int:
        """Return the size of the file in bytes."""
        if self._size is None:
            self.read(0, 1)
        return self._size or 0

    def _read(self, url: str, start: int, stop: int | None) -> bytes:
        wanted = range_header(start, stop)
        headers = {"Accept": "*/*", "Accept-Encoding": "identity", "Range": wanted}
        # An object store must never see our token.
        request = Request("GET", url, headers, None, "")
        try:
            answer = self.client.send(request, repeatable=True, secured=False)
        except ApiError as error:
            if error.status == 416:
                return b""
            raise
        etag = strong_etag(answer.headers.get("etag"))
        if self._etag not in (None, etag):
            raise ChangedDuringDownloadError(f"{self.where}: the file has changed in the store")
        self._etag = etag
        if answer.status != 206:
            self._size = len(answer.content)
            return answer.content[start:stop]
        sent = parse_content_range(answer.headers.get("content-range"))
        if sent is None or sent.start != start:
            raise DecodeError(
                f"{self.where}: the store sent other bytes than those from {start} on"
            )
        self._size = sent.total
        return answer.content


class _Ranged(io.RawIOBase):
    """A file in an object store as one that can be read and sought in."""

    def __init__(self, remote: Remote) -> None:
        super().__init__()
        self._remote, self._at = remote, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_CUR:
            offset += self._at
        elif whence == io.SEEK_END:
            offset += self._remote.size()
        self._at = offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        content = self._remote.read(self._at, self._at + len(buffer))
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)


@frozen
class _Original:
    """The original of a video."""

    film: Film

    def read(self, frames: Sequence[Frame]) -> Iterator[Picture]:
        """Yield frames."""
        numbers = {frame.number for frame in frames}
        for number, frame in self.film.frames(min(numbers), max(numbers) + 1):
            if number in numbers:
                yield picture(frame, number)


@frozen(kw_only=True)
class Fragment:
    """A piece of a stream that can be decoded after the head of the file.

    Attributes:
        first: The number of its first frame.
        count: How many frames it has.
        start: Where it begins in the file.
        stop: Where it ends.
    """

    first: int
    count: int
    start: int
    stop: int


class _Segment(msgspec.Struct):
    """A box of the file, as the platform lists them."""

    name: str = ""
    offset: int | None = None
    size: int = 0
    frame_start: int | None = None
    frame_samples: int = 0


class _Info(msgspec.Struct):
    segments: list[_Segment] = []


def fragments(document: bytes) -> list[Fragment]:
    """Return the fragments that a file with information about segments lists; none if it is odd.

    Args:
        document: The file.
    """
    try:
        segments = msgspec.json.decode(document, type=_Info).segments
    except msgspec.MsgspecError:
        return []
    found: list[Fragment] = []
    for segment in segments:
        if segment.offset is None:
            return []
        stop = segment.offset + segment.size
        if segment.name == "moof" and segment.frame_start is not None:
            one = Fragment(
                first=segment.frame_start,
                count=segment.frame_samples,
                start=segment.offset,
                stop=stop,
            )
            found.append(one)
        elif segment.name == "mdat" and found:
            last = found[-1]
            found[-1] = Fragment(first=last.first, count=last.count, start=last.start, stop=stop)
    return found


@define(kw_only=True, slots=False)
class _Stream:
    """A stream, whose fragments the platform lists with the numbers of their frames."""

    info: Remote
    film: Remote

    def read(self, frames: Sequence[Frame]) -> Iterator[Picture]:
        """Yield frames."""
        where = self.film.where
        first, last = frames[0].number, frames[-1].number
        needed = [
            one for one in self._fragments if one.first <= last and first < one.first + one.count
        ]
        count = sum(one.count for one in needed)
        if not needed or needed[0].first > first or needed[0].first + count <= last:
            raise DecodeError(f"{where}: the list of its segments lacks frames {first} to {last}")
        piece = self._head + self.film.read(needed[0].start, needed[-1].stop)
        # What an edit list leaves out would be missed in the count.
        if count_packets(io.BytesIO(piece), where) != count:
            raise DecodeError(f"{where}: its segments have other frames than their list says")
        yield from pictures(io.BytesIO(piece), needed[0].first, frames, where=where)

    @cached_property
    def _fragments(self) -> list[Fragment]:
        return fragments(self.info.read(0))

    @cached_property
    def _head(self) -> bytes:
        return self.film.read(0, self._fragments[0].start)
