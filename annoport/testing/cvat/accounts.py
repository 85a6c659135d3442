"""Who is asking the fake CVAT: passwords, tokens, access tokens and sessions."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections import deque

import attrs
from starlette.requests import Request
from starlette.responses import Response

from annoport.testing.clock import Clock
from annoport.testing.cvat.answers import Json, Refused, detail, refuse_detail
from annoport.testing.cvat.state import State, User, now

_SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
_MINUTE = 60.0


@attrs.define(kw_only=True)
class AccessToken:
    """A personal access token, sent as `Authorization: Bearer`."""

    id: int
    name: str
    value: str
    owner: User
    read_only: bool = True
    expiry_date: str | None = None
    created: str = attrs.field(factory=now)
    last_used: str | None = None

    def show(self, base: str) -> Json:
        """Show the token without its value."""
        return {
            "id": self.id,
            "name": self.name,
            "created_date": self.created,
            "updated_date": self.created,
            "expiry_date": self.expiry_date,
            "last_used_date": self.last_used,
            "read_only": self.read_only,
            "owner": self.owner.basic(base),
        }


@attrs.define(kw_only=True)
class Accounts:
    """Tokens and sessions.

    anonymous_per_minute: how many requests a minute may come without a user; None is no limit.
    knows_bearers: whether the release has personal access tokens; an older one ignores them.
    """

    state: State
    clock: Clock
    anonymous_per_minute: int | None
    knows_bearers: bool
    tokens: dict[str, int] = attrs.field(factory=dict[str, int])  # token -> id of its user
    access_tokens: dict[int, AccessToken] = attrs.field(factory=dict[int, AccessToken])
    sessions: dict[str, tuple[int, str]] = attrs.field(
        factory=dict[str, tuple[int, str]]
    )  # id -> user id, CSRF token
    _anonymous: deque[float] = attrs.field(factory=deque[float], init=False)
    _made: int = attrs.field(default=0, init=False)

    def secret(self, purpose: str) -> str:
        """Make up a secret; every run makes up the same ones."""
        self._made += 1
        return hashlib.sha256(f"{purpose} {self._made}".encode()).hexdigest()[:40]

    def by_password(self, username: str, password: str) -> User | None:
        """Return the user with this name and password."""
        for user in self.state.users.values():
            if (user.username, user.password) == (username, password):
                return user
        return None

    def identify(self, request: Request) -> User | None:
        """Return who sent a request, None for an anonymous one; Refused for wrong credentials."""
        scheme, _, credential = request.headers.get("authorization", "").partition(" ")
        if scheme == "Token":
            if credential not in self.tokens:
                refuse_detail("Invalid token.", 401)
            return self.state.users[self.tokens[credential]]
        if scheme == "Bearer" and self.knows_bearers:
            return self.bearer(credential).owner
        if scheme == "Basic":
            return self._basic(credential)
        return self._session(request)

    def bearer(self, credential: str) -> AccessToken:
        """Return a personal access token by its value; Refused if it is not valid."""
        moment = now()
        for token in self.access_tokens.values():
            if token.value == credential and (token.expiry_date or "9999") > moment:
                token.last_used = moment
                return token
        raise Refused(detail("Invalid token.", 401))

    def _basic(self, credential: str) -> User:
        try:
            name, _, password = base64.b64decode(credential).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            message = "Invalid basic header. Credentials not correctly base64 encoded."
            refuse_detail(message, 401)
        user = self.by_password(name, password)
        if user is None:
            refuse_detail("Invalid username/password.", 401)
        return user

    def _session(self, request: Request) -> User | None:
        session = self.sessions.get(request.cookies.get("sessionid", ""))
        if session is None:
            return None
        number, csrf = session
        if request.method not in _SAFE:
            sent = request.headers.get("x-csrftoken")
            if sent is None:
                refuse_detail("CSRF Failed: CSRF token missing.", 403)
            if sent != csrf:
                refuse_detail("CSRF Failed: CSRF token incorrect.", 403)
        return self.state.users[number]

    def throttle(self) -> Response | None:
        """Count a request without a user; return the 429 if there were too many."""
        if self.anonymous_per_minute is None:
            return None
        moment = self.clock.monotonic()
        while self._anonymous and self._anonymous[0] <= moment - _MINUTE:
            self._anonymous.popleft()
        if len(self._anonymous) < self.anonymous_per_minute:
            self._anonymous.append(moment)
            return None
        first = self._anonymous[0] if self._anonymous else moment
        wait = max(1, round(first + _MINUTE - moment))
        sentence = f"Request was throttled. Expected available in {wait} seconds."
        return detail(sentence, 429, {"retry-after": str(wait)})
