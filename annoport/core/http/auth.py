"""How requests prove who sends them: pure strategies, no I/O.

A strategy gives the headers for one request. `LoginAuth` also knows how to log in; the client
does the talking and hands the answer back. No secret is part of any repr.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import TypeAlias

import attrs

from annoport.core.contract.extensions import Credential, Login, Platform
from annoport.core.errors import ConfigurationError
from annoport.core.values.pointers import resolve

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_NOT_IN_COOKIES = ' ";,\\'


@attrs.frozen
class NoAuth:
    """Send no credentials."""

    def headers(self, method: str, origin: str) -> Mapping[str, str]:  # noqa: ARG002 (protocol)
        """The headers for one request."""
        return {}


@attrs.frozen
class HeaderAuth:
    """A secret in a header, e.g. `Authorization: Token ...`."""

    name: str
    prefix: str | None
    secret: str = attrs.field(repr=False)

    def __attrs_post_init__(self) -> None:
        """Refuse a secret that cannot be a header value."""
        _check_secret(f"the header {self.name}", self.secret)

    def headers(self, method: str, origin: str) -> Mapping[str, str]:  # noqa: ARG002 (protocol)
        """The headers for one request."""
        return {self.name: f"{self.prefix} {self.secret}" if self.prefix else self.secret}


@attrs.frozen
class BasicAuth:
    """A user name and a password with every request (RFC 7617)."""

    username: str
    password: str = attrs.field(repr=False)

    def headers(self, method: str, origin: str) -> Mapping[str, str]:  # noqa: ARG002 (protocol)
        """The headers for one request."""
        pair = f"{self.username}:{self.password}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}


@attrs.frozen
class SessionAuth:
    """The cookies of a browser session of a Django server, with its guard against forgery."""

    sessionid: str = attrs.field(repr=False)
    csrftoken: str = attrs.field(repr=False)

    def __attrs_post_init__(self) -> None:
        """Refuse secrets that cannot be cookies."""
        _check_secret("the cookie sessionid", self.sessionid, forbidden=_NOT_IN_COOKIES)
        _check_secret("the cookie csrftoken", self.csrftoken, forbidden=_NOT_IN_COOKIES)

    def headers(self, method: str, origin: str) -> Mapping[str, str]:
        """The headers for one request; those that write also prove where they come from."""
        headers = {"Cookie": f"sessionid={self.sessionid}; csrftoken={self.csrftoken}"}
        if method not in _SAFE_METHODS:
            headers["X-CSRFToken"] = self.csrftoken
            headers["Origin"] = origin
            headers["Referer"] = f"{origin}/"
        return headers


@attrs.define
class LoginAuth:
    """Log in with a user name and a password on first use, and keep the secret that comes back.

    The client sees to it that one login runs at a time.
    """

    username: str
    password: str = attrs.field(repr=False)
    login: Login
    credential: Credential
    _granted: HeaderAuth | None = attrs.field(default=None, init=False, repr=False)

    @property
    def is_logged_in(self) -> bool:
        """Whether there is a secret to send."""
        return self._granted is not None

    def headers(self, method: str, origin: str) -> Mapping[str, str]:
        """The headers for one request; none before the login."""
        return self._granted.headers(method, origin) if self._granted else {}

    def body(self) -> dict[str, bool | int | str]:
        """The body of the login request."""
        own = {self.login.username: self.username, self.login.password: self.password}
        return {**self.login.extra, **own}

    def accept(self, content: bytes) -> None:
        """Take the secret from the JSON answer of the login operation."""
        try:
            secret = resolve(json.loads(content), self.login.token)
        except (ValueError, RecursionError):
            secret = None
        if not isinstance(secret, str) or not secret:
            raise ConfigurationError(
                f"the login answer ({self.login.operation}) holds no token at "
                f"{self.login.token or 'its top'!r}: "
                "check that base_url is the address of the platform's API"
            )
        self._granted = HeaderAuth(self.credential.name, self.credential.prefix, secret)

    def forget(self, sent: Mapping[str, str]) -> None:
        """Drop the secret if it is the one in the headers `sent`, which the server refused."""
        granted = self._granted
        if granted and granted.headers("GET", "").items() <= sent.items():
            self._granted = None


def _check_secret(what: str, secret: str, forbidden: str = "") -> None:
    """Raise ConfigurationError for a secret that HTTP has no room for, without showing it."""
    sendable = secret.isascii() and secret.isprintable() and secret.strip()
    if not sendable or any(letter in forbidden for letter in secret):
        raise ConfigurationError(
            f"the secret for {what} is empty or holds characters that it cannot carry: "
            "check for line breaks where it was read"
        )


Auth: TypeAlias = NoAuth | HeaderAuth | BasicAuth | SessionAuth | LoginAuth


def choose(
    platform: Platform,
    *,
    credentials: Mapping[str, str | None],
    username: str | None,
    password: str | None,
    auth: Auth | None,
) -> Auth:
    """The strategy that the keywords of a client ask for.

    Raises ConfigurationError when they ask for more than one, or for half of one.
    """
    secrets = {keyword: secret for keyword, secret in credentials.items() if secret is not None}
    ways = [f"{keyword}=" for keyword in secrets]
    if username is not None or password is not None:
        ways.append("username= and password=")
    if auth is not None:
        ways.append("auth=")
    if len(ways) > 1:
        raise ConfigurationError(
            f"{' and '.join(ways)} were given to {platform.title}: expected one of them"
        )
    if auth is not None:
        return auth
    for keyword, secret in secrets.items():
        credential = platform.credentials[keyword]
        return HeaderAuth(credential.name, credential.prefix, secret)
    if username is None and password is None:
        return NoAuth()
    if username is None or password is None:
        lacking = "username" if username is None else "password"
        raise ConfigurationError(f"{lacking}= is missing: username= and password= go together")
    return _by_password(platform, username, password)


def _by_password(platform: Platform, username: str, password: str) -> LoginAuth | BasicAuth:
    login = platform.login
    if login is None:
        return BasicAuth(username, password)
    return LoginAuth(username, password, login, platform.credentials[login.credential])
