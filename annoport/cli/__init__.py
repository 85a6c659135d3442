"""The `annoport` command: every operation of every platform, and what belongs to a command.

What it writes goes to stdout, what it says to stderr. `annoport --help` and `--version` load click
and no client.
"""

from __future__ import annotations

from collections.abc import Sequence

_INTERRUPTED = 130  # written again: what says so elsewhere may not have been loaded


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Args:
        arguments: The command line without the program's name; None takes that of the process.
    """
    from annoport.cli.interrupts import end_quietly, heard  # first, for what comes meanwhile

    try:
        with heard():
            from annoport.cli.endings import run
            from annoport.cli.root import root

            code = run(root(), arguments)
        if arguments is None:
            end_quietly()
    except KeyboardInterrupt:  # before it had begun, or after it had ended
        return _INTERRUPTED
    return code
