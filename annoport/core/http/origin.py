"""Where a platform lives: its base URL, and which other URLs are on the same server."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, unquote, urlsplit

import attrs

from annoport.core.errors import ConfigurationError

_DEFAULT_PORTS = {"http": 80, "https": 443}


@attrs.frozen
class BaseUrl:
    """A checked base URL.

    url: without a trailing slash, as requests are joined to it.
    origin: scheme, host and port as in an Origin header; credentials stay on it.
    path: what follows the origin; empty or beginning with a slash.
    """

    url: str
    origin: str
    path: str

    @classmethod
    def parse(cls, text: str) -> BaseUrl:
        """Check `text` and take it apart.

        Raises ConfigurationError for anything that is not a plain http or https address.
        """
        try:
            parts = urlsplit(text.strip())
            origin = _origin(parts)
        except ValueError as error:
            raise ConfigurationError(f"base_url {text!r} is not a URL: {error}") from None
        if origin is None:
            raise ConfigurationError(
                f"base_url {text!r}: expected an address with its scheme, "
                "such as https://annotate.example.org"
            )
        if parts.username is not None or parts.password is not None:
            raise ConfigurationError(
                f"base_url holds a user name or password (host {parts.hostname}): "
                "give them as username= and password="
            )
        if parts.query or parts.fragment:
            raise ConfigurationError(
                f"base_url {text!r}: expected no '?' or '#' part; "
                "give the address that comes before the paths of the API"
            )
        path = parts.path.rstrip("/")
        return cls(url=f"{parts.scheme.lower()}://{parts.netloc}{path}", origin=origin, path=path)

    def join(self, target: str) -> str:
        """The whole URL of `target`: a path of the API, or a URL that is whole already."""
        return self.url + target if target.startswith("/") else target

    def owns(self, target: str) -> bool:
        """Whether `target`, a path of the API or a whole URL, is on this origin."""
        return target.startswith("/") or _same_origin(target, self.origin)

    def path_of(self, url: str) -> str:
        """Return the path and query of a URL that the platform made for itself.

        Platforms build such URLs from the Host header, which a proxy may have changed. Asked for
        on this origin, the request, with its credentials, cannot go anywhere else.
        """
        parts = urlsplit(url)
        path = parts.path if parts.path.startswith("/") else f"/{parts.path}"
        if self.path and (path == self.path or path.startswith(f"{self.path}/")):
            path = path[len(self.path) :] or "/"
        return f"{path}?{parts.query}" if parts.query else path

    def is_private_line(self) -> bool:
        """Whether what is sent there cannot be read on the way: TLS, or this very machine."""
        parts = urlsplit(self.url)
        return parts.scheme == "https" or _is_loopback(parts.hostname or "")

    def slash_redirect(self, target: str, location: str) -> str | None:
        """The target to ask instead when `location` only adds or drops the last slash.

        Only the path of `location` counts: a server behind a proxy may well name a host of
        which it is not reached. Asking our own origin again keeps the credentials there.
        """
        asked = urlsplit(self.join(target))
        try:
            told = urlsplit(location)
        except ValueError:
            return None
        if told.path == asked.path or told.path.rstrip("/") != asked.path.rstrip("/"):
            return None
        path, _, query = target.partition("?")
        path = path.rstrip("/") + "/" * told.path.endswith("/")
        return f"{path}?{query}" if query else path

    def same_path(self, target: str, other: str) -> bool:
        """Whether the URL `other` has the path of `target`, a path of the API.

        A proxy may hide the first part of the path from the server, so the base path may lack.
        """
        wanted = unquote(target.partition("?")[0]).rstrip("/")
        try:
            found = unquote(urlsplit(other).path).rstrip("/")
        except ValueError:
            return False
        return found in (wanted, unquote(self.path) + wanted)


def _origin(parts: SplitResult) -> str | None:
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not parts.hostname:
        return None
    host = parts.hostname.lower()
    if ":" in host:
        host = f"[{host}]"
    # Django compares the Origin header with the Host header, which has no usual port.
    usual = parts.port in (None, _DEFAULT_PORTS[scheme])
    return f"{scheme}://{host}" if usual else f"{scheme}://{host}:{parts.port}"


def _same_origin(url: str, origin: str) -> bool:
    try:
        return _origin(urlsplit(url)) == origin
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
