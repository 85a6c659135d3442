"""Unpacking zip archives from untrusted sources.

Nothing is written outside the target folder, no link is created, no entry replaces another, and an
archive that exceeds the limits is refused. The target folder appears only when everything has been
unpacked.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import attrs

from annoport.core.download import zips
from annoport.core.download.file_names import is_device
from annoport.core.download.partial import NO_SPACE
from annoport.core.errors import DownloadError, NoSpaceError, UnsafeArchiveError


@attrs.frozen(kw_only=True)
class Limits:
    """How much an archive may unpack to; a larger one is refused.

    Attributes:
        total: Bytes of all files together; 1 TiB by default.
        files: Number of entries, folders included; 10 million by default.
        ratio: Unpacked bytes per byte of the archive; 200 by default. Up to 64 MiB may be
            unpacked whatever the ratio.
    """

    total: int = 1 << 40
    files: int = 10_000_000
    ratio: float = 200.0


_UNCOUNTED = 64 * 1024 * 1024
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""Control characters, and those that disguise a name; unusual spaces are harmless."""


def extract(
    archive: Path,
    folder: Path,
    *,
    limits: Limits | None = None,
    unpacked: Callable[[], None] | None = None,
) -> Path:
    """Unpack `archive` so that `folder` appears with all of its files, or not at all.

    What an earlier attempt left when it was killed is removed. So only one process at a time may
    unpack an archive into a folder.

    Args:
        archive: The zip archive.
        folder: A folder that does not exist yet, or is empty.
        limits: How much the archive may unpack to; the defaults of `Limits` if None.
        unpacked: Called when all files are unpacked, before `folder` appears.

    Returns:
        The folder.

    Raises:
        UnsafeArchiveError: The archive exceeds the limits, or an entry could do harm.
        CorruptFileError: The archive is damaged.
        NoSpaceError: The disk is full.
        DownloadError: The folder is in use, or cannot be written.
    """
    refuse_used(folder)
    try:
        return _extract(archive, folder, limits or Limits(), unpacked)
    except OSError as error:
        kind = NoSpaceError if error.errno in NO_SPACE else DownloadError
        raise kind(
            f"cannot unpack into {folder}: {error.strerror or error}; {archive} itself is intact",
            path=folder,
        ) from error


def _extract(
    archive: Path, folder: Path, limits: Limits, unpacked: Callable[[], None] | None
) -> Path:
    parent = folder.parent
    parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(f"{archive.absolute()}\0{folder.absolute()}".encode()).hexdigest()
    scratch = parent / f".{folder.name[:60]}.{digest[:12]}.partial"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    try:
        with archive.open("rb") as file:
            _unpack_all(file, archive, scratch, limits)
        if unpacked is not None:
            unpacked()
        if folder.exists():
            folder.rmdir()
        scratch.rename(folder)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    return folder


def _unpack_all(file: BinaryIO, archive: Path, scratch: Path, limits: Limits) -> None:
    size = file.seek(0, 2)
    allowed = min(limits.total, max(_UNCOUNTED, int(limits.ratio * size)))
    total = 0
    for number, entry in enumerate(zips.entries(file, archive), start=1):
        if number > limits.files:
            raise _unsafe(
                archive,
                f"it has more than {limits.files} entries; pass Limits(files=...) if you trust it",
            )
        target = _place(scratch, entry, archive)
        total += entry.size
        if total > allowed:
            raise _unsafe(
                archive,
                f"it would unpack to more than {allowed} bytes; "
                "pass Limits(total=..., ratio=...) if you trust it",
            )
        if entry.is_folder:
            target.mkdir(parents=True, exist_ok=True)
        else:
            _unpack_one(file, entry, archive, target)


def _unpack_one(file: BinaryIO, entry: zips.ZipEntry, archive: Path, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as out:
            for block in zips.read_entry(file, entry, archive):
                out.write(block)
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        raise _unsafe(archive, f"the entry {entry.name!r} would overwrite an earlier one") from None


def _place(scratch: Path, entry: zips.ZipEntry, archive: Path) -> Path:
    """Return where to put an entry; refuse links, devices and names that lead elsewhere."""
    kind = stat.S_IFMT(entry.mode)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _unsafe(archive, f"the entry {entry.name!r} is a link or a device")
    if not entry.readable and not entry.is_folder:
        raise _unsafe(
            archive,
            f"the entry {entry.name!r} is encrypted, or uses an unsupported compression method",
        )
    name = entry.name.replace("\\", "/")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    outside = name.startswith("/") or ".." in parts or not parts
    if outside or any(not _is_plain(part) for part in parts):
        raise _unsafe(
            archive,
            f"the entry {entry.name!r} leads outside the folder, or is not safe on every system",
        )
    return scratch.joinpath(*parts)


def _is_plain(part: str) -> bool:
    """Whether one part of a path means the same on every system: no drive, stream or device."""
    if _CONTROL.search(part) or (os.name == "nt" and ":" in part):
        return False
    if len(part) > 1 and part[1] == ":" and part[0].isalpha():
        return False
    return not is_device(part)


def refuse_used(folder: Path) -> None:
    """Raise DownloadError unless the folder is empty or does not exist."""
    if not folder.exists() and not folder.is_symlink():
        return
    if folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir()):
        return
    raise DownloadError(
        f"cannot unpack into {folder}: it exists and is not an empty folder; choose a new folder",
        path=folder,
    )


def _unsafe(archive: Path, why: str) -> UnsafeArchiveError:
    return UnsafeArchiveError(f"{archive.name} was not unpacked: {why}", path=archive)
