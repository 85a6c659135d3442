"""Server versions of parameters, fields and values, as sentences of their documentation.

Marks that only inform are removed then, because two schemas that differ in nothing else are still
one class.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from generator.spec.release_marks import EDITION, GAPS, REMOVED, SINCE
from generator.spec.walk import walk

_VALUES = "x-annoport-values"


def described(spec: Mapping[str, Any], title: str) -> dict[str, Any]:
    """Return the spec with the versions of parameters and fields in words.

    Args:
        spec: An effective spec, which is not changed itself.
        title: The platform's name, as the sentences use it.
    """
    result: dict[str, Any] = copy.deepcopy(dict(spec))
    for node in walk(result):
        if node.kind in {"parameter", "property", "component"}:
            _describe(node.data, title)
    return result


def _describe(item: dict[str, Any], title: str) -> None:
    checked = bool(item.get("x-annoport-checked"))
    take = item.get if checked else item.pop
    marks = {key: take(key, None) for key in (SINCE, REMOVED, GAPS)}
    # Which editions know a field is for people only.
    marks[EDITION] = item.pop(EDITION, None)
    sentences = [str(item.get("description", "")), sentence(marks, title)]
    sentences += _of_values(item, title)
    words = " ".join(text for text in sentences if text)
    if words:
        item["description"] = words


def _of_values(item: Mapping[str, Any], title: str) -> Iterator[str]:
    """Yield a sentence for each value that only some releases know."""
    schema = item.get("schema", item)
    for enum in (schema, schema.get("items", {})):
        for value, releases in enum.get(_VALUES, {}).items():
            marks = {f"x-annoport-{key}": data for key, data in releases.items()}
            yield f"{value!r}: {sentence(marks, title, of_value=True)}"


def sentence(marks: Mapping[str, Any], title: str, *, of_value: bool = False) -> str:
    """Return in words which servers know something; nothing if all do.

    Args:
        marks: The extensions that say it.
        title: The platform's name.
        of_value: Whether the sentence is about a value, and begins with it.
    """
    if marks.get(EDITION):
        text = str(marks[EDITION])
        # A name such as app.cvat.ai is written as it is.
        named = of_value or "." in text.partition(" ")[0]
        return f"{text if named else text[:1].upper() + text[1:]}."
    parts: list[str] = []
    if marks.get(SINCE):
        parts.append(f"{title} {marks[SINCE]} and later")
    parts += [f"missing from {title} {gap[0]} until {gap[1]}" for gap in marks.get(GAPS) or ()]
    if marks.get(REMOVED):
        parts.append(f"removed in {title} {marks[REMOVED]}")
    text = ", ".join(parts)
    return f"{text if of_value else text[:1].upper() + text[1:]}." if text else ""
