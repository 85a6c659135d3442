"""Mending the slips of an upstream document before it is judged and vendored.

A platform's `repair.yaml` is an overlay like any other, applied to the document as it arrives, so
that a document which cannot be read as it is needs no copy of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

from generator import documents
from generator.errors import GeneratorError
from generator.json_values import is_object, rebuilt
from generator.openapi import METHODS
from generator.spec import overlay

NAME = "repair.yaml"
DERIVE = "x-annoport-operation-ids"
"""On the root: `derive` gives each operation without an id of its own one made of its path."""


@attrs.frozen
class Repair:
    """The repairs of one platform.

    Attributes:
        origin: What to call them in an error message.
    """

    origin: str
    _actions: list[dict[str, Any]]

    @classmethod
    def of(cls, folder: Path) -> Repair:
        """Read a platform's repairs; most need none.

        Raises:
            GeneratorError: The file is no overlay.
        """
        path = folder / NAME
        origin = f"{folder.name}/{NAME}"
        if not path.exists():
            return cls(origin, [])
        return cls(origin, overlay.actions(documents.load(path), origin=origin))

    def applied(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return the document with every repair made.

        Raises:
            GeneratorError: A repair fits the document no more.
        """
        result, unused = self.tried(document)
        if unused:
            raise GeneratorError("\n".join(unused))
        return result

    def tried(self, document: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """Return the document with every repair made that fits, and a line for each that does not.

        Another release of a document may not need what the vendored one needed.
        """
        result: dict[str, Any] = rebuilt(document)
        unused: list[str] = []
        for number, action in enumerate(self._actions, start=1):
            place = f"{self.origin}: action {number} ({action['target']})"
            if overlay.find(result, action["target"], place):
                result = overlay.act(result, action, place)
            else:
                unused.append(f"{place}: the target matches nothing; correct it or remove it")
        word = result.pop(DERIVE, None)
        if word == "derive":
            _derive_ids(result)
        elif word is not None:
            raise GeneratorError(f"{self.origin}: {DERIVE} is {word!r}; expected 'derive'")
        return result, unused


def _derive_ids(document: dict[str, Any]) -> None:
    """Give an id to each operation that has none, or one that another has before it."""
    taken: set[str] = set()
    for path, method, operation in _operations(document):
        name = operation.get("operationId")
        if not isinstance(name, str) or name in taken:
            name = derived_id(method, path)
            operation["operationId"] = name
        taken.add(name)


def derived_id(method: str, path: str) -> str:
    """Return the id made of a method and a path: `get_plans_key_open`."""
    return "_".join([method, *re.findall(r"\w+", path)])


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield what looks like an operation; nothing of the document has been checked yet."""
    paths = document.get("paths")
    for path, item in paths.items() if is_object(paths) else ():
        for method in METHODS if is_object(item) else ():
            if is_object(item.get(method)):
                yield path, method, item[method]
