"""The parts of a multipart request: as they were recorded, and as the client sends them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from email.parser import BytesHeaderParser
from pathlib import PurePath
from typing import Any

import attrs
import httpx

from annoport.core.codec.shapes import shape_of
from annoport.core.contract.operation import Operation
from annoport.core.values.models import UploadFile, model_fields

# The recording tells the length of a file at most. What matters is that the bytes arrive as they
# are: they hold every value, and what looks like the end of a part.
_BYTES = b"\r\n--\r\n\r\n" + bytes(range(256))
_LENGTH = 300
_TYPES = {
    ".bin": "application/octet-stream",
    ".png": "image/png",
    ".tsv": "text/tab-separated-values",
    ".zip": "application/zip",
}
"""The types that the recordings name for files, for those lines that leave them out."""


@attrs.frozen
class Part:
    """One part of a form, whole; a text has neither file name nor type."""

    name: str
    content: bytes
    file_name: str | None = None
    media_type: str | None = None

    @property
    def value(self) -> Any:
        """What a caller passes for it."""
        if self.file_name is not None:
            return UploadFile(self.content, name=self.file_name)
        text = self.content.decode()
        return int(text) if text.isdigit() else text


def recorded(operation: Operation[Any], parts: Mapping[str, str]) -> list[Part]:
    """Return the parts that a recording describes, such as `{"file": "a.zip (36 bytes)"}`."""
    files = set(_file_fields(operation))
    return [
        _file(name, text) if _field(name) in files else Part(name, text.encode())
        for name, text in parts.items()
    ]


def body(parts: list[Part]) -> dict[str, Any]:
    """Return what a caller passes for parts; `name[0]`, `name[1]` are the items of one list."""
    result: dict[str, Any] = {}
    for part in parts:
        if _field(part.name) == part.name:
            result[part.name] = part.value
        else:
            result.setdefault(_field(part.name), []).append(part.value)
    return result


def sent(request: httpx.Request) -> list[Part]:
    """Return the parts of a request, read strictly."""
    _, _, boundary = request.headers["Content-Type"].partition("; boundary=")
    assert boundary, request.headers["Content-Type"]
    before, *between, after = (b"\r\n" + request.content).split(f"\r\n--{boundary}".encode())
    assert (before, after) == (b"", b"--\r\n")
    return [_read(text) for text in between]


def _read(text: bytes) -> Part:
    head, blank, content = text.partition(b"\r\n\r\n")
    assert head.startswith(b"\r\n")
    assert blank
    headers = BytesHeaderParser().parsebytes(head[2:])
    assert headers.get_content_disposition() == "form-data"
    typed = "content-type" in headers
    return Part(
        name=str(headers.get_param("name", header="content-disposition")),
        content=content,
        file_name=headers.get_filename(),
        media_type=headers.get_content_type() if typed else None,
    )


def _file(name: str, text: str) -> Part:
    file_name, _, described = text.partition(" (")
    media_type = re.search(r"\w+/[\w.+-]+", described)
    size = re.search(r"(\d+) bytes?", described)
    # No two files of a form are alike, or one sent in place of another would go unnoticed.
    block = name.encode() + _BYTES
    length = int(size[1]) if size else _LENGTH
    return Part(
        name=name,
        content=(block * (length // len(block) + 1))[:length],
        file_name=file_name,
        media_type=media_type[0] if media_type else _TYPES[PurePath(file_name).suffix],
    )


def _field(name: str) -> str:
    return re.sub(r"\[\d+\]$", "", name)


def _file_fields(operation: Operation[Any]) -> Iterator[str]:
    model = operation.bodies["multipart/form-data"]()
    for field in model_fields(model):
        shape = shape_of(field.type)
        inner = shape_of(shape.args[0]) if shape.kind == "list" else shape
        if inner.type is UploadFile:
            yield field.wire
