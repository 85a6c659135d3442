"""Which uploaded files become the frames of a task, in which order, and in which chunks."""

from __future__ import annotations

import mimetypes
import re
import zlib
from collections.abc import Callable, Collection, Sequence
from pathlib import PurePosixPath
from typing import Any

import attrs

from annoport.testing.cvat.answers import Json, refuse_list


@attrs.frozen(kw_only=True)
class Selection:
    """What the options of an upload say about the frames.

    Attributes:
        sorting: How the files are sorted.
        order: The names for the sorting `predefined`; empty for the order of their arrival.
        first, last: The range of file numbers; `last` is None for all the rest.
        step: One file of so many is taken.
        chunk_size: Frames of a chunk.
    """

    sorting: str = "lexicographical"
    order: tuple[str, ...] = ()
    first: int = 0
    last: int | None = None
    step: int = 1
    chunk_size: int = 72

    @classmethod
    def of(cls, options: Json) -> Selection:
        """Read the options of an upload; those of a form are all texts."""
        step = re.fullmatch(r"step=([1-9]\d*)", options.get("frame_filter") or "")
        last = options.get("stop_frame")
        predefined = options.get("sorting_method") == "predefined"
        return cls(
            sorting=options.get("sorting_method") or "lexicographical",
            order=tuple(options.get("upload_file_order") or ()) if predefined else (),
            first=int(options.get("start_frame") or 0),
            last=int(last) if last else None,
            step=int(step[1]) if step else 1,
            chunk_size=int(options.get("chunk_size") or 72),
        )

    def check(self, names: Collection[str]) -> None:
        """Refuse an order that is not one of the files that have arrived."""
        known = frozenset(self.order)
        extra = [f"{name} (extra)" for name in names if name not in known]
        absent = [f"{name} (missing)" for name in self.order if name not in names]
        if self.order and (extra or absent):
            refuse_list(
                "Uploaded files do not match the 'upload_file_order' field contents. Please check "
                "the uploaded data and the list of uploaded files. "
                f"Mismatching files: {', '.join(extra + absent)}"
            )

    def sorted(self, names: Collection[str]) -> list[str]:
        """Sort file names, which come in the order of their arrival."""
        if self.sorting == "predefined":
            return list(self.order or names)
        if self.sorting == "random":
            return sorted(names, key=lambda name: zlib.crc32(name.encode()))
        return sorted(names, key=_KEYS.get(self.sorting))

    def numbers(self, count: int) -> range:
        """Return which of so many files become frames."""
        last = count - 1 if self.last is None else min(self.last, count - 1)
        return range(self.first, last + 1, self.step)


def natural(name: str) -> list[Any]:
    """Return a sort key that puts `img_9` before `img_10`, and pays no attention to case."""
    path = PurePosixPath(name.lower())
    stem = re.split(r"(\d+)", str(path.with_suffix("")))
    return [[int(part) if part.isdigit() else part for part in stem], path.suffix]


_KEYS: dict[str, Callable[[str], Any]] = {"natural": natural}


def is_media(name: str) -> bool:
    """Return whether the server looks into a file; it drops others without a word."""
    kind = mimetypes.guess_type(name)[0] or ""
    return kind.startswith(("image/", "video/"))


@attrs.frozen(kw_only=True)
class Chunks:
    """The chunks of a task's frames `start` to `stop`, which are those of one of its jobs or all.

    Attributes:
        size: Frames of a chunk.
    """

    start: int
    stop: int
    size: int

    def numbered(self, number: int) -> Sequence[int] | None:
        """Return the frames of a chunk of the task that are in this part; None if none is."""
        first, last = self.numbers
        if not first <= number <= last:
            return None
        begin = max(number * self.size, self.start)
        return range(begin, min((number + 1) * self.size - 1, self.stop) + 1)

    def indexed(self, index: int) -> Sequence[int] | None:
        """Return the frames of a chunk of this part, counted from its start; None if none is."""
        if not 0 <= index <= self.last_index:
            return None
        begin = self.start + index * self.size
        return range(begin, min(begin + self.size - 1, self.stop) + 1)

    @property
    def numbers(self) -> tuple[int, int]:
        """The numbers of the first chunk and of the last."""
        return self.start // self.size, self.stop // self.size

    @property
    def last_index(self) -> int:
        """The index of the last chunk."""
        return (self.stop - self.start) // self.size
