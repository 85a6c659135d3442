"""Where to request a file, and whether to send credentials there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias
from urllib.parse import urljoin, urlsplit

import attrs

from annoport.core.errors import DownloadError
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


def check_url(url: str) -> None:
    """Raise DownloadError if what a server sent as a URL is malformed."""
    try:
        _ = urlsplit(url).port
    except ValueError:
        raise DownloadError(
            f"the server sent an invalid URL for a file: {redact_url(url)!r}"
        ) from None
