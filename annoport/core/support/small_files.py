"""Small files that are whole or absent, whenever the process is killed or the power fails."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path


def write_whole(
    path: Path,
    content: bytes,
    *,
    mode: int = 0o666,
    survives_power_cut: bool = True,
    alone: bool = False,
) -> None:
    """Write a small file that is complete or absent afterwards, even after a power cut.

    Several threads and processes may write one file at the same time: the last one counts.

    Args:
        path: The file; one that exists is replaced.
        content: What to write.
        mode: Who may read and write it, before the umask of the process takes something away.
        survives_power_cut: Wait until it is on the disk; else only a killed process does no harm.
        alone: Nobody else writes the file now, so that what is left of a killed process can be
            written over; else it stays beside the file.

    Raises:
        OSError: It cannot be written; nothing new is there then.
    """
    own = "" if alone else f".{secrets.token_hex(4)}"
    scratch = path.with_name(f"{path.name}{own}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
    descriptor = os.open(scratch, flags, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            if survives_power_cut:
                os.fsync(file.fileno())
        scratch.replace(path)
    except OSError:
        scratch.unlink(missing_ok=True)
        raise
    if survives_power_cut:
        sync_folder(path.parent)


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
