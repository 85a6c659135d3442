"""Files with secrets, which nobody but their user may be able to read."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from annoport.core.errors import ConfigurationError

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def read_private(path: Path) -> bytes | None:
    """Return what is in a file with secrets; None if there is none.

    Args:
        path: The file.

    Raises:
        ConfigurationError: It cannot be read, or others can read it.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from None
    if os.name != "nt" and mode & _OTHERS:
        raise ConfigurationError(f"{path} holds logins and others can read it: chmod 600 it")
    return content
