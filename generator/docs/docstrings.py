"""Google-style docstrings, split into what a page shows."""

from __future__ import annotations

import inspect

import attrs
import griffe


@attrs.frozen
class Section:
    """A part of a docstring.

    Attributes:
        kind: "text", "arguments", "attributes", "returns", "raises" or "warns".
        text: The words of a text, or of what is returned.
        items: (name, words) of arguments, attributes, errors or warnings.
    """

    kind: str
    text: str = ""
    items: tuple[tuple[str, str], ...] = ()


def sections(docstring: str) -> list[Section]:
    """Return the parts of a docstring, in its order."""
    parsed = griffe.Docstring(inspect.cleandoc(docstring)).parse(
        "google", returns_named_value=False, returns_multiple_items=False, warnings=False
    )
    return [_section(part) for part in parsed]


def _section(part: griffe.DocstringSection) -> Section:
    if isinstance(part, griffe.DocstringSectionParameters | griffe.DocstringSectionAttributes):
        kind = "arguments" if isinstance(part, griffe.DocstringSectionParameters) else "attributes"
        return Section(kind, items=tuple((i.name, i.description) for i in part.value))
    if isinstance(part, griffe.DocstringSectionRaises | griffe.DocstringSectionWarns):
        kind = "raises" if isinstance(part, griffe.DocstringSectionRaises) else "warns"
        return Section(kind, items=tuple((str(i.annotation), i.description) for i in part.value))
    if isinstance(part, griffe.DocstringSectionReturns | griffe.DocstringSectionYields):
        return Section("returns", text="\n".join(_returned(item) for item in part.value))
    if isinstance(part, griffe.DocstringSectionText):
        return Section("text", text=part.value)
    if isinstance(part, griffe.DocstringSectionAdmonition):
        # A line that ends with a colon before an indented one; to us it is plain text.
        kind = str(part.value.kind).replace("-", " ").capitalize()
        return Section("text", text=f"{kind}: {part.title or ''} {part.value.contents}")
    raise TypeError(f"no page can show this section of a docstring: {part.kind.value}")


def _returned(item: griffe.DocstringReturn | griffe.DocstringYield) -> str:
    # What precedes a colon is parsed as a type, but our types are only in signatures.
    before = f"{item.annotation}: " if item.annotation else ""
    return before + item.description
