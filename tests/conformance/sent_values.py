"""A third judge for what the others cannot see: whether what was sent is what was meant.

The mock servers see whether a text is allowed, not whether it is the right one. Here the
standard library's URL parser and python-multipart read a request back, and each value is
compared with what the spec makes of the arguments.
"""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, unquote

import httpx
import python_multipart

from annoport.core.values.models import UNSET, UploadFile
from generator.json_values import is_list, is_object
from generator.python.raw_operation import RawOperation
from tests.conformance.calls import Call
from tests.conformance.examples import python_name

_UTC = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
Pairs: TypeAlias = Counter[tuple[str, str]]
Arguments: TypeAlias = list[tuple[Mapping[str, Any], Any]]


def differences(raw: RawOperation, call: Call, request: httpx.Request) -> list[str]:
    """Yield what in a request is not as the spec and the arguments of the call demand."""
    arguments = _given(raw, call)
    found = [*_path(raw, arguments, request), *_query(raw, arguments, request, call.paging)]
    found += _headers(raw, arguments, request)
    if request.method != raw.method.upper():
        found.append(f"method: sent {request.method}, expected {raw.method.upper()}")
    return found + list(_body(call, request))


def _given(raw: RawOperation, call: Call) -> Arguments:
    """Return the parameters of the spec that a call sets, each with its value."""
    # Read from the spec, so that a wrong name in the generated operation is noticed.
    declared = {python_name(data): data for data in raw.parameters}
    return [(declared[name], value) for name, value in call.example.arguments.items()]


def _path(raw: RawOperation, arguments: Arguments, request: httpx.Request) -> Iterator[str]:
    given = {data["name"]: (data, value) for data, value in arguments if data["in"] == "path"}
    names = re.findall(r"{([^{}]+)}", raw.path)
    pattern = re.escape(raw.path)
    for name in names:
        inner = "(.+)" if given[name][0].get("x-annoport-multi-segment") else "([^/]+)"
        pattern = pattern.replace(re.escape(f"{{{name}}}"), inner)
    path = request.url.raw_path.partition(b"?")[0].decode("ascii")
    match = re.fullmatch(pattern, path)
    if match is None:
        yield f"path: sent {path!r}, which is no {raw.path}"
        return
    for name, text in zip(names, match.groups(), strict=True):
        if unquote(text, errors="strict") != _text(given[name][1]):
            yield f"path {name}: sent {text!r} for {given[name][1]!r}"


def _query(
    raw: RawOperation, arguments: Arguments, request: httpx.Request, paging: frozenset[str]
) -> Iterator[str]:
    expected: Pairs = Counter()
    for data, value in arguments:
        if data["in"] == "query" and data["name"] not in paging:
            expected.update(_pairs(data, value))
    query = request.url.query.decode("ascii")
    sent = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), errors="strict")
    documents = {data["name"] for data, value in arguments if is_object(value)}
    sent = [(name, _json(text) if name in documents else text) for name, text in sent]
    yield from _compared("query", Counter(p for p in sent if p[0] not in paging), expected)


def _pairs(data: Mapping[str, Any], value: Any) -> Iterator[tuple[str, str]]:
    name = data["name"]
    if not is_list(value):
        yield name, _text(value)
    elif data.get("explode", data.get("style", "form") == "form"):
        yield from ((name, _text(item)) for item in value)
    else:
        yield name, ",".join(map(_text, value))


def _headers(raw: RawOperation, arguments: Arguments, request: httpx.Request) -> Iterator[str]:
    for data, value in arguments:
        if data["in"] == "header":
            sent = request.headers.raw
            texts = [
                v.decode("latin-1") for n, v in sent if n.decode().lower() == data["name"].lower()
            ]
            if texts != [_text(value)]:
                yield f"header {data['name']}: sent {texts} for {value!r}"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_object(value):
        return _json(json.dumps(value))
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _json(text: str) -> str:
    """Return a document in one spelling."""
    return json.dumps(json.loads(text), sort_keys=True)


# --------------------------------------------------------------------------- bodies


def _body(call: Call, request: httpx.Request) -> Iterator[str]:
    body = call.example.body
    if body is UNSET:
        if request.content:
            yield f"body: sent {len(request.content)} bytes, expected none"
        return
    media = request.headers.get("content-type", "")
    if media.partition(";")[0] != call.example.media:
        yield f"body: sent as {media!r}, expected {call.example.media!r}"
    elif call.example.media == "application/json":
        sent = json.loads(request.content)
        if sent != body and sent != _as_in_utc(body):
            yield f"body: sent {sent!r}, expected {body!r}"
    else:
        yield from _compared("form", _sent_parts(call, request), Counter(_meant_parts(call)))


def _as_in_utc(value: Any) -> Any:
    """Return a body with its times as a server writes them that takes every time for UTC."""
    if is_object(value):
        return {key: _as_in_utc(item) for key, item in value.items()}
    if is_list(value):
        return [_as_in_utc(item) for item in value]
    return value[:-1] if isinstance(value, str) and _UTC.fullmatch(value) else value


def _sent_parts(call: Call, request: httpx.Request) -> Pairs:
    if call.example.media == "application/x-www-form-urlencoded":
        text = request.content.decode("ascii")
        return Counter(parse_qsl(text, keep_blank_values=True, errors="strict"))
    parts: Pairs = Counter()

    def field(part: Any) -> None:
        parts[part.field_name.decode(), (part.value or b"").decode()] += 1

    def file(part: Any) -> None:
        part.file_object.seek(0)
        name = part.file_name.decode()
        parts[part.field_name.decode(), f"{name}: {part.file_object.read()!r}"] += 1

    headers = {"Content-Type": request.headers["Content-Type"].encode()}
    python_multipart.parse_form(headers, io.BytesIO(request.content), field, file)
    return parts


def _meant_parts(call: Call) -> Iterator[tuple[str, str]]:
    upload = call.operation.upload
    for name, value in call.example.body.items():
        items = value if is_list(value) else [value]
        if any(is_object(item) or is_list(item) for item in items):
            yield name, json.dumps(value, ensure_ascii=False, separators=(",", ":"))
            continue
        numbered = bool(upload and upload.indexed and name == upload.field)
        for number, item in enumerate(items):
            yield f"{name}[{number}]" if numbered else name, _part(item)


def _part(item: Any) -> str:
    if isinstance(item, UploadFile):
        return f"{item.name}: {item.content!r}"
    return "" if item is None else _text(item)


def _compared(what: str, sent: Pairs, meant: Pairs) -> Iterator[str]:
    if sent != meant:
        yield f"{what}: sent {sorted(sent - meant)}, expected {sorted(meant - sent)}"
