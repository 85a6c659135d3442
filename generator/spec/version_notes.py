"""Server versions of parameters and fields, as sentences of their documentation.

The marks themselves are removed, because two schemas that differ in nothing else are still one
class.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
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
