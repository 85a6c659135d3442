"""What is known of a run that may be killed, so that the next one goes on where it was.

Notes say what is about to be written, one for each write that is under way, and are on disk before
it begins. The journal says what has been written: a line for each write, which is added when it is
done. So of a write that stands in a note only, nobody knows whether it got through, and one looks.
"""

from __future__ import annotations

import bisect
import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from annoport.core.download.lock import FileLock
from annoport.core.download.partial import clear_errors
from annoport.core.errors import ConfigurationError, TargetBusyError
from annoport.core.support.notes import Note, key_of
from annoport.core.support.small_files import sync_folder
from annoport.functions.records import from_records, to_records
from annoport.functions.recovery import Look
from annoport.vision.annotations import Annotation

SLOTS = 4
"""How many writes may be under way at a time."""
_DIGITS = 12


class Intent(msgspec.Struct, kw_only=True):
    """A write that is about to be sent.

    Attributes:
        slot: Which note it stands in.
        number: Its number among those of the slot, from 1.
        part: Name of the part.
        frames: Numbers of the frames whose annotations these are.
        first: Whether it is the first of the part, which also removes what is to be replaced.
        meant: The annotations.
        before: How those annotations look that were on these frames already, and are like them.
    """

    slot: int
    number: int
    part: str
    frames: list[int]
    first: bool
    meant: list[dict[str, Any]]
    before: list[Look]

    def annotations(self) -> list[Annotation]:
        """Return what was meant to be written."""
        return from_records(self.meant)


class _Line(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A line of the journal.

    Attributes:
        key: In the first line: what identifies the run.
        slot: The note that a write that is done stood in.
        number: Its number there; 0 if there was nothing to write.
        part: Name of the part.
        frames: First and last numbers of spans of frames that are done.
        whole: Whether the part is done.
        annotations: How many annotations were written.
    """

    key: str = ""
    slot: int = 0
    number: int = 0
    part: str = ""
    frames: list[tuple[int, int]] = []
    whole: bool = False
    annotations: int = 0


class Checkpoint:
    """What is known of one run; a lock keeps other processes from it while it is open.

    Several threads may note what they write, each in a slot of its own.

    Attributes:
        annotations: How many annotations earlier processes have written.
        age: Seconds since an earlier process has noted something; None if there was none.
        intents: The writes that an earlier process had begun.
    """

    def __init__(self, folder: Path, identity: Sequence[object], *, resume: bool = True) -> None:
        """Read what there is.

        Args:
            folder: Where the files are.
            identity: What identifies the run, as JSON data.
            resume: Whether to go on with an earlier run; False forgets it.

        Raises:
            TargetBusyError: Another process is at it.
            ConfigurationError: The journal cannot be read.
        """
        key = key_of("annotate", *identity)
        with _clear_errors(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._journal = folder / f"{key[:_DIGITS]}.journal"
        self._notes = [
            Note(folder / f"{key[:_DIGITS]}.{slot}.note", key, Intent) for slot in range(SLOTS)
        ]
        self._lock = FileLock(self._notes[0].lock)
        if not self._lock.acquire():
            raise TargetBusyError(
                "another process is annotating the same with the same function: wait until it ends",
                path=self._journal,
            )
        self.annotations = 0
        self.age: float | None = None
        self.intents: list[Intent] = []
        self._numbers = [0] * SLOTS
        self._guard = threading.Lock()
        self._spans: dict[str, list[tuple[int, int]]] = {}
        self._whole: set[str] = set()
        with contextlib.ExitStack() as undo, _clear_errors(self._journal):
            undo.callback(self._lock.release)
            if not resume:
                self._forget()
            is_new = not self._journal.exists()
            self._file = undo.enter_context(self._journal.open("ab+"))
            if is_new:
                self._journal.chmod(0o600)
                sync_folder(folder)
            self._read(key)
            undo.pop_all()

    def __enter__(self) -> Self:
        """Return the checkpoint itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let others at it; what is known is kept unless the run has ended well."""
        self._file.close()
        if error is None:
            self._forget()
        self._lock.release()

    def is_whole(self, part: str) -> bool:
        """Whether all frames of a part are done."""
        return part in self._whole

    def is_begun(self, part: str) -> bool:
        """Whether some frames of a part are done."""
        return part in self._spans or part in self._whole

    def is_done(self, part: str, frame: int) -> bool:
        """Whether a frame is done."""
        spans = self._spans.get(part, [])
        place = bisect.bisect_right(spans, (frame, sys.maxsize))
        return place > 0 and spans[place - 1][1] >= frame

    def mean(
        self,
        slot: int,
        part: str,
        frames: Sequence[int],
        annotations: Iterable[Annotation],
        before: Iterable[Look],
        *,
        first: bool,
    ) -> Intent:
        """Note a write that is about to be sent, and return what was noted."""
        self._numbers[slot] += 1
        intent = Intent(
            slot=slot,
            number=self._numbers[slot],
            part=part,
            frames=list(frames),
            first=first,
            meant=list(map(dict, to_records(annotations))),
            before=list(before),
        )
        with _clear_errors(self._notes[slot].path):
            self._notes[slot].write(intent)
        return intent

    def done(self, intent: Intent, *, whole: bool = False) -> None:
        """Note that a write is done, and whether the part is."""
        self._add(self._line(intent, whole=whole))

    def settled(self, intent: Intent) -> None:
        """Note that one of `intents` is done."""
        line = self._line(intent, whole=False)
        self._add(line)
        self._take(line)

    def empty(self, part: str, frames: Sequence[int], *, whole: bool = False) -> None:
        """Note that frames are done, for which there is nothing to write."""
        self._add(_Line(part=part, frames=_spans(frames), whole=whole))

    def _line(self, intent: Intent, *, whole: bool) -> _Line:
        return _Line(
            slot=intent.slot,
            number=intent.number,
            part=intent.part,
            frames=_spans(intent.frames),
            annotations=len(intent.meant),
            whole=whole,
        )

    def _read(self, key: str) -> None:
        """Take up what is there, and cut off a line that is not whole."""
        self._file.seek(0)
        end, lines = 0, 0
        for text in self._file:
            if not text.endswith(b"\n"):
                break
            end += len(text)
            lines += 1
            line = _decoded(text)
            if line is None or line.key != (key if lines == 1 else ""):
                raise ConfigurationError(
                    f"{self._journal}, line {lines}, cannot be read: pass resume=False to begin "
                    "anew; what was annotated stays"
                )
            self._take(line)
        self._file.truncate(end)
        if not lines:
            for note in self._notes:
                note.remove()  # an earlier run that ended well may have been killed before that
            self._add(_Line(key=key))
            return
        self.age = max(0.0, time.time() - self._journal.stat().st_mtime)
        for slot, note in enumerate(self._notes):
            noted = note.read()
            if noted is not None and noted.content.number > self._numbers[slot]:
                self.intents.append(noted.content)
                self._numbers[slot] = noted.content.number

    def _take(self, line: _Line) -> None:
        self._numbers[line.slot] = max(self._numbers[line.slot], line.number)
        self.annotations += line.annotations
        if line.whole:
            self._whole.add(line.part)
            self._spans.pop(line.part, None)
        elif line.part:
            spans = self._spans.setdefault(line.part, [])
            _merge(spans, line.frames)
            spans.sort()

    def _add(self, line: _Line) -> None:
        with self._guard, _clear_errors(self._journal):
            self._file.write(msgspec.json.encode(line) + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())

    def _forget(self) -> None:
        # Without the journal, nobody looks at the notes.
        self._journal.unlink(missing_ok=True)
        for note in self._notes:
            note.remove()


def _clear_errors(path: Path) -> AbstractContextManager[None]:
    return clear_errors(
        path,
        full=f"the disk is full: {path}, which tells what is annotated, cannot be written: free "
        "some space and call annotate() again, or choose another folder with checkpoints=",
    )


def _decoded(text: bytes) -> _Line | None:
    try:
        return msgspec.json.decode(text, type=_Line)
    except msgspec.DecodeError:
        return None


def _spans(frames: Iterable[int]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for frame in sorted(frames):
        _merge(spans, [(frame, frame)])
    return spans


def _merge(spans: list[tuple[int, int]], more: Iterable[tuple[int, int]]) -> None:
    """Add spans, the last of which may go on without a gap."""
    for first, last in more:
        if spans and spans[-1][1] + 1 == first:
            spans[-1] = (spans[-1][0], last)
        else:
            spans.append((first, last))
