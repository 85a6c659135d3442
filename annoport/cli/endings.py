"""How a command ends: its exit code, and what it says of a failure."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sys
import warnings
from collections.abc import Generator, Sequence
from enum import IntEnum
from typing import Final, TextIO

import click

from annoport.cli.talk import NAME, say

_COMPLETE: Final = f"_{NAME.upper()}_COMPLETE"
"""The variable by which the script of a shell asks what may come next."""


_CERTIFICATE_IN_PYTHON: Final = (
    'pass its certificate or that of its authority, verify="ca.pem", or name that file in the '
    "variable SSL_CERT_FILE"
)
_CERTIFICATE: Final = (
    "name the file with its certificate, or with that of its authority, in the variable "
    "SSL_CERT_FILE; --insecure trusts anybody"
)

_LOGIN_IN_PYTHON: Final = re.compile(r"pass [^,]*, or set (([A-Z]+)_[^,]*) and use from_env\(\)")


class ExitCode(IntEnum):
    """The exit codes of the command."""

    OK = 0
    FAILED = 1
    USAGE = 2
    LOGIN = 3
    NOT_FOUND = 4
    JOB_FAILED = 5
    PARTLY_DONE = 6
    INTERRUPTED = 130


class FailedError(Exception):
    """Something failed, and that was told.

    Attributes:
        code: How the command ends.
    """

    def __init__(self, code: ExitCode) -> None:
        super().__init__(code)
        self.code = code


def run(command: click.Command, arguments: Sequence[str] | None) -> int:
    """Run a command, and return its exit code; an expected failure is one line on stderr.

    Args:
        command: The whole tree.
        arguments: The command line without the program's name; None takes that of the process.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        return _run(command, given)
    except KeyboardInterrupt:  # a second one, while the first was told
        say("interrupted")
        return ExitCode.INTERRUPTED


def _run(command: click.Command, given: list[str]) -> int:
    debug = "--debug" in given
    try:
        with _warnings_in_words():
            if _COMPLETE in os.environ:
                return _complete(command, os.environ[_COMPLETE])
            with command.make_context(NAME, given) as context:
                command.invoke(context)
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001 - each failure has a code and a line
        if debug and not isinstance(error, (click.ClickException, SystemExit)):
            import traceback

            traceback.print_exc()
        return _end(error)
    return ExitCode.OK


def _complete(command: click.Command, instruction: str) -> int:
    """Answer a shell that completes a command line."""
    from click.shell_completion import shell_complete

    return shell_complete(command, {}, NAME, _COMPLETE, instruction)


def _end(error: BaseException) -> int:
    """Say what went wrong, and return the code for it."""
    match error:
        case SystemExit(code=int() as code):
            return code
        case BrokenPipeError():  # whoever reads has enough
            _let_go(sys.stdout)
            return ExitCode.OK
        case click.exceptions.Exit(exit_code=code):
            return code
        case FailedError(code=code):
            return code
        case _:
            return _tell(error)


def _tell(error: BaseException) -> int:
    if isinstance(error, click.ClickException):
        error.show()
        return error.exit_code
    if isinstance(error, (KeyboardInterrupt, click.Abort, EOFError)):
        say("interrupted")
        return ExitCode.INTERRUPTED
    say(words(error))
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        _let_go(sys.stdout)  # what it still holds cannot be written either
    return code_of(error)


def words(error: BaseException) -> str:
    """Return what a failure says, in the words of the command line."""
    from annoport.core.errors import AnnoportError

    if isinstance(error, AnnoportError):
        return in_shell(str(error))
    if isinstance(error, OSError):
        name = f": {error.filename}" if error.filename is not None else ""
        return f"{error.strerror or error}{name}"
    if isinstance(error, ImportError):
        return str(error)
    kind = type(error).__name__
    return f"this should not have happened: {kind}: {error} (--debug shows where)"


def in_shell(message: str) -> str:
    """Return a message with what the command line has other ways for."""
    message = message.replace(_CERTIFICATE_IN_PYTHON, _CERTIFICATE)
    return _LOGIN_IN_PYTHON.sub(
        lambda found: f"`annoport login {found[2].lower()} URL` keeps some, or set {found[1]}",
        message,
    )


def code_of(error: BaseException) -> ExitCode:
    """Return the exit code for a failure."""
    return code_of_kind(type(error))


def code_of_kind(kind: type[BaseException]) -> ExitCode:
    """Return the exit code for a failure of some class."""
    from annoport.core import errors

    codes = {
        ExitCode.LOGIN: (errors.AuthenticationError, errors.PermissionDeniedError),
        ExitCode.NOT_FOUND: (
            errors.NotFoundError,
            errors.NoSuchOperationError,
            errors.JobGoneError,
        ),
        ExitCode.JOB_FAILED: (errors.JobError,),
        ExitCode.PARTLY_DONE: (errors.PartialWriteError,),
        ExitCode.USAGE: (
            errors.InvalidArgumentError,
            errors.InvalidBodyError,
            errors.ConfigurationError,
            errors.JobTokenError,
        ),
    }
    found = (code for code, kinds in codes.items() if issubclass(kind, kinds))
    return next(found, ExitCode.FAILED)


def _let_go(stream: TextIO) -> None:
    """Keep the interpreter from writing at its end what a stream still holds."""
    with contextlib.suppress(OSError, ValueError):  # a stream without a descriptor, in a test
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


@contextlib.contextmanager
def _warnings_in_words() -> Generator[None]:
    """Write warnings as lines for a reader of the command, who wants no lines of code."""

    def show(message: Warning | str, *_: object, **__: object) -> None:
        say(f"warning: {message}")

    before = warnings.showwarning
    warnings.showwarning = show
    try:
        yield
    finally:
        warnings.showwarning = before
