"""Recorded exchanges with real servers, and how each becomes a call of a generated client."""

from __future__ import annotations

import functools
import importlib
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import attrs

from annoport.core.contract.operation import Operation, Parameter
from generator.json_values import is_object
from tests.recordings import parts
from tests.shared import SHARED

# These describe the bytes that the server sent; the recording holds decoded bodies.
_DROPPED_HEADERS = frozenset({"content-length", "content-encoding", "transfer-encoding"})
_NOTATIONS = {
    "multipart": {"multipart"},
    "form": {"form"},
    "text": {"text"},
    "rows": {"list_of", "first"},
}
"""How the recording writes a body that is no JSON, or a long one: the keys of each notation."""


@attrs.frozen(kw_only=True)
class Exchange:
    """One line of a recording."""

    platform: str
    line: int
    operation_id: str | None
    method: str
    path: str | None
    url_path: str
    request_headers: dict[str, Any]
    request_body: Any
    status: int
    response_headers: dict[str, str]
    response_body: Any
    note: str = ""

    @property
    def id(self) -> str:
        """Its name in a report: file, line and operation."""
        return f"{self.platform}:{self.line}-{self.operation_id or self.method}-{self.status}"

    @property
    def operation(self) -> Operation[Any]:
        """The operation of the generated package."""
        assert self.operation_id is not None
        operations = importlib.import_module(f"annoport_{self.platform}.operations")
        found: Operation[Any] = operations.get(self.operation_id)
        return found

    @property
    def headers(self) -> dict[str, str]:
        """The headers that were sent, by lower-case name, without the credentials."""
        sent = {k.lower(): v for k, v in self.request_headers.items() if k != "auth_scheme"}
        return {name: str(value) for name, value in sent.items() if value is not None}

    def answer_headers(self) -> dict[str, str]:
        """The headers of the answer that still apply to the body as it was recorded."""
        return {k: v for k, v in self.response_headers.items() if k not in _DROPPED_HEADERS}

    def answer_body(self) -> bytes:
        """The body of the answer as bytes; for a binary one, as many bytes as there were."""
        body: Any = self.response_body
        if body is None and "json" not in self.response_headers.get("content-type", ""):
            return b""
        if is_object(body) and set(body) == {"binary_bytes", "sha256"}:
            return bytes(body["binary_bytes"])
        if "json" in self.response_headers.get("content-type", ""):
            return b"" if self.empty else json.dumps(body).encode()
        return body.encode() if isinstance(body, str) else json.dumps(body).encode()

    @property
    def sent_as(self) -> str:
        """How the request's body was written: multipart, form, text, rows, json or nothing."""
        body: Any = self.request_body
        if body is None:
            return "nothing"
        if is_object(body):
            for kind, keys in _NOTATIONS.items():
                if set(body) == keys:
                    return kind
        return "json"

    @property
    def parts(self) -> list[parts.Part]:
        """The parts of a multipart body."""
        return parts.recorded(self.operation, self.request_body["multipart"])

    @property
    def json_body(self) -> Any:
        """A JSON body; rows that the recording shortens are all like the first."""
        body: Any = self.request_body
        return [body["first"]] * body["list_of"] if self.sent_as == "rows" else body

    @property
    def empty(self) -> bool:
        """Whether the server sent no body although it named a media type."""
        return self.response_headers.get("content-length") == "0"


@functools.cache
def load(platform: str) -> list[Exchange]:
    """Return all exchanges with a platform, in the order of time."""
    path = SHARED / "recordings" / f"{platform}.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    return [
        Exchange(platform=platform, line=number, **json.loads(line))
        for number, line in enumerate(lines, start=1)
    ]


@attrs.frozen(kw_only=True)
class Call:
    """What a caller passes so that the recorded request is sent."""

    arguments: dict[str, Any]
    body: Any
    content_type: str | None
    undeclared: dict[str, str]


def call_of(exchange: Exchange) -> Call:
    """Read the arguments of an operation back from a recorded request."""
    operation = exchange.operation
    url = urlsplit(exchange.url_path)
    arguments: dict[str, Any] = dict(_path_arguments(operation, url.path))
    given: dict[str, list[str]] = {}
    for name, value in parse_qsl(url.query, keep_blank_values=True):
        given.setdefault(name, []).append(value)
    headers = exchange.headers
    for parameter in operation.parameters:
        if parameter.location == "query" and parameter.wire in given:
            arguments[parameter.name] = _query_value(parameter, given.pop(parameter.wire))
        elif parameter.location == "header" and parameter.wire.lower() in headers:
            arguments[parameter.name] = headers[parameter.wire.lower()]
    undeclared = {name: values[0] for name, values in given.items()}
    return Call(
        arguments=arguments,
        body=_body(exchange),
        # Only bytes are sent unchecked, and they need their type.
        content_type=headers["content-type"] if exchange.sent_as == "text" else None,
        undeclared=undeclared,
    )


def _path_arguments(operation: Operation[Any], path: str) -> Iterator[tuple[str, int | str]]:
    names = {p.wire: p for p in operation.parameters if p.location == "path"}
    pattern = re.sub(
        r"\\{([^{}]+)\\}",
        lambda match: "(.*)" if names[_unescaped(match[1])].multi_segment else "([^/]+)",
        re.escape(operation.path),
    )
    match = re.fullmatch(pattern, path)
    assert match is not None, f"{path} is no {operation.path}"
    order = re.findall(r"{([^{}]+)}", operation.path)
    for wire, text in zip(order, match.groups(), strict=True):
        number = names[wire].integer and text.removeprefix("-").isdecimal()
        yield names[wire].name, int(text) if number else unquote(text)


def _unescaped(text: str) -> str:
    return text.replace("\\", "")


def _query_value(parameter: Parameter, values: list[str]) -> Any:
    if len(values) > 1:
        return values
    return values[0].split(",") if not parameter.explode else values[0]


def _body(exchange: Exchange) -> Any:
    match exchange.sent_as:
        case "multipart":
            return parts.body(exchange.parts)
        case "form":
            return exchange.request_body["form"]
        case "text":
            return exchange.request_body["text"].encode()
        case _:
            return exchange.json_body
