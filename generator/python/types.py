"""Python types as the templates write them, made from the parser's properties."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs
from openapi_python_client.parser import properties as parsed
from openapi_python_client.parser.properties.any import AnyProperty
from openapi_python_client.parser.properties.boolean import BooleanProperty
from openapi_python_client.parser.properties.const import ConstProperty
from openapi_python_client.parser.properties.date import DateProperty
from openapi_python_client.parser.properties.datetime import DateTimeProperty
from openapi_python_client.parser.properties.file import FileProperty
from openapi_python_client.parser.properties.float import FloatProperty
from openapi_python_client.parser.properties.int import IntProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.properties.string import StringProperty
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.parser.properties.uuid import UuidProperty

from generator.errors import GeneratorError
from generator.python.names import literal


@attrs.frozen
class Type:
    """A Python type: a plain name, or a container of other types.

    Attributes:
        kind: "plain", "class", "list", "dict", "union" or "literal".
        name: The source of a plain type, or the class name.
        json_kind: What it is in JSON; two members of a union with the same kind need OneOf.
    """

    kind: str
    name: str = ""
    json_kind: str = attrs.field(default="any", kw_only=True)
    inner: tuple[Type, ...] = attrs.field(default=(), kw_only=True)
    values: tuple[Any, ...] = attrs.field(default=(), kw_only=True)

    def annotation(self, prefix: str = "") -> str:
        """Return the source of the type as an annotation; `prefix` goes before class names."""
        if self.kind == "plain":
            return self.name
        if self.kind == "class":
            return prefix + self.name
        if self.kind == "list":
            return f"list[{self.inner[0].annotation(prefix)}]"
        if self.kind == "dict":
            return f"dict[str, {self.inner[0].annotation(prefix)}]"
        if self.kind == "literal":
            return f"Literal[{', '.join(literal(value) for value in self.values)}]"
        return self._union([member.annotation(prefix) for member in self.inner])

    def _union(self, sources: list[str]) -> str:
        parts = [s for s, m in zip(sources, self.inner, strict=True) if m.name != "None"]
        kinds = [m.json_kind for m in self.inner if m.name != "None"]
        ambiguous = len(set(kinds)) < len(kinds) or ("any" in kinds and len(kinds) > 1)
        text = f"OneOf[{', '.join(parts)}]" if ambiguous else " | ".join(parts)
        return f"{text} | None" if len(parts) < len(sources) else text

    def members(self, prefix: str = "") -> list[str]:
        """Return the source of each member of a union."""
        return [member.annotation(prefix) for member in self.inner]

    def accepted(self, prefix: str = "models.") -> str:
        """Return the source of the type as an argument: dicts stand for models, text for UUIDs."""
        if self.kind == "class":
            return self._accepted_class(prefix)
        if self.kind == "list":
            return f"Sequence[{self.inner[0].accepted(prefix)}]"
        if self.kind == "dict":
            return f"Mapping[str, {self.inner[0].accepted(prefix)}]"
        if self.kind == "union":
            sources = [source for m in self.inner for source in m.accepted(prefix).split(" | ")]
            return " | ".join(dict.fromkeys(sources))
        return "UUID | str" if self == UUID else self.annotation(prefix)

    def _accepted_class(self, prefix: str) -> str:
        name = f"{prefix}{self.name}"
        if self.json_kind == "object":
            return f"{name} | Mapping[str, Any]"
        if self.values:
            return f"{name} | Literal[{', '.join(literal(v) for v in self.values)}]"
        return name

    def walk(self) -> Iterator[Type]:
        """Yield the type and all types inside it."""
        yield self
        for member in self.inner:
            yield from member.walk()

    def classes(self) -> list[str]:
        """Return the names of the classes that it is made of."""
        return [part.name for part in self.walk() if part.kind == "class"]


ANY = Type("plain", "Any")
NONE = Type("plain", "None", json_kind="null")
BYTES = Type("plain", "bytes", json_kind="string")
STRING = Type("plain", "str", json_kind="string")
DATETIME = Type("plain", "datetime.datetime", json_kind="string")
UTC_DATETIME = Type("plain", "UtcDatetime", json_kind="string")
UUID = Type("plain", "UUID", json_kind="string")

_PLAIN: dict[type[Any], Type] = {
    AnyProperty: ANY,
    BooleanProperty: Type("plain", "bool", json_kind="bool"),
    DateProperty: Type("plain", "datetime.date", json_kind="string"),
    DateTimeProperty: DATETIME,
    FileProperty: Type("plain", "UploadFile", json_kind="string"),
    FloatProperty: Type("plain", "float", json_kind="float"),
    IntProperty: Type("plain", "int", json_kind="int"),
    NoneProperty: NONE,
    StringProperty: STRING,
    UuidProperty: UUID,
}


def union(members: list[Type]) -> Type:
    """Return the union of the members, each once; None last."""
    flat = [part for m in members for part in (m.inner if m.kind == "union" else (m,))]
    unique = _one_literal(list(dict.fromkeys(flat)))
    if ANY in unique:
        return ANY
    if len(unique) == 1:
        return unique[0]
    unique.sort(key=lambda member: member == NONE)
    return Type("union", inner=tuple(unique))


def _one_literal(members: list[Type]) -> list[Type]:
    """Return the members with those that are constants of one sort as one."""
    result: dict[object, Type] = {}
    for member in members:
        key: object = ("literal", member.json_kind) if member.kind == "literal" else member
        known = result.get(key)
        if known is not None:
            values = tuple(dict.fromkeys((*known.values, *member.values)))
            member = attrs.evolve(known, values=values)  # noqa: PLW2901 - both in one
        result[key] = member
    return list(result.values())


def in_utc(type_: Type) -> Type:
    """Return a type whose dates and times mean UTC, though written without an offset."""
    if type_ == DATETIME:
        return UTC_DATETIME
    return attrs.evolve(type_, inner=tuple(in_utc(member) for member in type_.inner))


@attrs.frozen
class TypeNames:
    """What is needed to turn the parser's properties into types.

    Attributes:
        named: The parser's class name -> the type that it became.
        aliases: Identity of a parsed component union -> the type alias that names it.
    """

    named: Mapping[str, Type]
    aliases: Mapping[int, Type]

    def of(self, prop: PropertyProtocol) -> Type:
        """Return the Python type of a parsed property, without regard to `required`."""
        if isinstance(prop, parsed.EnumProperty):
            return self.named[str(prop.class_info.name)]
        if isinstance(prop, parsed.ModelProperty):
            return self.named.get(str(prop.class_info.name)) or self._free_form(prop)
        if isinstance(prop, ListProperty):
            return Type("list", json_kind="array", inner=(self.of(prop.inner_property),))
        if isinstance(prop, UnionProperty):
            alias = self.aliases.get(id(prop.inner_properties))
            return alias or union([self.of(member) for member in prop.inner_properties])
        if isinstance(prop, ConstProperty):
            value = prop.value.raw_value
            kind = "string" if isinstance(value, str) else type(value).__name__
            return Type("literal", json_kind=kind, values=(value,))
        plain = _PLAIN.get(type(prop))
        if plain is None:
            raise GeneratorError(f"no Python type for the parser's {type(prop).__name__}")
        return plain

    def _free_form(self, prop: parsed.ModelProperty) -> Type:
        """Return a plain dict for an object without declared properties."""
        extra = prop.additional_properties
        value = ANY if extra is None else self.of(extra)
        return Type("dict", json_kind="object", inner=(value,))
