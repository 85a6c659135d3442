"""The base URL of a platform, and which other URLs are on the same server."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import attrs

from annoport.core.errors import ConfigurationError

_SIGNATURES = frozenset({"signature", "sig", "x-amz-signature", "x-goog-signature"})
_DEFAULT_PORTS = {"http": 80, "https": 443}
# A host, perhaps with a port and a path; "https:" with a slash too few is not one.
_BARE = re.compile(
    r"(?://)?(?!https?:)(?P<address>(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::\d+)?(?:/.*)?)"
)


@attrs.frozen
class BaseUrl:
    """A checked base URL.

    Attributes:
        url: The URL without a trailing slash, ready to be joined with a path.
        origin: Scheme, host and port, as in an Origin header. Credentials never leave it.
        path: What follows the origin: empty, or a path with a leading slash.
        assumed_https: Whether the address was given without a scheme, and https was taken.
    """

    url: str
    origin: str
    path: str
    assumed_https: bool = False

    @classmethod
    def parse(cls, text: str) -> BaseUrl:
        """Check `text` and split it into its parts.

        Args:
            text: The address, as the user passed it. One without a scheme, such as
                annotate.example.org, is taken for https.

        Raises:
            ConfigurationError: `text` is not a plain http or https address.
        """
        bare = _BARE.fullmatch(text.strip())
        try:
            parts = urlsplit(f"https://{bare['address']}" if bare else text.strip())
            origin = _origin(parts)
        except ValueError as error:
            raise ConfigurationError(f"base_url {_shown(text)} is not a URL: {error}") from None
        if origin is None:
            raise ConfigurationError(
                f"base_url {_shown(text)} is not an http or https address: "
                "pass one with its scheme, such as https://annotate.example.org"
            )
        if parts.username is not None or parts.password is not None:
            raise ConfigurationError(
                f"base_url contains a user name or password (host {parts.hostname}): "
                "pass them as username= and password="
            )
        if parts.query or parts.fragment:
            raise ConfigurationError(
                f"base_url {_shown(text)} must have no '?' or '#' part: "
                "pass the address that precedes the paths of the API"
            )
        path = parts.path.rstrip("/")
        return cls(
            url=f"{parts.scheme.lower()}://{parts.netloc}{path}",
            origin=origin,
            path=path,
            assumed_https=bare is not None,
        )

    def without_suffix(self, path: str) -> BaseUrl | None:
        """Return this address without `path` at its end; None if it does not end with it.

        Args:
            path: A path with a leading slash, or nothing.
        """
        if not path or not self.path.endswith(path):
            return None
        return attrs.evolve(
            self, url=self.url.removesuffix(path), path=self.path.removesuffix(path)
        )

    def join(self, target: str) -> str:
        """Return the absolute URL of `target`: a path of the API, or an absolute URL already."""
        return self.url + target if target.startswith("/") else target

    def owns(self, target: str) -> bool:
        """Whether `target`, a path of the API or an absolute URL, is on this origin."""
        return target.startswith("/") or _same_origin(target, self.origin)

    def takes_credentials(self, target: str) -> bool:
        """Whether our credentials may be sent to `target`: on this origin, but to no signed URL.

        A signature is a credential for that URL alone. Whoever checks it needs no other one, and
        object stores refuse a request with two.
        """
        return self.owns(target) and not _is_signed(target)

    def path_of(self, url: str) -> str:
        """Return the path and query of a URL that the platform built to point to itself.

        Platforms build such URLs from the Host header, which a proxy may have changed. Requesting
        only the path, on this origin, sends the credentials nowhere else.
        """
        parts = urlsplit(url)
        path = parts.path if parts.path.startswith("/") else f"/{parts.path}"
        if self.path and (path == self.path or path.startswith(f"{self.path}/")):
            path = path[len(self.path) :] or "/"
        return f"{path}?{parts.query}" if parts.query else path

    def is_private_line(self) -> bool:
        """Whether nobody can read the traffic on its way: it uses TLS or stays on this machine."""
        parts = urlsplit(self.url)
        return parts.scheme == "https" or _is_loopback(parts.hostname or "")

    def slash_redirect(self, target: str, location: str) -> str | None:
        """Return the target to request instead if `location` only adds or drops a final slash.

        Only the path of `location` counts: a server behind a proxy may name a host at which it
        cannot be reached. Requesting our own origin again keeps the credentials there.

        Args:
            target: The path of the API that was requested.
            location: The Location header of the redirect.

        Returns:
            The new target, or None if the redirect leads anywhere else.
        """
        asked = urlsplit(self.join(target))
        try:
            redirected = urlsplit(location)
        except ValueError:
            return None
        if redirected.path == asked.path:
            return None
        if redirected.path.rstrip("/") != asked.path.rstrip("/"):
            return None
        path, _, query = target.partition("?")
        path = path.rstrip("/") + "/" * redirected.path.endswith("/")
        return f"{path}?{query}" if query else path

    def same_path(self, target: str, other: str) -> bool:
        """Whether the URL `other` has the same path as `target`, a path of the API.

        A proxy may hide the first part of the path from the server, so `other` may lack the
        base path.
        """
        wanted = unquote(target.partition("?")[0]).rstrip("/")
        try:
            found = unquote(urlsplit(other).path).rstrip("/")
        except ValueError:
            return False
        return found in (wanted, unquote(self.path) + wanted)


def _shown(text: str) -> str:
    """Return an address for a message, without what may be secret: user info and query."""
    address, mark, _ = text.strip().partition("?")
    return repr(address.rpartition("@")[2] + (f"{mark}..." if mark else ""))


def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL, for messages; nothing if there are none."""
    try:
        return _origin(urlsplit(url)) or ""
    except ValueError:
        return ""


def _origin(parts: SplitResult) -> str | None:
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not parts.hostname:
        return None
    host = parts.hostname.lower()
    if ":" in host:
        host = f"[{host}]"
    # Django compares the Origin header with the Host header, which omits a default port.
    is_default = parts.port in (None, _DEFAULT_PORTS[scheme])
    return f"{scheme}://{host}" if is_default else f"{scheme}://{host}:{parts.port}"


def _same_origin(url: str, origin: str) -> bool:
    try:
        return _origin(urlsplit(url)) == origin
    except ValueError:
        return False


def _is_signed(url: str) -> bool:
    try:
        pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    except ValueError:
        return True  # nobody knows, so nothing is sent
    return any(name.lower() in _SIGNATURES for name, _ in pairs)


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
