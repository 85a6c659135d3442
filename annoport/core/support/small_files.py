"""Small files that are whole or absent, whenever the process is killed or the power fails."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from annoport.core.support.file_locks import is_named, take


def write_whole(
    path: Path, content: bytes, *, mode: int = 0o666, survives_power_cut: bool = True
) -> None:
    """Write a small file that is complete or absent afterwards, even after a power cut.

    Several threads and processes may write one file at the same time: the last one counts. What is
    left beside it of a process that was killed is written over by the next one.

    Args:
        path: The file; one that exists is replaced.
        content: What to write.
        mode: Who may read and write it, before the umask of the process takes something away.
        survives_power_cut: Wait until it is on the disk; else only a killed process does no harm.

    Raises:
        OSError: It cannot be written; nothing new is there then.
    """
    scratch, descriptor = _open_scratch(path, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if os.fstat(descriptor).st_size:
                file.truncate()  # of what is left of another process
            file.write(content)
            file.flush()
            if survives_power_cut:
                os.fsync(file.fileno())
            if os.name == "nt":
                file.close()  # Windows renames no file that is open
            scratch.replace(path)
    except OSError:
        scratch.unlink(missing_ok=True)
        raise
    if survives_power_cut:
        sync_folder(path.parent)


def _open_scratch(path: Path, mode: int) -> tuple[Path, int]:
    """Open what becomes the file; its name tells it from others only where others are at work."""
    flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0)
    scratch = path.with_name(f"{path.name}.new")
    descriptor = os.open(scratch, flags, mode)
    try:
        # Whoever had it may have given it its final name before it was taken here.
        ours = os.name == "nt" or (take(descriptor) is not False and is_named(descriptor, scratch))
    except OSError:
        os.close(descriptor)
        raise
    if ours:
        return scratch, descriptor
    os.close(descriptor)
    scratch = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    return scratch, os.open(scratch, flags | os.O_EXCL, mode)


def sync_folder(folder: Path) -> None:
    """Sync the entries of a folder to disk, where the system can do that."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some network file systems cannot
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
