"""What the docstring of a generated method says, for the help of its command."""

from __future__ import annotations

import inspect
import re
from typing import Final

import attrs

_SECTION: Final = re.compile(r"^(Args|Returns|Raises|Warns|Source|Example):", re.MULTILINE)
_ARGUMENT: Final = re.compile(r"^ {4}(\w+): ", re.MULTILINE)


@attrs.frozen
class Words:
    """The words about a method.

    Attributes:
        text: What it does: the paragraphs before the arguments.
        arguments: What is said of each argument.
        source: The HTTP method and path.
    """

    text: str
    arguments: dict[str, str]
    source: str


def words_of(function: object) -> Words:
    """Return what the docstring of a method says.

    Args:
        function: The method.
    """
    doc = inspect.getdoc(function) or ""
    pieces = _SECTION.split(doc)
    sections = dict(zip(pieces[1::2], pieces[2::2], strict=True))
    found = _ARGUMENT.split(sections.get("Args", ""))
    arguments = {
        name: " ".join(text.split()) for name, text in zip(found[1::2], found[2::2], strict=True)
    }
    return Words(pieces[0].strip(), arguments, sections.get("Source", "").strip())
