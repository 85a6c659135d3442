"""Running the command on a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence

from tests.cli.commands import command


def on_terminal(
    *arguments: str,
    env: Mapping[str, str],
    columns: int = 80,
    types: Sequence[tuple[str, str]] = (),
) -> tuple[int, str]:
    """Run a command on a terminal, and return how it ended and all that was shown.

    Args:
        arguments: The command line.
        env: Its environment.
        columns: How wide the terminal is.
        types: What the user types, and after which text.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    known = {name: text for name, text in env.items() if name not in {"COLUMNS", "LINES"}}
    running = subprocess.Popen(
        command(*arguments),
        env={**known, "TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    shown = ""
    left = list(types)
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece.decode("utf-8", "replace")
        if left and left[0][0] in shown:
            os.write(ours, left.pop(0)[1].encode() + b"\n")
    os.close(ours)
    return running.wait(), shown.replace("\r\n", "\n")
