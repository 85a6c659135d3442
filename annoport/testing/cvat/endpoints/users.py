"""Endpoints for users."""

from __future__ import annotations

from starlette.responses import Response

from annoport.testing.cvat.answers import answer
from annoport.testing.cvat.call import Call, Routes
from annoport.testing.cvat.lists import listed


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


ROUTES: Routes = {
    "users": {"GET": users},
    "users/self": {"GET": myself},
    "users/{id:int}": {"GET": user},
}
