"""Marks for tests of what only some operating systems have."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

_WINDOWS = sys.platform == "win32"

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with a name")
needs_links = pytest.mark.skipif(_WINDOWS, reason="Windows lets few users make symbolic links")
needs_names_of_bytes = pytest.mark.skipif(
    sys.platform != "linux", reason="needs names of files that are no text"
)
needs_interrupts = pytest.mark.skipif(
    _WINDOWS, reason="Windows cannot interrupt one process and not its console"
)
needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="needs the openssl command"
)
needs_open_files_replaced = pytest.mark.skipif(
    _WINDOWS, reason="Windows does not replace a file that another process is reading"
)
needs_terminal = pytest.mark.skipif(_WINDOWS, reason="needs a pseudo-terminal")
needs_linux_memory = pytest.mark.skipif(
    sys.platform != "linux", reason="reads the memory of a process as Linux counts it, in KiB"
)
needs_linux_mounts = pytest.mark.skipif(
    sys.platform != "linux", reason="mounts a small file system as Linux does"
)


def as_root(*command: str) -> bool:
    """Run a command as root, if that takes no password, and return whether it worked."""
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    try:
        return subprocess.run([*prefix, *command], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:  # there is no sudo
        return False
