"""Unions made plain: what chooses a member, and what stands beside the members, is in the members.

After this, a member of a union is told from the others by its own schema: a discriminator is a
constant in each member, and a base whose children name it is a union of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from generator.errors import GeneratorError
from generator.json_values import is_list, is_object, rebuilt
from generator.openapi import SCHEMA_REF
from generator.python.unique_names import free_name
from generator.spec.walk import SCHEMA_KINDS, Node, walk

_UNIONS = ("oneOf", "anyOf")
_WORDS = frozenset({"title", "description", "x-annoport-class", "nullable"})


def plain_unions(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return an effective spec whose unions need no words beside their members.

    Raises:
        GeneratorError: A discriminator names a schema that is not there.
    """
    if not any(_is_to_be_changed(node.data) for node in _schemas(spec)):
        return dict(spec)
    result: dict[str, Any] = rebuilt(spec)
    schemas: dict[str, Any] = result.get("components", {}).get("schemas", {})
    _bases(schemas)
    tags = _Tags()
    for node in _schemas(result):
        _drop_bare_requirements(node.data)
        tags.note(node.data, schemas, node.place)
    tags.write(schemas)
    owners = {id(schema): name for name, schema in schemas.items()}
    for node in _schemas(result):
        _move_in(node.data, owners.get(id(node.data)))
    return result


def _is_to_be_changed(schema: Mapping[str, Any]) -> bool:
    unions = [schema[key] for key in _UNIONS if is_list(schema.get(key))]
    beside = bool(unions) and bool(schema.get("properties"))
    return "discriminator" in schema or beside or any(_is_bare(members) for members in unions)


def _is_bare(members: list[Any]) -> bool:
    """Whether the members of a union say nothing but which keys must be there."""
    return bool(members) and all(member.keys() == {"required"} for member in members)


def _schemas(spec: Mapping[str, Any]) -> list[Node]:
    return [node for node in walk(spec) if node.kind in SCHEMA_KINDS]


def _bases(schemas: dict[str, Any]) -> None:
    """Make a union of a base whose discriminator chooses among the schemas that build on it."""
    for name, schema in list(schemas.items()):
        if "discriminator" not in schema or any(key in schema for key in _UNIONS):
            continue
        reference = SCHEMA_REF + name
        children = [child for child, other in schemas.items() if reference in _parts(other)]
        if not children:
            continue
        base = free_name(f"{name}Base", schemas)
        for child in children:
            _redirect(schemas[child], reference, SCHEMA_REF + base)
        members = [SCHEMA_REF + child for child in children]
        if reference in _mapping(schema["discriminator"]):
            members.append(SCHEMA_REF + base)
            mapping: dict[str, Any] = schema["discriminator"]["mapping"]
            for value, target in mapping.items():
                mapping[value] = SCHEMA_REF + base if _target(target) == reference else target
        moved = ("discriminator", "nullable", "description", "x-annoport-class")
        schemas[base] = {key: value for key, value in schema.items() if key not in moved}
        schemas[name] = {key: schema[key] for key in moved if key in schema}
        schemas[name]["oneOf"] = [{"$ref": member} for member in members]


def _parts(schema: Any) -> list[str]:
    """Return the references in the allOf of a schema."""
    parts = schema.get("allOf", ()) if is_object(schema) else ()
    return [part["$ref"] for part in parts if "$ref" in part]


def _redirect(schema: dict[str, Any], old: str, new: str) -> None:
    for part in schema["allOf"]:
        if part.get("$ref") == old:
            part["$ref"] = new


def _target(text: str) -> str:
    """Return what a mapping means: a reference, or the bare name of a schema."""
    return text if text.startswith("#/") else SCHEMA_REF + text


def _mapping(discriminator: Mapping[str, Any]) -> dict[str, list[str]]:
    """Reference -> the values that choose it, as far as the document says so."""
    found: dict[str, list[str]] = {}
    for value, target in discriminator.get("mapping", {}).items():
        found.setdefault(_target(str(target)), []).append(value)
    return found


@attrs.frozen
class _Tags:
    """Which value of which property chooses a schema: (component, property) -> values."""

    _values: dict[tuple[str, str], list[str]] = attrs.field(
        factory=dict[tuple[str, str], list[str]]
    )

    def note(self, schema: Mapping[str, Any], schemas: Mapping[str, Any], place: str) -> None:
        """Take over the discriminator of a union."""
        discriminator = schema.get("discriminator")
        members = next((schema[key] for key in _UNIONS if is_list(schema.get(key))), None)
        if not is_object(discriminator) or members is None:
            return
        mapping = _mapping(discriminator)
        for reference in (*mapping, *(member.get("$ref") for member in members)):
            if reference is not None and reference.removeprefix(SCHEMA_REF) not in schemas:
                raise GeneratorError(
                    f"{place}: its discriminator leads to {reference!r}, which is not there; "
                    "correct the mapping in the overlay"
                )
        for member in members:
            if "$ref" in member:
                name = member["$ref"].removeprefix(SCHEMA_REF)
                # Without a mapping, the name of a schema is what chooses it.
                values = mapping.get(member["$ref"], [name])
                known = self._values.setdefault((name, discriminator["propertyName"]), [])
                known.extend(value for value in values if value not in known)

    def write(self, schemas: dict[str, Any]) -> None:
        """Make a constant of the property in each member."""
        for (name, property_), values in self._values.items():
            schema = schemas[name]
            if _is_union(schema, schemas) or _has_values(schema, property_, schemas):
                continue  # it chooses among its own members, or lists its values itself
            own = _without(schema, property_, schemas)
            own.setdefault("properties", {})[property_] = _constant(values)
            own["required"] = sorted({*own.get("required", ()), property_})
            schemas[name] = own


def _constant(values: list[str]) -> dict[str, Any]:
    constants = [{"type": "string", "const": value} for value in values]
    return constants[0] if len(constants) == 1 else {"anyOf": constants}


def _followed(schema: dict[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    seen: set[str] = set()
    while "$ref" in schema and schema["$ref"] not in seen:
        seen.add(schema["$ref"])
        schema = schemas.get(schema["$ref"].removeprefix(SCHEMA_REF), {})
    return schema


def _is_union(schema: dict[str, Any], schemas: Mapping[str, Any]) -> bool:
    return any(key in _followed(schema, schemas) for key in _UNIONS)


def _has_values(schema: dict[str, Any], property_: str, schemas: Mapping[str, Any]) -> bool:
    """Whether a schema lists the values of a property, which is then enough to tell it."""
    whole = _followed(schema, schemas)
    own = whole.get("properties", {}).get(property_)
    if own is not None:
        return "enum" in _followed(own, schemas)
    return any(_has_values(part, property_, schemas) for part in whole.get("allOf", ()))


def _without(schema: dict[str, Any], property_: str, schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a schema that says nothing of a property, parts behind references too."""
    result: dict[str, Any] = rebuilt(schema)
    if property_ in result.get("properties", {}):
        del result["properties"][property_]
    parts = [
        _without(_followed(part, schemas), property_, schemas)
        if _says(part, property_, schemas)
        else part
        for part in result.get("allOf", ())
    ]
    return result | {"allOf": parts} if parts else result


def _says(schema: dict[str, Any], property_: str, schemas: Mapping[str, Any]) -> bool:
    whole = _followed(schema, schemas)
    return property_ in whole.get("properties", {}) or any(
        _says(part, property_, schemas) for part in whole.get("allOf", ())
    )


def _drop_bare_requirements(schema: dict[str, Any]) -> None:
    """Drop "one of these keys at least", which a type cannot say."""
    for key in _UNIONS:
        members = schema.get(key)
        if is_list(members) and _is_bare(members):
            del schema[key]


def _move_in(schema: dict[str, Any], owner: str | None) -> None:
    """Give each member of a union the properties that stand beside it.

    Args:
        schema: The schema.
        owner: The name of the component that it is, if it is one.
    """
    for key in _UNIONS:
        members = schema.get(key)
        if not is_list(members) or not schema.get("properties"):
            continue
        common = {k: v for k, v in schema.items() if k not in _WORDS and k not in _UNIONS}
        common.pop("discriminator", None)
        parts = common.pop("allOf", [])
        whole = [_titled({"allOf": [*parts, common, m]}, m, owner) for m in members]
        rest = {k: v for k, v in schema.items() if k in _WORDS or k == "discriminator"}
        schema.clear()
        schema.update(rest | {key: whole})


def _titled(whole: dict[str, Any], member: dict[str, Any], owner: str | None) -> dict[str, Any]:
    """Name a member that was a reference after both: a number would say less."""
    if owner is None or "$ref" not in member:
        return whole
    return {"title": f"{owner}{str(member['$ref']).removeprefix(SCHEMA_REF)}", **whole}
