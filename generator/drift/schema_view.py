"""Schemas as data on the wire shows them: references followed, allOf merged, names gone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from generator.errors import GeneratorError
from generator.json_pointers import joined, split
from generator.json_values import is_list, is_object

# Keywords that say how a schema is composed; everything else is a fact to be compared.
_STRUCTURE = frozenset(
    {
        "$ref",
        "additionalProperties",
        "allOf",
        "anyOf",
        "discriminator",
        "items",
        "not",
        "oneOf",
        "properties",
        "required",
        "title",
        "x-enum-varnames",
    }
)
_PLAIN_FALSE = ("nullable", "readOnly", "writeOnly", "deprecated", "uniqueItems")


@attrs.frozen
class Located:
    """A part of a document, mostly a schema, and the JSON Pointer that leads to it."""

    schema: Any
    pointer: str

    def child(self, *parts: str | int) -> Located:
        """Return the schema below this one."""
        schema = self.schema
        for part in parts:
            schema = schema[part]
        return Located(schema, joined(self.pointer, *parts))


@attrs.define(kw_only=True)
class View:
    """What a schema says, however it says it.

    Attributes:
        facts: Keyword -> value, without those that only repeat the standard's default.
        extra: The schema of keys that are not named; a bool where all or none are allowed.
        enum_names: Member names by enum value, from x-enum-varnames.
    """

    facts: dict[str, Any] = attrs.field(factory=dict[str, Any])
    properties: dict[str, Located] = attrs.field(factory=dict[str, Located])
    required: set[str] = attrs.field(factory=set[str])
    items: Located | None = None
    extra: Located | bool = True
    alternatives: list[Located] = attrs.field(factory=list[Located])
    excluded: Located | None = None
    discriminator: dict[str, Any] = attrs.field(factory=dict[str, Any])
    enum: list[Any] | None = None
    enum_names: dict[Any, str] = attrs.field(factory=dict[Any, str])

    @property
    def is_only_a_choice(self) -> bool:
        """Whether it says nothing but a list of alternatives."""
        said = set(self.facts) - {"nullable"}
        return bool(self.alternatives) and not said and not self.properties and self.enum is None


class Document:
    """A contract, and the views of its schemas."""

    def __init__(self, contract: Mapping[str, Any], origin: str) -> None:
        self.contract = contract
        self.origin = origin
        self._views: dict[str, View] = {}

    def target(self, reference: Any) -> Any:
        """Return what a local reference points to."""
        found: Any = self.contract
        if not isinstance(reference, str) or not reference.startswith("#/"):
            raise GeneratorError(
                f"{self.origin}: {reference!r} is not a reference into the document"
            )
        for part in split(reference):
            if not is_object(found) or part not in found:
                raise GeneratorError(f"{self.origin}: {reference!r} leads nowhere")
            found = found[part]
        return found

    def actual(self, pointer: str) -> str | None:
        """Return the JSON Pointer for a place whose parameters are named by location and name.

        None if the document has no such place.
        """
        node = Located(self.contract, "#")
        for part in split(pointer):
            holder = self.resolved(node).schema
            if is_object(holder) and part in holder:
                node = self.resolved(node).child(part)
            elif is_list(holder) and (position := self._position(holder, part)) is not None:
                node = node.child(position)
            else:
                return None
        return node.pointer

    def _position(self, items: list[Any], part: str) -> int | None:
        """Return the index of an item of a list: a number, or a parameter by location and name."""
        if part.isdecimal():
            return int(part) if int(part) < len(items) else None
        for number, item in enumerate(items):
            plain = self.resolved(Located(item, "")).schema
            if is_object(plain) and f"{plain.get('in')}:{plain.get('name')}" == part:
                return number
        return None

    def resolved(self, node: Located) -> Located:
        """Return the node itself, or the end of its chain of references."""
        seen: set[str] = set()
        while is_object(node.schema) and "$ref" in node.schema and len(node.schema) == 1:
            reference = str(node.schema["$ref"])
            if reference in seen:
                raise GeneratorError(f"{self.origin}: {reference!r} refers to itself")
            seen.add(reference)
            node = Located(self.target(reference), reference)
        return node

    def view(self, node: Located) -> View:
        """Return the view of a schema, which is computed once for each place."""
        node = self.resolved(node)
        if node.pointer not in self._views:
            self._views[node.pointer] = self._build(node, ())
        return self._views[node.pointer]

    def _build(self, node: Located, outer: tuple[str, ...]) -> View:
        node = self.resolved(node)
        view = View()
        if not is_object(node.schema):
            # `true` and `false` are schemas too: anything, or nothing.
            return View() if node.schema else View(facts={"type": "nothing"})
        if node.pointer in outer:
            raise GeneratorError(f"{self.origin}: {node.pointer} contains itself")
        inner = (*outer, node.pointer)
        for part in self._parts(node):
            _merge(view, self._build(part, inner))
        _read(view, node)
        self._collapse(view, inner)
        _infer_type(view)
        return view

    def _parts(self, node: Located) -> list[Located]:
        parts: list[Located] = []
        if "$ref" in node.schema:
            # The standard ignores siblings of a reference, but servers mean them.
            parts.append(self.resolved(Located({"$ref": node.schema["$ref"]}, node.pointer)))
        parts += [node.child("allOf", n) for n in range(len(node.schema.get("allOf", ())))]
        return parts

    def _collapse(self, view: View, inner: tuple[str, ...]) -> None:
        """Replace a choice of one alternative by that alternative."""
        if len(view.alternatives) == 1 and view.is_only_a_choice:
            only = view.alternatives.pop()
            _merge(view, self._build(only, inner))


def schema_of(holder: Located) -> Located | None:
    """Return the schema of a parameter, a header or a media type."""
    if "schema" in holder.schema:
        return holder.child("schema")
    for media in sorted(holder.schema.get("content", ())):
        return schema_of(holder.child("content", media))
    return None


def _read(view: View, node: Located) -> None:
    """Add what the schema itself says."""
    schema: Mapping[str, Any] = node.schema
    for key, value in schema.items():
        if key not in _STRUCTURE and key != "enum" and not (key in _PLAIN_FALSE and value is False):
            view.facts[key] = value
    for name in schema.get("properties", {}):
        view.properties[name] = node.child("properties", name)
    view.required |= {str(name) for name in schema.get("required", ())}
    if "items" in schema:
        view.items = node.child("items")
    if "additionalProperties" in schema:
        extra = schema["additionalProperties"]
        closed_or_typed = extra is False or (is_object(extra) and extra)
        view.extra = (
            (node.child("additionalProperties") if extra else False) if closed_or_typed else True
        )
    for keyword in ("oneOf", "anyOf"):
        view.alternatives += [node.child(keyword, n) for n in range(len(schema.get(keyword, ())))]
    if "not" in schema:
        view.excluded = node.child("not")
    if "discriminator" in schema:
        said = schema["discriminator"]
        view.discriminator = {
            "property": said.get("propertyName"),
            "values": sorted(said.get("mapping", {})),
        }
    if "enum" in schema:
        _read_enum(view, schema)


def _read_enum(view: View, schema: Mapping[str, Any]) -> None:
    values = schema["enum"]
    view.enum = [value for value in values if value is not None]
    if len(view.enum) != len(values):
        view.facts["nullable"] = True
    names = schema.get("x-enum-varnames", ())
    if len(names) == len(values):
        view.enum_names = {str(value): name for value, name in zip(values, names, strict=True)}


def _merge(view: View, part: View) -> None:
    view.facts |= part.facts
    view.properties |= part.properties
    view.required |= part.required
    view.items = part.items or view.items
    view.extra = part.extra if part.extra is not True else view.extra
    view.alternatives += part.alternatives
    view.excluded = part.excluded or view.excluded
    view.discriminator |= part.discriminator
    view.enum = part.enum if part.enum is not None else view.enum
    view.enum_names |= part.enum_names


def _infer_type(view: View) -> None:
    """Set the type where a schema leaves it out but leaves no doubt."""
    if "type" in view.facts:
        return
    if view.properties:
        view.facts["type"] = "object"
    elif view.items is not None:
        view.facts["type"] = "array"
    elif view.enum and all(isinstance(value, str) for value in view.enum):
        view.facts["type"] = "string"
