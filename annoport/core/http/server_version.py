"""Which release a server is, and what a release knows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from annoport.core import messages
from annoport.core.codec import json as codec
from annoport.core.contract.extensions import Releases
from annoport.core.errors import ConfigurationError, DecodeError, UnsupportedByServerError
from annoport.core.http.request import THE_OPERATION, Request
from annoport.core.values.pointers import resolve

if TYPE_CHECKING:
    from collections.abc import Iterable

    from annoport.core.codec.releases import Need
    from annoport.core.contract.extensions import Platform, VersionSource
    from annoport.core.contract.operation import Operation

_VERSION = re.compile(
    r"v?(\d{1,9}(?:\.\d{1,9})*)(?:(?:[.+-]?[a-z]|[+-]\d)[\w.+-]{0,40})?", re.ASCII | re.IGNORECASE
)
_NAME = "server_version"


def checked(version: str) -> str:
    """Return the version that a caller gave, checked.

    Raises:
        ConfigurationError: It is no version.
    """
    if numbers(version) is None:
        raise ConfigurationError(
            f"server_version is {version!r}: expected the version of the server as text, "
            'such as "2.52.0", or None to ask the server'
        )
    return version


def document_request(platform: Platform) -> Request:
    """Return the request for the document that describes the server's API."""
    path = platform.schema_path or ""
    return Request("GET", path, {"Accept": platform.schema_accept}, None, _NAME)


def read(source: VersionSource, content: bytes) -> str:
    """Return the version that an answer tells.

    Raises:
        DecodeError: It tells none.
    """
    found = resolve(codec.load(content, _NAME), source.pointer)
    if not isinstance(found, str) or numbers(found) is None:
        raise DecodeError(
            f"{_NAME}: expected a version such as 2.52.0 at {source.pointer!r}, found "
            f"{messages.shorten(repr(found))}"
        )
    return found


def refuse_unknown(platform: Platform, request: Request, version: str) -> None:
    """Refuse a request that uses what the server's release does not know.

    Args:
        platform: The platform, for the message.
        request: The request, which was not sent yet.
        version: The version of the server.

    Raises:
        UnsupportedByServerError: The release does not know something; the message lists it all.
    """
    unknown = [need for need in request.needs if not _knows(version, need.known_by)]
    if not unknown:
        return
    listed = tuple(f"{need.what}: {_words(platform.title, need.known_by)}" for need in unknown)
    raise UnsupportedByServerError(
        f"{request.operation_id}: {'; '.join(listed)}; this server is {version}. "
        f"Nothing was sent: {_advice(unknown)}",
        operation=request.operation_id,
        server_version=version,
        unsupported=listed,
    )


def having(platform: Platform, operation: Operation[Any], version: str | None) -> str | None:
    """Return in words which servers have an operation that one of them has not.

    Args:
        platform: The platform.
        operation: The operation.
        version: The version of the server that does not have it, if known.

    Returns:
        The releases; None if they are not known.
    """
    if operation.edition is not None:
        return operation.edition
    if operation.since is None and operation.removed is None:
        return None
    releases = Releases(since=operation.since, removed=operation.removed)
    explained = version is not None and not _knows(version, releases)
    return _words(platform.title, releases) + ("" if explained else ", but not in every edition")


def _advice(unknown: Iterable[Need]) -> str:
    if any(need.what == THE_OPERATION for need in unknown):
        return "check_server_version=False on the client would send it all the same"
    return (
        "leave it out, because this server may ignore it and do something else; "
        "check_server_version=False on the client would send it all the same"
    )


def _words(title: str, known_by: Releases) -> str:
    if known_by.since is None:
        return f"{title} before {known_by.removed}"
    until = f", before {known_by.removed}" if known_by.removed else ""
    return f"{title} {known_by.since} and later{until}"


def _knows(version: str, known_by: Releases) -> bool:
    ours = numbers(version) or ()
    since, removed = numbers(known_by.since or ""), numbers(known_by.removed or "")
    if (since and ours < since) or (removed and ours >= removed):
        return False
    return not any((numbers(a) or ()) <= ours < (numbers(b) or ()) for a, b in known_by.gaps)


def numbers(version: object) -> tuple[int, ...] | None:
    """Return the numbers of a version, so that 2.9 is before 2.10; None for other text.

    Zeros at the end mean nothing: 2.52 and 2.52.0 are one release.
    """
    match = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if match is None:
        return None
    found = [int(number) for number in match[1].split(".")]
    while found and found[-1] == 0:
        found.pop()
    return tuple(found)
