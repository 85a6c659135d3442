"""Endpoints for logging in and out, and for personal access tokens."""

from __future__ import annotations

from starlette.responses import Response

from annoport.testing.cvat.accounts import AccessToken
from annoport.testing.cvat.answers import answer, detail, refuse_detail, refuse_field, refuse_list
from annoport.testing.cvat.call import Call, Routes
from annoport.testing.cvat.lists import listed
from annoport.testing.cvat.state import now


async def login(call: Call) -> Response:
    """POST /api/auth/login."""
    given = await call.body()
    name, password = given.get("username") or given.get("email"), given.get("password")
    if not name or not password:
        refuse_list('Must include either "username" or "email" and "password".')
    accounts = call.backend.accounts
    user = accounts.by_password(name, password)
    if user is None:
        refuse_field("non_field_errors", "Unable to log in with provided credentials.")
    user.last_login = now()
    token = next((t for t, number in accounts.tokens.items() if number == user.id), None)
    if token is None:
        token = accounts.secret("token")
        accounts.tokens[token] = user.id
        if user.username == call.backend.username:
            call.backend.token = token
    session, csrf = accounts.secret("session"), accounts.secret("csrf")
    accounts.sessions[session] = (user.id, csrf)
    response = answer({"key": token})
    response.set_cookie("csrftoken", csrf, samesite="lax")
    response.set_cookie("sessionid", session, httponly=True, samesite="lax")
    return response


async def logout(call: Call) -> Response:
    """POST /api/auth/logout: ends the session and revokes the token, for all clients."""
    accounts = call.backend.accounts
    scheme, _, credential = call.request.headers.get("authorization", "").partition(" ")
    if scheme == "Token":
        accounts.tokens.pop(credential, None)
    accounts.sessions.pop(call.request.cookies.get("sessionid", ""), None)
    return detail("Successfully logged out.", 200)


async def create_access_token(call: Call) -> Response:
    """POST /api/auth/access_tokens: the only answer that shows the value."""
    given = await call.body()
    if not given.get("name"):
        refuse_field("name", "This field is required.")
    accounts = call.backend.accounts
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
    mine = [t for t in call.backend.accounts.access_tokens.values() if t.owner is call.user]
    return listed(call, [token.show(call.base) for token in mine])


async def access_token(call: Call) -> Response:
    """GET /api/auth/access_tokens/{id}."""
    return answer(call.find(call.backend.accounts.access_tokens, "AccessToken").show(call.base))


async def this_access_token(call: Call) -> Response:
    """GET /api/auth/access_tokens/self: for clients that use such a token."""
    scheme, _, credential = call.request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer":
        refuse_detail("Authentication credentials were not provided.", 401)
    return answer(call.backend.accounts.bearer(credential).show(call.base))


async def revoke_access_token(call: Call) -> Response:
    """DELETE /api/auth/access_tokens/{id}."""
    token = call.find(call.backend.accounts.access_tokens, "AccessToken")
    del call.backend.accounts.access_tokens[token.id]
    return Response(status_code=204)


ROUTES: Routes = {
    "auth/login": {"POST": login},
    "auth/logout": {"POST": logout},
    "auth/access_tokens": {"GET": access_tokens, "POST": create_access_token},
    "auth/access_tokens/self": {"GET": this_access_token},
    "auth/access_tokens/{id:int}": {"GET": access_token, "DELETE": revoke_access_token},
}
