"""What a dataset keeps on disk: documents of the platform, and pictures whose names tell damage."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path

from attrs import define, field, frozen

from annoport.core.download.partial import NO_SPACE
from annoport.core.errors import NoSpaceError
from annoport.core.support.notes import cache_folder
from annoport.core.support.small_files import write_whole
from annoport.vision.sources import Picture

try:
    from filelock import FileLock, Timeout
except ModuleNotFoundError as error:
    raise ImportError(
        f"datasets need {error.name}, which is not installed: pip install 'annoport[datasets]'",
        name=error.name,
    ) from None

_DIGITS = 16
_USED = "used"
_LOCK = "lock"
_LOCKS = 8
"""Locks of a part for its blocks: several are fetched at a time, each by one process."""
_TOGETHER = 256
"""Pictures of a folder."""
_REMEMBERED = 8
"""Folders whose content is in memory, whatever the size of the dataset."""
_PICTURE = re.compile(r"(\d+)-([0-9a-f]{8})(\.\w+)?")


def default_folder() -> Path:
    """Return the folder for datasets in this user's cache folder."""
    return cache_folder() / "datasets"


@frozen
class Store:
    """The folder of one source.

    Attributes:
        folder: The folder.
    """

    folder: Path

    @classmethod
    def of(cls, root: Path, key: str, account: str) -> Store:
        """Return the store of a source as an account sees it, and note that it is used now."""
        folder = root / f"{_hashed(key)}-{_hashed(account)}"
        _begin(folder)
        (folder / _USED).touch()
        return cls(folder)

    @classmethod
    def kept(cls, root: Path, key: str) -> list[Store]:
        """Return the stores of a source that there are, one for each account."""
        return [cls(path.parent) for path in sorted(root.glob(f"{_hashed(key)}-*/{_USED}"))]

    def part(self, name: str) -> PartStore:
        """Return what is kept of a part."""
        folder = self.folder / f"{re.sub(r'[^0-9A-Za-z]+', '-', name)}-{_hashed(name)[:6]}"
        _begin(self.folder)
        folder.mkdir(mode=0o700, exist_ok=True)
        return PartStore(folder)

    def read(self, name: str) -> bytes | None:
        """Return a document; None if there is none."""
        return _read(self.folder / name)

    def write(self, name: str, content: bytes) -> None:
        """Keep a document."""
        _begin(self.folder)
        _write(self.folder / name, content)

    def trim(self, most: int) -> None:
        """Remove other sources, those first that were not used for longest, until `most` suffices.

        What another process is filling is left alone, and so is this source.

        Args:
            most: Bytes that all sources may take together.
        """
        others = [path for path in self.folder.parent.iterdir() if (path / _USED).exists()]
        sizes = {path: _size(path) for path in others}
        total = sum(sizes.values())
        for path in sorted(others, key=lambda path: (path / _USED).stat().st_mtime_ns):
            if total <= most:
                return
            if path != self.folder and _remove(path):
                total -= sizes[path]


@define
class PartStore:
    """What is kept of a part of a source.

    Attributes:
        folder: Its folder.
    """

    folder: Path
    _known: dict[int, dict[int, str]] = field(factory=dict[int, dict[int, str]], init=False)
    _revision: str = field(default="", init=False)

    def lock(self, block: int | None = None) -> FileLock:
        """Return the lock that one holds who fills this part, in whatever process.

        The folder is made anew if another dataset has removed it to make room.

        Args:
            block: The block of pictures that is fetched, beside which others can be fetched at the
                same time; None for the documents.
        """
        _begin(self.folder.parent)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        return FileLock(self.folder / (_LOCK if block is None else f"{_LOCK}-{block % _LOCKS}"))

    def read(self, name: str) -> bytes | None:
        """Return a document; None if there is none."""
        return _read(self.folder / name)

    def write(self, name: str, content: bytes) -> None:
        """Keep a document."""
        _write(self.folder / name, content)

    def use(self, revision: str) -> None:
        """Keep pictures of a revision from now on, and remove those of others."""
        wanted = f"pictures-{_hashed(revision)}"
        self._revision = wanted
        self.look_again()
        (self.folder / wanted).mkdir(exist_ok=True)
        for path in self.folder.glob("pictures-*"):
            if path.name != wanted:
                shutil.rmtree(path, ignore_errors=True)

    def has(self, frame: int) -> bool:
        """Whether the picture of a frame is kept; whether it is whole shows when it is read."""
        return frame in self._names(frame)

    def path(self, frame: int) -> Path:
        """Return where the picture of a frame is kept."""
        return self._place(frame) / self._names(frame)[frame]

    def picture(self, frame: int) -> bytes | None:
        """Return a picture; None if it is not kept, or no longer as it was written."""
        name = self._names(frame).get(frame)
        if name is None:
            return None
        path = self._place(frame) / name
        content = _read(path)
        if content is not None and f"{zlib.crc32(content):08x}" == name.partition("-")[2][:8]:
            return content
        self._names(frame).pop(frame, None)
        path.unlink(missing_ok=True)
        return None

    def add(self, picture: Picture) -> None:
        """Keep a picture."""
        name = f"{picture.frame:06d}-{picture.crc:08x}{picture.suffix}"
        folder = self._place(picture.frame)
        if not self._names(picture.frame):
            folder.mkdir(parents=True, exist_ok=True)
        # A lost picture is fetched again, so none has to wait for the disk.
        _write(folder / name, picture.content, survives_power_cut=False)
        self._names(picture.frame)[picture.frame] = name

    def look_again(self) -> None:
        """Find what another process has added."""
        self._known = {}

    def _place(self, frame: int) -> Path:
        """Return the folder of a frame."""
        return self.folder / self._revision / f"{frame // _TOGETHER:04d}"

    def _names(self, frame: int) -> dict[int, str]:
        """Return the names of the pictures in the folder of a frame, by their frames."""
        known, number = self._known, frame // _TOGETHER
        found = known.get(number)
        if found is None:
            found = _pictures_in(self._place(frame))
            for earlier in [*known][: max(0, len(known) + 1 - _REMEMBERED)]:
                known.pop(earlier, None)
            found = known.setdefault(number, found)  # another thread may have been faster
        return found


def _begin(folder: Path) -> None:
    """Make the folder of a source, and note that it is one, unless it is there."""
    if not (folder / _USED).exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / _USED).touch()


def _pictures_in(folder: Path) -> dict[int, str]:
    try:
        names = os.listdir(folder)  # noqa: PTH208 (a hot path)
    except FileNotFoundError:
        return {}
    matches = (_PICTURE.fullmatch(name) for name in names)
    return {int(match[1]): match[0] for match in matches if match}


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _write(path: Path, content: bytes, *, survives_power_cut: bool = True) -> None:
    try:
        write_whole(path, content, mode=0o600, survives_power_cut=survives_power_cut)
    except OSError as error:
        if error.errno not in NO_SPACE:
            raise
        raise NoSpaceError(
            f"the disk is full: {len(content)} bytes for {path} do not fit; what the dataset has "
            "is kept, so free some space, or choose another folder with cache=, and make it again",
            path=path,
        ) from error


def _size(folder: Path) -> int:
    total = 0
    for entry in _files(folder):
        with contextlib.suppress(FileNotFoundError):  # another process has removed it since
            total += entry.stat().st_size
    return total


def _files(folder: Path) -> Iterator[os.DirEntry[str]]:
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(Path(entry.path))
            else:
                yield entry


def _remove(folder: Path) -> bool:
    """Remove a source, unless somebody is filling it."""
    with contextlib.ExitStack() as held:
        try:
            for lock in folder.glob(f"*/{_LOCK}*"):
                held.enter_context(FileLock(lock, timeout=0))
        except Timeout:
            return False
        shutil.rmtree(folder, ignore_errors=True)
        return True
