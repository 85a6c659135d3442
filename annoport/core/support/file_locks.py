"""Files that one process at a time may have; the system lets go of them when it ends."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_TAKEN = frozenset({errno.EACCES, errno.EAGAIN, errno.EDEADLK})
_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL})


def take(descriptor: int) -> bool | None:
    """Lock an open file, without waiting.

    Args:
        descriptor: The file.

    Returns:
        Whether it was free; None if the file system has no locks.

    Raises:
        OSError: Something else is wrong.
    """
    try:
        if sys.platform == "win32":
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _TAKEN:
            return False
        if error.errno in _NO_LOCKS:
            return None
        raise
    return True


def is_named(descriptor: int, path: Path) -> bool:
    """Whether an open file is still the one at a path.

    Args:
        descriptor: The file.
        path: Where it was opened.
    """
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
