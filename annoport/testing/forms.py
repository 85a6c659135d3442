"""Multipart forms that fake servers receive, read into memory."""

from __future__ import annotations

import attrs
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.exceptions import HTTPException
from starlette.requests import Request


@attrs.frozen
class Form:
    """What a form holds.

    Attributes:
        texts: Field and text, in the order in which they came.
        files: Field -> name of the file, as it was sent, and its content.
    """

    texts: list[tuple[str, str]] = attrs.field(factory=list[tuple[str, str]])
    files: dict[str, tuple[str, bytes]] = attrs.field(factory=dict[str, tuple[str, bytes]])


def is_form(request: Request) -> bool:
    """Return whether the body of a request is a multipart form."""
    return request.headers.get("content-type", "").startswith("multipart/form-data")


async def read_form(request: Request) -> Form:
    """Return the form that was sent, of any size; HTTPException with 400 if it is broken."""
    _, options = parse_options_header(request.headers.get("content-type"))
    reader = _Reader()
    try:
        parser = MultipartParser(
            options.get(b"boundary", b""),
            {
                "on_part_begin": reader.begin,
                "on_header_field": reader.header_name,
                "on_header_value": reader.header_value,
                "on_header_end": reader.end_header,
                "on_part_data": reader.content,
                "on_part_end": reader.end,
            },
        )
        async for block in request.stream():
            parser.write(block)
        parser.finalize()
    except (FormParserError, LookupError, UnicodeDecodeError) as error:
        raise HTTPException(400, f"Invalid multipart form: {error}") from error
    return reader.form


class _Reader:
    """Puts the parts of a form together; a web framework's own copies each file three times."""

    def __init__(self) -> None:
        self.form = Form()
        self._name = self._value = b""
        self._headers: dict[bytes, bytes] = {}
        self._blocks: list[memoryview] = []

    def begin(self) -> None:
        self._headers, self._blocks = {}, []

    def header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def end_header(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def content(self, data: bytes, start: int, end: int) -> None:
        self._blocks.append(memoryview(data)[start:end])

    def end(self) -> None:
        _, options = parse_options_header(self._headers[b"content-disposition"])
        field, content = options[b"name"].decode(), b"".join(self._blocks)
        if b"filename" in options:
            self.form.files[field] = options[b"filename"].decode(), content
        else:
            self.form.texts.append((field, content.decode()))
