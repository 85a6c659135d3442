"""Endpoints for logging in, and for users."""

from __future__ import annotations

from starlette.responses import Response

from annoport.testing.ecotaxa.answers import answer, forbid, refuse
from annoport.testing.ecotaxa.call import Call, Routes, like


async def login(call: Call) -> Response:
    """POST /login: the token is a bare JSON string."""
    given = await call.body("password", "username")
    wanted = (given["username"], given["password"])
    known = {(user.email, user.password): user for user in call.state.users.values()}
    if wanted not in known:
        forbid()
    return answer(call.backend.token_for(known[wanted]))


async def myself(call: Call) -> Response:
    """GET /users/me."""
    shown = call.user.full()
    shown["can_do"] = [1, 2, 3, 4] if call.user.admin else [1]
    recent = [p for p in call.state.projects.values() if call.user in p.managers]
    shown["last_used_projects"] = [{"projid": p.id, "title": p.title} for p in recent]
    return answer(shown)


async def users(call: Call) -> Response:
    """GET /users: an ordinary user sees an empty list."""
    if not call.user.admin:
        return answer([])
    ids = call.ids("ids")
    return answer([u.full() for u in call.state.users.values() if not ids or u.id in ids])


async def user(call: Call) -> Response:
    """GET /users/{user_id}."""
    known = call.state.users if call.user.admin else {call.user.id: call.user}
    found = known.get(call.number("user_id"))
    if found is None:
        refuse(404, "User not found")
    return answer(found.minimal())


async def admins(call: Call) -> Response:
    """GET /users/admins: who administers users, for anybody."""
    return answer([u.minimal() for u in call.state.users.values() if u.admin])


async def application_admins(call: Call) -> Response:
    """GET /users/user_admins: who administers the application, for any user."""
    return await admins(call) if call.user else answer([])


async def search(call: Call) -> Response:
    """GET /users/search: by the whole name, in which % stands for any text."""
    by_name = call.query.get("by_name") if call.user else None
    found = [u for u in call.state.users.values() if by_name and like(by_name, u.name)]
    return answer([user.minimal() for user in found])


async def change(call: Call) -> Response:
    """PUT /users/{user_id}: a password is stored as it comes; without one, the old one stays."""
    given = await call.body("id", "email", "name", "organisation")
    found = call.state.users.get(call.number("user_id"))
    if found is None:
        refuse(404, "Not found.")
    if not (call.user.admin or call.user is found):
        forbid()
    found.email, found.name = given["email"], given["name"]
    found.organisation = given["organisation"]
    if given.get("password"):
        found.password = given["password"]
    return answer(None)


ROUTES: Routes = {
    "/login": {"POST": login},
    "/users": {"GET": users},
    "/users/me": {"GET": myself},
    "/users/admins": {"GET": admins},
    "/users/user_admins": {"GET": application_admins},
    "/users/search": {"GET": search},
    "/users/{user_id}": {"GET": user, "PUT": change},
}
