"""Small files that are whole or absent, whenever the process is killed or the power fails."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def write_whole(
    path: Path, content: bytes, *, mode: int = 0o666, survives_power_cut: bool = True
) -> None:
    """Write a small file that is complete or absent afterwards, even after a power cut.

    Args:
        path: The file; one that exists is replaced.
        content: What to write.
        mode: Who may read and write it, before the umask of the process takes something away.
        survives_power_cut: Wait until it is on the disk; else only a killed process does no harm.
    """
    scratch = path.with_name(f"{path.name}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(scratch, flags, mode), "wb") as file:
        file.write(content)
        file.flush()
        if survives_power_cut:
            os.fsync(file.fileno())
    scratch.replace(path)
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
