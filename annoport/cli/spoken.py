"""Messages about arguments, in the words of the command line."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Generator, Mapping
from typing import Final

from annoport.cli.endings import FailedError, code_of, words
from annoport.cli.flow_names import flow_names
from annoport.cli.index import Index, word
from annoport.cli.talk import say
from annoport.core.errors import AnnoportError

_FLAGS: Final = {"True": "--", "False": "--no-"}
"""How an option that is a flag begins, by the value that it stands for."""
_JOINED: Final = re.compile(r"(?<=\)) ([&|]) (?=\(|F\[|~)")
_NEGATED: Final = re.compile(r"~(?=\(|F\[)")
_COMPARED: Final = re.compile(
    r"(?:F\[(?P<quote>['\"])(?P<field>.+?)(?P=quote)\])?"
    r"(?:(?:\.|\b)(?P<operator>in_|is_null|not_null|i?contains|i?startswith|iexact)"
    r"\((?P<value>\[[^\]]*\]|'[^']*'|\"[^\"]*\")?\))?"
)
"""A field of a condition, a comparison by a method, or both."""
_TRUTH: Final = re.compile(r"(?<== )(True|False)(?=\))")
_NULLS: Final = {"is_null": "is null", "not_null": "is not null", "in_": "in"}
_PLAIN: Final = re.compile(r"[^\s()\[\],=<>!\"']+")
"""A name that needs no quotes in a condition."""
_BY_ALIAS: Final = ("use F.of(project)", "use that with the letter of its table, such as on01")
_JOB_WORDS: Final = {"result": "wait"}
"""The commands for methods of a job that are not called as these."""
_ARGUMENT: Final = re.compile(r"(?<![\w?&./-])([a-z_]+)=(True\b|False\b|[\w'\"\[]?)")
_EITHER: Final = re.compile(r"\b([a-z_]+)= or ([a-z_]+)=(?!\w)")
_CALL: Final = re.compile(r"(?<![\w.])(?:client\.)?([a-z_]+)\.([a-z_]+)\(\)")

_JOB: Final = re.compile(r"(?<![\w.])(?:job\.)?(wait|result|cancel|restart|log|answer)\(\)")
_OTHERWISE: Final = re.compile(r", or pass ([a-z_]+)=[^;,]*")
"""What else might be passed, at the end of a clause."""


@contextlib.contextmanager
def in_options(options: Mapping[str, str | None], platform: str) -> Generator[None]:
    """Say of a failure within the block what options are to be changed, not what arguments.

    Args:
        options: Option by the name of the argument, as for `spoken`.
        platform: The name of the platform.

    Raises:
        FailedError: Something failed, and that was told.
    """
    try:
        yield
    except AnnoportError as error:
        say(spoken(words(error), options, platform))
        raise FailedError(code_of(error)) from error


def spoken(message: str, names: Mapping[str, str | None], platform: str) -> str:
    """Return a message about arguments and methods in the words of the command line.

    Args:
        message: A message that names arguments as Python does, such as `into=12`, and methods, such
            as `server.retrieve_about()`.
        names: Option by the name of the argument; one that ends in "=" has its value behind that.
            None if the command line has no word for it: of two things to do, the message keeps
            the other one.
        platform: The name of the platform.
    """
    index = Index(platform)
    message = in_conditions(message)

    def command(match: re.Match[str]) -> str:
        found = index.words_of(match[1], match[2])
        if match[1] == platform and match[2] in flow_names(platform):
            found = word(match[2])
        return match[0] if found is None else f"`annoport {platform} {found}`"

    def job_command(match: re.Match[str]) -> str:
        return f"`annoport job {_JOB_WORDS.get(match[1], match[1])}`"

    def otherwise(match: re.Match[str]) -> str:
        return match[0] if names.get(match[1], "") is not None else ""

    def either(match: re.Match[str]) -> str:
        said = [f"{name}=" for name in match.groups() if names.get(name, "") is not None]
        return " or ".join(said) or match[0]

    def option(match: re.Match[str]) -> str:
        flag = names.get(match[1])
        if flag is None:
            return match[0]
        if match[2] in _FLAGS:
            return flag.replace("--", _FLAGS[match[2]])
        return f"{flag} {match[2]}" if match[2] and flag[-1] != "=" else f"{flag}{match[2]}"

    said = _OTHERWISE.sub(otherwise, _JOB.sub(job_command, _CALL.sub(command, message)))
    return _ARGUMENT.sub(option, _EITHER.sub(either, said))


def in_conditions(message: str) -> str:
    """Return a message with its conditions as the command line takes them.

    Args:
        message: A message that shows conditions as Python does, such as `F['size'].in_([1, 2])`.
    """
    if "F[" not in message and "F.of" not in message and "()" not in message:
        return message
    joined = _JOINED.sub(lambda match: " and " if match[1] == "&" else " or ", message)
    said = _COMPARED.sub(_compared, _NEGATED.sub("not ", joined))
    return _TRUTH.sub(lambda match: match[0].lower(), said).replace(*_BY_ALIAS)


def _compared(match: re.Match[str]) -> str:
    quote, field, operator, value = (
        match["quote"],
        match["field"],
        match["operator"],
        match["value"],
    )
    parts: list[str] = []
    if field is not None:
        parts.append(field if _PLAIN.fullmatch(field) else f"{quote}{field}{quote}")
    if operator is not None:
        parts.append(_NULLS.get(operator, operator))
    if value is not None:
        parts.append(value)
    return " ".join(parts)
