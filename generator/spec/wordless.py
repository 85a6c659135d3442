"""What has no words of ours: an overlay with the places, for a maintainer to fill in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.openapi import iterate

_Action = dict[str, Any]


def overlay_to_fill(
    platform: str, spec: Mapping[str, Any], *, fields: bool = False
) -> dict[str, Any]:
    """Return an overlay that says nothing yet of each operation, parameter and model.

    Args:
        platform: The platform's name.
        spec: Its effective spec.
        fields: Whether to list fields too; many need no words.

    Returns:
        The overlay; it has no actions if nothing is missing.
    """
    return {
        "overlay": "1.1.0",
        "info": {"title": f"Words to add to {platform}/docs.yaml", "version": "1"},
        "actions": [
            *_operations(spec),
            *_parameters(spec),
            *_models(spec),
            *(_fields(spec) if fields else ()),
        ],
    }


def _operations(spec: Mapping[str, Any]) -> Iterator[_Action]:
    for path, method, operation in iterate(spec):
        if not operation.get("summary") and not operation.get("description"):
            yield {"target": f"$.paths{_key(path)}.{method}", "update": {"summary": ""}}


def _parameters(spec: Mapping[str, Any]) -> Iterator[_Action]:
    for path, item in spec["paths"].items():
        if not path.startswith("x-"):
            yield from _wordless(f"$.paths{_key(path)}", item)
    for path, method, operation in iterate(spec):
        yield from _wordless(f"$.paths{_key(path)}.{method}", operation)
    shared = spec.get("components", {}).get("parameters", {})
    for name, parameter in shared.items():
        if "$ref" not in parameter and not parameter.get("description"):
            yield _described(f"$.components.parameters{_key(name)}")


def _wordless(holder: str, data: Mapping[str, Any]) -> Iterator[_Action]:
    for parameter in data.get("parameters", ()):
        if "$ref" not in parameter and not parameter.get("description"):
            name, place = _text(parameter["name"]), _text(parameter["in"])
            yield _described(f"{holder}.parameters[?@.name=={name} && @.in=={place}]")


def _models(spec: Mapping[str, Any]) -> Iterator[_Action]:
    for name, schema in spec.get("components", {}).get("schemas", {}).items():
        if "$ref" not in schema and not schema.get("description"):
            yield _described(f"$.components.schemas{_key(name)}")


def _fields(spec: Mapping[str, Any]) -> Iterator[_Action]:
    for name, schema in spec.get("components", {}).get("schemas", {}).items():
        for field, data in schema.get("properties", {}).items():
            if not data.get("description"):
                yield _described(f"$.components.schemas{_key(name)}.properties{_key(field)}")


def _described(target: str) -> _Action:
    return {"target": target, "update": {"description": ""}}


def _key(name: str) -> str:
    return f"[{_text(name)}]"


def _text(value: str) -> str:
    """Return a string of JSONPath."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
