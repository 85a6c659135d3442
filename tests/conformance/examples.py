"""Arguments and bodies made from the spec: the same on every run."""

from __future__ import annotations

import datetime
import uuid
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from annoport.core.bodies import is_json
from annoport.core.operation import Operation, Parameter
from annoport.core.types import UNSET, UploadFile
from generator.operations import RawOperation
from tests.documents import Spec, documents

VARIANTS = ("required", "everything", "low", "high", "special", "random")
"""What examples are about. Hypothesis makes several random ones, which hold what the rest lack."""

_REF = "#/components/schemas/"
_SPECIAL = "a/b &c=d%e?f#g+h;i,j é日本 \"'\\..%2F"
_HEADER_SPECIAL = "a/b &c=d%e?f#g+h;i é \"'\\..%2F"
_FILE = bytes(range(256))
_LONG = 300
_LARGEST = 2**31 - 1
_SOME = 2
_RANDOM = 2


@attrs.frozen(kw_only=True)
class Example:
    """One way to call an operation.

    arguments: by Python name. body: plain data, or UNSET. media: media type of the body.
    """

    variant: str
    arguments: dict[str, Any]
    body: Any = UNSET
    media: str | None = None

    def __str__(self) -> str:
        return f"{self.variant} ({self.media})" if self.media else self.variant


class Examples:
    """Makes the examples of a platform's operations."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._makers = {variant: _Maker(spec, variant) for variant in VARIANTS}

    def of(self, operation: Operation[Any], variants: Sequence[str] = VARIANTS) -> list[Example]:
        """The examples of an operation; each media type of its body is in some of them."""
        return [example for variant in variants for example in self._of(operation, variant)]

    def _of(self, operation: Operation[Any], variant: str) -> Iterator[Example]:
        raw = self._spec.operations[operation.id]
        maker = self._makers[variant]
        arguments = st.fixed_dictionaries(maker.arguments(operation, raw))
        media_types: list[str | None] = list(operation.bodies)
        if variant == "required" and not operation.body_required:
            media_types = [None]
        for media in media_types or [None]:
            body = st.just(UNSET) if media is None else maker.body(raw.bodies[media], media)
            number = zlib.crc32(f"{operation.id} {variant} {media}".encode())
            for drawn in _draw(st.tuples(arguments, body), number, maker.is_random):
                yield Example(variant=variant, arguments=drawn[0], body=drawn[1], media=media)


def _draw(strategy: st.SearchStrategy[Any], number: int, is_random: bool) -> list[Any]:
    """The simplest example of a strategy, or random ones that `number` stands for."""
    found: list[Any] = []

    @seed(number)
    @settings(
        max_examples=1 + _RANDOM if is_random else 1,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(value: Any) -> None:
        found.append(value)

    collect()
    # Hypothesis begins with the simplest, which the variant "required" is about.
    return found[1:] if is_random else found


# --------------------------------------------------------------------------- schemas


class _Maker:
    """Makes strategies of one variant, by narrowing schemas to what the variant is about."""

    def __init__(self, spec: Spec, variant: str) -> None:
        self._variant = variant
        self._spec = spec
        self.is_random = variant == "random"
        self._recursive = _recursive(spec.schemas)
        self._schemas = {name: self._narrow(schema) for name, schema in spec.schemas.items()}

    def arguments(
        self, operation: Operation[Any], raw: RawOperation
    ) -> dict[str, st.SearchStrategy[Any]]:
        by_wire = {(data["in"], data["name"]): data["schema"] for data in raw.parameters}
        # All arguments of some operations together are a URL that servers find too long.
        longest = max(4, _LONG // max(1, len(operation.parameters)))
        return {
            parameter.name: self._argument(
                parameter, by_wire[parameter.location, parameter.wire], longest
            )
            for parameter in operation.parameters
            if parameter.required or self._variant != "required"
        }

    def body(self, schema: Mapping[str, Any], media: str) -> st.SearchStrategy[Any]:
        drawn = documents(self._narrow(schema), self._schemas)
        return drawn.map(_without_files) if is_json(media) else drawn

    def _argument(
        self, parameter: Parameter, schema: dict[str, Any], longest: int
    ) -> st.SearchStrategy[Any]:
        schema = {**schema, "nullable": False}
        if "items" in schema:
            # An empty list is refused: left out, it would mean "no filter". A list of one empty
            # text reads like it.
            schema["minItems"] = max(1, schema.get("minItems", 0))
            schema["items"] = _bounded(schema["items"], 1, longest)
        schema = _bounded(schema, 0, longest)
        if schema.get("type") == "string" and parameter.location in ("path", "header"):
            schema = self._text(parameter, schema)
        drawn = documents(self._narrow(schema), self._schemas)
        if parameter.location in ("path", "header") and schema.get("type") == "string":
            drawn = drawn.map(str.strip).filter(bool)
        return drawn.map(_rich_value(schema.get("format")))

    def _text(self, parameter: Parameter, schema: dict[str, Any]) -> dict[str, Any]:
        """A text that has a place in a path or in a header: never empty, and Latin-1 there."""
        if "pattern" in schema or "enum" in schema or "format" in schema:
            return schema
        if parameter.location == "header":
            special = _HEADER_SPECIAL if self._variant in ("special", "high") else "a"
            return {"enum": [special], "type": "string"}
        return _bounded(schema, 1, _LONG)

    def _narrow(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        if "$ref" in schema:
            return dict(schema)
        narrow = dict(schema)
        for key in ("allOf", "anyOf", "oneOf"):
            if key in schema:
                narrow[key] = [self._narrow(member) for member in schema[key]]
        if isinstance(schema.get("items"), dict):
            narrow |= self._array(schema) | {"items": self._narrow(schema["items"])}
        if isinstance(schema.get("additionalProperties"), dict):
            narrow["additionalProperties"] = self._narrow(schema["additionalProperties"])
        if "properties" in schema:
            narrow |= self._object(schema)
        if self._variant in ("everything", "high", "special"):
            narrow.pop("nullable", None)
        return narrow | self._leaf(schema)

    def _object(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        properties = {
            name: self._narrow(child)
            for name, child in schema["properties"].items()
            if not child.get("readOnly")
        }
        required = [name for name in schema.get("required", ()) if name in properties]
        if self._variant == "required":
            properties = {name: properties[name] for name in required}
        elif not self.is_random:
            required = [
                name
                for name, child in properties.items()
                if name in required or not (_referred(child) & self._recursive)
            ]
        return {"properties": properties, "required": required}

    def _array(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        least, most = schema.get("minItems", 0), schema.get("maxItems", _LARGEST)
        wanted = {"everything": 1, "special": 1, "high": _SOME}.get(self._variant, least)
        number = min(max(least, wanted), most)
        return {} if self.is_random else {"minItems": number, "maxItems": number}

    def _leaf(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """The values of a scalar that this variant is about, as an enum of one."""
        if schema.get("format") == "binary":
            return {"enum": [UploadFile(_FILE, name="a.bin")]}
        if self.is_random and schema.get("format") == "time":
            return {"enum": ["00:00:00", "12:34:56.789"]}
        if self.is_random:
            return {}
        values = self._values(schema)
        return {} if values is None else {"enum": [values]}

    def _values(self, schema: Mapping[str, Any]) -> Any:
        if "enum" in schema:
            known = [value for value in schema["enum"] if value is not None]
            return known[-1] if self._variant in ("high", "special") else known[0]
        match schema.get("type"):
            case "boolean":
                return self._variant not in ("required", "low")
            case "integer":
                return int(_number(schema, self._variant))
            case "number":
                return _number(schema, self._variant) + (0.25 if "maximum" not in schema else 0)
            case "string" if "pattern" not in schema:
                return _text_of(schema, self._variant)
            case _:
                return None


def _bounded(schema: dict[str, Any], least: int, most: int) -> dict[str, Any]:
    """The schema with limits on the length of a text, if it is one."""
    if schema.get("type") != "string" or "format" in schema or "pattern" in schema:
        return schema
    low = max(least, schema.get("minLength", 0))
    return schema | {"minLength": low, "maxLength": max(low, min(most, schema.get("maxLength", most)))}


def _number(schema: Mapping[str, Any], variant: str) -> int:
    low = schema.get("minimum", -_LARGEST if variant == "low" else 1)
    high = schema.get("maximum", _LARGEST)
    low += bool(schema.get("exclusiveMinimum"))
    high -= bool(schema.get("exclusiveMaximum"))
    return {"low": low, "high": high}.get(variant, min(max(low, 1), high))


_FORMATS = {
    "date-time": ("1970-01-01T00:00:00Z", "2099-12-31T23:59:59.999999Z"),
    "date": ("1970-01-01", "2099-12-31"),
    "time": ("00:00:00", "23:59:59.999999"),
    "uuid": ("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-4fff-bfff-ffffffffffff"),
    "uri": ("https://example.org", "https://example.org/a%20b?c=d&e=%26#f"),
    "email": ("a@example.org", "ada+b.c@sub.example.org"),
}


def _text_of(schema: Mapping[str, Any], variant: str) -> str:
    if schema.get("format") in _FORMATS:
        low, high = _FORMATS[schema["format"]]
        return high if variant in ("high", "special") else low
    least, most = schema.get("minLength", 0), schema.get("maxLength", _LARGEST)
    if variant == "low":
        return "a" * least
    if variant == "high":
        return ("ü日" * _LONG)[: min(most, _LONG)]
    text = _SPECIAL if variant == "special" else "abc"
    return text[:most].ljust(least, "a")


def _rich_value(format_: str | None) -> Any:
    """What a caller would give for a parameter of that format: a date is not a text."""
    if format_ == "date-time":
        return datetime.datetime.fromisoformat
    return uuid.UUID if format_ == "uuid" else _itself


def _without_files(body: Any) -> Any:
    """A body without its files: JSON has no place for them, though some schemas say so."""
    if not isinstance(body, dict):
        return body
    fields: dict[str, Any] = body
    return {name: value for name, value in fields.items() if not isinstance(value, UploadFile)}


def _itself(value: Any) -> Any:
    return value


def _referred(schema: object) -> set[str]:
    """The named schemas that a schema refers to in itself."""
    found: set[str] = set()
    todo: list[Any] = [schema]
    while todo:
        node = todo.pop()
        if isinstance(node, dict):
            reference: Any = node.get("$ref")
            if isinstance(reference, str):
                found.add(reference.removeprefix(_REF))
            todo.extend(node.values())
        elif isinstance(node, list):
            todo.extend(node)
    return found


def _recursive(schemas: Mapping[str, Any]) -> set[str]:
    """The named schemas from which a way leads back to themselves."""
    direct = {name: _referred(schema) for name, schema in schemas.items()}
    result: set[str] = set()
    for name in schemas:
        seen: set[str] = set()
        todo = list(direct[name])
        while todo:
            other = todo.pop()
            if other not in seen:
                seen.add(other)
                todo.extend(direct[other])
        if name in seen:
            result.add(name)
    return result
