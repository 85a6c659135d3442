"""From the paths of an effective spec to the operations of a package."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs
import msgspec

from annoport.core.contract.extensions import (
    AfterIdPagination,
    ArgumentGuard,
    Batch,
    Download,
    FilterRule,
    Ignored,
    JobKind,
    JobStart,
    NextUrlPagination,
    Pagination,
    StreamRules,
    Upload,
)
from annoport.core.http.bodies import is_json, is_range, is_sequence
from generator.errors import GeneratorError
from generator.json_pointers import split
from generator.json_values import is_object
from generator.openapi import iterate, successes
from generator.python import filters, guards, releases
from generator.python.inline_schemas import Hoisted
from generator.python.method_names import MethodNames
from generator.python.names import (
    checked_identifier,
    constant_case,
    literal,
    one_line,
    pascal_case,
    snake_case,
)
from generator.python.package import Body, Operation, Parameter, Returned
from generator.python.raw_operation import RawOperation
from generator.python.schema_parser import Parser
from generator.python.transfers import TransferBuilder
from generator.python.types import ANY, BYTES, NONE, STRING, Type, union
from generator.python.unique_names import UniqueNames
from generator.python.uploads import UploadBuilder
from generator.spec import version_notes

_EXTENSIONS: dict[str, tuple[str, Any]] = {
    "x-annoport-pagination": ("pagination", Pagination),
    "x-annoport-job": ("job", JobStart),
    "x-annoport-download": ("download", Download),
    "x-annoport-stream": ("stream", StreamRules),
    "x-annoport-upload": ("upload", Upload),
    "x-annoport-batch": ("batch", Batch),
}
EVENTS = "text/event-stream"
_REPEATABLE_METHODS = frozenset({"get", "head", "options", "put", "delete"})
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
# What the core can send, OpenAPI's default first.
_STYLES = {
    "path": ("simple",),
    "header": ("simple",),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "cookie": ("form",),
}


def hoist(spec: Mapping[str, Any], hoisted: Hoisted) -> list[RawOperation]:
    """Read all operations, and name the schemas inside them."""
    result: list[RawOperation] = []
    for path, method, data in iterate(spec):
        place = f"{method.upper()} {path}"
        base = pascal_case(data["operationId"], fallback="Operation")
        result.append(
            _Reader(spec=spec, hoisted=hoisted, place=place, base=base).read(path, method, data)
        )
    return result


@attrs.frozen(kw_only=True)
class _Reader:
    """Reads one operation: follows references, and names what is inline.

    Attributes:
        base: What the names of inline types begin with.
    """

    spec: Mapping[str, Any]
    hoisted: Hoisted
    place: str
    base: str

    def read(self, path: str, method: str, data: dict[str, Any]) -> RawOperation:
        """Return the operation found at a path under a method."""
        body = _resolved(self.spec, data.get("requestBody", {}), self.place)
        responses: dict[str, Any] = data.get("responses", {})
        # Only success bodies become types; error bodies are read by the core's own rules.
        typed = successes(responses)
        return RawOperation(
            path=path,
            method=method,
            data=data,
            bodies=self._content(body, "Body", "body"),
            responses={
                status: self._response(status, response, typed)
                for status, response in responses.items()
            },
            parameters=[
                parameter | {"schema": self._parameter_schema(parameter)}
                for parameter in self._parameters(path, data)
            ],
        )

    def _parameters(self, path: str, data: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the operation's own parameters, then those of its path that it does not repeat."""
        own = [self._parameter(item) for item in data.get("parameters", [])]
        inherited = [
            self._parameter(item) for item in self.spec["paths"][path].get("parameters", [])
        ]
        keys = {(parameter["name"], parameter["in"]) for parameter in own}
        return own + [p for p in inherited if (p["name"], p["in"]) not in keys]

    def _parameter(self, item: dict[str, Any]) -> dict[str, Any]:
        parameter = _resolved(self.spec, item, self.place)
        if not {"name", "in"} <= parameter.keys():
            raise GeneratorError(
                f"{self.place}: {item.get('$ref')!r} does not refer to a parameter"
            )
        return parameter

    def _response(
        self, status: str, response: dict[str, Any], typed: list[str]
    ) -> dict[str, dict[str, Any]]:
        answer = _resolved(self.spec, response, self.place)
        if status not in typed:
            return {}
        return self._content(
            answer, "Response" if status == typed[0] else f"Response{status}", status
        )

    def _content(self, holder: dict[str, Any], suffix: str, part: str) -> dict[str, dict[str, Any]]:
        """Return the schema of each media type of a body."""
        content: dict[str, dict[str, Any]] = holder.get("content", {})
        return {
            media: self.hoisted.inline(
                entry.get("schema", {}), self.base + suffix, f"{self.place} {part} {media}"
            )
            for media, entry in content.items()
        }

    def _parameter_schema(self, parameter: dict[str, Any]) -> dict[str, Any]:
        schema: dict[str, Any] = parameter.get("schema") or _content_schema(parameter)
        # The signature spells out the values of an enum, which therefore needs no class.
        if "enum" in schema or "enum" in schema.get("items", {}):
            return schema
        name: str = parameter["name"]
        place = f"{self.place} parameter {name!r}"
        return self.hoisted.inline(schema, self.base + pascal_case(name), place)


def _content_schema(parameter: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter that is sent as a document."""
    content: dict[str, dict[str, Any]] = parameter.get("content", {})
    for entry in content.values():
        return dict(entry.get("schema", {}))
    return {}


def _resolved(spec: Mapping[str, Any], node: dict[str, Any], place: str) -> dict[str, Any]:
    """Return the node itself, or what it refers to, through any number of references."""
    seen: list[str] = []
    while "$ref" in node:
        reference = str(node["$ref"])
        if reference in seen:
            chain = " -> ".join([*seen, reference])
            raise GeneratorError(f"{place}: the reference only leads back to itself: {chain}")
        seen.append(reference)
        node = _target(spec, reference, place)
    return node


def _target(spec: Mapping[str, Any], reference: str, place: str) -> dict[str, Any]:
    target: object = spec if reference.startswith("#/") else None
    for key in split(reference):
        target = target.get(key) if is_object(target) else None
    if not is_object(target):
        raise GeneratorError(
            f"{place}: {reference!r} leads nowhere; expected '#/...' and a place in this spec"
        )
    return target


@attrs.frozen(kw_only=True)
class OperationBuilder:
    """Builds operations of the package from raw ones."""

    parser: Parser
    spec: Mapping[str, Any]
    raw: Mapping[str, RawOperation]
    job_kinds: Mapping[str, JobKind]
    names: MethodNames

    def build(self, raw: RawOperation) -> Operation:
        """Build one operation, complete."""
        data = raw.data
        called = self.names.find(data)
        success = self._success(raw)
        result = _result(success)
        extensions = _extensions(raw)
        body = self._body(raw)
        parameters = self._parameters(raw, has_body=body is not None)
        return Operation(
            id=raw.id,
            constant=constant_case(raw.id, fallback="OPERATION"),
            method=raw.method.upper(),
            path=raw.path,
            resource=called.resource,
            name=called.method,
            aliases=called.aliases,
            parameters=parameters,
            body=body,
            responses={
                status: {media: type_.annotation("models.") for media, type_ in types.items()}
                for status, types in success.items()
            },
            result=result.annotation("models."),
            returned=self._returned(raw, extensions, result),
            repeatable=_repeatable(raw),
            secured=_secured(data.get("security", self.spec.get("security"))),
            deprecated=bool(data.get("deprecated")),
            extensions={
                key: literal(value) for key, value in (extensions | self._body_rules(raw)).items()
            },
            summary=one_line(data.get("summary") or f"Call {raw.place}."),
            notes=[
                one_line(part) for part in str(data.get("description", "")).split("\n\n") if part
            ],
            refused=[*guards.refused(raw, self.parser), *_too_many(extensions.get("batch"))],
            errors=sorted(status for status in raw.responses if status[0] in "45"),
            since=data.get("x-annoport-since"),
            removed=data.get("x-annoport-removed"),
            edition=data.get("x-annoport-edition"),
            known_by=literal(known_by) if (known_by := releases.known_by(data)) else "",
            availability=_availability(data, self.spec["x-annoport-platform"]["title"]),
            page_size=_page_size(extensions.get("pagination"), parameters),
            upload=self._upload(raw, extensions, result).build(parameters, body)
            if "upload" in extensions
            else None,
            transfer=TransferBuilder(raw, extensions["job"]).build(parameters, body)
            if "job" in extensions
            else None,
        )

    def _body_rules(self, raw: RawOperation) -> dict[str, Any]:
        """Keyword of core.Operation -> what the overlay says of an operation's body."""
        found = filters.body_rules(raw, self.parser)
        return {**({"filters": found} if found else {}), **guards.keywords(raw, self.parser)}

    def _upload(
        self, raw: RawOperation, extensions: Mapping[str, Any], result: Type
    ) -> UploadBuilder:
        start: JobStart | None = extensions.get("job")
        if start is not None:
            # The last step of an upload always starts the job.
            extensions = {**extensions, "job": msgspec.structs.replace(start, optional=False)}
        returned = self._returned(raw, extensions, result)
        return UploadBuilder(
            raw=raw, upload=extensions["upload"], parser=self.parser, returned=returned
        )

    def _success(self, raw: RawOperation) -> dict[str, dict[str, Type]]:
        """Return the types of what counts as a success: status -> media type -> type."""
        return {
            status: {
                media: self._body_type(schema, media, f"{raw.place} {status} {media}")
                for media, schema in raw.responses[status].items()
            }
            for status in successes(raw.responses)
        }

    def _body_type(self, schema: dict[str, Any], media: str, place: str) -> Type:
        if schema.get("x-annoport-type") == "null":
            return NONE
        if media == EVENTS:
            return self.parser.type_of(schema, place)
        if is_sequence(media):
            return self._sequence(schema, place)
        if is_json(media) or (is_range(media) and not media.startswith("text/")):
            type_ = self.parser.type_of(schema, place)
            return BYTES if type_.name == "UploadFile" else type_
        if media.startswith("text/") and schema.get("format") != "binary":
            return STRING
        return BYTES

    def _sequence(self, schema: dict[str, Any], place: str) -> Type:
        """Return the list of the documents of a sequence.

        OpenAPI 3.0 and 3.1 leave open whether a schema is about the sequence or about each
        document in it: a list is the sequence, and text says nothing about either.
        """
        type_ = self.parser.type_of(schema, place)
        if type_.kind == "list":
            return type_
        item = ANY if type_ in (STRING, BYTES) or type_.name == "UploadFile" else type_
        return Type("list", json_kind="array", inner=(item,))

    def _parameters(self, raw: RawOperation, *, has_body: bool) -> list[Parameter]:
        result = [self._parameter(parameter, raw.place) for parameter in raw.parameters]
        in_path = re.findall(r"{([^{}]*)}", raw.path)
        declared = [parameter.wire for parameter in result if parameter.location == "path"]
        if sorted(in_path) != sorted(declared):
            raise GeneratorError(
                f"{raw.place}: the path names {in_path}, but the path parameters are {declared}"
            )
        names = UniqueNames("argument", "set x-annoport-name on the parameter in the overlay")
        names.claim("self", "every method")
        if has_body:
            names.claim("body", "the request body")
        for parameter in result:
            names.claim(parameter.name, f"{raw.place} parameter {parameter.wire!r}")
        order = {wire: position for position, wire in enumerate(in_path)}
        return sorted(result, key=lambda parameter: order.get(parameter.wire, len(order)))

    def _parameter(self, data: dict[str, Any], place: str) -> Parameter:
        where = f"{place} parameter {data['name']!r}"
        location = data["in"]
        style = _style(data, where)
        given = data.get("x-annoport-name") or snake_case(data["name"], fallback="parameter")
        required = location == "path" or bool(data.get("required"))
        guard = guards.parameter_guard(data)
        rule = filters.rule_of(data)
        known_by = releases.known_by(data)
        dated = releases.values_known_by(data["schema"], self.parser.schemas)
        return Parameter(
            name=checked_identifier(given, where),
            wire=data["name"],
            location=location,
            annotation=_or_filter(self._argument(data["schema"], where), rule),
            required=required,
            style=style,
            explode=data.get("explode", style in {"form", "json"}),
            reserved=location == "query" and bool(data.get("allowReserved")),
            multi_segment=bool(data.get("x-annoport-multi-segment")),
            timed=location == "query" and data["schema"].get("format") == "date-time",
            guard=literal(guard) if guard else "",
            filter=literal(rule) if rule else "",
            doc=_parameter_doc(data, guard),
            known_by=literal(known_by) if known_by else "",
            values=literal(dated) if dated else "",
        )

    def _argument(self, schema: dict[str, Any], place: str) -> str:
        """Return the source of what a caller may pass for a parameter."""
        values = [value for value in schema.get("enum", ()) if value is not None]
        # Python has no literals of other types, so these keep their plain type.
        if values and all(isinstance(value, bool | int | str) for value in values):
            return f"Literal[{', '.join(dict.fromkeys(map(literal, values)))}]"
        if "enum" in schema.get("items", {}):
            return f"Sequence[{self._argument(schema['items'], place)}]"
        return self.parser.type_of(schema, place).accepted()

    def _body(self, raw: RawOperation) -> Body | None:
        if not raw.bodies:
            return None
        types: dict[str, Type] = {}
        for media, schema in raw.bodies.items():
            plain = media in _FORMS or is_json(media)
            types[media] = (
                self.parser.type_of(schema, f"{raw.place} body {media}")
                if plain
                else self._body_type(schema, media, f"{raw.place} body {media}")
            )
        accepted = [
            part for media, type_ in types.items() for part in _accepted(media, type_).split(" | ")
        ]
        body = _resolved(self.spec, raw.data["requestBody"], raw.place)
        # JSON goes first: it is what a model or a dict is sent as.
        ordered = sorted(types, key=lambda media: not is_json(media))
        return Body(
            types={media: types[media].annotation("models.") for media in ordered},
            annotation=_or_filter(
                " | ".join(dict.fromkeys(accepted)), filters.body_rules(raw, self.parser).get("")
            ),
            required=bool(body.get("required")),
            doc=one_line(str(body.get("description", ""))),
        )

    def _returned(self, raw: RawOperation, extensions: Mapping[str, Any], result: Type) -> Returned:
        """Return what the method returns."""
        if "pagination" in extensions:
            pointer: str = extensions["pagination"].items
            items = self.parser.pointed(self.first_json(raw), pointer, raw.place)
            if items.kind != "list":
                raise GeneratorError(f"{raw.place}: pagination items {pointer!r} is not a list")
            return Returned(
                kind="pager",
                type=items.inner[0].annotation("models."),
                answer=result.annotation("models."),
            )
        if "job" in extensions:
            return self._job(raw, extensions["job"])
        source = result.annotation("models.")
        if "stream" in extensions:
            return Returned(kind="stream", type=source)
        if "download" in extensions:
            return Returned(kind="file", type=source)
        return self._plain(raw, result)

    def _plain(self, raw: RawOperation, result: Type) -> Returned:
        """Return what the answer is, of which the extensions say nothing."""
        source = result.annotation("models.")
        media = {media for types in self._success(raw).values() for media in types}
        if media and all(map(is_sequence, media)) and result.kind == "list":
            return Returned(kind="items", type=result.inner[0].annotation("models."))
        if result == NONE:
            return Returned(kind="nothing", type=source)
        return Returned(kind="value", type=source, doc=self._result_doc(raw, result))

    def _result_doc(self, raw: RawOperation, result: Type) -> str:
        """Return what an answer is: the overlay's words about the answer, else about its class."""
        answers = [a for status, a in raw.data["responses"].items() if status.startswith("2")]
        schema = self.parser.schemas.get(result.name, {}) if result.kind == "class" else {}
        words = [_resolved(self.spec, answer, raw.place) for answer in answers] + [schema]
        said = next((str(w["description"]) for w in words if w.get("description")), "")
        return one_line(said) or (
            "The address that it leads to." if _leads_elsewhere(self._success(raw)) else ""
        )

    def _job(self, raw: RawOperation, start: JobStart) -> Returned:
        """Return a Job, and what other success statuses carry in its place."""
        poll = self.raw[self.job_kinds[start.kind].poll]
        state = self.first_json(poll).annotation("models.")
        if start.many:
            return Returned(kind="jobs", type=state, answer=self._started(raw, start))
        others = [
            type_.annotation("models.")
            for status, types in self._success(raw).items()
            if status.isdigit() and int(status) not in start.statuses
            for type_ in types.values()
        ]
        unique = tuple(dict.fromkeys([*others, "None"] if start.optional else others))
        return Returned(kind="job", type=state, answer=self._started(raw, start), others=unique)

    def _started(self, raw: RawOperation, start: JobStart) -> str:
        """Return the source of what the answers that name a job are."""
        answers = [
            type_
            for status, types in self._success(raw).items()
            if not status.isdigit() or int(status) in start.statuses
            for type_ in types.values()
        ]
        return union(answers).annotation("models.") if answers else "Any"

    def first_json(self, raw: RawOperation) -> Type:
        """Return the type of the first JSON answer of an operation; Any if it has none."""
        for types in self._success(raw).values():
            for media, type_ in types.items():
                if is_json(media) or is_range(media):
                    return type_
        return ANY


def _result(success: Mapping[str, Mapping[str, Type]]) -> Type:
    """Return what a successful call gives; a redirect gives the address that it leads to."""
    if _leads_elsewhere(success):
        return STRING
    return union([type_ for types in success.values() for type_ in types.values() or (NONE,)])


def _leads_elsewhere(statuses: Iterable[str]) -> bool:
    """Whether the successes of an operation are redirects."""
    return all(status.startswith("3") for status in statuses)


def _accepted(media: str, type_: Type) -> str:
    """Return the source of what a caller may pass as a body of that media type."""
    if type_ == BYTES:
        return "FileContent"
    if is_sequence(media):
        return f"Iterable[{type_.inner[0].accepted()}]"
    return type_.accepted()


def _page_size(pagination: Pagination | None, parameters: Sequence[Parameter]) -> str:
    """Return what is said of the argument `page_size`; nothing if the pager has none of its own."""
    if pagination is None or any(one.name == "page_size" for one in parameters):
        return ""
    if isinstance(pagination, NextUrlPagination) and pagination.size_parameter is None:
        return ""
    text = "Number of items to ask for in one request; by default, "
    if isinstance(pagination, AfterIdPagination) and pagination.streamed:
        return text + "one request asks for all, and they are handed out while they arrive."
    if getattr(pagination, "largest_size", None) is not None:
        return text + "few at first, then more."
    return text + "what suits the server."


def _style(data: dict[str, Any], place: str) -> str:
    """Return how the values of a parameter are written, if the core can do it.

    Raises:
        GeneratorError: The core cannot.
    """
    styles = _STYLES[data["in"]]
    if "content" in data:
        media = " and ".join(data["content"])
        if data["in"] != "query" or "json" not in media or len(data["content"]) != 1:
            raise GeneratorError(
                f"{place}: it is sent as a document of type {media!r}, which only query parameters "
                "can be, and only as JSON. Replace its content by a schema in the overlay"
            )
        return "json"
    style = str(data.get("style", styles[0]))
    if style not in styles:
        raise GeneratorError(
            f"{place}: the style {style!r} is not supported; expected one of {', '.join(styles)}. "
            "Correct it in the overlay if the server accepts another one"
        )
    return style


def _extensions(raw: RawOperation) -> dict[str, Any]:
    """Return the extensions of an operation, by keyword of the core's `Operation`."""
    return {
        keyword: convert(raw.data[name], type_, f"{raw.place} {name}")
        for name, (keyword, type_) in _EXTENSIONS.items()
        if name in raw.data
    }


def _too_many(batch: Batch | None) -> Iterator[str]:
    """Yield what the docstring of a method says about more items than one request takes."""
    if batch is not None:
        kind, place = ("Argument", f"`{batch.of}`") if batch.of else ("Body", "the body")
        yield f"Invalid{kind}Error: {place} has more than {batch.most:,} items."


def _repeatable(raw: RawOperation) -> bool:
    word = raw.data.get("x-annoport-retry")
    return word == "safe" if word else raw.method in _REPEATABLE_METHODS


def convert(value: Any, type_: Any, place: str) -> Any:
    """Return the value of an extension as its class.

    Raises:
        GeneratorError: It does not fit; the message says where.
    """
    try:
        return msgspec.convert(value, type_, strict=True)
    except msgspec.ValidationError as error:
        raise GeneratorError(f"{place}: {error}") from None


def _secured(security: list[dict[str, Any]] | None) -> bool:
    """Whether credentials are sent: always, unless the spec says that none are needed."""
    return security is None or any(security)


def _or_filter(annotation: str, rule: FilterRule | None) -> str:
    """Return what a caller may pass: a condition too, if the place takes one."""
    return annotation if rule is None else f"{annotation} | {filters.ARGUMENT}"


def _parameter_doc(data: dict[str, Any], guard: ArgumentGuard | None) -> str:
    if isinstance(guard, Ignored) and guard.pattern is None:
        return f"Refused: {one_line(guard.why)}; use `{guard.instead}`."
    doc = one_line(str(data.get("description", "")))
    default = data.get("schema", {}).get("default")
    if default is not None:
        doc = f"{doc} The server's default is {literal(default)}.".strip()
    return doc


def _availability(data: Mapping[str, Any], title: str) -> str:
    """Return in words which servers have an operation; nothing if all do."""
    words = version_notes.sentence(data, title)
    return f"{words} For older servers only." if "x-annoport-removed" in data else words
