"""How requests are authenticated, and when a client logs in."""

from __future__ import annotations

import itertools
import json
import logging
import pickle
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.responses import JSONResponse, Response

from annoport.core import (
    Auth,
    BasicAuth,
    CookieAuth,
    HeaderAuth,
    LoginAuth,
    NoAuth,
    QueryAuth,
    SessionAuth,
)
from annoport.core.contract.extensions import Credential, Login
from annoport.core.errors import (
    ApiError,
    AuthenticationError,
    ConfigurationError,
    InsecureUrlWarning,
    PermissionDeniedError,
    RedirectError,
    TransportError,
)
from annoport.core.http.auth import choose, in_place, proof
from annoport.core.http.origin import BaseUrl
from annoport.core.http.request import Request
from tests.core.both_shells import PLATFORM, Shell
from tests.core.servers import serve, thing
from tests.core.toy import operations as ops

if TYPE_CHECKING:
    from starlette.requests import Request as Asked

SECRET = "hunter2-hunter2"
ORIGIN = "http://toy.test:80"


@pytest.mark.parametrize(
    ("auth", "headers"),
    [
        (NoAuth(), {}),
        (HeaderAuth("Authorization", "Token", "abc"), {"Authorization": "Token abc"}),
        (HeaderAuth("X-Key", None, "abc"), {"X-Key": "abc"}),
        (BasicAuth("ada", "päss:word"), {"Authorization": "Basic YWRhOnDDpHNzOndvcmQ="}),
        (SessionAuth("s1", "c1"), {"Cookie": "sessionid=s1; csrftoken=c1"}),
    ],
)
def test_headers_of_a_get(
    auth: NoAuth | HeaderAuth | BasicAuth | SessionAuth, headers: dict[str, str]
) -> None:
    assert auth.headers("GET", ORIGIN) == headers


def test_session_proves_its_origin_when_it_writes() -> None:
    assert SessionAuth("s1", "c1").headers("PATCH", ORIGIN) == {
        "Cookie": "sessionid=s1; csrftoken=c1",
        "X-CSRFToken": "c1",
        "Origin": ORIGIN,
        "Referer": ORIGIN + "/",
    }


@pytest.mark.parametrize("secret", ["", "  ", "abc\n", "abc\r\nX-Evil: 1", "gehéim"])
def test_secret_that_is_no_header_value_is_refused_without_showing_it(secret: str) -> None:
    with pytest.raises(ConfigurationError, match="the secret for the header X-Key") as caught:
        HeaderAuth("X-Key", None, secret)
    assert "abc" not in str(caught.value)


@pytest.mark.parametrize("secret", ["", "abc\n", "abc; path=/", "gehéim"])
def test_session_that_is_no_cookie_is_refused_without_showing_it(secret: str) -> None:
    with pytest.raises(ConfigurationError, match="the cookie sessionid") as caught:
        SessionAuth(secret, "c1")
    assert "abc" not in str(caught.value)
    with pytest.raises(ConfigurationError, match="the cookie csrftoken"):
        SessionAuth("s1", secret)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Cvat.Example.org/", "https://cvat.example.org"),
        ("https://cvat.example.org:443/api", "https://cvat.example.org"),
        ("https://cvat.example.org:80", "https://cvat.example.org:80"),
        ("http://[::1]:80", "http://[::1]"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_session_names_its_origin_as_browsers_do(url: str, origin: str) -> None:
    assert SessionAuth("s1", "c1").headers("POST", BaseUrl.parse(url).origin)["Origin"] == origin


def test_no_repr_shows_a_secret() -> None:
    login = LoginAuth("ada", SECRET, Login(operation="login", token=""), Credential())
    login.accept(json.dumps(SECRET).encode())
    strategies = [
        HeaderAuth("A", None, SECRET),
        BasicAuth("ada", SECRET),
        SessionAuth(SECRET, SECRET),
        login,
    ]
    assert SECRET not in repr(strategies)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"token": "a", "key": "b"}, "token= and key= were passed"),
        ({"token": "a", "username": "u", "password": "p"}, "token= and username= and password="),
        ({"username": "u"}, "password= is missing"),
        ({"password": "p"}, "username= is missing"),
    ],
)
def test_more_or_less_than_one_way_is_refused(given: dict[str, str], complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        choose(
            PLATFORM,
            credentials={name: given.get(name) for name in PLATFORM.credentials},
            username=given.get("username"),
            password=given.get("password"),
            auth=None,
        )


@pytest.mark.parametrize(
    ("auth", "name"),
    [
        (httpx.BasicAuth("ada", SECRET), "httpx.BasicAuth"),
        (("ada", SECRET), "builtins.tuple"),
        (NoAuth, "builtins.type"),
    ],
    ids=["httpx", "tuple", "type"],
)
def test_an_auth_that_is_none_of_ours(shell: Shell, auth: object, name: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        shell.client("https://toy.example.org", auth=auth)
    assert str(caught.value) == (
        f"auth= is of the class {name}, which is none of ours: pass one of annoport.HeaderAuth, "
        "annoport.QueryAuth, annoport.CookieAuth, "
        "annoport.BasicAuth, annoport.SessionAuth, annoport.LoginAuth, annoport.NoAuth; a user "
        "name and password go into username= and password="
    )


LACKING = (
    "the client has no credentials: pass token= or key= or username= and password=, or set "
    "TOY_TOKEN or TOY_KEY or TOY_USERNAME and TOY_PASSWORD and use from_env()"
)


@pytest.mark.parametrize(
    ("status", "kind"), [(401, AuthenticationError), (403, PermissionDeniedError)]
)
def test_a_refusal_tells_that_no_credentials_were_given(
    shell: Shell, status: int, kind: type[ApiError]
) -> None:
    with serve(lambda _: JSONResponse({"detail": "Log in first."}, status)) as server:
        client = shell.client(server.url)
        with pytest.raises(kind) as caught:
            shell.run(client.call(ops.GET_THING, {"id": 1}))
        assert str(caught.value) == f"get_thing: {status} Log in first. ({LACKING})"
        assert caught.value.message == "Log in first."
        assert pickle.loads(pickle.dumps(caught.value)).advice == LACKING
        with pytest.raises(kind, match="the client has no credentials"):
            shell.run(client.remote_file(ops.FILE, {}).read())


def test_it_does_not_where_some_were_or_would_not_be_sent(shell: Shell) -> None:
    def refuse(_: Asked) -> Response:
        return JSONResponse({"detail": "Log in first."}, 401)

    with serve(refuse) as server, serve(refuse) as other:
        client = shell.client(server.url)
        own = shell.client(server.url, http_client=shell.http_client(auth=("ada", SECRET)))
        calls: list[Callable[[], Any]] = [
            lambda: shell.client(server.url, token=SECRET).call(ops.GET_THING, {"id": 1}),
            lambda: client.call(ops.GET_THING, {"id": 1}, extra_headers={"Cookie": "a=b"}),
            lambda: client.call(ops.OPEN, {}),
            lambda: client.send(Request("GET", f"{other.url}/file", {}, None, "file")),
            lambda: own.call(ops.GET_THING, {"id": 1}),
        ]
        for call in calls:
            with pytest.raises(AuthenticationError) as caught:
                shell.run(call())
            assert str(caught.value).endswith(": 401 Log in first.")


class Accounts:
    """A server that records logins and lets tokens expire."""

    def __init__(self) -> None:
        self.logins: list[dict[str, object]] = []
        self.valid = ""
        self.lock = threading.Lock()
        self.numbers = itertools.count(1)
        self.refusal: Response = JSONResponse({"detail": "Invalid token."}, 400)

    async def __call__(self, request: Asked) -> Response:
        if request.url.path == "/login":
            body = await request.json()
            self.logins.append(body)
            if body["password"] != SECRET:
                return JSONResponse({"detail": "wrong password"}, 401)
            self.valid = f"granted-{next(self.numbers)}"
            return JSONResponse({"token": self.valid})
        if request.headers.get("authorization") != f"Token {self.valid}":
            return self.refusal
        return thing(request)


def test_login_on_first_use_only(shell: Shell) -> None:
    accounts = Accounts()
    with serve(accounts) as server:
        client = shell.client(server.url, username="ada", password=SECRET)
        assert accounts.logins == []
        for _ in range(3):
            shell.run(client.call(ops.GET_THING, {"id": 1}))
        shell.run(client.with_options(max_retries=0).call(ops.GET_THING, {"id": 1}))
    assert accounts.logins == [{"username": "ada", "password": SECRET, "refresh": False}]
    assert "authorization" not in server.requests[0].headers


def test_one_login_for_many_callers(shell: Shell) -> None:
    accounts = Accounts()
    with serve(accounts) as server:
        client = shell.client(server.url, username="ada", password=SECRET)
        calls = [lambda: client.call(ops.GET_THING, {"id": 1}) for _ in range(8)]
        answers = shell.together(calls)
    assert [answer.value.id for answer in answers] == [1] * 8
    assert len(accounts.logins) == 1


@pytest.mark.parametrize("status", [400, 401])
def test_expired_login_is_renewed_once(shell: Shell, status: int) -> None:
    accounts = Accounts()
    accounts.refusal = JSONResponse({"detail": "Invalid token."}, status)
    with serve(accounts) as server:
        client = shell.client(server.url, username="ada", password=SECRET)
        shell.run(client.call(ops.GET_THING, {"id": 1}))
        accounts.valid = "expired"
        assert shell.run(client.call(ops.ADD_THING, {}, body={"id": 1})).status == 200
        accounts.valid = "expired"
        shell.streamed(
            client.stream(Request("GET", "/file", {}, None, "file")),
            lambda answer: answer.status == 200 or pytest.fail("the login was not renewed"),
        )
    assert len(accounts.logins) == 3


def test_refused_renewal_is_the_error(shell: Shell) -> None:
    def refuse(request: Asked) -> Response:
        if request.url.path == "/login":
            return JSONResponse({"token": "useless"})
        return JSONResponse({"detail": "no"}, 401)

    with serve(refuse) as server:
        client = shell.client(server.url, username="ada", password=SECRET)
        with pytest.raises(AuthenticationError):
            shell.run(client.call(ops.GET_THING, {"id": 1}))
        assert [seen.path for seen in server.requests] == ["/login", "/things/1"] * 2


def test_wrong_password_is_tried_once(shell: Shell) -> None:
    accounts = Accounts()
    with serve(accounts) as server:
        client = shell.client(server.url, username="ada", password="wrong-wrong")
        with pytest.raises(AuthenticationError, match="wrong password") as caught:
            shell.run(client.call(ops.GET_THING, {"id": 1}))
    assert len(accounts.logins) == 1
    assert "wrong-wrong" not in f"{caught.value!r} {vars(caught.value)}"


@pytest.mark.parametrize("body", [b"<html>", b"", b'{"token": "\xff"}', b"[" * 100_000, b"[1]"])
def test_odd_login_answer(shell: Shell, body: bytes) -> None:
    with serve(lambda _: Response(body, media_type="application/json")) as server:
        client = shell.client(server.url, username="ada", password=SECRET)
        with pytest.raises(ConfigurationError, match="contains no token at '/token'"):
            shell.run(client.call(ops.GET_THING, {"id": 1}))


@pytest.mark.usefixtures("no_waiting")
def test_login_is_repeated_even_for_a_request_that_may_not_be(shell: Shell) -> None:
    accounts = Accounts()
    failures = [Response(status_code=503), Response(status_code=503)]

    async def answer(request: Asked) -> Response:
        return failures.pop() if failures else await accounts(request)

    with serve(answer) as server:
        client = shell.client(server.url, username="ada", password=SECRET)
        shell.run(client.call(ops.ADD_THING, {}, body={"id": 1}))
        assert [seen.path for seen in server.requests] == ["/login"] * 3 + ["/things"]


def test_no_login_for_an_open_operation(shell: Shell) -> None:
    with serve(thing) as server:
        client = shell.client(server.url, username="ada", password=SECRET)
        shell.run(client.call(ops.OPEN, {}))
        assert [seen.path for seen in server.requests] == ["/open"]


def test_credentials_stay_on_their_origin(shell: Shell) -> None:
    elsewhere = Request("GET", "", {}, None, "file")
    with serve(thing) as server, serve(thing) as other:
        client = shell.client(server.url, token=SECRET, team="red")
        for url in (f"{other.url}/file", f"{server.url}/file", "/file"):
            request = Request("GET", url, {}, None, elsewhere.operation_id)
            shell.run(client.send(request))
            shell.streamed(client.stream(request), lambda answer: answer.status)
        shell.run(client.send(Request("GET", "/file", {}, None, "file"), secured=False))
    assert len(other.requests) == 2
    for seen in other.requests:
        assert SECRET not in str(seen)
        assert "x-team" not in seen.headers
    sent = [seen.headers.get("authorization") for seen in server.requests]
    assert sent == [f"Token {SECRET}"] * 4 + [None]
    assert {seen.headers["x-team"] for seen in server.requests} == {"red"}


def test_cookie_parameter_joins_the_session(shell: Shell) -> None:
    with serve(thing) as server:
        client = shell.client(server.url, auth=SessionAuth("s1", "c1"))
        shell.run(client.send(Request("GET", "/file", {"Cookie": "mode=x"}, None, "file")))
        assert server.requests[0].headers["cookie"] == "sessionid=s1; csrftoken=c1; mode=x"


def test_credentials_over_plain_http_are_warned_of(shell: Shell) -> None:
    with pytest.warns(InsecureUrlWarning, match="http://toy.example.org") as caught:
        shell.client("http://toy.example.org", token=SECRET)
    assert SECRET not in str(caught[0].message)
    assert caught[0].filename.endswith("shells.py")  # the first frame that is not annoport's


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("url", "token"),
    [
        ("http://toy.example.org", None),
        ("https://toy.example.org", SECRET),
        ("http://localhost:8080", SECRET),
        ("http://127.0.0.2", SECRET),
        ("http://[::1]:80", SECRET),
    ],
)
def test_no_warning_where_nobody_listens(shell: Shell, url: str, token: str | None) -> None:
    shell.client(url, token=token)


# ------------------------------------------------------------------------------ query, cookie

KEY = "hunter2/?&="


def with_key(shell: Shell, url: str, location: str, **options: Any) -> Any:
    """Return a client of a platform whose secret goes into the query or a cookie."""
    kinds: dict[str, Auth] = {"query": QueryAuth("k", KEY), "cookie": CookieAuth("k", "hunter2")}
    return shell.client(url, auth=kinds[location], **options)


def test_a_key_in_the_query_is_sent_with_every_request(shell: Shell) -> None:
    with serve(thing) as server:
        client = with_key(shell, server.url, "query")
        shell.run(client.call(ops.GET_THING, {"id": 1}))
        shell.run(client.send(Request("GET", "/file?a=b", {}, None, "file")))
        shell.streamed(client.stream(Request("GET", "/file", {}, None, "file")), str)
        shell.run(client.call(ops.OPEN, {}))
    own = "k=hunter2%2F%3F%26%3D"
    assert [seen.query for seen in server.requests] == [own, f"a=b&{own}", own, ""]


def test_a_key_in_a_cookie_is_sent_beside_other_cookies(shell: Shell) -> None:
    with serve(thing) as server:
        client = with_key(shell, server.url, "cookie")
        shell.run(client.send(Request("GET", "/file", {"Cookie": "mode=x"}, None, "file")))
        assert server.requests[0].headers["cookie"] == "k=hunter2; mode=x"


@pytest.mark.parametrize("location", ["query", "cookie"])
def test_a_key_stays_on_its_origin(shell: Shell, location: str) -> None:
    with serve(thing) as server, serve(thing) as other:
        client = with_key(shell, server.url, location)
        link = f"{other.url}/file?k=hunter2%2F%3F%26%3D&k=other"  # the server's own words
        for request in (
            Request("GET", link, {}, None, "file"),
            Request("GET", f"{server.url}/file", {}, None, "file", presigned=True),
            Request("GET", f"{server.url}/file?sig=1", {}, None, "file"),
        ):
            shell.run(client.send(request))
            shell.streamed(client.stream(request), str)
    if location == "query":
        assert {seen.query for seen in other.requests} == {"k=other"}
    assert "hunter2" not in str([*server.requests, *(seen.headers for seen in other.requests)])


def test_a_link_of_the_server_does_not_double_the_key(shell: Shell) -> None:
    with serve(thing) as server:
        client = with_key(shell, server.url, "query")
        shell.run(client.send(Request("GET", "/file?k=old&page=2", {}, None, "file")))
    assert server.requests[0].query == "page=2&k=hunter2%2F%3F%26%3D"


@pytest.mark.parametrize("own_client", [False, True])
def test_no_message_and_no_log_shows_a_key(
    shell: Shell, own_client: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    def refuse(request: Asked) -> Response:
        if request.url.path == "/file":
            # A server may say what it was asked for.
            return Response(status_code=302, headers={"Location": str(request.url)})
        return JSONResponse({"detail": "who are you?"}, status_code=401)

    more = {"http_client": shell.http_client()} if own_client else {}
    with serve(refuse) as server:
        client = with_key(shell, server.url, "query", **more)
        with pytest.raises(AuthenticationError) as refused:
            shell.run(client.call(ops.GET_THING, {"id": 1}))
        with pytest.raises(RedirectError) as redirected:
            shell.run(client.call(ops.FILE, {}))
    with pytest.raises(TransportError) as lost:
        shell.run(client.call(ops.GET_THING, {"id": 1}))
    shown = [repr(client), *map(repr, (refused.value, redirected.value, lost.value))]
    shown += [str(vars(refused.value)), str(redirected.value), caplog.text]
    assert "/things/1" in caplog.text
    assert all("hunter2" not in text for text in shown)


@pytest.mark.parametrize("location", ["query", "cookie"])
def test_a_login_may_bring_a_key(location: Any) -> None:
    credential = Credential(name="k", location=location)
    login = LoginAuth("ada", SECRET, Login(operation="login", token=""), credential)
    assert not proof(login, "GET", "")
    login.accept(b'"first"')
    sent = proof(login, "GET", "")
    assert (sent.query, dict(sent.headers)) == (
        ("k=first", {}) if location == "query" else ("", {"Cookie": "k=first"})
    )
    login.accept(b'"second"')
    known: list[bool] = []
    for refused in (sent, proof(login, "GET", "")):  # another login has replaced the first
        login.forget(refused)
        known.append(login.is_logged_in)
    assert known == [True, False]
    assert "second" not in repr([login, sent])


def test_where_a_secret_goes_is_the_platforms_word() -> None:
    assert in_place(Credential(prefix="Token"), "s") == HeaderAuth("Authorization", "Token", "s")
    assert in_place(Credential(name="k", location="query"), "s") == QueryAuth("k", "s")
    assert in_place(Credential(name="k", location="cookie"), "s") == CookieAuth("k", "s")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: QueryAuth("k", ""), "the secret for the query parameter k is empty"),
        (lambda: QueryAuth("k", "a\n"), "the secret for the query parameter k is empty"),
        (lambda: CookieAuth("k", "a;b"), "the secret for the cookie k is empty"),
    ],
)
def test_a_key_that_cannot_be_sent(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        make()
