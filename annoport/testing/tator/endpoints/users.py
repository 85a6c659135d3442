"""Endpoints for tokens, users and organizations."""

from __future__ import annotations

import secrets

from starlette.responses import Response

from annoport.testing.tator.answers import TatorError, forbidden, reply, said
from annoport.testing.tator.backend import Backend
from annoport.testing.tator.call import Call, Routes
from annoport.testing.tator.state import copy_known, shown, stable_uuid

_BAD_LOGIN = "Could not authenticate with provided credentials!"
_BAD_LOGINS_BEFORE_LOCK = 3


def _create_token(call: Call) -> Response:
    body = call.fields("username", "password")
    backend = call.backend
    locked = backend.clock.monotonic() < backend.locked_until
    good = body["username"] == backend.username and body["password"] == backend.password
    if locked or not good:
        _count_bad_login(backend, known=body["username"] == backend.username)
        raise TatorError(_BAD_LOGIN)
    backend.bad_logins = 0
    if body.get("refresh"):
        backend.token = secrets.token_hex(20)
    return reply({"token": backend.token}, 201)


def _count_bad_login(backend: Backend, *, known: bool) -> None:
    if known:
        backend.bad_logins += 1
    if backend.bad_logins >= _BAD_LOGINS_BEFORE_LOCK:
        backend.bad_logins = 0
        backend.locked_until = backend.clock.monotonic() + backend.lockout_seconds


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
