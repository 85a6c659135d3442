"""Asking before something is taken away."""

from __future__ import annotations

import sys

import click

from annoport.cli.endings import ExitCode, FailedError
from annoport.cli.talk import say


def ask(what: str, *, yes: bool) -> None:
    """Ask whether to go on, on a terminal.

    Args:
        what: What would be done.
        yes: Whether the command line says so already.

    Raises:
        click.UsageError: Nobody is there to answer.
        FailedError: The answer was no.
    """
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError(f"{what}: nobody can be asked here whether to do it; add --yes")
    if not click.confirm(f"{what}?", err=True):
        say("nothing was done")
        raise FailedError(ExitCode.FAILED)
