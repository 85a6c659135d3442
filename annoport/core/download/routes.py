"""Where to request a file, and whether to send credentials there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal, TypeAlias
from urllib.parse import urljoin, urlsplit

import attrs
from msgspec import structs

from annoport.core.contract.extensions import Download
from annoport.core.errors import DownloadError, InvalidArgumentError
from annoport.core.http.origin import BaseUrl
from annoport.core.http.request import Request
from annoport.core.redact import redact_url


@attrs.frozen(kw_only=True)
class Route:
    """Where a file is.

    Attributes:
        request: The request for it.
        secured: Whether credentials may go there, provided that it is our own origin.
    """

    request: Request
    secured: bool

    def redirected(self, asked: str, location: str, base: BaseUrl, label: str) -> Route:
        """Return the route after a redirect.

        Once a redirect leaves our origin, or leads to a signed URL, credentials are no longer
        sent, not even after a redirect back.

        Args:
            asked: Absolute URL that was requested.
            location: The Location header of the answer.
            base: The base URL of the client.
            label: Name of the file in messages.

        Raises:
            DownloadError: The new address is not on the web, or is not encrypted although the
                previous one was.
        """
        check_url(location)
        target = urljoin(asked, location)
        scheme = urlsplit(target).scheme
        if scheme not in ("http", "https"):
            raise DownloadError(
                f"{label}: the server redirects to a {scheme!r} address, and only http and https "
                "are followed"
            )
        if scheme == "http" and urlsplit(base.join(self.request.url)).scheme == "https":
            raise DownloadError(
                f"{label}: the server redirects from https to plain http, which is not followed"
            )
        request = attrs.evolve(self.request, url=target)
        return Route(request=request, secured=self.secured and base.takes_credentials(target))


Renew: TypeAlias = Callable[[], Route]
AsyncRenew: TypeAlias = Callable[[], Awaitable[Route]]
"""Returns a new route to a file whose URL has expired."""

RenewUrl: TypeAlias = Callable[[], str]
AsyncRenewUrl: TypeAlias = Callable[[], Awaitable[str]]
"""Returns a new URL for one that has expired."""


# Object stores and web servers alike honour ranges and send ETags; one that does not is read anew.
_AT = Download(ranges="any", validator="etag", origin="url")


def rules_at(address: str, origin: Literal["platform", "other"] | None) -> Download:
    """Return how to fetch a file at an address that the caller gives.

    Args:
        address: A URL, or a path on the platform's host.
        origin: Whose host that is; None if the address tells.

    Raises:
        InvalidArgumentError: It is neither a URL nor a path.
    """
    try:
        parts = urlsplit(address)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        known = False
    a_path = address.startswith("/") and not address.startswith("//") and origin != "other"
    if not (known or a_path):
        raise InvalidArgumentError(
            f"file_at: {redact_url(address)!r} is no address of a file: pass a URL with http:// or "
            "https://, or a path on the platform's host that begins with a slash; a key in an "
            "object store needs a URL first"
        )
    return _AT if origin is None else structs.replace(_AT, origin=origin)


def check_url(url: str) -> None:
    """Raise DownloadError if what a server sent as a URL is malformed."""
    try:
        _ = urlsplit(url).port
    except ValueError:
        raise DownloadError(
            f"the server sent an invalid URL for a file: {redact_url(url)!r}"
        ) from None
