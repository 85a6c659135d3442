"""Checks that operations, parameters and fields named by an overlay's extensions exist."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from annoport.core.contract.extensions import (
    Account,
    AfterIdPagination,
    Batch,
    Credential,
    Download,
    ErrorRule,
    IdFilter,
    JobKind,
    JobLookup,
    JobStart,
    JobStates,
    JobSteps,
    ListedFile,
    Login,
    Pagination,
    Platform,
    Upload,
    VersionSource,
)
from annoport.core.contract.name_templates import fields
from annoport.core.jobs import listed, places
from annoport.core.jobs import lookup as lookups
from generator.errors import GeneratorError
from generator.python import filters, guards, method_names, transfers, uploads
from generator.python.operations import EVENTS, OperationBuilder, convert
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
        *filters.unreached(builder.parser, builder.raw),
        *(
            problem
            for raw in builder.raw.values()
            for problem in _operation_problems(builder, platform, raw)
        ),
    ]
    if problems:
        raise GeneratorError("the overlay does not fit the spec:\n  " + "\n  ".join(problems))


# ------------------------------------------------------------------------- the platform


def _platform_problems(builder: OperationBuilder, platform: Platform) -> Iterator[str]:
    yield from _error_problems(builder, platform)
    yield from _environment_problems(platform)
    for keyword, credential in platform.credentials.items():
        yield from _credential_problems(keyword, credential)
    if platform.version is not None:
        yield from _version_problems(builder, platform, platform.version)
    if platform.login is not None:
        if platform.login.credential not in platform.credentials:
            yield f"login: no credential is called {platform.login.credential!r}"
        yield from _login_problems(builder, platform.login)
    if platform.account is not None:
        yield from _account_problems(builder, platform.account)
    if platform.edition is not None:
        yield from _needing_arguments(builder, platform.edition.operation, "edition")
    if platform.other_profiles is not None:
        for keyword in platform.other_profiles.credentials:
            if keyword not in platform.credentials:
                yield f"other_profiles: no credential is called {keyword!r}"


def _credential_problems(keyword: str, credential: Credential) -> Iterator[str]:
    if credential.location == "header":
        return
    if credential.prefix is not None:
        yield f"credentials: {keyword!r}: only a header has a prefix; remove it"
    if credential.name == Credential().name:
        yield f"credentials: {keyword!r}: say the name of its {credential.location}"


def _version_problems(
    builder: OperationBuilder, platform: Platform, source: VersionSource
) -> Iterator[str]:
    if source.operation is None:
        if platform.schema_path is None:
            yield "version: it names no operation, and there is no schema_path to read it from"
        if not source.pointer.startswith("/"):
            yield f"version: pointer {source.pointer!r}: a JSON Pointer starts with '/'"
        return
    raw = builder.raw.get(source.operation)
    if raw is None:
        yield f"version: operation {source.operation!r} does not exist"
        return
    yield from Pointers(builder.parser).problems(raw, source.pointer, "version")
    for parameter in raw.parameters:
        if parameter.get("required"):
            yield f"version: operation {raw.id!r} requires {parameter['name']!r}"


def _error_problems(builder: OperationBuilder, platform: Platform) -> Iterator[str]:
    for pointer in platform.messages:
        if pointer and not pointer.startswith("/"):
            yield f"messages: pointer {pointer!r}: a JSON Pointer starts with '/'"
    for number, rule in enumerate(platform.error_rules, start=1):
        yield from _rule_problems(builder, rule, f"error rule {number}")
    if platform.error_reason and not platform.error_reason.at.startswith("/"):
        yield f"error_reason: {platform.error_reason.at!r}: a JSON Pointer starts with '/'"


def _environment_problems(platform: Platform) -> Iterator[str]:
    keywords = {"url", "username", "password", *platform.credentials, *platform.headers}
    for keyword, names in platform.environment.items():
        if keyword not in keywords:
            yield f"environment: the client has no keyword {keyword!r}, only {sorted(keywords)}"
        for name in names:
            if not (name.isidentifier() and name.isascii()):
                yield f"environment: {name!r} is no name of a variable"


def _rule_problems(builder: OperationBuilder, rule: ErrorRule, place: str) -> Iterator[str]:
    yield from _missing_operations(builder, {"only": rule.operation}, place)
    problems = list(_pattern_problems(rule.pattern, place))
    yield from problems
    if problems:
        return
    groups = re.compile(rule.pattern).groups
    if rule.retry_after_group is not None and not 1 <= rule.retry_after_group <= groups:
        yield (
            f"{place}: retry_after_group is {rule.retry_after_group}, "
            f"but the pattern {rule.pattern!r} has {groups}, counted from 1"
        )


def _pattern_problems(pattern: str, place: str) -> Iterator[str]:
    try:
        re.compile(pattern)
    except re.error as error:
        yield f"{place}: {pattern!r} is not a regular expression: {error}"


def _login_problems(builder: OperationBuilder, login: Login) -> Iterator[str]:
    raw = builder.raw.get(login.operation)
    if raw is None:
        yield f"login: operation {login.operation!r} does not exist"
        return
    pointers = Pointers(builder.parser)
    yield from pointers.problems(raw, login.token, "login token")
    for name in pointers.missing_fields(raw, (login.username, login.password, *login.extra)):
        yield f"login: the body of {raw.id} has no field {name!r}"


def _account_problems(builder: OperationBuilder, account: Account) -> Iterator[str]:
    raw = builder.raw.get(account.operation)
    if raw is not None:
        yield from Pointers(builder.parser).problems(raw, account.id, "account")
    yield from _needing_arguments(builder, account.operation, "account")


def _needing_arguments(builder: OperationBuilder, operation: str, place: str) -> Iterator[str]:
    """Yield what is wrong with an operation that is called by itself."""
    raw = builder.raw.get(operation)
    if raw is None:
        yield f"{place}: no operation {operation!r}"
        return
    needed = [parameter["name"] for parameter in raw.parameters if parameter.get("required")]
    if needed:
        yield f"{place}: the operation {operation!r} needs {needed}; expected one without"


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
    yield from _missing_operations(builder, {**named, "list": kind.listed_by}, place)
    paths = {role: _path_names(builder, operation_id) for role, operation_id in named.items()}
    for role, names in paths.items():
        ids = [name for name in names if name not in kind.within]
        if named[role] in builder.raw and len(ids) != 1:
            yield (
                f"{place}: the path of its {role} operation {named[role]!r} has {ids or 'nothing'} "
                "for the id of a job: expected one parameter; say in 'within' where others come "
                "from"
            )
    known = {name for names in paths.values() for name in names}
    for wire in kind.within:
        if wire not in known:
            yield f"{place}: within: none of its operations has {wire!r} in its path"
    poll = builder.raw.get(kind.poll)
    if poll is not None:
        yield from _answer_problems(builder, poll, kind, place)
    yield from _state_problems(kind, place)
    for retention in kind.retention:
        yield from _pattern_problems(retention.id, f"{place}: retention")
    if kind.download and (kind.download.name or kind.download.suffix):
        yield f"{place}: name and suffix take parameters: say them at the operation of the file"


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
    for rules in result.listed:
        yield from _listed_problems(builder, poll, rules, kind, f"{place}: listed")
    if kind.progress:
        yield from pointers.problems(poll, kind.progress.at, place)
    if kind.steps:
        yield from _steps_problems(pointers, poll, kind.steps, place)
    if result.has_file and result.instead:
        yield f"{place}: result: 'instead' says what to use where there is no file: remove it"
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


def _listed_problems(
    builder: OperationBuilder, poll: RawOperation, rules: ListedFile, kind: JobKind, place: str
) -> Iterator[str]:
    yield from _missing_operations(builder, {"list": rules.listed_by, "sign": rules.sign}, place)
    if (rules.url is None) == (rules.key is None) or (rules.key is None) != (rules.sign is None):
        yield f"{place}: a file has a url, or a key and an operation that signs it"
    pointers = Pointers(builder.parser)
    lists, signs = builder.raw.get(rules.listed_by), builder.raw.get(rules.sign or "")
    if lists is not None:
        for pointer in filter(None, (rules.job, rules.name, rules.url, rules.key)):
            yield from pointers.item_problems(lists, "", pointer, place)
    if signs is not None:
        yield from pointers.problems(signs, rules.signed_url, place)
        for field in pointers.missing_fields(signs, ("keys",)):
            yield f"{place}: the body of {signs.id} has no field {field!r}"
        yield from _argument_problems(signs, rules.sign_arguments, place)
    if lists is not None:
        yield from _argument_problems(lists, rules.arguments, place)
    templates = [*rules.arguments.values(), *rules.sign_arguments.values()]
    for name in lookups.PLACEHOLDER.findall(" ".join(map("".join, templates))):
        if name != listed.JOB and name not in kind.within:
            yield from pointers.problems(poll, name, place)


def _argument_problems(raw: RawOperation, given: Mapping[str, object], place: str) -> Iterator[str]:
    yield from _missing_parameters(raw, f"{place}: {raw.id}", given)
    needed = {p["name"] for p in raw.parameters if p["in"] == "path" or p.get("required")}
    for name in sorted(needed - set(given)):
        yield f"{place}: {raw.id} needs the argument {name!r}"


def _steps_problems(
    pointers: Pointers, poll: RawOperation, steps: JobSteps, place: str
) -> Iterator[str]:
    yield from pointers.problems(poll, steps.at, place, wanted="list")
    for field in (steps.name, steps.status, steps.id, steps.children):
        yield from pointers.item_problems(poll, steps.at, f"/{field}", place)


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


def _operation_problems(
    builder: OperationBuilder, platform: Platform, raw: RawOperation
) -> Iterator[str]:
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
        yield from _transfer_problems(builder, raw, start)
        if start.lookup is not None:
            yield from _lookup_problems(builder, platform, raw, start, start.lookup)
    yield from _stream_problems(raw)
    yield from _batch_problems(raw)
    if "x-annoport-download" in raw.data:
        download: Download = convert(raw.data["x-annoport-download"], Download, f"{place} download")
        yield from _download_problems(raw, download)
    if "x-annoport-upload" in raw.data:
        upload: Upload = convert(raw.data["x-annoport-upload"], Upload, f"{place} upload")
        yield from _upload_problems(builder, raw, upload)


def _batch_problems(raw: RawOperation) -> Iterator[str]:
    if "x-annoport-batch" not in raw.data:
        return
    batch: Batch = convert(raw.data["x-annoport-batch"], Batch, f"{raw.place} batch")
    if batch.of:
        yield from _missing_parameters(raw, "batch", [batch.of])
    elif not raw.bodies:
        yield f"{raw.place}: batch: there is no body with items; name a parameter in 'of'"


def _start_problems(builder: OperationBuilder, raw: RawOperation, start: JobStart) -> Iterator[str]:
    if start.kind not in builder.job_kinds:
        yield f"{raw.place}: no job kind is called {start.kind!r}"
    pointers = Pointers(builder.parser)
    yield from pointers.problems(raw, start.id, raw.place, wanted="list" if start.many else "")
    yield from pointers.problems(raw, start.errors, raw.place)
    yield from _within_problems(builder, raw, start)
    if start.storage is not None:
        storage = start.storage
        arguments = [storage.parameter, storage.storage, storage.name]
        yield from _missing_parameters(raw, "storage", arguments)


def _within_problems(
    builder: OperationBuilder, raw: RawOperation, start: JobStart
) -> Iterator[str]:
    """Yield what the paths of a job's operations hold, and the operation that starts it has not."""
    kind = builder.job_kinds.get(start.kind)
    if kind is None:
        return
    for name in start.within:
        if name not in kind.within:
            yield f"{raw.place}: within: the kind {start.kind!r} has no {name!r} in its own"
    required = {p["name"] for p in raw.parameters if p["in"] == "path" or p.get("required")}
    for name, source in places.sources(kind, start).items():
        if source.startswith("/"):
            yield from Pointers(builder.parser).problems(raw, source, f"{raw.place}: within")
        elif source not in required:
            yield (
                f"{raw.place}: within: it has no required parameter {source!r} that says the "
                f"{name!r} of a job of kind {start.kind!r}: name another in x-annoport-job.within, "
                "or a pointer into its answer"
            )
    if start.lookup is not None and not places.follows(kind, start):
        yield f"{raw.place}: lookup: where its job is, only the answer says, which may be lost"


def _path_names(builder: OperationBuilder, operation_id: str | None) -> list[str]:
    raw = builder.raw.get(operation_id or "")
    return [p["name"] for p in raw.parameters if p["in"] == "path"] if raw else []


def _transfer_problems(
    builder: OperationBuilder, raw: RawOperation, start: JobStart
) -> Iterator[str]:
    kind = builder.job_kinds.get(start.kind)
    makes_file = start.file and kind is not None and kind.result.has_file
    if start.transfer is None:
        if makes_file:
            yield (
                f"{raw.place}: its job makes a file, but no method downloads that: name one as "
                "transfer, or say file: false"
            )
        return
    if not makes_file:
        yield f"{raw.place}: transfer: its job makes no file that {start.transfer!r} could download"
    if not start.transfer.startswith("download"):
        yield f"{raw.place}: transfer is {start.transfer!r}; expected download_..."
    yield from _missing_parameters(raw, "transfer", sorted(transfers.hidden_parameters(start)))


def _lookup_problems(
    builder: OperationBuilder,
    platform: Platform,
    raw: RawOperation,
    start: JobStart,
    lookup: JobLookup,
) -> Iterator[str]:
    place = f"{raw.place}: lookup"
    pointers = Pointers(builder.parser)
    names = lookups.PLACEHOLDER.findall(lookup.id)
    for name in lookup.words:
        if name not in names:
            yield f"{place}: it has words for {name!r}, which its id does not hold"
    if start.many:
        yield f"{place}: an operation that starts several jobs cannot find them by one id"
    if lookups.USER in names and platform.account is None:
        yield f"{place}: its id holds the user, but x-annoport-platform has no account"
    fields = [name[1:].partition("/")[0] for name in names if name.startswith("/")]
    for field in pointers.missing_fields(raw, fields):
        yield f"{place}: the body of {raw.id} has no field {field!r}"
    arguments = [name for name in names if name != lookups.USER and not name.startswith("/")]
    yield from _missing_parameters(raw, "lookup", arguments)
    poll = (
        builder.raw.get(builder.job_kinds[start.kind].poll)
        if start.kind in builder.job_kinds
        else None
    )
    if poll is not None:
        yield from pointers.problems(poll, lookup.created, place)


def _stream_problems(raw: RawOperation) -> Iterator[str]:
    marked = "x-annoport-stream" in raw.data
    others = {"x-annoport-job", "x-annoport-pagination", "x-annoport-download"} & raw.data.keys()
    if marked and others:
        yield f"{raw.place}: an operation answers events, or has {' and '.join(sorted(others))}"
    if marked and raw.bodies:
        yield f"{raw.place}: a stream that connects again cannot send a body each time"
    if marked != any(EVENTS in content for content in raw.responses.values()):
        yield (
            f"{raw.place}: an answer of {EVENTS} never ends, so x-annoport-stream has to say how "
            "it is read; it says nothing of other answers"
        )


def _pagination_problems(
    builder: OperationBuilder, raw: RawOperation, pagination: Pagination
) -> Iterator[str]:
    pointers = Pointers(builder.parser)
    parameters: list[str | None] = [*getattr(pagination, "fixed", {})]
    id_filter: IdFilter | None = getattr(pagination, "id_filter", None)
    if id_filter is not None:
        parameters += [id_filter.filter_parameter, id_filter.sort_parameter]
    for pointer in getattr(pagination, "parallel", ()):
        yield from pointers.problems(raw, pointer, raw.place, wanted="list")
    for field in pagination.__struct_fields__:
        value: str | None = getattr(pagination, field)
        if field.endswith("_parameter") or field == "columns":
            parameters.append(value)
        elif field in _POINTERS:
            yield from pointers.problems(raw, value, raw.place, wanted=_POINTERS[field])
    if pagination.item_id is not None:
        yield from pointers.item_problems(raw, pagination.items, pagination.item_id, raw.place)
    elif id_filter is not None or getattr(pagination, "fixed", None):
        yield f"{raw.place}: pagination in the order of the ids needs item_id"
    if isinstance(pagination, AfterIdPagination) and pagination.streamed:
        yield from _streamed_problems(raw, pagination)
    yield from _missing_parameters(raw, "pagination", parameters)


def _streamed_problems(raw: RawOperation, pagination: AfterIdPagination) -> Iterator[str]:
    if pagination.items:
        yield (
            f"{raw.place}: a list that is streamed is read as one array, but its items are at "
            f"{pagination.items!r}"
        )
    if pagination.largest_size is not None:
        yield (
            f"{raw.place}: a list that is streamed has no pages that grow; remove largest_size or "
            "streamed"
        )


def _download_problems(raw: RawOperation, download: Download) -> Iterator[str]:
    for template in filter(None, (download.name, download.suffix)):
        try:
            yield from _missing_parameters(raw, "download", fields(template))
        except ValueError as error:
            yield f"{raw.place}: download: {error}"


# ------------------------------------------------------------------------- uploads


def _upload_problems(builder: OperationBuilder, raw: RawOperation, upload: Upload) -> Iterator[str]:
    place = raw.place
    helpers = {"info": upload.info, "completion": upload.completion}
    yield from _missing_operations(builder, helpers, place)
    yield from _missing_parameters(raw, "upload", sorted(uploads.own_parameters(upload)))
    known = {parameter["name"]: parameter["in"] for parameter in raw.parameters}
    for name in (upload.start, upload.finish, upload.groups and upload.groups.header):
        if known.get(name or "", "header") != "header":
            yield f"{place}: upload: {name!r} is not a header parameter"
    for lacking in _lacking(upload):
        yield f"{place}: an upload of style {upload.style!r} needs {lacking!r}"
    fields = [field.wire for field in uploads.form_fields(raw, builder.parser)]
    if upload.field is not None and upload.field not in fields:
        yield f"{place}: upload: the form has no field {upload.field!r}, only {fields}"
    yield from _many_problems(upload, fields, place)
    if upload.style == "parts":
        yield from _parts_problems(builder, raw, upload)


def _many_problems(upload: Upload, fields: list[str], place: str) -> Iterator[str]:
    """Yield what is wrong with the words about several files."""
    told = () if upload.order is None else (upload.order.field, *upload.order.needs)
    for name in (*told, *(() if upload.groups is None else upload.groups.fields)):
        if name not in fields:
            yield f"{place}: upload: the form has no field {name!r}, only {fields}"
    if (upload.groups or upload.order) and not upload.indexed:
        yield f"{place}: upload: groups and an order need an operation that takes several files"
    if upload.parallel < 1:
        yield f"{place}: upload: parallel is {upload.parallel}, expected at least 1"


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
