"""What a flow takes, read from its signature, as arguments and options of its command."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs
import click

from annoport.cli import kinds, sayable
from annoport.cli.docstrings import words_of
from annoport.cli.flow_values import FlowValue, hint, is_many
from annoport.cli.index import word

VALUE: Final = "arg_"
"""What the names of the values of a flow's own arguments begin with."""

_SELECTION: Final = "Selection"
_CLIENT: Final = "client"
_PLANNED: Final = "list[Item]"
_NO_CHOICE: Final = ("server",)
"""What a plan takes, and a command that does it all by itself does not."""


@attrs.frozen(kw_only=True)
class FlowArgument:
    """One argument of a flow.

    Attributes:
        platform: The name of the platform.
        name: Its name in Python.
        shown: Its word on the command line.
        annotation: What of its annotation a command line can say.
        doc: What the docstring says of it.
        is_place: Whether it has no name on the command line.
        default: Its default in Python; `inspect.Parameter.empty` if it has none.
        selects: Whether it is one of those that a selection is made of.
    """

    platform: str
    name: str
    shown: str
    annotation: str
    doc: str
    is_place: bool
    default: object
    selects: bool = False

    @property
    def key(self) -> str:
        """The name of the value that click reads."""
        return f"{VALUE}{'selection_' if self.selects else ''}{self.name}"

    @property
    def needed(self) -> bool:
        """Whether there is no call without it."""
        return self.default is inspect.Parameter.empty

    @property
    def is_many(self) -> bool:
        """Whether it may be given several times."""
        return self._simple_kind() is None and is_many(self.annotation)

    @property
    def help(self) -> str:
        """What help says of it."""
        more = "" if self._simple_kind() is not None else hint(self.platform, self.annotation)
        return f"{self.doc}{more}"

    def parameter(self) -> click.Parameter:
        """Return what click reads it with."""
        kind = self._simple_kind()
        type_ = FlowValue(self.platform, self.annotation) if kind is None else kind.type
        if self.is_place:
            return click.Argument(
                [self.key],
                type=type_,
                nargs=-1 if self.is_many else 1,
                required=self.needed,
                metavar=self._metavar(),
            )
        if kind is not None and kind.flag:
            flags = f"--{self.shown}/--no-{self.shown}"
            return click.Option([flags, self.key], default=None, help=self.help)
        return click.Option(
            [f"--{self.shown}", self.key],
            type=type_,
            multiple=self.is_many,
            nargs=self._count(),
            required=self.needed,
            help=self.help,
        )

    def _metavar(self) -> str:
        shown = self.shown.upper()
        return (shown if self.needed else f"[{shown}]") + ("..." if self.is_many else "")

    @property
    def takes_settings(self) -> bool:
        """Whether it is a name, or an object with more settings than that."""
        parts = list(kinds.alternatives(self.annotation))
        return self.is_place and "str" in parts and any(p.endswith("Request") for p in parts)

    def _simple_kind(self) -> kinds.Kind | None:
        """Return how a flag, a number, a choice or several numbers are given; else None."""
        parts = list(kinds.alternatives(self.annotation))
        if len(parts) != 1:
            return None
        [part] = parts
        if part in {"bool", "int", "float", "Overwrite"} or part.startswith("Literal["):
            return kinds.kind_of(part)
        inner = re.fullmatch(r"tuple\[(int|float)(, \1)*\]", part)
        return None if inner is None else kinds.kind_of(inner[1])

    def _count(self) -> int:
        parts = list(kinds.alternatives(self.annotation))
        return parts[0].count(",") + 1 if parts[0].startswith("tuple[") else 1


def arguments_of(
    platform: str, function: Any, selecting: Any | None = None
) -> Iterator[FlowArgument]:
    """Yield what a flow takes beside the client, and a command line can say.

    Args:
        platform: The name of the platform.
        function: The flow.
        selecting: The function that makes a selection, whose arguments stand for one.
    """
    docs = words_of(function).arguments
    after_many = False
    signature = inspect.signature(function)
    own = signature.parameters
    left_out = (_CLIENT, *(_NO_CHOICE if signature.return_annotation == _PLANNED else ()))
    for name, one in own.items():
        if name in left_out:
            continue
        if one.annotation == _SELECTION:
            yield from _selecting(platform, selecting, own)
            continue
        annotation = sayable.said(one.annotation, function)
        if not annotation:
            continue
        needed = one.default is one.empty
        place = one.kind is not one.KEYWORD_ONLY and (needed or not after_many)
        made = FlowArgument(
            platform=platform,
            name=name,
            shown=word(name),
            annotation=annotation,
            doc=docs.get(name, ""),
            is_place=place,
            default=one.default,
        )
        after_many |= made.is_place and made.is_many
        yield made


def _selecting(platform: str, where: Any, taken: Mapping[str, Any]) -> Iterator[FlowArgument]:
    docs = words_of(where).arguments
    for name, one in inspect.signature(where).parameters.items():
        shown = "where" if name == "condition" else word(name)
        yield FlowArgument(
            platform=platform,
            name=name,
            shown=f"of-{shown}" if name in taken else shown,
            annotation=sayable.said(one.annotation, where),
            doc=docs.get(name, ""),
            is_place=False,
            default=None,
            selects=True,
        )


def can_be_said(function: Any) -> bool:
    """Whether a command line has words for each argument that a flow needs.

    Args:
        function: The flow.
    """
    return all(
        name == _CLIENT or one.annotation == _SELECTION or sayable.said(one.annotation, function)
        for name, one in inspect.signature(function).parameters.items()
        if one.default is one.empty
    )
