"""Schemas narrowed to what an example is about: boundaries, or everything at once.

A narrowed schema is a schema, too, so `tests.documents` makes values of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from annoport.core.values.models import UploadFile
from generator.json_values import is_list, is_object
from generator.openapi import SCHEMA_REF
from tests.documents import Spec

VARIANTS = ("required", "everything", "low", "high", "special", "random")
"""required: nothing that may be left out. everything: nothing left out. low, high: the least and
the greatest of all values. special: texts that encoders get wrong. random: anything that fits."""

SPECIAL = "a/b &c=d%e?f#g+h;i,j é日本 \"'\\..%2F"
"""A text with what is special in paths, queries, forms, headers and JSON."""

LONG = 300
"""The length of a long text without a limit of its own, in characters."""

_FILE = bytes(range(256))
_LARGEST = 2**31 - 1
_FULL = ("everything", "high", "special")
_FORMATS = {
    "date-time": ("1970-01-01T00:00:00Z", "2099-12-31T23:59:59.999999Z"),
    "date": ("1970-01-01", "2099-12-31"),
    "time": ("00:00:00", "23:59:59.999999"),
    "uuid": ("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-4fff-bfff-ffffffffffff"),
    "uri": ("https://example.org", "https://example.org/a%20b?c=d&e=%26#f"),
    "email": ("a@example.org", "ada+b.c@sub.example.org"),
}


def _guards(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    guards = schema.get("x-annoport-guard", [])
    return guards if is_list(guards) else [guards]


def _allowed(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema of the values that no guard of the overlay refuses."""
    for guard in _guards(schema):
        if guard["rule"] == "only" and "pattern" in guard:
            return {**schema, "pattern": guard["pattern"]}
        if guard["rule"] == "only":
            return {**schema, "enum": guard["values"]}
    return schema


@attrs.frozen
class Narrowing:
    """Narrows the schemas of a platform to one variant.

    Attributes:
        recursive: Named schemas that contain themselves; references to them are never required.
    """

    variant: str
    recursive: frozenset[str]

    @classmethod
    def of(cls, spec: Spec, variant: str) -> Narrowing:
        """Return the narrowing of a platform's schemas to a variant."""
        return cls(variant, _recursive(spec.schemas))

    def narrow(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Return the schema of the values that the variant is about."""
        if "$ref" in schema:
            return dict(schema)
        schema = _allowed(schema)
        narrow = dict(schema)
        for key in ("allOf", "anyOf", "oneOf"):
            if key in schema:
                narrow[key] = [self.narrow(member) for member in schema[key]]
        if is_object(schema.get("items")):
            narrow |= self._array(schema) | {"items": self.narrow(schema["items"])}
        if is_object(schema.get("additionalProperties")):
            narrow["additionalProperties"] = self.narrow(schema["additionalProperties"])
        if "properties" in schema:
            narrow |= self._object(schema)
        if self.variant in _FULL:
            narrow.pop("nullable", None)
        return narrow | self._scalar(schema)

    def _object(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Narrow an object; what is read-only has no place in a request."""
        properties = {
            name: self.narrow(child)
            for name, child in schema["properties"].items()
            if not child.get("readOnly") and not self._is_excluded(child, schema["properties"])
        }
        required = [name for name in schema.get("required", ()) if name in properties]
        if self.variant == "required":
            properties = {name: properties[name] for name in required}
        elif self.variant != "random":
            required = [
                name
                for name, child in properties.items()
                if name in required or not _referred(child) & self.recursive
            ]
        return {"properties": properties, "required": required}

    def _is_excluded(self, child: Mapping[str, Any], siblings: Mapping[str, Any]) -> bool:
        """Whether a property is refused beside another: what is not left to chance has one."""
        excluded = {name for guard in _guards(child) for name in guard.get("excludes", ())}
        return self.variant != "random" and not excluded.isdisjoint(siblings)

    def _array(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        if self.variant == "random":
            return {}
        least, most = schema.get("minItems", 0), schema.get("maxItems", _LARGEST)
        wanted = {"everything": 1, "special": 1, "high": 2}.get(self.variant, least)
        number = min(max(least, wanted), most)
        return {"minItems": number, "maxItems": number}

    def _scalar(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of a scalar as an enum."""
        if schema.get("format") == "binary":
            return {"enum": [UploadFile(_FILE, name="a.bin")]}
        if self.variant == "random":
            return {"enum": list(_FORMATS["time"])} if schema.get("format") == "time" else {}
        value = self._value(schema)
        return {} if value is None else {"enum": [value]}

    def _value(self, schema: Mapping[str, Any]) -> bool | float | str | None:
        """Return the value of a scalar; None where any valid one will do."""
        if "enum" in schema:
            known = [value for value in schema["enum"] if value is not None]
            last = self.variant in ("high", "special")
            chosen: str = known[-1] if last else known[0]
            return chosen
        match schema.get("type"):
            case "boolean":
                return self.variant not in ("required", "low")
            case "integer":
                return self._number(schema)
            case "number":
                return self._number(schema) + (0 if "maximum" in schema else 0.25)
            case "string" if "pattern" not in schema:
                return self._text(schema)
            case _:
                return None

    def _number(self, schema: Mapping[str, Any]) -> int:
        low = int(schema.get("minimum", -_LARGEST if self.variant == "low" else 1))
        high = int(schema.get("maximum", _LARGEST))
        low += bool(schema.get("exclusiveMinimum"))
        high -= bool(schema.get("exclusiveMaximum"))
        return {"low": low, "high": high}.get(self.variant, min(max(low, 1), high))

    def _text(self, schema: Mapping[str, Any]) -> str:
        if schema.get("format") in _FORMATS:
            low, high = _FORMATS[schema["format"]]
            return high if self.variant in ("high", "special") else low
        least = int(schema.get("minLength", 0))
        most = int(schema.get("maxLength", _LARGEST))
        if self.variant == "low":
            return "a" * least
        if self.variant == "high":
            return ("ü日" * LONG)[: min(most, LONG)]
        text = SPECIAL if self.variant == "special" else "abc"
        return text[:most].ljust(least, "a")


def bounded(schema: Mapping[str, Any], least: int, most: int) -> dict[str, Any]:
    """Return the schema with limits on the length of a string, if it is one that leaves room."""
    if schema.get("type") != "string" or {"enum", "format", "pattern"} & set(schema):
        return dict(schema)
    low = max(least, schema.get("minLength", 0))
    high = max(low, min(most, schema.get("maxLength", most)))
    return {**schema, "minLength": low, "maxLength": high}


def _referred(schema: object) -> set[str]:
    """Return the named schemas that a schema refers to directly."""
    found: set[str] = set()
    todo: list[object] = [schema]
    while todo:
        node = todo.pop()
        if is_object(node):
            if "$ref" in node:
                found.add(str(node["$ref"]).removeprefix(SCHEMA_REF))
            todo.extend(node.values())
        elif is_list(node):
            todo.extend(node)
    return found


def _recursive(schemas: Mapping[str, Any]) -> frozenset[str]:
    """Return the named schemas that lead back to themselves."""
    direct = {name: _referred(schema) for name, schema in schemas.items()}
    return frozenset(name for name in schemas if name in _reached(direct, name))


def _reached(direct: Mapping[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    todo = list(direct[start])
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo.extend(direct[name])
    return seen
