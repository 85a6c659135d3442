"""Checks that operations, parameters and fields named by an overlay's extensions exist."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from annoport.core.contract.extensions import (
    AfterIdPagination,
    ErrorRule,
    JobKind,
    JobStart,
    JobStates,
    Login,
    Pagination,
    Platform,
    Upload,
)
from generator.errors import GeneratorError
from generator.python import guards, method_names, uploads
from generator.python.operations import OperationBuilder, convert
from generator.python.pointers import Pointers, enum_of
from generator.python.raw_operation import RawOperation

_COMPLETION_FIELDS = ("key", "upload_id", "parts")
# What the pointers of a pagination must point to.
_POINTERS = {"items": "list", "next": "", "total": "int", "rows": "list"}


def check(builder: OperationBuilder, platform: Platform) -> None:
    """Check the extensions of a whole spec.

    Raises:
        GeneratorError: Extensions name something that is missing; the message lists all of it.
    """
    problems = [
        *_platform_problems(builder, platform),
        *(
            p
            for name, kind in builder.job_kinds.items()
            for p in _kind_problems(builder, name, kind)
        ),
        *_table_problems(builder),
        *guards.unreached(builder.parser, builder.raw.values()),
        *(problem for raw in builder.raw.values() for problem in _operation_problems(builder, raw)),
    ]
    if problems:
        raise GeneratorError("the overlay does not fit the spec:\n  " + "\n  ".join(problems))


# ------------------------------------------------------------------------- the platform


def _platform_problems(builder: OperationBuilder, platform: Platform) -> Iterator[str]:
    for pointer in platform.messages:
        if pointer and not pointer.startswith("/"):
            yield f"messages: pointer {pointer!r}: a JSON Pointer starts with '/'"
    for number, rule in enumerate(platform.error_rules, start=1):
        yield from _rule_problems(rule, f"error rule {number}")
    if platform.login is not None:
        if platform.login.credential not in platform.credentials:
            yield f"login: no credential is called {platform.login.credential!r}"
        yield from _login_problems(builder, platform.login)


def _rule_problems(rule: ErrorRule, place: str) -> Iterator[str]:
    try:
        groups = re.compile(rule.pattern).groups
    except re.error as error:
        yield f"{place}: {rule.pattern!r} is not a regular expression: {error}"
        return
    if rule.retry_after is not None and not 1 <= rule.retry_after <= groups:
        yield (
            f"{place}: retry_after is group {rule.retry_after}, "
            f"but the pattern {rule.pattern!r} has {groups}, counted from 1"
        )


def _login_problems(builder: OperationBuilder, login: Login) -> Iterator[str]:
    raw = builder.raw.get(login.operation)
    if raw is None:
        yield f"login: operation {login.operation!r} does not exist"
        return
    pointers = Pointers(builder.parser)
    yield from pointers.problems(raw, login.token, "login token")
    for name in pointers.missing_fields(raw, (login.username, login.password, *login.extra)):
        yield f"login: the body of {raw.id} has no field {name!r}"


# ------------------------------------------------------------------------- jobs


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
    yield from _missing_operations(builder, named, place)
    for role, operation_id in named.items():
        raw = builder.raw.get(operation_id or "")
        if raw and len([p for p in raw.parameters if p["in"] == "path"]) != 1:
            yield f"{place}: its {role} operation {operation_id!r} needs exactly one path parameter"
    poll = builder.raw.get(kind.poll)
    if poll is not None:
        yield from _answer_problems(builder, poll, kind, place)
    yield from _state_problems(kind, place)


def _answer_problems(
    builder: OperationBuilder, poll: RawOperation, kind: JobKind, place: str
) -> Iterator[str]:
    """Yield what a job kind wants to read from the answer to a poll, and cannot."""
    pointers = Pointers(builder.parser)
    result = kind.result
    yield from pointers.problems(poll, kind.status, place)
    for pointer in (kind.message, kind.errors, kind.question):
        yield from pointers.problems(poll, pointer, place)
    for pointer in (result.file_url, result.file_name, result.value):
        yield from pointers.problems(poll, pointer, place)
    if kind.progress:
        yield from pointers.problems(poll, kind.progress.at, place)
    try:
        known = enum_of(pointers.types(poll, kind.status, place))
    except GeneratorError:
        return
    for role, value in _states(kind.states) if known else ():
        if _folded(value, kind) not in {_folded(str(one), kind) for one in known or ()}:
            yield (
                f"{place}: {role} has {value!r}, which is not a value of {kind.status!r}; expected "
                f"one of {sorted(map(str, known or ()))}, or add it to that enum in the overlay"
            )


def _state_problems(kind: JobKind, place: str) -> Iterator[str]:
    if not kind.states.done:
        yield f"{place}: no state means done, so its jobs would never end"
    roles: dict[str, str] = {}
    for role, value in _states(kind.states):
        first = roles.setdefault(_folded(value, kind), role)
        if first != role:
            yield f"{place}: {value!r} means both {first} and {role}"
    for value in kind.cancel.states if kind.cancel else ():
        if _folded(value, kind) not in roles:
            yield f"{place}: cancel names the state {value!r}, which is not one of its states"


def _states(states: JobStates) -> Iterator[tuple[str, str]]:
    """Yield (what it means, value) for each state."""
    for role in states.__struct_fields__:
        values: tuple[str, ...] = getattr(states, role)
        yield from ((role, value) for value in values)


def _folded(value: str, kind: JobKind) -> str:
    return value.casefold() if kind.ignore_case else value


# ------------------------------------------------------------------------- names


def _table_problems(builder: OperationBuilder) -> Iterator[str]:
    for row in method_names.unknown(builder.spec):
        yield (
            f"{method_names.TABLE}: {row}: no operation has that name; correct it, or take the "
            "row out if the operation is gone"
        )


def _name_problems(builder: OperationBuilder, raw: RawOperation) -> Iterator[str]:
    called = builder.names.find(raw.data)
    if "delete" in (called.method, *called.aliases) and _is_bulk(builder, raw):
        yield (
            f"{raw.place}: client.{called.resource}.delete would delete many at once; "
            "call it delete_many"
        )


def _is_bulk(builder: OperationBuilder, raw: RawOperation) -> bool:
    """Whether an operation is about a whole collection: its path names no single thing."""
    if not any(parameter["in"] == "path" for parameter in raw.parameters):
        return True
    beside = [one for one in builder.raw.values() if (one.path, one.method) == (raw.path, "get")]
    return any(
        "x-annoport-pagination" in one.data or builder.first_json(one).kind == "list"
        for one in beside
    )


# ------------------------------------------------------------------------- operations


def _operation_problems(builder: OperationBuilder, raw: RawOperation) -> Iterator[str]:
    place = raw.place
    yield from _name_problems(builder, raw)
    yield from guards.problems(raw, builder.parser)
    if "x-annoport-pagination" in raw.data:
        pagination: Pagination = convert(
            raw.data["x-annoport-pagination"], Pagination, f"{place} pagination"
        )
        yield from _pagination_problems(builder, raw, pagination)
        if "x-annoport-job" in raw.data:
            yield (
                f"{place}: an operation either returns pages or starts a job; remove "
                "x-annoport-pagination or x-annoport-job"
            )
    if "x-annoport-job" in raw.data:
        start: JobStart = convert(raw.data["x-annoport-job"], JobStart, f"{place} job")
        yield from _start_problems(builder, raw, start)
    if "x-annoport-upload" in raw.data:
        upload: Upload = convert(raw.data["x-annoport-upload"], Upload, f"{place} upload")
        yield from _upload_problems(builder, raw, upload)


def _start_problems(builder: OperationBuilder, raw: RawOperation, start: JobStart) -> Iterator[str]:
    if start.kind not in builder.job_kinds:
        yield f"{raw.place}: no job kind is called {start.kind!r}"
    pointers = Pointers(builder.parser)
    yield from pointers.problems(raw, start.id, raw.place, wanted="list" if start.many else "")
    yield from pointers.problems(raw, start.errors, raw.place)


def _pagination_problems(
    builder: OperationBuilder, raw: RawOperation, pagination: Pagination
) -> Iterator[str]:
    pointers = Pointers(builder.parser)
    parameters: list[str | None] = [*getattr(pagination, "fixed", {})]
    for pointer in getattr(pagination, "parallel", ()):
        yield from pointers.problems(raw, pointer, raw.place, wanted="list")
    for field in pagination.__struct_fields__:
        value: str | None = getattr(pagination, field)
        if field.endswith("_parameter") or field == "columns":
            parameters.append(value)
        elif field in _POINTERS:
            yield from pointers.problems(raw, value, raw.place, wanted=_POINTERS[field])
    if isinstance(pagination, AfterIdPagination):
        yield from pointers.item_problems(raw, pagination.items, pagination.item_id, raw.place)
    yield from _missing_parameters(raw, "pagination", parameters)


# ------------------------------------------------------------------------- uploads


def _upload_problems(builder: OperationBuilder, raw: RawOperation, upload: Upload) -> Iterator[str]:
    place = raw.place
    helpers = {"info": upload.info, "completion": upload.completion}
    yield from _missing_operations(builder, helpers, place)
    yield from _missing_parameters(raw, "upload", sorted(uploads.own_parameters(upload)))
    known = {parameter["name"]: parameter["in"] for parameter in raw.parameters}
    for name in (upload.start, upload.finish):
        if known.get(name or "", "header") != "header":
            yield f"{place}: upload: {name!r} is not a header parameter"
    for lacking in _lacking(upload):
        yield f"{place}: an upload of style {upload.style!r} needs {lacking!r}"
    if upload.style == "form" and upload.method is not None:
        yield f"{place}: a form is a single request; remove the method {upload.method!r}"
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
                yield f"{raw.place}: its {role} operation requires {parameter['name']!r}, too"
    pointers = Pointers(builder.parser)
    info = builder.raw.get(upload.info or "")
    if info is not None:
        for pointer in (upload.urls, upload.key, upload.upload_id):
            yield from pointers.problems(info, pointer, raw.place)
    completion = builder.raw.get(upload.completion or "")
    if completion is not None:
        for name in pointers.missing_fields(completion, _COMPLETION_FIELDS):
            yield f"{raw.place}: the body of its completion operation has no field {name!r}"


def _lacking(upload: Upload) -> list[str]:
    """Return the keys that a style of upload requires and that are not given."""
    needed = {
        "form": (),
        "tus": ("method", "field"),
        "parts": ("method", "info", "count_parameter", "completion"),
    }
    return [key for key in needed[upload.style] if getattr(upload, key) is None]


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
