"""The canonical contract keeps every fact and drops the prose."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from generator import documents
from generator.contract import canonical
from generator.json_values import is_list, is_object
from tests.generator import flat_diff, mutations
from tests.shared import PLATFORMS, SHARED, needs_shared

PROSE = {"description", "summary", "example", "examples", "externalDocs"}


def _schema(schema: dict[str, Any]) -> dict[str, Any]:
    document = {
        "openapi": "3.0.3",
        "info": {},
        "paths": {},
        "components": {"schemas": {"A": schema}},
    }
    kept: dict[str, Any] = canonical.canonicalize(document)["components"]["schemas"]["A"]
    return kept


def test_drops_prose_and_keeps_facts() -> None:
    assert _schema(
        {"type": "string", "format": "uuid", "description": "Words.", "example": "x"}
    ) == {"type": "string", "format": "uuid"}


def test_a_property_called_description_is_no_prose() -> None:
    schema = {"properties": {"description": {"type": "string", "description": "Words."}}}
    assert _schema(schema) == {"properties": {"description": {"type": "string"}}}


def test_values_are_not_taken_for_prose() -> None:
    schema = {"default": {"description": "x"}, "enum": ["summary", {"example": 1}]}
    assert _schema(schema) == schema


def test_a_title_stays_only_where_it_names_a_type() -> None:
    assert _schema({"title": "Pot", "enum": ["a"]})["title"] == "Pot"
    assert "title" not in _schema({"title": "A", "enum": ["a"]})
    assert "title" not in _schema({"title": "A pot", "enum": ["a"]})
    assert "title" not in _schema({"title": "Pot", "type": "string"})


def test_the_input_is_not_changed() -> None:
    document: dict[str, Any] = {
        "openapi": "3.0.3",
        "info": {"description": "x"},
        "paths": {"/b": {}, "/a": {}},
    }
    before = copy.deepcopy(document)
    canonical.canonicalize(document)
    assert document == before


def _upstream() -> list[Path]:
    if not SHARED.is_dir():
        return []
    return [path for p in PLATFORMS for path in sorted((SHARED / "upstream" / p).iterdir())]


@needs_shared
@pytest.mark.parametrize("path", _upstream(), ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_whole_specs(path: Path) -> None:
    document = documents.load(path)
    first = canonical.canonicalize(document)
    assert canonical.canonicalize(first) == first
    text = documents.dump(first)
    assert documents.parse(text, origin="again") == first
    # The order of the upstream document does not matter, except in lists.
    reordered = canonical.canonicalize(_reversed(document))
    assert documents.dump(reordered) == text
    for method_and_id in _operation_ids(document):
        assert method_and_id in set(_operation_ids(first))
    assert not re.search(r"^ *(summary|externalDocs):", "\n".join(_prose_lines(text)), re.MULTILINE)


def _reversed(node: Any) -> Any:
    if is_object(node):
        return {key: _reversed(node[key]) for key in reversed(node)}
    return [_reversed(item) for item in node] if is_list(node) else node


def _operation_ids(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(path, m, op["operationId"]) for path, m, op in mutations.operations(document)]


def _prose_lines(text: str) -> list[str]:
    """Return lines whose key has text for a value; names of properties have objects."""
    return [line for line in text.splitlines() if re.search(r": \S", line)]


@needs_shared
@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_schema_fact_is_kept(platform: str) -> None:
    """Types, formats, limits, enums and defaults are as many as before, at the same places."""
    path = max((SHARED / "upstream" / platform).iterdir())
    document = documents.load(path)
    kept = canonical.canonicalize(document)
    assert flat_diff.flatten(kept) == sorted(flat_diff.flatten(document), key=_by_path)
    # A name for null, and references to it, are spelled as nullable.
    spelled = {"enum": int("NullEnum" in document["components"]["schemas"])}
    spelled["$ref"] = json.dumps(document).count('schemas/NullEnum"')
    for keyword in ("type", "format", "required", "$ref", "enum", "default"):
        expected = _count(document, keyword) - spelled.get(keyword, 0)
        assert _count(kept, keyword) == expected > 0, keyword


def _by_path(operation: flat_diff.Flat) -> tuple[str, int]:
    return operation.path, flat_diff.METHODS.index(operation.method)


def _count(node: Any, keyword: str, *, names: bool = False) -> int:
    """Count the uses of a keyword; `names` where keys are names of fields, not keywords."""
    if is_list(node):
        return sum(_count(item, keyword) for item in node)
    if not is_object(node):
        return 0
    inside = sum(
        _count(value, keyword, names=key in {"properties", "schemas"} and not names)
        for key, value in node.items()
        if names or key not in PROSE
    )
    return inside + (1 if keyword in node and not names else 0)
