"""Schemas as data on the wire shows them: references followed, allOf merged, names gone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from generator.errors import GeneratorError
from generator.json_pointers import joined, split
from generator.json_values import contains, equal, is_list, is_object
from generator.openapi import SCHEMA_REF

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
        "nullable",
        "required",
        "title",
        "x-enum-varnames",
        "x-patternProperties",
        "x-prefixItems",
    }
)
_PLAIN_FALSE = ("readOnly", "writeOnly", "deprecated", "uniqueItems")
# A schema without any of these takes every value, so null too.
_LIMITING = frozenset({"type", "enum", "properties", "items", "not"})
# Of two limits that hold at once, the stricter one counts.
_STRICTER: dict[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(("maximum", "maxLength", "maxItems", "maxProperties"), min),
    **dict.fromkeys(("minimum", "minLength", "minItems", "minProperties"), max),
}
ABOUT = frozenset({"default", "deprecated", "readOnly", "writeOnly"})
"""Keywords about a property, and not about its values."""

_PATTERNS, _PREFIX = "x-patternProperties", "x-prefixItems"


@attrs.frozen
class Located:
    """A part of a document, mostly a schema, and the JSON Pointer that leads to it.

    Attributes:
        beside: Further schemas that hold for the same value, where the parts of an allOf say
            something about one property each.
    """

    schema: Any
    pointer: str
    beside: tuple[Located, ...] = ()

    @property
    def key(self) -> str:
        """What tells it from every other place or combination of places."""
        return " ".join([self.pointer, *(node.key for node in self.beside)])

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
        null: Whether null is allowed.
        required: The names of properties that must be there.
        extra: The schema of keys that are not named; a bool where all or none are allowed.
        patterns: The schemas of keys of some form.
        prefix: The schemas of the first items of a list.
        discriminator: The name of the property; empty if there is none.
        mapping: Values of the discriminator -> what each stands for.
        enum_names: Member names by enum value, from x-enum-varnames.
        sources: Where a keyword, or `required NAME`, is said: the pointer of a part of an allOf.
        parts: The pointers of the schema and of all its parts.
    """

    facts: dict[str, Any] = attrs.field(factory=dict[str, Any])
    null: bool = True
    properties: dict[str, Located] = attrs.field(factory=dict[str, Located])
    required: set[str] = attrs.field(factory=set[str])
    patterns: dict[str, Located] = attrs.field(factory=dict[str, Located])
    prefix: list[Located] = attrs.field(factory=list[Located])
    items: Located | None = None
    extra: Located | bool = True
    alternatives: list[Located] = attrs.field(factory=list[Located])
    excluded: Located | None = None
    discriminator: str = ""
    mapping: dict[str, Located] = attrs.field(factory=dict[str, Located])
    enum: list[Any] | None = None
    enum_names: dict[Any, str] = attrs.field(factory=dict[Any, str])
    sources: dict[str, str] = attrs.field(factory=dict[str, str])
    parts: set[str] = attrs.field(factory=set[str])

    @property
    def is_only_a_choice(self) -> bool:
        """Whether it says nothing but a list of alternatives."""
        return (
            bool(self.alternatives) and not self.facts and not self.properties and self.enum is None
        )

    @property
    def is_free(self) -> bool:
        """Whether it says nothing at all about the value."""
        said = self.alternatives or self.properties or self.facts.keys() - ABOUT
        return not said and self.enum is None and self.items is None and self.excluded is None


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
            node = Located(self.target(reference), reference, node.beside)
        return node

    def view(self, node: Located) -> View:
        """Return the view of a schema, which is computed once for each place."""
        node = self.resolved(node)
        if node.key not in self._views:
            self._views[node.key] = self._build(node, ())
        return self._views[node.key]

    def _build(self, node: Located, outer: tuple[str, ...]) -> View:
        node = self.resolved(node)
        if node.pointer in outer:
            raise GeneratorError(f"{self.origin}: {node.pointer} contains itself")
        inner = (*outer, node.pointer)
        view = self._own(node, inner)
        for other in node.beside:
            both = View()
            _merge(both, self._build(other, outer))
            _merge(both, view)
            view = both
        return view

    def _own(self, node: Located, inner: tuple[str, ...]) -> View:
        if not is_object(node.schema):
            # `true` and `false` are schemas too: anything, or nothing.
            return View() if node.schema else View(facts={"type": "nothing"}, null=False)
        view = View()
        for part in self._parts(node):
            _merge(view, self._build(part, inner))
        self._read(view, node)
        self._collapse(view, inner)
        view.null = _says_null(node.schema) or (
            view.null
            and _LIMITING.isdisjoint(node.schema)
            and self._a_choice_allows_null(node, inner)
        )
        _infer_type(view)
        return view

    def _a_choice_allows_null(self, node: Located, seen: tuple[str, ...]) -> bool:
        choices = _choices(node)
        return not choices or any(self._allows_null(choice, seen) for choice in choices)

    def _allows_null(self, node: Located, seen: tuple[str, ...]) -> bool:
        """Whether a schema allows null; one that is its own alternative adds nothing to that."""
        node = self.resolved(node)
        schema = node.schema
        if node.pointer in seen or not is_object(schema):
            return schema is True
        inner = (*seen, node.pointer)
        return _says_null(schema) or (
            _LIMITING.isdisjoint(schema)
            and all(self._allows_null(part, inner) for part in self._parts(node))
            and self._a_choice_allows_null(node, inner)
        )

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

    def _read(self, view: View, node: Located) -> None:
        """Add what the schema itself says to what its parts say."""
        _merge(view, _said(node))
        if "discriminator" in node.schema:
            self._read_discriminator(view, node)

    def _read_discriminator(self, view: View, node: Located) -> None:
        said = node.schema["discriminator"]
        view.discriminator = str(said.get("propertyName", ""))
        view.sources["discriminator"] = node.pointer
        listed = said.get("mapping")
        mapping = listed.items() if is_object(listed) else ()
        given = {str(value): _reference(str(target)) for value, target in mapping}
        for choice in _choices(node):
            reference = choice.schema.get("$ref") if is_object(choice.schema) else None
            # Without a mapping, a value is the name of a schema.
            if reference and reference not in given.values():
                given[str(reference).rpartition("/")[2]] = reference
        for value, reference in given.items():
            pointer = joined(node.pointer, "discriminator", "mapping", value)
            found = self.actual(reference)
            # One that leads nowhere stands for nothing that could be compared.
            view.mapping[value] = Located({"$ref": reference} if found else {}, pointer)


def _says_null(schema: Mapping[str, Any]) -> bool:
    return bool(schema.get("nullable")) or None in schema.get("enum", ())


def _reference(text: str) -> str:
    """Return the reference that a mapping means: one may name a schema only."""
    return text if text.startswith("#") else f"{SCHEMA_REF}{text}"


def _choices(node: Located) -> list[Located]:
    return [
        node.child(keyword, n)
        for keyword in ("oneOf", "anyOf")
        for n in range(len(node.schema.get(keyword, ())))
    ]


def schema_of(holder: Located) -> Located | None:
    """Return the schema of a parameter, a header or a media type."""
    if "schema" in holder.schema:
        return holder.child("schema")
    for media in sorted(holder.schema.get("content", ())):
        return schema_of(holder.child("content", media))
    return None


def _said(node: Located) -> View:
    """Return what the schema itself says."""
    view = View()
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
    view.alternatives = _choices(node)
    if "not" in schema:
        view.excluded = node.child("not")
    if is_object(schema.get(_PATTERNS)):
        view.patterns = {form: node.child(_PATTERNS, form) for form in schema[_PATTERNS]}
    if is_list(schema.get(_PREFIX)):
        view.prefix = [node.child(_PREFIX, n) for n in range(len(schema[_PREFIX]))]
    if "enum" in schema:
        _read_enum(view, schema)
    view.parts = {node.pointer}
    view.sources = dict.fromkeys(schema, node.pointer)
    view.sources |= {f"required {name}": node.pointer for name in view.required}
    return view


def _read_enum(view: View, schema: Mapping[str, Any]) -> None:
    values = schema["enum"]
    view.enum = [value for value in values if value is not None]
    names = schema.get("x-enum-varnames", ())
    if len(names) == len(values):
        view.enum_names = {str(value): name for value, name in zip(values, names, strict=True)}


def _merge(view: View, part: View) -> None:
    """Add what another part says of the same value; where both say something, both hold."""
    for key, value in part.facts.items():
        known = view.facts.get(key)
        looser = (
            key in _STRICTER
            and _are_numbers(value, known)
            and _STRICTER[key](known, value) == known
        )
        if not looser:
            view.facts[key] = value
            view.sources[key] = part.sources.get(key, "")
    for name, node in part.properties.items():
        first = view.properties.get(name)
        view.properties[name] = node if first is None else _both(first, node)
    view.null = view.null and part.null
    view.parts |= part.parts
    view.required |= part.required
    view.items = (
        _both(view.items, part.items) if view.items and part.items else (part.items or view.items)
    )
    view.extra = part.extra if part.extra is not True else view.extra
    view.patterns |= part.patterns
    view.prefix = part.prefix or view.prefix
    view.alternatives += part.alternatives
    view.excluded = part.excluded or view.excluded
    view.discriminator = part.discriminator or view.discriminator
    view.mapping |= part.mapping
    if part.enum is not None:
        known_values = view.enum
        view.enum = (
            part.enum
            if known_values is None
            else [value for value in known_values if contains(part.enum, value)]
        )
    view.enum_names |= part.enum_names
    view.sources |= {key: pointer for key, pointer in part.sources.items() if key not in part.facts}


def _both(one: Located, other: Located) -> Located:
    """Return a schema that says what both say."""
    if equal(one.schema, other.schema):
        return other
    return attrs.evolve(other, beside=(*other.beside, one))


def _are_numbers(*values: Any) -> bool:
    return all(isinstance(value, int | float) for value in values)


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
