"""openapi-python-client's parser as a library, on schemas made safe for it.

The parser gets placeholders for the names of classes and properties and for enum values, so that
no string of a spec can trip it. Any warning of it is an error here.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import openapi_python_client.schema as oai
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import properties as parsed
from openapi_python_client.parser.errors import ParseError
from openapi_python_client.parser.properties.schemas import ReferencePath
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.schema.untrusted_string import UntrustedString
from pydantic import TypeAdapter, ValidationError

from generator.errors import GeneratorError
from generator.json_pointers import split
from generator.json_values import is_object
from generator.openapi import SCHEMA_REF
from generator.python.graphs import strongly_connected
from generator.python.types import ANY, NONE, Type, TypeNames, union

_SCHEMA: TypeAdapter[oai.Reference | oai.Schema] = TypeAdapter(oai.Reference | oai.Schema)
_KEPT = ("type", "format", "nullable", "const")
_UNIONS = ("anyOf", "oneOf")
_STAND_IN = oai.Schema.model_validate({"type": "object", "properties": {"p": {}}})
_EXCERPT = 80
# The parser puts the repr of its wrapped strings into messages; they hold placeholders anyway.
_OBJECT_ADDRESS = re.compile(r' (?:named )?(["\']?)<[\w.]+ object at 0x[0-9a-f]+>\1')


@attrs.frozen(kw_only=True)
class ParsedField:
    """One property of a model: its wire name, its type, and whether it is always present."""

    wire: str
    type: Type
    required: bool


@attrs.define
class Parser:
    """The types of one spec.

    Attributes:
        schemas: Class name -> schema, as `inline_schemas.Hoisted` makes them.
    """

    schemas: dict[str, dict[str, Any]]
    _class_keys: dict[str, str] = attrs.field(factory=dict[str, str], init=False)
    _wire_keys: dict[str, str] = attrs.field(factory=dict[str, str], init=False)
    _parsed: parsed.Schemas = attrs.field(factory=parsed.Schemas, init=False)
    _config: Config = attrs.field(init=False)
    _names: TypeNames = attrs.field(init=False)
    _numbers: Iterator[int] = attrs.field(factory=itertools.count, init=False)
    # Schema -> the unions that contain it and are contained in it.
    _circles: Mapping[str, frozenset[str]] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Parse all schemas.

        Raises:
            GeneratorError: The parser rejects one of them.
        """
        self._class_keys = {name: f"M{number}" for number, name in enumerate(self.schemas)}
        self._config = Config.from_sources(
            ConfigFile(), MetaType.NONE, Path(), "utf-8", overwrite=True, output_path=None
        )
        self._circles = union_circles(self.schemas)
        components = {
            UntrustedString(self._class_keys[name]): _read(
                self._placeholder(_without_null(schema), self._circles.get(name, frozenset())),
                f"schema {name}",
            )
            for name, schema in self.schemas.items()
        }
        for name in {name for unions in self._circles.values() for name in unions}:
            components[UntrustedString(_stand_in(self._class_keys[name]))] = _STAND_IN
        self._parsed = parsed.build_schemas(
            components=components, schemas=self._parsed, config=self._config
        )
        for error in self._parsed.errors:
            raise GeneratorError(f"the parser rejects a schema: {self._explain(error)}")
        self._names = self._name_types()

    def type_of(self, schema: dict[str, Any], place: str) -> Type:
        """Return the type of a schema found anywhere in an operation."""
        prop, self._parsed = parsed.property_from_data(
            # The parser makes a class even of a free-form object, so each needs a name of its own.
            name=UntrustedString(f"value{next(self._numbers)}"),
            required=True,
            data=_read(self._placeholder(schema), place),
            schemas=self._parsed,
            parent_name="",
            config=self._config,
        )
        if isinstance(prop, ParseError):
            raise GeneratorError(f"{place}: the parser rejects it: {self._explain(prop)}")
        return self._names.of(prop)

    def named_type(self, name: str) -> Type:
        """Return the type that a reference to the named schema has."""
        return self._names.of(self._component(name))

    def fields(self, name: str) -> list[ParsedField] | None:
        """Return the properties of a model, required ones first; None if it is not a model."""
        prop = self._component(name)
        if not isinstance(prop, parsed.ModelProperty) or not _has_fields(prop):
            return None
        wires = {key: wire for wire, key in self._wire_keys.items()}
        return [
            ParsedField(
                wire=wires[child.name.get_untrusted_value()],
                type=self._names.of(child),
                required=child.required,
            )
            for child in [*(prop.required_properties or ()), *(prop.optional_properties or ())]
        ]

    def further(self, name: str) -> Type | None:
        """What a model allows keys to hold that are none of its properties; None if it has none.

        Only an explicit word makes a model open: without one, an unknown key in a dict that a
        caller gives is taken for a mistake.
        """
        found = [
            part["additionalProperties"]
            for part in self._parts(self.schemas[name])
            if part.get("additionalProperties", False) is not False
        ]
        if not found:
            return None
        return self.type_of(found[-1], f"{name}.*") if is_object(found[-1]) else ANY

    def _parts(self, schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """A schema and what its allOf is made of, what is behind references first."""
        if "$ref" in schema:
            schema = self.schemas[schema["$ref"].removeprefix(SCHEMA_REF)]
        for part in schema.get("allOf", ()):
            yield from self._parts(part)
        yield schema

    def is_recursive(self, name: str) -> bool:
        """Whether the named union contains itself."""
        return name in self._circles.get(name, ())

    def definition(self, name: str) -> Type:
        """Return what the named schema stands for, written out: for an alias, not its name."""
        prop = self._component(name)
        if isinstance(prop, UnionProperty):
            return union([self._names.of(member) for member in prop.inner_properties])
        return self._names.of(prop)

    def pointed(self, type_: Type, pointer: str, place: str) -> Type:
        """Return what a JSON Pointer into a value of the type leads to.

        Raises:
            GeneratorError: It leads nowhere.
        """
        if pointer and not pointer.startswith("/"):
            raise GeneratorError(f"{place}: pointer {pointer!r}: a JSON Pointer starts with '/'")
        for key in split(pointer):
            type_ = self._child(type_, key, f"{place}: pointer {pointer!r}")
        return type_

    def _child(self, type_: Type, key: str, place: str) -> Type:
        """Return the type of a member of an object or of an item of a list."""
        if type_.kind == "class":
            meant = self.definition(type_.name)  # an alias of a union stands for its members
            type_ = meant if meant.kind == "union" else type_
        if type_.kind == "union":
            members = [member for member in type_.inner if member != NONE]
            found = [self._child_or_none(member, key) for member in members]
        else:
            found = [self._child_or_none(type_, key)]
        known = [member for member in found if member is not None]
        if not known:
            raise GeneratorError(f"{place}: {type_.annotation()} has no {key!r}")
        return union(known)

    def _child_or_none(self, type_: Type, key: str) -> Type | None:
        if type_.kind == "class":
            fields = {field.wire: field.type for field in self.fields(type_.name) or ()}
            return fields.get(key) or (self.further(type_.name) if fields else None)
        if type_.kind == "dict" or (type_.kind == "list" and key.isdigit()):
            return type_.inner[0]
        return type_ if type_.name == "Any" else None

    def _component(self, name: str) -> parsed.Property:
        key = self._class_keys[name]
        reference = ReferencePath(UntrustedString(f"/components/schemas/{key}"))
        prop = self._parsed.classes_by_reference[reference]
        if isinstance(prop, parsed.ModelProperty):
            # References share the class but not its fields, which are filled in later.
            full = self._parsed.classes_by_name[prop.class_info.name]
            if isinstance(full, parsed.ModelProperty):
                return full
        return prop

    def _name_types(self) -> TypeNames:
        named: dict[str, Type] = {}
        aliases: dict[int, Type] = {}
        names = TypeNames(named, aliases)
        for name, key in self._class_keys.items():
            schema = self.schemas[name]
            prop = self._component(name)
            if isinstance(prop, UnionProperty):
                aliases[id(prop.inner_properties)] = Type("class", name)
                named[key] = Type("class", name)
            elif isinstance(prop, parsed.EnumProperty):
                named[key] = _nullable(schema, _enum_type(name, schema))
            elif isinstance(prop, parsed.ModelProperty) and _has_fields(prop):
                named[key] = _nullable(schema, Type("class", name, json_kind="object"))
            if self.is_recursive(name):
                named[_stand_in(key)] = Type("class", name)
        return names

    def _placeholder(
        self, schema: dict[str, Any], circle: frozenset[str] = frozenset()
    ) -> dict[str, Any]:
        """Return the schema as the parser may see it: only facts about types, only safe names.

        Args:
            schema: The schema.
            circle: The unions that it must not lead back to, because the parser would never end.
        """
        if "$ref" in schema:
            name = schema["$ref"].removeprefix(SCHEMA_REF)
            key = self._class_keys[name]
            return {"$ref": SCHEMA_REF + (_stand_in(key) if name in circle else key)}
        result: dict[str, Any] = {key: schema[key] for key in _KEPT if key in schema}
        if "enum" in schema and "properties" not in schema:
            result |= _placeholder_enum(schema["enum"])
        if "properties" in schema:
            result["properties"] = {
                self._wire_key(wire): self._placeholder(child, circle)
                for wire, child in schema["properties"].items()
            }
        if "required" in schema:
            result["required"] = [self._wire_key(wire) for wire in schema["required"]]
        if "items" in schema:
            result["items"] = self._placeholder(schema["items"], circle)
        elif schema.get("type") == "array":
            result["items"] = {}
        extra = schema.get("additionalProperties")
        if extra is not None:
            result["additionalProperties"] = (
                self._placeholder(extra, circle) if is_object(extra) else extra
            )
        for key in ("allOf", *_UNIONS):
            if key in schema:
                result[key] = [self._placeholder(child, circle) for child in schema[key]]
        return result

    def _wire_key(self, wire: str) -> str:
        return self._wire_keys.setdefault(wire, f"p{len(self._wire_keys)}")

    def _explain(self, error: ParseError) -> str:
        text = " ".join(part for part in (error.header, error.detail) if part)
        for name, key in reversed(self._class_keys.items()):
            text = text.replace(f"/{key}", f"/{name}")
        return _OBJECT_ADDRESS.sub("", text) or repr(error.data)


def _stand_in(key: str) -> str:
    """Return the key of what the parser sees where a union leads back to itself."""
    return f"{key}Again"


def union_circles(schemas: Mapping[str, dict[str, Any]]) -> dict[str, frozenset[str]]:
    """Return the unions that contain themselves without a model in between.

    Returns:
        Each schema in such a circle -> the unions of the circle.

    Raises:
        GeneratorError: There is no union in a circle, so no value would be finite.
    """
    graph = {
        name: [n for n in _contained(schema) if n in schemas] for name, schema in schemas.items()
    }
    found: dict[str, frozenset[str]] = {}
    for group in strongly_connected(graph):
        if len(group) == 1 and group[0] not in graph[group[0]]:
            continue
        unions = frozenset(name for name in group if any(key in schemas[name] for key in _UNIONS))
        if not unions:
            chain = " -> ".join([*sorted(group), min(group)])
            raise GeneratorError(
                f"schema {min(group)}: it consists of nothing but itself, {chain}; "
                "give one of them another type in the overlay"
            )
        found |= dict.fromkeys(group, unions)
    return found


def _contained(schema: dict[str, Any]) -> Iterator[str]:
    """Yield the names of what a schema is made of; a model only refers to what it holds."""
    if "$ref" in schema:
        yield schema["$ref"].removeprefix(SCHEMA_REF)
    elif not schema.get("properties") and len(schema.get("allOf", ())) <= 1:
        inner = [schema.get("items"), schema.get("additionalProperties")]
        inner += [child for key in ("allOf", *_UNIONS) for child in schema.get(key, ())]
        for child in inner:
            if is_object(child):
                yield from _contained(child)


def _read(schema: dict[str, Any], place: str) -> oai.Reference | oai.Schema:
    """Return the schema as the parser takes it; `place` is what to call it in an error message."""
    try:
        return _SCHEMA.validate_python(schema)
    except ValidationError as error:
        # That it is not a reference either is beside the point.
        fault = next(f for f in error.errors() if f["loc"][0] != oai.Reference.__name__)
        found = repr(fault["input"])[:_EXCERPT]
        raise GeneratorError(f"{place}: {fault['msg']}; found {found}") from None


def _has_fields(prop: parsed.ModelProperty) -> bool:
    return bool(prop.required_properties or prop.optional_properties)


def enum_values(schema: dict[str, Any]) -> list[str | int]:
    """Return the values of an enum without null, each once; none if no Python enum can hold it."""
    values = [value for value in schema["enum"] if value is not None]
    return list(dict.fromkeys(values)) if _enum_kind(values) else []


def _enum_type(name: str, schema: dict[str, Any]) -> Type:
    values = tuple(enum_values(schema))
    return Type(
        "class", name, json_kind="int" if isinstance(values[0], int) else "string", values=values
    )


def _placeholder_enum(values: list[Any]) -> dict[str, Any]:
    """Return stand-ins of the same type, or a plain type if no Python enum can hold the values."""
    if values == [None]:
        return {"type": "null"}
    kind = _enum_kind(values)
    if kind is str:
        return {"type": "string", "enum": [f"v{n}" for n, v in enumerate(values) if v is not None]}
    if kind is int:
        return {"type": "integer", "enum": [n for n, v in enumerate(values) if v is not None]}
    return {}


def _enum_kind(values: list[Any]) -> type[Any] | None:
    """Return str or int, if all values but null are of that type; None otherwise."""
    kinds: set[type[Any]] = {type(value) for value in values if value is not None}
    return kinds.pop() if kinds in ({str}, {int}) else None


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a component without null, if it becomes a class; references to it get null back."""
    if "enum" in schema or "properties" in schema or len(schema.get("allOf", ())) > 1:
        schema = {key: value for key, value in schema.items() if key != "nullable"}
        if "enum" in schema:
            schema["enum"] = enum_values(schema)
    return schema


def _nullable(schema: dict[str, Any], type_: Type) -> Type:
    null = schema.get("nullable") or None in schema.get("enum", ())
    return union([type_, NONE]) if null else type_
