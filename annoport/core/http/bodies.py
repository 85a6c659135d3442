"""Request bodies: choosing the media type and encoding the value."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import attrs

from annoport.core.codec.fitting import unknown_key
from annoport.core.codec.json import encode_body, members, to_builtins
from annoport.core.codec.releases import Need, needs_of
from annoport.core.codec.shapes import Shape, shape_of
from annoport.core.errors import InvalidArgumentError, InvalidBodyError
from annoport.core.http.multipart import (
    OCTETS,
    Part,
    StreamedBody,
    as_file,
    is_file_like,
    stream_file,
    stream_form,
)
from annoport.core.http.parameters import text_of
from annoport.core.values.models import UNSET, Model, UploadFile, further_keys, model_fields
from annoport.core.values.type_guards import is_array, is_iterable, is_iterator, is_list, is_mapping

if TYPE_CHECKING:
    from annoport.core.contract.operation import LazyType, Operation

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
SEPARATED = "application/json-seq"
"""A record separator stands before each document (RFC 7464)."""

_SEQUENCES = frozenset(
    {
        SEPARATED,
        *("application/x-ndjson", "application/ndjson", "application/jsonl"),
        *("application/x-jsonlines", "application/jsonlines", "application/stream+json"),
    }
)


def no_needs(version: str | None) -> Iterable[Need]:  # noqa: ARG001  # the same for each
    """Yield nothing: all releases know what is sent."""
    return ()


@attrs.frozen
class EncodedBody:
    """A body that is ready to be sent.

    Attributes:
        content: The bytes, or None to send no body.
        media_type: The value of the Content-Type header.
        needs: Yields what the body uses that a version of the server lacks; without a version,
            what any lacks.
    """

    content: bytes | StreamedBody | None
    media_type: str | None
    needs: Callable[[str | None], Iterable[Need]] = no_needs


def is_json(media_type: str) -> bool:
    """Whether the media type is JSON or based on it (`application/vnd.x+json`)."""
    kind = essence(media_type)
    if kind in _SEQUENCES:
        return False
    return kind in (JSON, "text/json") or kind.endswith("+json")


def is_sequence(media_type: str) -> bool:
    """Whether the media type is a sequence of JSON documents, such as one a line."""
    return essence(media_type) in _SEQUENCES


def is_range(media_type: str) -> bool:
    """Whether the media type stands for several: `*/*`, `application/*`."""
    return "*" in media_type


def essence(media_type: str) -> str:
    """Return the media type without its parameters, in lower case."""
    return media_type.partition(";")[0].strip().lower()


def make(
    operation: Operation[Any], value: Any, content_type: str | None, *, strict: bool = False
) -> EncodedBody:
    """Return a body, encoded as its media type, without what must never be sent.

    Args:
        operation: Declares the media types that it accepts.
        value: The body, or UNSET for none.
        content_type: The media type. By default, a file, or an object that holds one, is sent
            as the declared form or binary type, and anything else as the declared JSON type. The
            items of a list or iterator are sent one a line where the operation takes them so.
        strict: Refuse placeholders that a server shows in place of values, instead of leaving
            them out.

    Raises:
        InvalidArgumentError: The operation needs a body, or takes none.
        InvalidBodyError: `value` does not fit the operation or the media type, or must never
            be sent.
    """
    if value is UNSET:
        return _nothing(operation)
    if not operation.bodies and content_type is None:
        raise InvalidArgumentError(
            f"{operation.id}: the operation takes no body, but one was passed"
        )
    media_type = content_type or _choose(operation, value)
    declared = _declared(operation, media_type)
    if is_range(media_type) and not is_file_like(value):
        media_type = _within_range(value, declared)
    kind = essence(media_type)
    if kind in (MULTIPART, FORM) and not (content_type and isinstance(value, bytes)):
        return _form(operation, value, declared, kind, strict=strict)
    if is_file_like(value):
        made = _file(operation.id, as_file(value), media_type)
        return _guarded(operation, made, value, strict=strict)
    if is_sequence(media_type) and not isinstance(value, str):
        return _sequence(operation, value, declared, media_type)
    if is_json(media_type):
        type_: Any = declared() if declared else Any
        content = encode_body(value, type_, where=operation.id)
        body = EncodedBody(content, media_type, functools.partial(needs_of, value, type_))
        return _guarded(operation, body, value, strict=strict)
    if isinstance(value, str):
        return EncodedBody(value.encode(), media_type)
    raise InvalidBodyError(
        f"{operation.id}: cannot send a body of type {type(value).__name__} as {media_type}; "
        "pass a string, bytes or a file"
    )


def json_fields(operation: Operation[Any]) -> list[str]:
    """Return the wire names of the fields that a JSON body of the operation can have."""
    shapes = [shape_of(type_()) for media, type_ in operation.bodies.items() if is_json(media)]
    models = [shape.type for shape in shapes if shape.kind == "model"]
    return [field.wire for model in models for field in model_fields(model)]


def _guarded(
    operation: Operation[Any], body: EncodedBody, value: Any, *, strict: bool
) -> EncodedBody:
    content = body.content
    if not (operation.guards and isinstance(content, bytes) and is_json(body.media_type or "")):
        return body
    from annoport.core.http import guards  # few operations have any

    return attrs.evolve(body, content=guards.checked(operation, content, value, strict=strict))


def _file(where: str, file: UploadFile, media_type: str) -> EncodedBody:
    if "*" in media_type:
        media_type = file.media_type or OCTETS
    if isinstance(file.content, bytes):
        return EncodedBody(file.content, media_type)
    return EncodedBody(stream_file(file, media_type, where), media_type)


def _nothing(operation: Operation[Any]) -> EncodedBody:
    if operation.body_required:
        raise InvalidArgumentError(
            f"{operation.id}: the body is missing; pass one for {' or '.join(operation.bodies)}"
        )
    return EncodedBody(None, None)


def _declared(operation: Operation[Any], media_type: str) -> LazyType | None:
    wanted = essence(media_type)
    by_kind = {essence(declared): type_ for declared, type_ in operation.bodies.items()}
    for kind in (wanted, wanted.partition("/")[0] + "/*", "*/*"):
        if kind in by_kind:
            return by_kind[kind]
    return None


def _within_range(value: Any, declared: LazyType | None) -> str:
    """Return what a value is sent as, where the operation takes any media type."""
    is_text = isinstance(value, str) and (declared is None or declared() in (str, bytes))
    return TEXT if is_text else JSON


def _choose(operation: Operation[Any], value: Any) -> str:
    declared = list(operation.bodies)
    json_types = [kind for kind in declared if is_json(kind)]
    forms = [kind for kind in declared if essence(kind) in (MULTIPART, FORM)]
    sequences = [kind for kind in declared if is_sequence(kind)]
    ranges = [kind for kind in declared if essence(kind) in ("*/*", "application/*")]
    other = [kind for kind in declared if kind not in json_types and kind not in forms]
    if is_file_like(value):
        wanted = other or forms
    elif _holds_file(value):
        wanted = [kind for kind in forms if essence(kind) == MULTIPART]
    elif isinstance(value, str):
        wanted = [kind for kind in other if kind.startswith("text/")] or json_types or other
    elif is_iterator(value):
        wanted = sequences or json_types or ranges  # items that are made while they are sent
    elif is_array(value):
        wanted = json_types or sequences or forms or ranges
    else:
        wanted = json_types or forms or ranges or sequences
    if not wanted:
        raise InvalidBodyError(
            f"{operation.id}: cannot send a body of type {type(value).__name__}; "
            f"the operation accepts {', '.join(declared)}"
        )
    return wanted[0]


def _holds_file(value: Any) -> bool:
    return any(_is_upload(item) for _, item in entries(value))


def _is_upload(item: Any) -> bool:
    return any(map(is_file_like, item)) if is_array(item) else is_file_like(item)


def entries(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the wire names and values of an object; nothing for any other value."""
    if isinstance(value, Model):
        yield from members(value)
    elif is_mapping(value):
        yield from value.items()


# ------------------------------------------------------------------------------ sequences


def _sequence(
    operation: Operation[Any], value: Any, declared: LazyType | None, media_type: str
) -> EncodedBody:
    """Return a body of one document an item; an iterator is read while it is sent."""
    if isinstance(value, Model) or is_mapping(value) or not is_iterable(value):
        raise InvalidBodyError(
            f"{operation.id}: expected a list or an iterator of what goes on each line of "
            f"{essence(media_type)}, got {type(value).__name__}"
        )
    shape = shape_of(declared() if declared else Any)
    items = _Items(operation.id, value, shape.args[0] if shape.kind == "list" else Any, media_type)
    if is_iterator(value):
        return EncodedBody(StreamedBody([items], media_type), media_type)
    return EncodedBody(b"".join(items.blocks()), media_type)


@attrs.frozen
class _Items:
    """The documents of a sequence, encoded one by one."""

    where: str
    items: Iterable[Any]
    type: Any
    media_type: str
    size: None = None
    replayable: bool = False

    def blocks(self) -> Iterator[bytes]:
        before = b"\x1e" if essence(self.media_type) == SEPARATED else b""
        for number, item in enumerate(self.items, start=1):
            where = f"{self.where}, item {number}"
            yield before + encode_body(item, self.type, where=where) + b"\n"


# ------------------------------------------------------------------------------ forms


def _form(
    operation: Operation[Any], value: Any, declared: LazyType | None, kind: str, *, strict: bool
) -> EncodedBody:
    where = operation.id
    upload = operation.upload
    if is_file_like(value) and upload and upload.field:
        value = {upload.field: value}
    if not isinstance(value, Model | Mapping):
        raise InvalidBodyError(
            f"{where}: expected a model or a dict for the form, got {type(value).__name__}"
        )
    found = dict(entries(value))
    type_: Any = declared() if declared else Any
    types = _check_keys(where, found, shape_of(type_))
    if operation.guards:
        from annoport.core.http import guards  # few operations have any

        guards.apply(operation, found, strict=strict)
    fields = {_base(name): item for name, item in found.items()}
    needs = functools.partial(needs_of, fields, type_)
    parts = [
        part
        for name, item in found.items()
        if item is not UNSET
        # A type checker has seen the fields of a model; the items of a dict are checked here.
        for part in _parts(where, name, item, Any if isinstance(value, Model) else types[name])
    ]
    if upload and upload.indexed:
        parts = _indexed(parts, upload.field)
    if kind == MULTIPART:
        body = stream_form(parts, where)
        return EncodedBody(body, body.media_type, needs)
    return EncodedBody(_urlencoded(where, parts), FORM, needs)


def _check_keys(where: str, entries: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """Return the declared type of each key; refuse missing and unknown keys.

    `name[0]` and `name[key]` belong to the field `name`: some servers expect lists and dicts so.
    """
    if shape.kind != "model":
        return dict.fromkeys(entries, Any)
    model: type[Model] = shape.type
    fields = {field.wire: field for field in model_fields(model)}
    further = further_keys(model)
    bases = {name: name if name in fields else _base(name) for name in entries}
    for name, base in bases.items():
        if base not in fields and not further:
            raise InvalidBodyError(
                f"{where}: $.{name}: {unknown_key(name, list(fields), model.__name__)}"
            )
    for wire, field in fields.items():
        if field.required and wire not in bases.values():
            raise InvalidBodyError(f"{where}: $.{wire}: is required, but missing")
    types = {name: field.type for name, field in fields.items()}
    unknown = further.type if further else Any
    return {name: types.get(name, unknown if base == name else Any) for name, base in bases.items()}


def _base(name: str) -> str:
    return name.partition("[")[0]


def _parts(where: str, name: str, item: Any, type_: Any) -> Iterator[Part]:
    """Yield files and scalars as they are, lists of them item by item, and the rest as JSON."""
    if is_file_like(item):
        yield Part(name, as_file(item))
        return
    if _is_upload(item):
        for file in item:
            yield from _parts(where, name, file, Any)
        return
    _refuse_text(where, name, item, type_)
    data = encode_body(item, type_, where=f"{where}: {name}")
    plain = to_builtins(item)
    items = plain if is_list(plain) else [plain]
    if not any(isinstance(inner, dict | list) for inner in items):
        for inner in items:
            yield Part(name, _scalar(inner))
    else:
        yield Part(name, data, "application/json")


def _refuse_text(where: str, name: str, item: Any, type_: Any) -> None:
    """Refuse a string where a file is meant: the path would be sent in place of the content."""
    shape = shape_of(type_)
    wanted = shape_of(shape.args[0]).type if shape.kind == "list" else shape.type
    texts = [one for one in (item if is_array(item) else [item]) if isinstance(one, str)]
    if wanted is UploadFile and texts:
        raise InvalidBodyError(
            f"{where}: $.{name}: expected a file, got the string {texts[0]!r}; "
            "pass a Path, bytes, an open binary file or an UploadFile"
        )


def _indexed(parts: list[Part], field: str | None) -> list[Part]:
    numbers = itertools.count()
    return [
        part
        if part.name != field
        else Part(f"{field}[{next(numbers)}]", part.content, part.media_type)
        for part in parts
    ]


def _scalar(value: Any) -> bytes:
    return b"" if value is None else text_of(value).encode()


def _urlencoded(where: str, parts: Iterable[Part]) -> bytes:
    pairs: list[str] = []
    for part in parts:
        if not isinstance(part.content, bytes):
            raise InvalidBodyError(
                f"{where}: $.{part.name}: a file cannot be sent as {FORM}; use {MULTIPART}"
            )
        pairs.append(f"{quote_plus(part.name)}={quote_plus(part.content)}")
    return "&".join(pairs).encode()
