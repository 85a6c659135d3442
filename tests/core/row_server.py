"""A server of one long list, which it streams as Tator does, and breaks off on request."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import zlib
from collections.abc import Generator, Sequence
from typing import Any, Literal, TypeAlias
from urllib.parse import parse_qs

import attrs

from tests.core.listening import listening

How: TypeAlias = Literal["json", "gzip", "connection", "reset", "head", "503"]
Cut: TypeAlias = tuple[How, float]
"""How an answer ends too early, and after which part of its text."""

Rows: TypeAlias = Sequence[dict[str, Any]]
_TOO_MANY = 300


@attrs.define
class RowServer:
    """Answers lists of rows by id.

    Attributes:
        rows: The rows, in the order in which they are sent.
        cuts: How the next answers end too early.
        gzip: Whether answers are compressed.
        spaces: What stands between the parts of the JSON text.
        chunk: Bytes of a chunk.
        endless: Whether the last row is sent again and again.
        url: The base URL while it runs.
        asked: The query of each request.
        left: Set when a client has gone before the end of its answer.
    """

    rows: Rows
    cuts: list[Cut] = attrs.Factory(list[Cut])
    gzip: bool = True
    spaces: tuple[str, str] = (",", ":")
    chunk: int = 1000
    endless: bool = False
    url: str = ""
    asked: list[str] = attrs.Factory(list[str])
    left: threading.Event = attrs.Factory(threading.Event)

    @property
    def queries(self) -> list[dict[str, str]]:
        """The parameters of each request, without the order."""
        return [
            {name: values[0] for name, values in parse_qs(query).items() if name != "sort_by"}
            for query in self.asked
        ]

    @contextlib.contextmanager
    def running(self) -> Generator[RowServer]:
        """Serve until the block ends."""
        with listening(self._converse) as self.url:
            yield self

    def _converse(self, connection: socket.socket, _number: int) -> None:
        while head := self._head(connection):
            target = head.split(b" ", 2)[1].decode()
            self.asked.append(target.partition("?")[2])
            assert len(self.asked) < _TOO_MANY, "the client does not stop asking"
            if not self._answer(connection, self.queries[-1]):
                return

    @staticmethod
    def _head(connection: socket.socket) -> bytes:
        data = b""
        while b"\r\n\r\n" not in data:
            block = connection.recv(65536)
            if not block:
                return b""
            data += block
        return data

    def _answer(self, connection: socket.socket, query: dict[str, str]) -> bool:
        """Answer one request; return whether the connection stays open."""
        how, part = self.cuts.pop(0) if self.cuts else (None, 1.0)
        if how == "head":
            return False
        if how == "503":
            connection.sendall(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
            return True
        coding = "Content-Encoding: gzip\r\n" if self.gzip else ""
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{coding}"
        connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        text = json.dumps(self.selected(query), separators=self.spaces).encode()
        if self.endless:
            self._send_endlessly(connection, text)
            return False
        body = self._body(text, how, part)
        for at in range(0, len(body), self.chunk):
            piece = body[at : at + self.chunk]
            connection.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
        if how == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if how in ("connection", "reset"):
            return False
        connection.sendall(b"0\r\n\r\n")
        return True

    def _body(self, text: bytes, how: How | None, part: float) -> bytes:
        if how is not None:
            text = text[: min(int(len(text) * part), len(text) - 1)]
        if not self.gzip:
            return text
        coder = zlib.compressobj(wbits=31)
        mode = zlib.Z_FINISH if how in (None, "json") else zlib.Z_SYNC_FLUSH
        return coder.compress(text) + coder.flush(mode)

    def _send_endlessly(self, connection: socket.socket, text: bytes) -> None:
        begin = text[:-1]
        coder = zlib.compressobj(wbits=31)
        number = self.rows[-1]["id"]
        try:
            while True:
                body = coder.compress(begin) + coder.flush(zlib.Z_SYNC_FLUSH)
                connection.sendall(b"%x\r\n%b\r\n" % (len(body), body))
                number += 1
                begin = b"," + json.dumps({**self.rows[-1], "id": number}).encode()
        except OSError:
            self.left.set()

    def selected(self, query: dict[str, str]) -> list[dict[str, Any]]:
        """Return the rows that a request asks for."""
        after = int(query.get("after", 0))
        found = [row for row in self.rows if row["id"] > after]
        stop = int(query["stop"]) if "stop" in query else None
        return found[int(query.get("start", 0)) : stop]
