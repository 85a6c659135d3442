"""Where a file is to be asked for, and with which right."""

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
    """Where the file is. secured: credentials may go there, as far as it is our own origin."""

    request: Request
    secured: bool

    def redirected(self, asked: str, location: str, base: BaseUrl, label: str) -> Route:
        """Follow a redirect from the whole URL `asked` to `location`.

        Credentials stay behind, for good, when it leaves our origin. Raises DownloadError for
        an address that is no web address, or that gives up the encryption of the last one.
        """
        check_url(location)
        target = urljoin(asked, location)
        scheme = urlsplit(target).scheme
        if scheme not in ("http", "https"):
            raise DownloadError(f"{label}: the server redirects to a {scheme!r} address")
        if scheme == "http" and urlsplit(base.join(self.request.url)).scheme == "https":
            raise DownloadError(f"{label}: the server redirects from https to plain http")
        request = attrs.evolve(self.request, url=target)
        return Route(request=request, secured=self.secured and base.owns(target))


Renew: TypeAlias = Callable[[], Route]
AsyncRenew: TypeAlias = Callable[[], Awaitable[Route]]
"""Gives a new route to a file whose URL has expired."""

RenewUrl: TypeAlias = Callable[[], str]
AsyncRenewUrl: TypeAlias = Callable[[], Awaitable[str]]
"""Gives a new URL for one that has expired."""


def check_url(url: str) -> None:
    """Raise DownloadError if what a server gave as a URL cannot be taken apart."""
    try:
        _ = urlsplit(url).port
    except ValueError:
        raise DownloadError(f"the server gave {redact_url(url)!r}, which is no URL") from None
