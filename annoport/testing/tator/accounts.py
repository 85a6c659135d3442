"""Tokens, users and organizations."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from annoport.testing.tator.calls import Call, Routes, copy_known, reply, said
from annoport.testing.tator.errors import TatorError, forbidden, throttled
from annoport.testing.tator.rows import Row, shown, stable_uuid

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from annoport.testing.tator.fake import FakeTator

_BAD_LOGIN = "Could not authenticate with provided credentials!"
_BAD_LOGINS_BEFORE_LOCK = 3


def session(fake: FakeTator, request: Request) -> Row | None:
    """Return who sent a request, None for nobody; TatorError for a bad token.

    Only the scheme `Token` counts: any other one is as good as none.
    """
    words = request.headers.get("authorization", "").split()
    if not words or words[0].lower() != "token":
        return None
    if len(words) == 1:
        raise TatorError("Invalid token header. No credentials provided.")
    if len(words) > 2:
        raise TatorError("Invalid token header. Token string should not contain spaces.")
    if words[1] != fake.token:
        raise TatorError("Invalid token.")
    return fake.tables.users.get(1)


class Throttle:
    """Counts the requests of the last second, apart for users and for nobody."""

    def __init__(self) -> None:
        """Start with no request seen."""
        self._seen: dict[str, list[float]] = {}

    def check(self, who: str, limit: int | None, now: float) -> None:
        """Count a request at `now`; TatorError if there are more than `limit` in a second."""
        if limit is None:
            return
        recent = [at for at in self._seen.get(who, []) if now - at < 1]
        if len(recent) >= limit:
            raise throttled()
        self._seen[who] = [*recent, now]


def _create_token(call: Call) -> Response:
    body = call.fields("username", "password")
    fake = call.fake
    locked = fake.clock.monotonic() < fake.locked_until
    good = body["username"] == fake.username and body["password"] == fake.password
    if locked or not good:
        _count_bad_login(fake, known=body["username"] == fake.username)
        raise TatorError(_BAD_LOGIN)
    fake.bad_logins = 0
    if body.get("refresh"):
        fake.token = secrets.token_hex(20)
    return reply({"token": fake.token}, 201)


def _count_bad_login(fake: FakeTator, *, known: bool) -> None:
    if known:
        fake.bad_logins += 1
    if fake.bad_logins >= _BAD_LOGINS_BEFORE_LOCK:
        fake.bad_logins = 0
        fake.locked_until = fake.clock.monotonic() + fake.lockout_seconds


def _who_am_i(call: Call) -> Response:
    if call.user is None:
        raise TatorError("User matching query does not exist.", status=404)
    return reply(shown(call.user))


def _get_user(call: Call) -> Response:
    return reply(shown(call.tables.users.get(call.number())))


def _update_user(call: Call) -> Response:
    row = call.tables.users.get(call.number())
    if row["id"] != call.me["id"]:
        raise forbidden()
    copy_known(row, call.fields(), ("username", "first_name", "last_name", "email", "profile"))
    return said(f"User {row['id']} successfully updated!")


def _list_users(call: Call) -> Response:
    rows = list(call.tables.users)
    for name in ("username", "email", "elemental_id"):
        wanted = call.text(name)
        if wanted is not None:
            rows = [row for row in rows if row[name] == wanted]
    return reply([shown(row) for row in rows])


def _create_user(call: Call) -> Response:
    body = call.fields("first_name", "last_name", "email", "username", "password")
    if call.tables.users.where(username=body["username"]):
        raise TatorError("Username is already taken!")
    row = call.tables.users.add(
        {
            "username": body["username"],
            "first_name": body["first_name"],
            "last_name": body["last_name"],
            "email": body["email"],
            "is_staff": False,
            "elemental_id": stable_uuid("user", body["username"]),
            "profile": {},
        }
    )
    return said(f"User {row['username']} created!", 201, id=row["id"])


def _user_exists(call: Call) -> Response:
    wanted = {name: call.text(name) for name in ("username", "email", "elemental_id")}
    given = {name: value for name, value in wanted.items() if value is not None}
    return reply(bool(call.tables.users.where(**given)))


def _list_organizations(call: Call) -> Response:
    return reply([shown(row) for row in call.tables.organizations])


def _get_organization(call: Call) -> Response:
    return reply(shown(call.tables.organizations.get(call.number())))


ROUTES: Routes = {
    "/rest/Token": {"POST": _create_token},
    "/rest/User/GetCurrent": {"GET": _who_am_i},
    "/rest/User/Exists": {"GET": _user_exists},
    "/rest/User/{id:int}": {"GET": _get_user, "PATCH": _update_user},
    "/rest/Users": {"GET": _list_users, "POST": _create_user},
    "/rest/Organizations": {"GET": _list_organizations},
    "/rest/Organization/{id:int}": {"GET": _get_organization},
}
OPEN = {
    ("POST", "/rest/Token"),
    ("GET", "/rest/User/GetCurrent"),
    ("GET", "/rest/User/Exists"),
    ("POST", "/rest/Users"),
    ("POST", "/rest/Projects"),
}
"""Operations that somebody without a token may call; what they then answer is their business."""
