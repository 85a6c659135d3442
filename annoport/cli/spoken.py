"""Messages about arguments, in the words of the command line."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Generator, Mapping
from typing import Final

from annoport.cli.endings import FailedError, code_of, words
from annoport.cli.talk import say
from annoport.core.errors import AnnoportError

_FLAGS: Final = {"True": "--", "False": "--no-"}
"""How an option that is a flag begins, by the value that it stands for."""


@contextlib.contextmanager
def in_options(options: Mapping[str, str]) -> Generator[None]:
    """Say of a failure within the block what options are to be changed, not what arguments.

    Args:
        options: Option by the name of the argument.

    Raises:
        FailedError: Something failed, and that was told.
    """
    try:
        yield
    except AnnoportError as error:
        say(spoken(words(error), options))
        raise FailedError(code_of(error)) from error


def spoken(message: str, names: Mapping[str, str]) -> str:
    """Return a message about arguments in the words of the command line.

    Args:
        message: A message that names arguments as Python does, such as `into=12`.
        names: Option by the name of the argument.
    """

    def option(match: re.Match[str]) -> str:
        flag = names.get(match[1])
        if flag is None:
            return match[0]
        if match[2] in _FLAGS:
            return flag.replace("--", _FLAGS[match[2]])
        return f"{flag} {match[2]}" if match[2] else flag

    return re.sub(r"(?<![\w?&./-])([a-z_]+)=(True\b|False\b|[\w'\"\[]?)", option, message)
