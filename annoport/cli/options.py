"""The options that commands have beside the arguments of their operations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import attrs
import click

FORMATS: Final = ("table", "json", "jsonl", "csv", "ids")
_OWN: Final = "own_"


class CommonOption(click.Option):
    """An option that commands share; help lists these apart."""


@attrs.frozen(kw_only=True)
class Settings:
    """How a command connects, writes and talks.

    Attributes:
        url: The server's address.
        profile: The name of the profile to connect with.
        headers: Values of the platform's own headers, by keyword.
        insecure: Whether to trust a server whose certificate is not good.
        output: How data is written; None for what suits where it goes.
        columns: The columns of a table or CSV; empty for those that suit.
        quiet: Say nothing but errors.
        verbose: Say what is tried again or waited for; twice, each request.
        debug: Also show where in the code an error came from.
    """

    url: str | None = None
    profile: str | None = None
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str])
    insecure: bool = False
    output: str | None = None
    columns: tuple[str, ...] = ()
    quiet: bool = False
    verbose: int = 0
    debug: bool = False


def common_options(taken: Iterable[str] = (), headers: Iterable[str] = ()) -> list[click.Option]:
    """Return the options that all commands have which talk to a server.

    Args:
        taken: The flags that the command uses for itself.
        headers: Keywords of the platform's own headers.
    """
    used = set(taken)
    made = [
        _common("--profile", metavar="NAME", help="Connect as `annoport login` was told."),
        _common("--url", metavar="URL", help="The address of the server."),
        *(
            _common(f"--{keyword.replace('_', '-')}", help=f"The {keyword} to work in.")
            for keyword in headers
        ),
        _common("--insecure", is_flag=True, help="Do not check the certificate of the server."),
        _common(
            "--output",
            "-o",
            type=click.Choice(FORMATS),
            help="How to write data: by default a table on a terminal, else JSON, line by line "
            "for lists.",
        ),
        _common("--columns", metavar="A,B.C", help="What a table or CSV shows."),
        _common("--quiet", "-q", is_flag=True, help="Say nothing but errors."),
        _common("--verbose", "-v", count=True, help="Say what happens; twice, each request."),
        _common("--debug", is_flag=True, help="Show where in the code an error came from."),
    ]
    return [one for one in made if one.opts[0] not in used]


def option(*flags: str, **settings: Any) -> click.Option:
    """Return an option of our own, whose name no argument of an operation can have.

    Args:
        flags: How it is written.
        settings: As for `click.Option`.
    """
    return click.Option([*flags, own(flags[0])], **settings)


def _common(*flags: str, **settings: Any) -> CommonOption:
    return CommonOption([*flags, own(flags[0])], **settings)


def own(flag: str) -> str:
    """Return the name of the value of an option of our own."""
    return _OWN + flag.lstrip("-").replace("-", "_")


def settings_of(given: dict[str, Any], headers: Iterable[str] = ()) -> Settings:
    """Return the settings that a command line holds.

    Args:
        given: The values that click read, by name.
        headers: Keywords of the platform's own headers.
    """
    names = ("url", "profile", "insecure", "output", "quiet", "debug")
    values = {own(f"--{name}"): name for name in names}
    found: dict[str, Any] = {
        name: given[key] for key, name in values.items() if given.get(key) is not None
    }
    return Settings(
        **found,
        verbose=given.get(own("--verbose")) or 0,
        columns=tuple(_columns(given.get(own("--columns")))),
        headers={
            word: text for word in headers if (text := given.get(own(f"--{word}"))) is not None
        },
    )


def _columns(text: str | None) -> Iterator[str]:
    for name in (text or "").split(","):
        if name.strip():
            yield name.strip()
