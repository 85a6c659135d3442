"""Running the command, in this process or in one of its own."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from annoport import cli


class Done(NamedTuple):
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str


def here(*arguments: str) -> Done:
    """Run a command in this process."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.main(arguments)
    out.flush()
    buffer = out.buffer
    assert isinstance(buffer, io.BytesIO)
    return Done(code, buffer.getvalue().decode("utf-8", "replace"), err.getvalue())


def environment(**changed: str) -> dict[str, str]:
    """Return the environment of a process that knows no server, with some variables."""
    kept = {
        name: text
        for name, text in os.environ.items()
        if not name.startswith(("ANNOPORT_", "CVAT_", "TATOR_", "ECOTAXA_"))
    }
    # Nor do programs know one whose profiles are in the folder of whoever runs the tests.
    return {**kept, "XDG_CONFIG_HOME": os.devnull, **changed}


def command(*arguments: str) -> list[str]:
    """Return the words that start the command in a process of its own."""
    return [sys.executable, "-W", "error", "-m", "annoport", *arguments]


_HEARING = (
    "import os, signal, sys\n"
    "signal.signal(signal.SIGINT, signal.SIG_DFL)\n"
    "os.execv(sys.argv[1], sys.argv[1:])\n"
)


def interruptible(*arguments: str) -> list[str]:
    """Return the words that start the command so that it hears of Ctrl-C.

    What a shell runs in the background does not, and neither does what that starts.
    """
    return [sys.executable, "-c", _HEARING, *command(*arguments)]


def process(
    *arguments: str,
    env: Mapping[str, str],
    cwd: Path | None = None,
    stdin: str = "",
    prefix: Sequence[str] = (),
) -> Done:
    """Run a command in a process of its own."""
    done = subprocess.run(
        [*prefix, *command(*arguments)],
        env=dict(env),
        cwd=cwd,
        input=stdin.encode(),
        capture_output=True,
        check=False,
    )
    out, err = (text.decode("utf-8", "replace") for text in (done.stdout, done.stderr))
    return Done(done.returncode, out, err)
