"""Checks that what an overlay's annotations name exists: operations, parameters, fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from annoport.core.annotations import Download, JobKind, JobStart, Pagination, Platform, Upload
from generator import uploads
from generator.errors import GeneratorError
from generator.nodes import is_list, is_object
from generator.operations import OperationBuilder, RawOperation, convert
from generator.types import Type

_EXTENSIONS = frozenset(
    {
        "x-annoport-class",
        "x-annoport-download",
        "x-annoport-example",
        "x-annoport-job",
        "x-annoport-job-kinds",
        "x-annoport-multi-segment",
        "x-annoport-name",
        "x-annoport-pagination",
        "x-annoport-platform",
        "x-annoport-removed",
        "x-annoport-resource",
        "x-annoport-retry",
        "x-annoport-since",
        "x-annoport-type",
        "x-annoport-upload",
        "x-annoport-upload-doc",
    }
)


def check(builder: OperationBuilder, platform: Platform) -> None:
    """Raise a GeneratorError that lists every annotation that names something missing."""
    problems = [
        *_unknown_extensions(builder.spec, "$"),
        *_platform_problems(builder, platform),
        *(
            p
            for name, kind in builder.job_kinds.items()
            for p in _kind_problems(builder, name, kind)
        ),
        *(problem for raw in builder.raw.values() for problem in _operation_problems(builder, raw)),
    ]
    if problems:
        raise GeneratorError("the overlay names what does not exist:\n  " + "\n  ".join(problems))


def _unknown_extensions(node: object, place: str) -> Iterator[str]:
    if is_object(node):
        for key, value in node.items():
            if key.startswith("x-annoport-") and key not in _EXTENSIONS:
                yield f"{place}: no extension is called {key!r}"
            yield from _unknown_extensions(value, f"{place}.{key}")
    elif is_list(node):
        for number, value in enumerate(node):
            yield from _unknown_extensions(value, f"{place}[{number}]")


def _platform_problems(builder: OperationBuilder, platform: Platform) -> Iterator[str]:
    login = platform.login
    if login is None:
        return
    if login.credential not in platform.credentials:
        yield f"login: no credential is called {login.credential!r}"
    raw = builder.raw.get(login.operation)
    if raw is None:
        yield f"login: no operation {login.operation!r}"
    else:
        yield from _pointer_problems(builder, raw, login.token, "login token")


def _kind_problems(builder: OperationBuilder, name: str, kind: JobKind) -> Iterator[str]:
    place = f"job kind {name!r}"
    named: dict[str, str | None] = {
        "poll": kind.poll,
        "answer": kind.answer,
        "cancel": kind.cancel.operation if kind.cancel else None,
        "restart": kind.restart,
        "log": kind.log,
        "file": kind.result.file_operation,
    }
    for role, operation_id in named.items():
        if operation_id is None:
            continue
        raw = builder.raw.get(operation_id)
        if raw is None:
            yield f"{place}: its {role} operation {operation_id!r} does not exist"
        elif len([p for p in raw.parameters if p["in"] == "path"]) != 1:
            yield f"{place}: its {role} operation {operation_id!r} does not take just an id"
    poll = builder.raw.get(kind.poll)
    if poll is None:
        return
    pointers = [kind.status, kind.message, kind.errors, kind.question]
    pointers += [kind.result.file_url, kind.result.file_name, kind.result.value]
    pointers += [kind.progress.at] if kind.progress else []
    for pointer in pointers:
        if pointer is not None:
            yield from _pointer_problems(builder, poll, pointer, place)


def _operation_problems(builder: OperationBuilder, raw: RawOperation) -> Iterator[str]:
    place = raw.place
    if "x-annoport-pagination" in raw.data:
        pagination: msgspec.Struct = convert(
            raw.data["x-annoport-pagination"], Pagination, f"{place} pagination"
        )
        yield from _pagination_problems(builder, raw, pagination)
    if "x-annoport-job" in raw.data:
        start: JobStart = convert(raw.data["x-annoport-job"], JobStart, f"{place} job")
        if start.kind not in builder.job_kinds:
            yield f"{place}: no job kind is called {start.kind!r}"
        for pointer in (start.id, start.errors):
            if pointer is not None:
                yield from _pointer_problems(builder, raw, pointer, place)
    if "x-annoport-download" in raw.data:
        convert(raw.data["x-annoport-download"], Download, f"{place} download")
    if "x-annoport-upload" in raw.data:
        upload: Upload = convert(raw.data["x-annoport-upload"], Upload, f"{place} upload")
        yield from _upload_problems(builder, raw, upload)


def _upload_problems(builder: OperationBuilder, raw: RawOperation, upload: Upload) -> Iterator[str]:
    place = raw.place
    helpers = {"info": upload.info, "completion": upload.completion}
    yield from _missing_operations(builder, helpers, place)
    yield from _missing_parameters(raw, "upload", sorted(uploads.own_parameters(upload)))
    known = {parameter["name"]: parameter["in"] for parameter in raw.parameters}
    for name in (upload.start, upload.finish):
        if known.get(name or "", "header") != "header":
            yield f"{place}: upload: {name!r} is no header parameter"
    for lacking in _lacking(upload):
        yield f"{place}: an upload of the style {upload.style!r} needs {lacking!r}"
    if upload.style == "form" and upload.method is not None:
        yield f"{place}: a form is one request: its own method {upload.method!r} is of no use"
    fields = [field.wire for field in uploads.form_fields(raw, builder.parser)]
    if upload.field is not None and upload.field not in fields:
        yield f"{place}: upload: the form has no field {upload.field!r}, only {fields}"
    if upload.style == "parts":
        yield from _parts_problems(builder, raw, upload)


def _parts_problems(builder: OperationBuilder, raw: RawOperation, upload: Upload) -> Iterator[str]:
    known = {parameter["name"] for parameter in raw.parameters}
    for role, operation_id in (("info", upload.info), ("completion", upload.completion)):
        other = builder.raw.get(operation_id or "")
        for parameter in other.parameters if other else ():
            if parameter.get("required") and parameter["name"] not in known:
                yield f"{raw.place}: its {role} operation needs {parameter['name']!r} too"
    info = builder.raw.get(upload.info or "")
    for pointer in (upload.urls, upload.key, upload.upload_id) if info else ():
        yield from _pointer_problems(builder, info or raw, pointer, raw.place)


def _lacking(upload: Upload) -> list[str]:
    """The keys that a style of upload cannot do without, and lacks."""
    needed = {
        "form": (),
        "tus": ("method", "field"),
        "parts": ("method", "info", "count_parameter", "completion"),
    }
    return [key for key in needed[upload.style] if getattr(upload, key) is None]


def _pagination_problems(
    builder: OperationBuilder, raw: RawOperation, pagination: msgspec.Struct
) -> Iterator[str]:
    parameters: list[str | None] = [*getattr(pagination, "fixed", {})]
    for pointer in getattr(pagination, "parallel", ()):
        yield from _pointer_problems(builder, raw, pointer, raw.place)
    for field in pagination.__struct_fields__:
        value: str | None = getattr(pagination, field)
        if field.endswith("_parameter") or field == "columns":
            parameters.append(value)
        elif field in {"items", "next", "total", "rows"} and value is not None:
            yield from _pointer_problems(builder, raw, value, raw.place)
    yield from _missing_parameters(raw, "pagination", parameters)


def _missing_operations(
    builder: OperationBuilder, named: dict[str, str | None], place: str
) -> Iterator[str]:
    for role, operation_id in named.items():
        if operation_id is not None and operation_id not in builder.raw:
            yield f"{place}: its {role} operation {operation_id!r} does not exist"


def _missing_parameters(raw: RawOperation, what: str, names: Iterable[str | None]) -> Iterator[str]:
    declared = {parameter["name"] for parameter in raw.parameters}
    for name in names:
        if name is not None and name not in declared:
            yield f"{raw.place}: {what} names the parameter {name!r}, which does not exist"


def _pointer_problems(
    builder: OperationBuilder, raw: RawOperation, pointer: str, place: str
) -> Iterator[str]:
    """A pointer must lead somewhere in one of the success answers."""
    found: list[str] = []
    where = f"{place}: into the answer of {raw.id}"
    for type_ in _answers(builder, raw):
        try:
            builder.parser.pointed(type_, pointer, where)
        except GeneratorError as error:
            found.append(str(error))
        else:
            return
    yield from found or [f"{where}: pointer {pointer!r}: the operation answers no JSON"]


def _answers(builder: OperationBuilder, raw: RawOperation) -> list[Type]:
    return [
        builder.parser.type_of(schema, raw.id)
        for status, content in raw.responses.items()
        for media, schema in content.items()
        if status.startswith("2") and "json" in media and "x-annoport-type" not in schema
    ]
