"""Which release a server is, and what a release knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from annoport.core import messages
from annoport.core.codec import json as codec
from annoport.core.contract import releases
from annoport.core.contract.extensions import Releases
from annoport.core.errors import ConfigurationError, DecodeError, UnsupportedByServerError
from annoport.core.http.request import THE_OPERATION, Request
from annoport.core.values.pointers import resolve

if TYPE_CHECKING:
    from collections.abc import Iterable

    from annoport.core.codec.releases import Need
    from annoport.core.contract.extensions import Platform, VersionSource
    from annoport.core.contract.operation import Operation

_NAME = "server_version"


def checked(version: str) -> str:
    """Return the version that a caller gave, checked.

    Raises:
        ConfigurationError: It is no version.
    """
    if releases.numbers(version) is None:
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
    if not isinstance(found, str) or releases.numbers(found) is None:
        raise DecodeError(
            f"{_NAME}: expected a version such as 2.52.0 at {source.pointer!r}, found "
            f"{messages.shorten(repr(found))}"
        )
    return found


def depends_on_release(request: Request) -> bool:
    """Whether a request uses something that only some releases of the server know."""
    return bool(request.needs) or any(True for _ in request.body_needs(None))


def refuse_unknown(platform: Platform, request: Request, version: str) -> None:
    """Refuse a request that uses what the server's release does not know.

    Args:
        platform: The platform, for the message.
        request: The request, which was not sent yet.
        version: The version of the server.

    Raises:
        UnsupportedByServerError: The release does not know something; the message lists it all.
    """
    unknown = [need for need in request.needs if not releases.know(need.known_by, version)]
    unknown += request.body_needs(version)
    if not unknown:
        return
    title = platform.title
    listed = tuple(f"{need.what}: {releases.words(title, need.known_by)}" for need in unknown)
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
    since, removed, edition = operation.since, operation.removed, operation.edition
    if not (operation.known_by or since or removed or edition):
        return None
    known_by = operation.known_by or Releases(since=since, removed=removed, edition=edition)
    said = releases.words(platform.title, known_by)
    unexplained = not edition and version is not None and releases.know(known_by, version)
    return f"{said}, but not in every edition" if unexplained else said


def _advice(unknown: Iterable[Need]) -> str:
    if any(need.what == THE_OPERATION for need in unknown):
        return "check_server_version=False on the client would send it all the same"
    return (
        "leave it out, because this server may ignore it and do something else; "
        "check_server_version=False on the client would send it all the same"
    )
