"""Docstrings in Google's style, taken apart into what a page shows."""

from __future__ import annotations

import inspect

import attrs
import griffe


@attrs.frozen
class Section:
    """A part of a docstring.

    kind: "text", "arguments", "attributes", "returns", "raises" or "warns".
    text: the words of a text, or of what is returned.
    items: (name, words) of arguments, attributes, errors or warnings.
    """

    kind: str
    text: str = ""
    items: tuple[tuple[str, str], ...] = ()


def sections(docstring: str) -> list[Section]:
    """The parts of a docstring, in its order."""
    parsed = griffe.Docstring(inspect.cleandoc(docstring)).parse(
        "google", returns_named_value=False, returns_multiple_items=False, warnings=False
    )
    return [_section(part) for part in parsed]


def _section(part: griffe.DocstringSection) -> Section:
    if isinstance(part, griffe.DocstringSectionParameters):
        return Section("arguments", items=tuple((i.name, i.description) for i in part.value))
    if isinstance(part, griffe.DocstringSectionAttributes):
        return Section("attributes", items=tuple((i.name, i.description) for i in part.value))
    if isinstance(part, griffe.DocstringSectionRaises):
        return Section(
            "raises", items=tuple((str(i.annotation), i.description) for i in part.value)
        )
    if isinstance(part, griffe.DocstringSectionWarns):
        return Section("warns", items=tuple((str(i.annotation), i.description) for i in part.value))
    if isinstance(part, griffe.DocstringSectionReturns | griffe.DocstringSectionYields):
        return Section("returns", text="\n".join(_returned(item) for item in part.value))
    if isinstance(part, griffe.DocstringSectionText):
        return Section("text", text=part.value)
    if isinstance(part, griffe.DocstringSectionAdmonition):
        # Any line that ends with a colon before an indented one; for us it is words.
        kind = str(part.value.kind).replace("-", " ").capitalize()
        return Section("text", text=f"{kind}: {part.title or ''} {part.value.contents}")
    raise TypeError(f"a docstring has a section that no page can show: {part.kind.value}")


def _returned(item: griffe.DocstringReturn | griffe.DocstringYield) -> str:
    # What stands before a colon is taken for a type, but types stand in our signatures only.
    before = f"{item.annotation}: " if item.annotation else ""
    return before + item.description
