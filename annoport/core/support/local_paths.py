"""What is found under a path on this machine."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator

_NOT_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def status_of(path: str | os.PathLike[str]) -> os.stat_result:
    """Return the status of a file that can be read; a pipe is not waited for.

    Raises:
        OSError: It is missing, cannot be read, or is no file with a size, such as a pipe.
    """
    descriptor = os.open(path, os.O_RDONLY | _NOT_WAITING)
    try:
        status = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(
            f"{os.fspath(path)!r} is a pipe or a device, so its size is unknown; write what it "
            "gives to a file, and pass that"
        )
    return status


def files_below(folder: str | os.PathLike[str], *, hidden: bool) -> Iterator[str]:
    """Yield the files in a folder and in those in it, below the folder, with slashes.

    Links are followed, except into a folder that holds them. One that leads nowhere counts as a
    file, so that whoever reads it finds that it is missing. Pipes, sockets and devices do not.

    Args:
        folder: The folder.
        hidden: Whether files and folders count whose names begin with a dot.

    Raises:
        OSError: A folder cannot be read.
    """
    yield from _below(os.fspath(folder), "", (os.path.realpath(folder),), hidden=hidden)


def _below(folder: str, prefix: str, above: tuple[str, ...], *, hidden: bool) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            name = prefix + entry.name
            if entry.name.startswith(".") and not hidden:
                continue
            if os.path.isdir(entry):  # noqa: PTH112 (a hot path)
                real = os.path.realpath(entry) if entry.is_symlink() else entry.path
                if real not in above:
                    yield from _below(entry.path, f"{name}/", (*above, real), hidden=hidden)
            elif _is_file(entry):
                yield name


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Whether it is a file, or a link that leads to one or nowhere."""
    if not entry.is_symlink():
        return entry.is_file()
    return os.path.isfile(entry) or not os.path.exists(entry)  # noqa: PTH110, PTH113 (as above)
