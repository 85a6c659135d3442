"""Requests, made from an operation and its arguments. Nothing is sent here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from annoport.core.multipart import StreamedBody
from annoport.core.operation import Operation
from annoport.core.types import UNSET


@attrs.frozen
class Request:
    """A request without its server.

    url: path and query, relative to the base URL, percent-encoded as it must be sent.
    content: the body; None sends none. A `StreamedBody` is iterated (again for a retry, if its
        `replayable` is True); its length, if known, is in the headers.
    """

    method: str
    url: str
    headers: dict[str, str]
    content: bytes | StreamedBody | None
    operation_id: str


def build(
    operation: Operation[Any],
    arguments: Mapping[str, Any],
    body: Any = UNSET,
    content_type: str | None = None,
) -> Request: ...
