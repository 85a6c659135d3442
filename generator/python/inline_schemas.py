"""Naming every type of a spec: inline schemas become components with a class name.

After this, each schema that needs a class is a component, and every other place holds a
reference, a primitive, a list, a map or a union.
"""

from __future__ import annotations

import copy
from typing import Any

import attrs

from generator.errors import GeneratorError
from generator.json_values import is_object
from generator.openapi import SCHEMA_REF
from generator.python import releases
from generator.python.allof import merged_allof
from generator.python.names import pascal_case
from generator.python.unique_names import UniqueNames

_OF_PROPERTY = ("x-annoport-guard", "x-annoport-name", *releases.OWN)
_COMBINERS = ("allOf", "anyOf", "oneOf")
# Names that the model modules import: a class with such a name would hide them.
_IMPORTED = frozenset(
    {
        "Annotated",
        "Any",
        "Literal",
        "Model",
        "OneOf",
        "OpenIntEnum",
        "OpenStrEnum",
        "TypeAlias",
        "UUID",
        "Unset",
        "UploadFile",
        "UtcDatetime",
        "Wire",
    }
)


@attrs.define
class Hoisted:
    """The named schemas of a spec.

    Attributes:
        schemas: Class name -> schema, whose references use class names.
        classes: Component name in the spec -> class name.
    """

    schemas: dict[str, dict[str, Any]] = attrs.field(factory=dict[str, dict[str, Any]])
    classes: dict[str, str] = attrs.field(factory=dict[str, str])
    _components: dict[str, dict[str, Any]] = attrs.field(
        factory=dict[str, dict[str, Any]], init=False
    )
    _claims: UniqueNames = attrs.field(
        factory=lambda: UniqueNames(
            "class name", "give one of them a title or x-annoport-class in the overlay"
        ),
        init=False,
    )

    def name_components(self, components: dict[str, Any]) -> None:
        """Name and hoist all schemas under `components.schemas`."""
        self._components = components
        for key, schema in components.items():
            name = class_name(schema.get("x-annoport-class") or key)
            self._claims.claim(name, f"component {key!r}")
            self.classes[key] = name
        _check_circles(components)
        for key, schema in components.items():
            name = self.classes[key]
            self.schemas[name] = self._inside(schema, name, f"component {key!r}")

    def inline(self, schema: dict[str, Any], name: str, place: str) -> dict[str, Any]:
        """Return the schema that stands for one found outside the components.

        Args:
            schema: The schema as the spec has it.
            name: The class name that it gets if it needs one and has no title.
            place: What to call it in an error message.

        Raises:
            GeneratorError: A reference leads nowhere, or a class name is taken.
        """
        if "$ref" in schema:
            return self._reference(schema, place)
        schema = merged_allof(schema, self._components, place)
        if not _needs_name(schema):
            return self._inside(schema, name, place)
        wanted = class_name(str(schema.get("title", name)))
        body = self._inside(schema, wanted, place)
        known = self.schemas.get(wanted)
        # Equal schemas with the same name are one type: a spec without components repeats them.
        if known is None or _shape(known) != _shape(body):
            self._claims.claim(wanted, place)
            self.schemas[wanted] = body
        elif releases.VALUES in known or releases.VALUES in body:
            # One type has one set of marks: what holds of it wherever it stands.
            known[releases.VALUES] = releases.shared_values(known, body)
        return {"$ref": SCHEMA_REF + wanted}

    def _reference(self, schema: dict[str, Any], place: str) -> dict[str, Any]:
        target = str(schema["$ref"])
        key = target.removeprefix(SCHEMA_REF)
        if not target.startswith(SCHEMA_REF) or key not in self.classes:
            raise GeneratorError(f"{place}: {target!r} does not refer to a schema of this spec")
        return {"$ref": SCHEMA_REF + self.classes[key]}

    def _inside(self, schema: dict[str, Any], name: str, place: str) -> dict[str, Any]:
        """Return the schema itself, with inline schemas inside it hoisted."""
        if "$ref" in schema:
            return self._reference(schema, place)
        schema = merged_allof(schema, self._components, place)
        result = copy.copy(schema)
        result.pop("default", None)
        if "properties" in schema:
            result["properties"] = {
                key: self._property(child, name + pascal_case(key), f"{place}.{key}")
                for key, child in schema["properties"].items()
            }
        if "items" in schema:
            result["items"] = self.inline(schema["items"], f"{name}Item", f"{place}[]")
        extra = schema.get("additionalProperties")
        if is_object(extra):
            result["additionalProperties"] = self.inline(extra, f"{name}Value", f"{place}.*")
        for key in _COMBINERS:
            if key in schema:
                result[key] = [
                    self._member(key, child, f"{name}{number}", f"{place}.{key}[{number}]")
                    for number, child in enumerate(schema[key], start=1)
                ]
        return result

    def _property(self, schema: dict[str, Any], name: str, place: str) -> dict[str, Any]:
        # These belong to the property, not to the type that it refers to.
        names = (*_OF_PROPERTY, "description") if "$ref" in schema else _OF_PROPERTY
        type_ = {key: value for key, value in schema.items() if key not in names}
        own = {key: schema[key] for key in names if key in schema}
        return self.inline(type_, name, place) | own

    def _member(
        self, combiner: str, schema: dict[str, Any], name: str, place: str
    ) -> dict[str, Any]:
        # The parts of an allOf are one type together; those of a union are a type each.
        if combiner == "allOf":
            return self._inside(schema, name, place)
        return self.inline(schema, name, place)


def _check_circles(components: dict[str, Any]) -> None:
    """Reject schemas that only refer to each other in a circle: they stand for nothing."""
    for start in components:
        chain = [start]
        while "$ref" in (schema := components.get(chain[-1], {})):
            key = str(schema["$ref"]).removeprefix(SCHEMA_REF)
            if key in chain:
                raise GeneratorError(
                    f"component {start!r}: it only refers to itself, {' -> '.join([*chain, key])}; "
                    "give one of them a type in the overlay"
                )
            chain.append(key)


def class_name(text: str) -> str:
    """Return the class name made from a component's key or a title."""
    name = pascal_case(text)
    return name + "_" if name in _IMPORTED else name


def _needs_name(schema: dict[str, Any]) -> bool:
    if schema.get("enum", [None]) != [None] or schema.get("properties"):
        return True
    if len(schema.get("allOf", ())) > 1:
        return True
    return "title" in schema and any(key in schema for key in _COMBINERS)


def _shape(schema: dict[str, Any]) -> dict[str, Any]:
    """Return what two schemas with one name must share: everything but the words about them."""
    own = {"title", "description", "x-annoport-class", releases.VALUES}
    return {key: value for key, value in schema.items() if key not in own}
