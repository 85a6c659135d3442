"""From parsed schemas to the modules of models."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from itertools import count
from typing import Any

from generator.errors import GeneratorError
from generator.python import releases
from generator.python.graphs import strongly_connected
from generator.python.names import checked_identifier, constant_case, literal, one_line, snake_case
from generator.python.package import Alias, Enum, Field, Model, ModelModule
from generator.python.schema_parser import ParsedField, Parser, enum_values
from generator.python.types import Type, in_utc
from generator.python.unique_names import UniqueNames

# Names that annotations use: they are looked up in the class first, so an attribute with such a
# name would hide them. And `self`, which every method takes.
_SECRET_NAME = re.compile(
    r"passw|secret|token|(api|access|private)_key|connection_string|http_auth", re.IGNORECASE
)
_RESERVED = frozenset({"bool", "bytes", "datetime", "dict", "float", "int", "list", "self", "str"})


def build(parser: Parser) -> list[ModelModule]:
    """Return all modules of models, sorted by name."""
    definitions = {name: _definition(name, parser) for name in parser.schemas}
    kept = {name: item for name, item in definitions.items() if item is not None}
    needs = {name: _needs(item, kept) for name, item in kept.items()}
    groups = strongly_connected(needs)
    module_of = {name: snake_case(min(group)) for group in groups for name in group}
    modules = UniqueNames("module", "set x-annoport-class on one of them in the overlay")
    for group in groups:
        modules.claim(module_of[group[0]], f"model {min(group)}")
    return sorted(
        (_module([kept[name] for name in sorted(group)], needs, module_of) for group in groups),
        key=lambda module: module.name,
    )


def attribute_name(wire: str, schema: Mapping[str, Any]) -> str:
    """Return the wire name where Python allows it, else the nearest identifier."""
    given = schema.get("x-annoport-name")
    if isinstance(given, str):
        return checked_identifier(given, f"property {wire!r}")
    name = wire if re.fullmatch("[a-z][A-Za-z0-9_]*", wire) else snake_case(wire)
    return name + "_" if name in _RESERVED or keyword.iskeyword(name) else name


def _definition(name: str, parser: Parser) -> Model | Enum | Alias | None:
    schema = parser.schemas[name]
    doc = one_line(schema.get("description", ""))
    named = parser.named_type(name)
    if named.classes() != [name]:
        return None
    fields = parser.fields(name)
    if fields is not None:
        made = [_field(field, schema, f"model {name} property {field.wire!r}") for field in fields]
        return _model(name, made, parser.further(name), doc)
    if "enum" in schema:
        dated = releases.values_known_by(schema, parser.schemas)
        return Enum(
            name=name,
            members=_members(name, schema),
            doc=doc,
            known_by=literal(dated) if dated else "",
        )
    return Alias(
        name=name, type=parser.definition(name), doc=doc, recursive=parser.is_recursive(name)
    )


def _model(name: str, fields: list[Field], further: Type | None, doc: str) -> Model:
    names = UniqueNames("attribute", "set x-annoport-name on one of them in the overlay")
    for field in fields:
        names.claim(field.name, f"model {name} property {field.wire!r}")
    if further is not None:
        names.claim("additional_properties", f"model {name}: its further keys")
    return Model(name=name, fields=fields, further=further, doc=doc)


def _field(parsed: ParsedField, owner: Mapping[str, Any], place: str) -> Field:
    schema = _property_schema(parsed.wire, owner)
    absent = schema.get("x-annoport-absent")
    if absent and parsed.required:
        raise GeneratorError(
            f"{place}: x-annoport-absent says what it means that it is not there; this is required"
        )
    if absent == "empty" and parsed.type.kind != "list":
        raise GeneratorError(f"{place}: x-annoport-absent: empty is for a list, and this is none")
    type_ = parsed.type
    if schema.get("x-annoport-utc"):
        type_ = in_utc(type_)
        if type_ == parsed.type:
            raise GeneratorError(
                f"{place}: x-annoport-utc is for a date and time (format: date-time)"
            )
    known_by = releases.known_by(schema)
    return Field(
        name=attribute_name(parsed.wire, schema),
        wire=parsed.wire,
        type=type_,
        required=parsed.required,
        absent=absent,
        secret=_is_secret(parsed.wire, schema),
        doc=one_line(str(schema.get("description", ""))),
        known_by=literal(known_by) if known_by else "",
    )


def _is_secret(wire: str, schema: Mapping[str, Any]) -> bool:
    """Whether a field holds a secret: as the overlay says, or because its name does."""
    named = schema.get("type") == "string" and bool(_SECRET_NAME.search(wire))
    return bool(schema.get("x-annoport-secret", named))


def _property_schema(wire: str, owner: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema of a property, which may be in a part of an allOf."""
    for part in (owner, *owner.get("allOf", ())):
        schema = part.get("properties", {}).get(wire)
        if schema is not None:
            return dict(schema)
    return {}


def _members(name: str, schema: Mapping[str, Any]) -> list[tuple[str, str | int]]:
    """Return the members of an enum, named by x-enum-varnames or after their values."""
    values = enum_values(dict(schema))
    given = schema.get("x-enum-varnames") or [_member_text(value) for value in values]
    if not values or len(given) != len(values):
        raise GeneratorError(
            f"enum {name}: {len(values)} values, but {len(given)} names; correct one in the overlay"
        )
    members: dict[str, str | int] = {}
    for text, value in zip(given, values, strict=True):
        member = constant_case(text, fallback="VALUE" if text else "EMPTY")
        if member in members:
            # Values that differ only in case or punctuation are both kept.
            member = next(f"{member}_{n}" for n in count(2) if f"{member}_{n}" not in members)
        members[member] = value
    return list(members.items())


def _member_text(value: str | int) -> str:
    return f"MINUS_{-value}" if isinstance(value, int) and value < 0 else str(value)


def _types(item: Model | Enum | Alias) -> list[Type]:
    if isinstance(item, Model):
        further = [item.further] if item.further else []
        return [*(field.type for field in item.fields), *further]
    return [item.type] if isinstance(item, Alias) else []


def _needs(item: Model | Enum | Alias, kept: Mapping[str, Any]) -> list[str]:
    names = [name for type_ in _types(item) for name in type_.classes() if name in kept]
    return list(dict.fromkeys(names))


def _ordered(aliases: list[Alias]) -> list[Alias]:
    """Return the aliases of a module in an order in which each is defined before it is used."""
    by_name = {alias.name: alias for alias in aliases}
    needs = {a.name: [n for n in a.type.classes() if n in by_name] for a in aliases}
    return [by_name[name] for group in strongly_connected(needs) for name in sorted(group)]


def _module(
    items: list[Model | Enum | Alias], needs: Mapping[str, list[str]], module_of: Mapping[str, str]
) -> ModelModule:
    own = {item.name for item in items}
    imports: dict[str, set[str]] = {}
    for name in sorted(need for item in items for need in needs[item.name] if need not in own):
        imports.setdefault(module_of[name], set()).add(name)
    return ModelModule(
        name=module_of[items[0].name],
        enums=[item for item in items if isinstance(item, Enum)],
        models=[item for item in items if isinstance(item, Model)],
        aliases=_ordered([item for item in items if isinstance(item, Alias)]),
        imports=[(module, sorted(names)) for module, names in sorted(imports.items())],
    )
