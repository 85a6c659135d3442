"""Server versions of parameters and fields, told in their documentation.

The marks become a sentence of the description. They are taken off the schemas, because two
schemas that differ in nothing else are still one class.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from generator.walk import walk

_SINCE, _REMOVED = "x-annoport-since", "x-annoport-removed"


def described(spec: Mapping[str, Any], title: str) -> dict[str, Any]:
    """The spec with the marks of parameters and fields in words; the input is not changed.

    title: the platform's name.
    """
    result: dict[str, Any] = copy.deepcopy(dict(spec))
    for node in walk(result):
        if node.kind in {"parameter", "property"}:
            _describe(node.data, title)
    return result


def _describe(item: dict[str, Any], title: str) -> None:
    since, removed = item.pop(_SINCE, None), item.pop(_REMOVED, None)
    sentences = [str(item.get("description", ""))]
    if since:
        sentences.append(f"{title} {since} and later.")
    if removed:
        sentences.append(f"Removed in {title} {removed}.")
    if since or removed:
        item["description"] = " ".join(sentence for sentence in sentences if sentence)
