"""Strategies that authenticate requests: pure, without I/O.

A strategy returns the headers for one request, or has what its query gets. `LoginAuth` also builds
the body of the login request and reads its answer, while the client does the sending. No secret is
part of any repr.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import TypeAlias
from urllib.parse import quote, unquote_plus

import attrs

from annoport.core.contract.extensions import Credential, Login, Platform
from annoport.core.errors import ConfigurationError
from annoport.core.redact import hide_parameter
from annoport.core.values.pointers import resolve

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_NOT_IN_COOKIES = ' ";,\\'


@attrs.frozen
class NoAuth:
    """No credentials."""

    def headers(self, method: str, origin: str) -> Mapping[str, str]:  # noqa: ARG002 (protocol)
        """Return no headers.

        Args:
            method: The HTTP method; it makes no difference.
            origin: The origin of the server; it makes no difference.
        """
        return {}


@attrs.frozen
class HeaderAuth:
    """A secret in a header, such as `Authorization: Token ...`.

    Attributes:
        name: The name of the header.
        prefix: The word before the secret, such as "Token"; None for the secret alone.
        secret: The secret.

    Raises:
        ConfigurationError: The secret is empty or cannot be a header value.
    """

    name: str
    prefix: str | None
    secret: str = attrs.field(repr=False)

    def __attrs_post_init__(self) -> None:
        """Refuse a secret that cannot be a header value."""
        _check_secret(f"the header {self.name}", self.secret)

    def headers(self, method: str, origin: str) -> Mapping[str, str]:  # noqa: ARG002 (protocol)
        """Return the header with the secret.

        Args:
            method: The HTTP method; it makes no difference.
            origin: The origin of the server; it makes no difference.
        """
        return {self.name: f"{self.prefix} {self.secret}" if self.prefix else self.secret}


@attrs.frozen
class CookieAuth:
    """A secret in a cookie.

    Attributes:
        name: The name of the cookie.
        secret: The secret.

    Raises:
        ConfigurationError: The secret is empty or cannot be the value of a cookie.
    """

    name: str
    secret: str = attrs.field(repr=False)

    def __attrs_post_init__(self) -> None:
        """Refuse a secret that cannot be a cookie."""
        _check_secret(f"the cookie {self.name}", self.secret, forbidden=_NOT_IN_COOKIES)

    def headers(self, method: str, origin: str) -> Mapping[str, str]:  # noqa: ARG002 (protocol)
        """Return the header with the cookie.

        Args:
            method: The HTTP method; it makes no difference.
            origin: The origin of the server; it makes no difference.
        """
        return {"Cookie": f"{self.name}={self.secret}"}


@attrs.frozen
class QueryAuth:
    """A secret in the query of each request, which no message and no log of ours shows.

    Attributes:
        name: The name of the parameter.
        secret: The secret.

    Raises:
        ConfigurationError: The secret is empty.
    """

    name: str
    secret: str = attrs.field(repr=False)

    def __attrs_post_init__(self) -> None:
        """Refuse an empty secret."""
        _check_secret(f"the query parameter {self.name}", self.secret)
        hide_parameter(self.name)

    def headers(self, method: str, origin: str) -> Mapping[str, str]:  # noqa: ARG002 (protocol)
        """Return no headers.

        Args:
            method: The HTTP method; it makes no difference.
            origin: The origin of the server; it makes no difference.
        """
        return {}

    @property
    def query(self) -> str:
        """The name and the secret as a query has them."""
        return f"{quote(self.name, safe='')}={quote(self.secret, safe='')}"


@attrs.frozen
class Proof:
    """What authenticates one request.

    Attributes:
        headers: Headers to send.
        query: What its query gets, such as `key=secret`; "" for nothing.
    """

    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)
    query: str = attrs.field(default="", repr=False)

    def __bool__(self) -> bool:
        return bool(self.headers or self.query)

    def covers(self, other: Proof) -> bool:
        """Whether everything in another one is in this one, too."""
        return other.headers.items() <= self.headers.items() and other.query in ("", self.query)


@attrs.frozen
class BasicAuth:
    """A user name and a password with every request (HTTP Basic, RFC 7617).

    Attributes:
        username: The user name.
        password: The password.
    """

    username: str
    password: str = attrs.field(repr=False)

    def headers(self, method: str, origin: str) -> Mapping[str, str]:  # noqa: ARG002 (protocol)
        """Return the Authorization header.

        Args:
            method: The HTTP method; it makes no difference.
            origin: The origin of the server; it makes no difference.
        """
        pair = f"{self.username}:{self.password}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}


@attrs.frozen
class SessionAuth:
    """The cookies of a browser session on a Django server, with the CSRF headers it requires.

    Attributes:
        sessionid: The value of the cookie of that name.
        csrftoken: The value of the cookie of that name.

    Raises:
        ConfigurationError: A value is empty or cannot be a cookie.
    """

    sessionid: str = attrs.field(repr=False)
    csrftoken: str = attrs.field(repr=False)

    def __attrs_post_init__(self) -> None:
        """Refuse secrets that cannot be cookies."""
        _check_secret("the cookie sessionid", self.sessionid, forbidden=_NOT_IN_COOKIES)
        _check_secret("the cookie csrftoken", self.csrftoken, forbidden=_NOT_IN_COOKIES)

    def headers(self, method: str, origin: str) -> Mapping[str, str]:
        """Return the headers for one request, with CSRF headers if the request may write.

        Args:
            method: The HTTP method, in upper case.
            origin: The origin of the server, sent as Origin and in Referer.
        """
        headers = {"Cookie": f"sessionid={self.sessionid}; csrftoken={self.csrftoken}"}
        if method not in _SAFE_METHODS:
            headers["X-CSRFToken"] = self.csrftoken
            headers["Origin"] = origin
            headers["Referer"] = f"{origin}/"
        return headers


@attrs.define
class LoginAuth:
    """A login with user name and password on first use, which keeps the secret it receives.

    The client ensures that only one login runs at a time.

    Attributes:
        username: The user name.
        password: The password.
        login: How the platform logs in.
        credential: The header that carries the secret.
    """

    username: str
    password: str = attrs.field(repr=False)
    login: Login
    credential: Credential
    _granted: KeyAuth | None = attrs.field(default=None, init=False, repr=False)

    @property
    def is_logged_in(self) -> bool:
        """Whether a login has brought a secret to send."""
        return self._granted is not None

    def headers(self, method: str, origin: str) -> Mapping[str, str]:
        """Return the header with the secret; no header before the login.

        Args:
            method: The HTTP method; it makes no difference.
            origin: The origin of the server; it makes no difference.
        """
        return self._granted.headers(method, origin) if self._granted else {}

    def body(self) -> dict[str, bool | int | str]:
        """Return the body of the login request."""
        own = {self.login.username: self.username, self.login.password: self.password}
        return {**self.login.extra, **own}

    def accept(self, content: bytes) -> None:
        """Take the secret from the answer to the login request.

        Args:
            content: The body of the answer, which should be JSON.

        Raises:
            ConfigurationError: The answer does not contain the secret.
        """
        try:
            secret = resolve(json.loads(content), self.login.token)
        except (ValueError, RecursionError):
            secret = None
        if not isinstance(secret, str) or not secret:
            raise ConfigurationError(
                f"the answer to the login ({self.login.operation}) contains no token at "
                f"{self.login.token or '(top level)'!r}: "
                "check that base_url is the address of the platform's API"
            )
        self._granted = in_place(self.credential, secret)

    @property
    def granted(self) -> KeyAuth | None:
        """The strategy for the secret that a login has brought; None before it."""
        return self._granted

    def forget(self, sent: Proof) -> None:
        """Drop the secret that the server refused, unless another login has replaced it since.

        Args:
            sent: What authenticated the refused request.
        """
        if self._granted and sent.covers(proof(self._granted, "GET", "")):
            self._granted = None


def _check_secret(what: str, secret: str, forbidden: str = "") -> None:
    """Raise ConfigurationError for a secret that HTTP cannot carry, without showing it."""
    sendable = secret.isascii() and secret.isprintable() and secret.strip()
    if not sendable or any(letter in forbidden for letter in secret):
        raise ConfigurationError(
            f"the secret for {what} is empty or contains characters that are not allowed there: "
            "check for a stray line break where you read it"
        )


KeyAuth: TypeAlias = HeaderAuth | QueryAuth | CookieAuth
Auth: TypeAlias = NoAuth | KeyAuth | BasicAuth | SessionAuth | LoginAuth
_STRATEGIES = (HeaderAuth, QueryAuth, CookieAuth, BasicAuth, SessionAuth, LoginAuth, NoAuth)


def in_place(credential: Credential, secret: str) -> KeyAuth:
    """Return the strategy that puts a secret where a platform wants it.

    Args:
        credential: Where that is.
        secret: The secret.

    Raises:
        ConfigurationError: The secret is empty or cannot be sent there.
    """
    match credential.location:
        case "header":
            return HeaderAuth(credential.name, credential.prefix, secret)
        case "query":
            return QueryAuth(credential.name, secret)
        case "cookie":
            return CookieAuth(credential.name, secret)


def proof(auth: Auth, method: str, origin: str) -> Proof:
    """Return what authenticates one request.

    Args:
        auth: The strategy.
        method: The HTTP method, in upper case.
        origin: The origin of the server.
    """
    return Proof(auth.headers(method, origin), key.query if (key := query_key(auth)) else "")


def query_key(auth: Auth) -> QueryAuth | None:
    """Return the secret of a strategy that goes into queries, if it has one."""
    inner = auth.granted if isinstance(auth, LoginAuth) else auth
    return inner if isinstance(inner, QueryAuth) else None


def without_key(url: str, key: QueryAuth, *, only_ours: bool) -> str:
    """Return a URL without a secret in its query, as a server may have written it into a link.

    Args:
        url: The URL, or a path with a query.
        key: The secret.
        only_ours: Whether the parameter may stay if it has another value.
    """
    path, mark, query = url.partition("?")
    if not mark:
        return url
    query, hash_, fragment = query.partition("#")
    kept = [
        pair
        for pair in query.split("&")
        if unquote_plus(pair.partition("=")[0]) != key.name
        or (only_ours and unquote_plus(pair.partition("=")[2]) != key.secret)
    ]
    return f"{path}{'?' * bool(kept)}{'&'.join(kept)}{hash_}{fragment}"


def choose(
    platform: Platform,
    *,
    credentials: Mapping[str, str | None],
    username: str | None,
    password: str | None,
    auth: Auth | None,
) -> Auth:
    """Return the strategy that the keyword arguments of a client ask for.

    Args:
        platform: How the platform authenticates.
        credentials: Keyword of the client -> secret, or None where it was not passed.
        username: The `username=` of the client.
        password: The `password=` of the client.
        auth: The `auth=` of the client.

    Raises:
        ConfigurationError: The arguments ask for more than one strategy, or for half of one.
    """
    secrets = {keyword: secret for keyword, secret in credentials.items() if secret is not None}
    ways = [f"{keyword}=" for keyword in secrets]
    if username is not None or password is not None:
        ways.append("username= and password=")
    if auth is not None:
        ways.append("auth=")
    if len(ways) > 1:
        raise ConfigurationError(
            f"{' and '.join(ways)} were passed to the client of {platform.title}: "
            "pass only one of them"
        )
    if auth is not None:
        return _checked(auth)
    for keyword, secret in secrets.items():
        return in_place(platform.credentials[keyword], secret)
    if username is None and password is None:
        return NoAuth()
    if username is None or password is None:
        lacking = "username" if username is None else "password"
        raise ConfigurationError(f"{lacking}= is missing: pass username= and password= together")
    return _by_password(platform, username, password)


def _checked(auth: object) -> Auth:
    if isinstance(auth, _STRATEGIES):
        return auth
    kind = type(auth)
    known = ", ".join(f"annoport.{strategy.__name__}" for strategy in _STRATEGIES)
    raise ConfigurationError(
        f"auth= is of the class {kind.__module__}.{kind.__qualname__}, which is none of ours: pass "
        f"one of {known}; a user name and password go into username= and password="
    )


def how_to_log_in(platform: Platform) -> str:
    """Return that a client has no credentials, and how to give it some.

    Args:
        platform: How the platform authenticates.
    """
    prefix = platform.env_prefix.upper()
    keywords = [f"{keyword}=" for keyword in platform.credentials]
    variables = [f"{prefix}_{keyword.upper()}" for keyword in platform.credentials]
    if platform.login is not None:
        keywords.append("username= and password=")
        variables.append(f"{prefix}_USERNAME and {prefix}_PASSWORD")
    return (
        f"the client has no credentials: pass {' or '.join(keywords)}, or set "
        f"{' or '.join(variables)} and use from_env()"
    )


def _by_password(platform: Platform, username: str, password: str) -> LoginAuth | BasicAuth:
    login = platform.login
    if login is None:
        return BasicAuth(username, password)
    return LoginAuth(username, password, login, platform.credentials[login.credential])
