"""Pictures of a source, read and decoded ahead of whoever looks at them."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import Any, TypeAlias

from attrs import frozen

from annoport.core.errors import DecodeError
from annoport.core.support.threads import Threads
from annoport.vision.decoding import decoded
from annoport.vision.sources import Frame, Media, Part
from annoport.vision.sources import Picture as SourcePicture

_FETCHERS = 4
_DECODERS = 2
_BLOCKS_AHEAD, _FRAMES_AHEAD = 2, 16
"""Blocks are fetched ahead until there are so many of both."""
_FILES = 8
"""Image files of a block that may wait: those of a film are many and large."""
_LOOK_AGAIN = 0.1
"""Seconds after which a thread that waits looks whether it is to end."""


@frozen
class Picture:
    """A decoded picture.

    Attributes:
        part: What it belongs to.
        media: The pictures of the part.
        frame: Which one it is.
        image: The picture, a `PIL.Image.Image`.
    """

    part: Part
    media: Media
    frame: Frame
    image: Any

    def __str__(self) -> str:
        return f"{self.part.name}, frame {self.frame.number} ({self.frame.name})"


@frozen
class PartEnd:
    """The last picture of a part has come.

    Attributes:
        part: The part.
        media: Its pictures.
    """

    part: Part
    media: Media


@frozen
class _Piece:
    """Frames of a part that come together; without frames, the end of the part."""

    part: Part
    media: Media
    block: int = 0
    frames: tuple[Frame, ...] = ()


@frozen
class _Begun:
    """A picture that is being decoded."""

    piece: _Piece
    frame: Frame
    image: Future[Any]


class _Files:
    """The image files of a piece, which come in another thread."""

    def __init__(self, piece: _Piece, stop: threading.Event) -> None:
        self._piece = piece
        self._stop = stop
        self._waiting: queue.Queue[SourcePicture | BaseException] = queue.Queue(_FILES)
        self._early: dict[int, bytes] = {}

    def fetch(self) -> None:
        """Ask for the files; some at a time wait for `content`."""
        piece = self._piece
        try:
            for picture in piece.part.read_block(piece.block, piece.frames):
                if not put(self._waiting, picture, self._stop):
                    return
            absent = f"{piece.part.name}, block {piece.block}: a picture of it has not come"
            put(self._waiting, DecodeError(absent), self._stop)  # looked at if one is missed
        except BaseException as error:  # noqa: BLE001 (raised again by `content`)
            put(self._waiting, error, self._stop)

    def content(self, frame: Frame) -> bytes:
        """Return the image file of a frame; each can be had once."""
        while frame.number not in self._early:
            try:
                picture = self._waiting.get(timeout=_LOOK_AGAIN)
            except queue.Empty:
                if self._stop.is_set():
                    raise
                continue
            if isinstance(picture, BaseException):
                raise picture
            self._early[picture.frame] = picture.content
        return self._early.pop(frame.number)


def put(line: queue.Queue[Any], item: object, stop: threading.Event) -> bool:
    """Put something in a queue as soon as it has room.

    Args:
        line: The queue.
        item: What to put there.
        stop: Set if nobody takes anything out any more.

    Returns:
        Whether it is there.
    """
    while not stop.is_set():
        try:
            line.put(item, timeout=_LOOK_AGAIN)
        except queue.Full:
            continue
        return True
    return False


_Step: TypeAlias = "_Begun | PartEnd | BaseException | None"


class Pictures:
    """Pictures in order; several are fetched and decoded while one is looked at.

    Attributes:
        total: How many there are in the parts that have been asked for.
        is_total_known: Whether all parts have been asked for.
    """

    def __init__(
        self, parts: Sequence[Part], wanted: Callable[[Part, Frame], bool], *, ahead: int
    ) -> None:
        """Begin to read.

        Args:
            parts: The parts, in order.
            wanted: Whether a picture is wanted.
            ahead: How many decoded pictures may wait.
        """
        self.total = 0
        self.is_total_known = False
        self._parts = parts
        self._wanted = wanted
        self._steps: queue.Queue[_Step] = queue.Queue(ahead)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="annoport-read", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[Picture | PartEnd]:
        """Yield pictures, and the end of each part after its last one.

        Raises:
            AnnoportError: As raised by the request for a picture.
            DecodeError: One cannot be decoded.
        """
        while (step := self._steps.get()) is not None:
            if isinstance(step, BaseException):
                raise step
            if isinstance(step, PartEnd):
                yield step
            else:
                piece = step.piece
                yield Picture(piece.part, piece.media, step.frame, step.image.result())

    def close(self) -> None:
        """Stop reading; what is under way ends by itself."""
        self._stop.set()

    def _run(self) -> None:
        fetchers = Threads(_FETCHERS, "annoport-fetch")
        decoders = Threads(_DECODERS, "annoport-decode")
        try:
            line: deque[tuple[_Piece, _Files]] = deque()
            for piece in self._pieces():
                line.append((piece, _Files(piece, self._stop)))
                if piece.frames:
                    fetchers.submit(line[-1][1].fetch)
                while len(line) > _BLOCKS_AHEAD and _frames_in(line) > _FRAMES_AHEAD:
                    self._hand_on(*line.popleft(), decoders)
            while line:
                self._hand_on(*line.popleft(), decoders)
            self._put(None)
        except BaseException as error:  # noqa: BLE001 (raised again where the pictures are used)
            self._put(error)
        finally:
            fetchers.shutdown(wait=False, cancel_futures=True)
            decoders.shutdown(wait=False, cancel_futures=self._stop.is_set())

    def _pieces(self) -> Iterator[_Piece]:
        for part in self._parts:
            if self._stop.is_set():
                return
            media = part.media_of(part.fetch_media())
            frames = [frame for frame in media.frames if self._wanted(part, frame)]
            self.total += len(frames)
            self.is_total_known = part is self._parts[-1]
            blocks: dict[int, list[Frame]] = {}
            for frame in frames:
                blocks.setdefault(frame.block, []).append(frame)
            for block, together in blocks.items():
                yield _Piece(part, media, block, tuple(together))
            yield _Piece(part, media)

    def _hand_on(self, piece: _Piece, files: _Files, decoders: Threads) -> None:
        """Let the pictures of a piece be decoded, no more at a time than may wait."""
        if not piece.frames:
            self._put(PartEnd(piece.part, piece.media))
            return
        for frame in piece.frames:
            if self._stop.is_set():
                return
            content = files.content(frame)
            image = decoders.submit(decoded, content, f"{piece.part.name}, frame {frame.number}")
            self._put(_Begun(piece, frame, image))

    def _put(self, step: _Step) -> None:
        put(self._steps, step, self._stop)


def _frames_in(line: deque[tuple[_Piece, _Files]]) -> int:
    return sum(len(piece.frames) for piece, _ in line)
