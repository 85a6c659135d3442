"""From the paths of an effective spec to the operations of a package."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import msgspec

from annoport.core.annotations import Download, JobKind, JobStart, Pagination, Upload
from generator.claims import Claims
from generator.contract import METHODS
from generator.errors import GeneratorError
from generator.hoist import Hoisted
from generator.names import checked, constant_case, literal, one_line, pascal_case, snake_case
from generator.nodes import is_object
from generator.package import Body, Operation, Parameter
from generator.parse import Parser
from generator.types import ANY, BYTES, NONE, STRING, Type, union

_ANNOTATIONS: dict[str, tuple[str, Any]] = {
    "x-annoport-pagination": ("pagination", Pagination),
    "x-annoport-job": ("job", JobStart),
    "x-annoport-download": ("download", Download),
    "x-annoport-upload": ("upload", Upload),
}
_REPEATABLE_METHODS = frozenset({"get", "head", "options", "put", "delete"})
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
_LOCATION_STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}


@attrs.frozen(kw_only=True)
class RawOperation:
    """An operation as the spec has it, with inline schemas hoisted."""

    path: str
    method: str
    data: dict[str, Any]
    parameters: list[dict[str, Any]]
    bodies: dict[str, dict[str, Any]]
    responses: dict[str, dict[str, dict[str, Any]]]

    @property
    def id(self) -> str:
        """The operationId."""
        return str(self.data["operationId"])

    @property
    def place(self) -> str:
        """The HTTP method and path, as messages name an operation."""
        return f"{self.method.upper()} {self.path}"


def iterate(spec: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(path, method, operation) of every operation of a spec."""
    for path, item in spec["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def hoist(spec: Mapping[str, Any], hoisted: Hoisted) -> list[RawOperation]:
    """Read all operations, and give names to the schemas inside them."""
    result: list[RawOperation] = []
    ids = Claims("operationId", "give one of them another in the overlay")
    for path, method, data in iterate(spec):
        place = f"{method.upper()} {path}"
        if "operationId" not in data:
            raise GeneratorError(f"{place}: no operationId; give it one in the overlay")
        ids.claim(data["operationId"], place)
        result.append(_Reader(spec, hoisted, place, data["operationId"]).read(path, method, data))
    return result


@attrs.frozen
class _Reader:
    """Reads one operation: follows references, and names what is inline.

    base: the operationId, which the names of inline types begin with.
    """

    spec: Mapping[str, Any]
    hoisted: Hoisted
    place: str
    base: str = attrs.field(converter=lambda text: pascal_case(text, fallback="Operation"))

    def read(self, path: str, method: str, data: dict[str, Any]) -> RawOperation:
        body = resolved(self.spec, data.get("requestBody", {}), self.place)
        return RawOperation(
            path=path,
            method=method,
            data=data,
            parameters=[
                parameter | {"schema": self._parameter_schema(parameter)}
                for parameter in self._parameters(path, data)
            ],
            bodies=self._content(body, "Body", "body"),
            responses={
                status: self._response(status, response)
                for status, response in data.get("responses", {}).items()
            },
        )

    def _parameters(self, path: str, data: dict[str, Any]) -> list[dict[str, Any]]:
        """The operation's own parameters, then those of its path that it does not override."""
        own = [resolved(self.spec, item, self.place) for item in data.get("parameters", [])]
        shared = self.spec["paths"][path].get("parameters", [])
        inherited = [resolved(self.spec, item, self.place) for item in shared]
        keys = {(parameter["name"], parameter["in"]) for parameter in own}
        return own + [p for p in inherited if (p["name"], p["in"]) not in keys]

    def _response(self, status: str, response: dict[str, Any]) -> dict[str, dict[str, Any]]:
        # Only success bodies become types; error bodies are read by the core's own rules.
        if not status.startswith("2"):
            return {}
        return self._content(resolved(self.spec, response, self.place), "Response", status)

    def _content(
        self, holder: dict[str, Any], suffix: str, part: str
    ) -> dict[str, dict[str, Any]]:
        """Media type -> schema of a body."""
        content: dict[str, dict[str, Any]] = holder.get("content", {})
        return {
            media: self.hoisted.inline(
                entry.get("schema", {}), self.base + suffix, f"{self.place} {part}"
            )
            for media, entry in content.items()
        }

    def _parameter_schema(self, parameter: dict[str, Any]) -> dict[str, Any]:
        schema: dict[str, Any] = parameter.get("schema") or _content_schema(parameter)
        # The values of an enum are written out in the signature: they need no class.
        if "enum" in schema or "enum" in schema.get("items", {}):
            return schema
        name: str = parameter["name"]
        place = f"{self.place} parameter {name!r}"
        return self.hoisted.inline(schema, self.base + pascal_case(name), place)


def _content_schema(parameter: dict[str, Any]) -> dict[str, Any]:
    """The schema of a parameter that is sent as a document."""
    content: dict[str, dict[str, Any]] = parameter.get("content", {})
    schema: dict[str, Any] = next(iter(content.values()), {}).get("schema", {})
    return schema


def resolved(spec: Mapping[str, Any], node: dict[str, Any], place: str) -> dict[str, Any]:
    """The node itself, or what its reference points to."""
    if "$ref" not in node:
        return node
    target: object = spec
    for part in str(node["$ref"]).removeprefix("#/").split("/"):
        target = target.get(part) if is_object(target) else None
    if not is_object(target):
        raise GeneratorError(f"{place}: {node['$ref']!r} refers to nothing")
    return target


@attrs.frozen(kw_only=True)
class OperationBuilder:
    """Turns raw operations into those of the package."""

    parser: Parser
    spec: Mapping[str, Any]
    raw: Mapping[str, RawOperation]
    job_kinds: Mapping[str, JobKind]

    def build(self, raw: RawOperation) -> Operation:
        """One operation, complete."""
        place = f"{raw.method.upper()} {raw.path}"
        data = raw.data
        resource = data.get("x-annoport-resource") or snake_case(
            (data.get("tags") or ["default"])[0], fallback="tag"
        )
        success = self._success(raw, place)
        result = union([type_ for types in success.values() for type_ in types.values() or (NONE,)])
        marks = self._annotations(raw, place)
        returns, subject = self._returns(raw, marks, place)
        body = self._body(raw, place)
        return Operation(
            id=raw.id,
            constant=constant_case(raw.id, fallback="OPERATION"),
            method=raw.method.upper(),
            path=raw.path,
            resource=resource,
            name=data.get("x-annoport-name") or default_name(raw.id, data.get("tags") or []),
            parameters=self._parameters(raw, place, has_body=body is not None),
            body=body,
            responses={
                status: {media: type_.annotation("models.") for media, type_ in types.items()}
                for status, types in success.items()
            },
            result=result.annotation("models."),
            returns=returns,
            subject=subject,
            repeatable=self._repeatable(raw, place),
            secured=data.get("security", self.spec.get("security")) != [],
            deprecated=bool(data.get("deprecated")),
            annotations={
                key: struct_source(value) for key, value in marks.items() if value is not None
            },
            summary=one_line(data.get("summary") or f"Call {place}."),
            notes=[
                one_line(part) for part in str(data.get("description", "")).split("\n\n") if part
            ],
            errors=sorted(status for status in data["responses"] if status[0] in "45"),
            since=data.get("x-annoport-since"),
            removed=data.get("x-annoport-removed"),
        )

    def _success(self, raw: RawOperation, place: str) -> dict[str, dict[str, Type]]:
        success = {
            status: {
                media: self._body_type(schema, media, f"{place} {status}")
                for media, schema in content.items()
            }
            for status, content in sorted(raw.responses.items())
            if status.startswith("2")
        }
        if not success and not any(status.startswith("3") for status in raw.responses):
            raise GeneratorError(f"{place}: no success response; declare it in the overlay")
        return success

    def _body_type(self, schema: dict[str, Any], media: str, place: str) -> Type:
        if schema.get("x-annoport-type") == "null":
            return NONE
        if "json" in media:
            type_ = self.parser.type_of(schema, place)
            return BYTES if type_.name == "UploadFile" else type_
        if media.startswith("text/") and schema.get("format") != "binary":
            return STRING
        return BYTES

    def _parameters(self, raw: RawOperation, place: str, *, has_body: bool) -> list[Parameter]:
        result = [self._parameter(parameter, place) for parameter in raw.parameters]
        in_path = re.findall(r"{([^{}]*)}", raw.path)
        declared = [parameter.wire for parameter in result if parameter.location == "path"]
        if sorted(in_path) != sorted(declared):
            raise GeneratorError(
                f"{place}: the path names {in_path}, but the path parameters are {declared}"
            )
        taken = {"self", "body"} if has_body else {"self"}
        for parameter in result:
            if parameter.name in taken:
                raise GeneratorError(
                    f"{place}: parameter {parameter.wire!r} would be a second "
                    f"{parameter.name!r}; set x-annoport-name on it in the overlay"
                )
            taken.add(parameter.name)
        order = {wire: position for position, wire in enumerate(in_path)}
        return sorted(result, key=lambda parameter: order.get(parameter.wire, len(order)))

    def _parameter(self, data: dict[str, Any], place: str) -> Parameter:
        where = f"{place} parameter {data['name']!r}"
        location = data["in"]
        style = data.get("style") or _LOCATION_STYLES[location]
        name = data.get("x-annoport-name") or snake_case(data["name"], fallback="parameter")
        schema = data["schema"]
        required = location == "path" or bool(data.get("required"))
        return Parameter(
            name=name,
            wire=data["name"],
            location=location,
            annotation=self._argument(schema, where),
            required=required,
            style=style,
            explode=data.get("explode", style == "form"),
            multi_segment=bool(data.get("x-annoport-multi-segment")),
            doc=_parameter_doc(data),
        )

    def _argument(self, schema: dict[str, Any], place: str) -> str:
        """Source of what a caller may give for a parameter."""
        if "enum" in schema:
            values = [literal(value) for value in schema["enum"] if value is not None]
            return f"Literal[{', '.join(dict.fromkeys(values))}]"
        if "enum" in schema.get("items", {}):
            return f"Sequence[{self._argument(schema['items'], place)}]"
        source = self.parser.type_of(schema, place).accepted()
        return source.replace("uuid.UUID", "uuid.UUID | str")

    def _body(self, raw: RawOperation, place: str) -> Body | None:
        if not raw.bodies:
            return None
        types: dict[str, Type] = {}
        for media, schema in raw.bodies.items():
            plain = media in _FORMS or "json" in media
            types[media] = (
                self.parser.type_of(schema, f"{place} body")
                if plain
                else self._body_type(schema, media, place)
            )
        accepted = [
            "FileContent" if type_ == BYTES else part
            for type_ in types.values()
            for part in type_.accepted().split(" | ")
        ]
        body = resolved(self.spec, raw.data["requestBody"], place)
        # A media type of JSON goes first: it is what a model or a dict is sent as.
        ordered = sorted(types, key=lambda media: "json" not in media)
        return Body(
            types={media: types[media].annotation("models.") for media in ordered},
            annotation=" | ".join(dict.fromkeys(accepted)),
            required=bool(body.get("required")),
            doc=one_line(str(body.get("description", ""))),
        )

    def _annotations(self, raw: RawOperation, place: str) -> dict[str, Any]:
        marks: dict[str, Any] = {}
        for extension, (keyword, type_) in _ANNOTATIONS.items():
            if extension in raw.data:
                marks[keyword] = convert(raw.data[extension], type_, f"{place} {extension}")
        return marks

    def _repeatable(self, raw: RawOperation, place: str) -> bool:
        word = raw.data.get("x-annoport-retry")
        if word not in {None, "safe", "unsafe"}:
            raise GeneratorError(
                f"{place}: x-annoport-retry is {word!r}; expected 'safe' or 'unsafe'"
            )
        return word == "safe" if word else raw.method in _REPEATABLE_METHODS

    def _returns(self, raw: RawOperation, marks: Mapping[str, Any], place: str) -> tuple[str, str]:
        if "pagination" in marks:
            items = self._pointed(raw, marks["pagination"].items, place)
            if items.kind != "list":
                raise GeneratorError(
                    f"{place}: pagination items {marks['pagination'].items!r} is not a list"
                )
            return "pager", items.inner[0].annotation("models.")
        if "job" in marks:
            start: JobStart = marks["job"]
            if start.kind not in self.job_kinds:
                raise GeneratorError(f"{place}: no job kind {start.kind!r} is defined")
            poll = self.raw[self.job_kinds[start.kind].poll]
            state = self._first_json(poll, place).annotation("models.")
            return ("jobs" if start.many else "job"), self._job_result(raw, start, state, place)
        return ("file", "") if "download" in marks else ("value", "")

    def _job_result(
        self, raw: RawOperation, start: JobStart, state: str, place: str
    ) -> str:
        """The answer is a Job, or for other success statuses what they carry."""
        job = f"Job[{state}]"
        if start.many:
            return f"list[{job}]"
        others = [
            type_
            for status, types in self._success(raw, place).items()
            if status.isdigit() and int(status) not in start.statuses
            for type_ in types.values()
        ]
        sources = [job, *(type_.annotation("models.") for type_ in others)]
        return " | ".join(dict.fromkeys([*sources, "None"] if start.optional else sources))

    def _first_json(self, raw: RawOperation, place: str) -> Type:
        for types in self._success(raw, place).values():
            for media, type_ in types.items():
                if "json" in media:
                    return type_
        return ANY

    def _pointed(self, raw: RawOperation, pointer: str, place: str) -> Type:
        type_ = self._first_json(raw, place)
        for part in pointer.split("/")[1:]:
            type_ = self.parser.child(type_, part, f"{place}: pointer {pointer!r}")
        return type_


def default_name(operation_id: str, tags: list[str]) -> str:
    """The method name: the operationId without the tag in front of it."""
    name = snake_case(operation_id, fallback="operation")
    for tag in tags[:1]:
        prefix = snake_case(tag, fallback="tag").rstrip("_") + "_"
        if name.startswith(prefix) and name != prefix:
            return snake_case(name.removeprefix(prefix), fallback="operation")
    return name


def convert(value: Any, type_: Any, place: str) -> Any:
    """An annotation as its class, or an error that says where it is wrong."""
    try:
        return msgspec.convert(value, type_, strict=True)
    except msgspec.ValidationError as error:
        raise GeneratorError(f"{place}: {error}") from None


def _parameter_doc(data: dict[str, Any]) -> str:
    doc = one_line(str(data.get("description", "")))
    default = data.get("schema", {}).get("default")
    if default is not None:
        doc = f"{doc} The server's default is {literal(default)}.".strip()
    return doc
