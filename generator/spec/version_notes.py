"""Server versions of parameters, fields and values, as sentences of their documentation.

Marks that only inform are removed then, because two schemas that differ in nothing else are still
one class.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from generator.spec.walk import walk

_SINCE, _REMOVED = "x-annoport-since", "x-annoport-removed"


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
    since, removed = take(_SINCE, None), take(_REMOVED, None)
    sentences = [str(item.get("description", ""))]
    if since:
        sentences.append(f"{title} {since} and later.")
    if removed:
        sentences.append(f"Removed in {title} {removed}.")
    if checked:
        sentences.append("It is not sent to a server that is known to lack it.")
    sentences += _of_values(item, title)
    if len(sentences) > 1:
        item["description"] = " ".join(sentence for sentence in sentences if sentence)


def _of_values(item: Mapping[str, Any], title: str) -> Iterator[str]:
    """Yield a sentence for each value that only some releases know."""
    schema = item.get("schema", item)
    for enum in (schema, schema.get("items", {})):
        for value, releases in enum.get("x-annoport-values", {}).items():
            known: list[str] = []
            if "since" in releases:
                known.append(f"{title} {releases['since']} and later")
            if "removed" in releases:
                known.append(f"removed in {title} {releases['removed']}")
            yield f"{value!r}: {', '.join(known)}."
