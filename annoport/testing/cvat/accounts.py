"""Who asks: the four ways to log in to CVAT, and the endpoints of accounts."""

from __future__ import annotations

import base64
import binascii
import hashlib
import time
from collections import deque
from typing import TYPE_CHECKING

import attrs
from starlette.responses import Response

from annoport.testing.cvat.answers import (
    Json,
    Refused,
    answer,
    detail,
    refuse_detail,
    refuse_field,
    refuse_list,
    unknown,
)
from annoport.testing.cvat.paging import listed
from annoport.testing.cvat.state import Organization, now

if TYPE_CHECKING:
    from starlette.requests import Request

    from annoport.testing.cvat.call import Call
    from annoport.testing.cvat.state import State, User

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

    anonymous_per_minute: requests without a user to the open endpoints; None is no limit.
    """

    state: State
    anonymous_per_minute: int | None
    tokens: dict[str, int] = attrs.field(factory=dict[str, int])  # token -> id of its user
    access_tokens: dict[int, AccessToken] = attrs.field(factory=dict[int, AccessToken])
    sessions: dict[str, tuple[int, str]] = attrs.field(
        factory=dict[str, tuple[int, str]]
    )  # id -> user id, CSRF token
    _anonymous: deque[float] = attrs.field(factory=deque[float], init=False)
    _made: int = attrs.field(default=0, init=False)

    def secret(self, purpose: str) -> str:
        """Make up a secret; the same ones on every run."""
        self._made += 1
        return hashlib.sha256(f"{purpose} {self._made}".encode()).hexdigest()[:40]

    def by_password(self, username: str, password: str) -> User | None:
        """Return the user with this name and password."""
        for user in self.state.users.values():
            if (user.username, user.password) == (username, password):
                return user
        return None

    def identify(self, request: Request) -> User | None:
        """Return who asks, None if nobody says so; Refused if a credential is wrong."""
        scheme, _, credential = request.headers.get("authorization", "").partition(" ")
        if scheme == "Token":
            if credential not in self.tokens:
                refuse_detail("Invalid token.", 401)
            return self.state.users[self.tokens[credential]]
        if scheme == "Bearer":
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
        moment = time.monotonic()
        while self._anonymous and self._anonymous[0] <= moment - _MINUTE:
            self._anonymous.popleft()
        if len(self._anonymous) < self.anonymous_per_minute:
            self._anonymous.append(moment)
            return None
        first = self._anonymous[0] if self._anonymous else moment
        wait = max(1, round(first + _MINUTE - moment))
        sentence = f"Request was throttled. Expected available in {wait} seconds."
        return detail(sentence, 429, {"retry-after": str(wait)})


async def login(call: Call) -> Response:
    """POST /api/auth/login."""
    given = await call.body()
    name, password = given.get("username") or given.get("email"), given.get("password")
    if not name or not password:
        refuse_list('Must include either "username" or "email" and "password".')
    accounts = call.fake.accounts
    user = accounts.by_password(name, password)
    if user is None:
        refuse_field("non_field_errors", "Unable to log in with provided credentials.")
    user.last_login = now()
    token = next((t for t, number in accounts.tokens.items() if number == user.id), None)
    if token is None:
        token = accounts.secret("token")
        accounts.tokens[token] = user.id
        if user.username == call.fake.username:
            call.fake.token = token
    session, csrf = accounts.secret("session"), accounts.secret("csrf")
    accounts.sessions[session] = (user.id, csrf)
    response = answer({"key": token})
    response.set_cookie("csrftoken", csrf, samesite="lax")
    response.set_cookie("sessionid", session, httponly=True, samesite="lax")
    return response


async def logout(call: Call) -> Response:
    """POST /api/auth/logout: ends the session, and the token for every client of the user."""
    accounts = call.fake.accounts
    scheme, _, credential = call.request.headers.get("authorization", "").partition(" ")
    if scheme == "Token":
        accounts.tokens.pop(credential, None)
    accounts.sessions.pop(call.request.cookies.get("sessionid", ""), None)
    return detail("Successfully logged out.", 200)


async def myself(call: Call) -> Response:
    """GET /api/users/self."""
    return answer(call.user.full(call.base))


async def users(call: Call) -> Response:
    """GET /api/users."""
    shown = [user.full(call.base) for user in call.state.users.values()]
    return listed(call, shown, search=("username", "first_name", "last_name"))


async def user(call: Call) -> Response:
    """GET /api/users/{id}."""
    return answer(call.find(call.state.users, "User").full(call.base))


async def create_access_token(call: Call) -> Response:
    """POST /api/auth/access_tokens: the value is shown this once."""
    given = await call.body()
    if not given.get("name"):
        refuse_field("name", "This field is required.")
    accounts = call.fake.accounts
    token = AccessToken(
        id=call.state.new_id("access token"),
        name=given["name"],
        value=accounts.secret("access token"),
        owner=call.user,
        read_only=given.get("read_only", True),
        expiry_date=given.get("expiry_date"),
    )
    accounts.access_tokens[token.id] = token
    return answer({**token.show(call.base), "value": token.value}, 201)


async def access_tokens(call: Call) -> Response:
    """GET /api/auth/access_tokens."""
    mine = [t for t in call.fake.accounts.access_tokens.values() if t.owner is call.user]
    return listed(call, [token.show(call.base) for token in mine])


async def access_token(call: Call) -> Response:
    """GET /api/auth/access_tokens/{id}."""
    return answer(call.find(call.fake.accounts.access_tokens, "AccessToken").show(call.base))


async def this_access_token(call: Call) -> Response:
    """GET /api/auth/access_tokens/self: only for a client that uses one."""
    scheme, _, credential = call.request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer":
        refuse_detail("Authentication credentials were not provided.", 401)
    return answer(call.fake.accounts.bearer(credential).show(call.base))


async def revoke_access_token(call: Call) -> Response:
    """DELETE /api/auth/access_tokens/{id}."""
    token = call.find(call.fake.accounts.access_tokens, "AccessToken")
    del call.fake.accounts.access_tokens[token.id]
    return Response(status_code=204)


async def organizations(call: Call) -> Response:
    """GET /api/organizations."""
    shown = [found.show(call.base) for found in call.state.organizations.values()]
    return listed(call, shown, simple=("slug", "name", "owner"), search=("slug", "name"))


async def organization(call: Call) -> Response:
    """GET /api/organizations/{id}."""
    return answer(call.find(call.state.organizations, "Organization").show(call.base))


async def create_organization(call: Call) -> Response:
    """POST /api/organizations."""
    given = await call.body()
    slug = given.get("slug")
    if not slug:
        refuse_field("slug", "This field is required.")
    if any(known.slug == slug for known in call.state.organizations.values()):
        refuse_field("slug", "organization with this slug already exists.")
    made = Organization(
        id=call.state.new_id("organization"),
        slug=slug,
        name=given.get("name") or slug,
        description=given.get("description", ""),
        contact=given.get("contact", {}),
        owner=call.user,
    )
    call.state.organizations[made.id] = made
    return answer(made.show(call.base), 201)


async def update_organization(call: Call) -> Response:
    """PATCH /api/organizations/{id}."""
    found = call.find(call.state.organizations, "Organization")
    given = await call.body()
    for name in ("name", "description", "contact"):
        if name in given:
            setattr(found, name, given[name])
    found.updated = now()
    return answer(found.show(call.base))


async def remove_organization(call: Call) -> Response:
    """DELETE /api/organizations/{id}."""
    found = call.find(call.state.organizations, "Organization")
    del call.state.organizations[found.id]
    return Response(status_code=204)


async def memberships(call: Call) -> Response:
    """GET /api/memberships: the owner of each organization."""
    return listed(call, [_membership(call, n) for n in call.state.organizations])


async def membership(call: Call) -> Response:
    """GET /api/memberships/{id}."""
    if call.number() not in call.state.organizations:
        unknown("Membership")
    return answer(_membership(call, call.number()))


def _membership(call: Call, number: int) -> Json:
    found = call.state.organizations[number]
    return {
        "id": number,
        "user": found.owner.basic(call.base),
        "organization": found.id,
        "is_active": True,
        "joined_date": found.created,
        "role": "owner",
        "invitation": None,
    }
