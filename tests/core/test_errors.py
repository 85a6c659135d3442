"""Errors from answers: which class they get, which message they show, and that no secret leaks."""

from __future__ import annotations

import builtins
import copy
import datetime
import inspect
import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from annoport.core import errors
from annoport.core.contract.extensions import ErrorReason, ErrorRule, Platform
from annoport.core.http.api_errors import api_error
from annoport.core.http.response import Headers, RawResponse
from annoport.core.redact import redact_text, redact_url
from annoport.core.values.type_guards import is_mapping
from tests.shared import PLATFORMS, SHARED, needs_shared

HTML = "text/html; charset=utf-8"
TRACEBACK = """
----------- BACK-END -------------
Traceback (most recent call last):
  File "/srv/main.py", line 236, in dispatch
    response = await call_next(request)
psycopg2.DataError: bad value
-----------------------------------
"""

DATABASE = """
----------- BACK-END -------------
  File "/srv/main.py", line 236, in dispatch
    response = await call_next(request)
  File "/venv/sqlalchemy/engine/default.py", line 608, in do_execute
    cursor.execute(statement, parameters)
sqlalchemy.exc.ProgrammingError: (psycopg2.errors.UndefinedColumn) column obf.n10 does not exist
LINE 3: FROM obj_head obh
             ^

[SQL: SELECT obh.objid
FROM obj_head obh]
[parameters: {'projid': 1}]
(Background on this error at: https://sqlalche.me/e/14/f405)
"""
CAUSE = (
    "sqlalchemy.exc.ProgrammingError: (psycopg2.errors.UndefinedColumn) column obf.n10 does not "
    "exist (default.py, line 608, in do_execute)"
)
SEE_BODY = "the server sent a traceback: see the `body` of this error"


def platform(**settings: Any) -> Platform:
    return Platform(title="X", env_prefix="X", example_url="http://h", credentials={}, **settings)


def raw(
    body: object,
    status: int = 400,
    media_type: str = "application/json",
    url: str = "http://h/a",
    **headers: str,
) -> RawResponse:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    pairs = {"Content-Type": media_type}
    pairs |= {name.replace("_", "-"): value for name, value in headers.items()}
    return RawResponse(status, Headers(pairs), content, url, 0.1, "GET")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (302, errors.RedirectError),
        (400, errors.ValidationError),
        (401, errors.AuthenticationError),
        (403, errors.PermissionDeniedError),
        (404, errors.NotFoundError),
        (405, errors.ApiError),
        (409, errors.ConflictError),
        (422, errors.ValidationError),
        (429, errors.RateLimitError),
        (499, errors.ApiError),
        (500, errors.ServerError),
        (599, errors.ServerError),
    ],
)
def test_the_status_picks_the_class(status: int, error: type[errors.ApiError]) -> None:
    made = api_error(None, "op", raw({"detail": "no"}, status))
    assert type(made) is error
    assert (made.status, made.operation, made.method, made.message) == (status, "op", "GET", "no")
    assert str(made) == f"op: {status} no"


@pytest.mark.parametrize(
    ("body", "media_type", "expected"),
    [
        ({"detail": "Not found."}, "", "Not found."),
        ({"message": "Bad", "details": "None"}, "", "Bad"),
        ({"name": ["This field is required."]}, "", "name: This field is required."),
        ({"non_field_errors": ["Unable"]}, "", "Unable"),
        ({"a": {"0": ["x", "y"]}, "b": ["z"]}, "", "a[0]: x; a[0]: y; b: z"),
        (["one", "two", "one"], "", "one; two"),
        ([{}, {"name": ["no"]}], "", "[1].name: no"),
        ({"shapes": [{}, {}, {}, {"points": ["odd"]}]}, "", "shapes[3].points: odd"),
        ({"grid": [["a"], [], ["b"]]}, "", "grid[0]: a; grid[2]: b"),
        ({"labels": {"non_field_errors": ["Expected a list"]}}, "", "labels: Expected a list"),
        ({"message": ["May not be blank."]}, "", "message: May not be blank."),
        ({"detail": "Invalid.", "name": ["Too long."]}, "", "Invalid.; name: Too long."),
        ({"name": ["Bad."], "non_field_errors": ["Unable"]}, "", "Unable; name: Bad."),
        (
            {"detail": "no", "code": "x", "ids": [1], "a": {"b": [{"c": "d"}]}},
            "",
            "no; a.b[0].c: d",
        ),
        (
            {"detail": "Bad.", "errors": ["Bad.", "Worse."], "name": ["Bad."]},
            "",
            "name: Bad.; Worse.",
        ),
        ({"a": ["Required."], "b": ["Required."]}, "", "a, b: Required."),
        ({"s": [{"id": ["absent"]}] * 100}, "", "s[0].id, s[1].id, s[2].id and 97 more: absent"),
        ({"errors": [{"message": "one"}, {"message": "two"}]}, "", "one; two"),
        (
            {
                "p": {
                    "0": "[ErrorDetail(string='a number', code='invalid'), "
                    "ErrorDetail(string=\"isn't\", code='x')]"
                }
            },
            "",
            "p[0]: a number; isn't",
        ),
        ("bare text", "", "bare text"),
        ({"detail": ["no", "go"]}, "", "no; go"),
        (
            {"detail": [{"loc": ["body", 0, "id"], "msg": "field required", "type": "missing"}]},
            "",
            "body[0].id: field required",
        ),
        ({"rq_id": "action=export"}, "", "rq_id: action=export"),
        ({"message": "", "status": 3}, "", "status: 3"),
        (b"plain  text\n", "text/plain", "plain text"),
        (b"<html><title> 404 Not &amp; Found</title></html>", HTML, "404 Not & Found"),
        (b"<html><title></title><h1>Oh <b>no</b></h1></html>", HTML, "Oh no"),
        (b"<p>just <b>this</b></p>", HTML, "just this"),
        (
            b"<?xml?><Error><Code>NoSuchKey</Code><Message>No such key.</Message></Error>",
            "application/xml",
            "NoSuchKey: No such key.",
        ),
        (
            TRACEBACK.encode(),
            "text/plain",
            "psycopg2.DataError: bad value (main.py, line 236, in dispatch)",
        ),
        (DATABASE.encode(), "text/plain", CAUSE),
        (b'  File "/srv/main.py", line 2, in f\n    g()\n', "text/plain", SEE_BODY),
        (b'{"detail": "cut', "application/json", '{"detail": "cut'),
        (b"", "", "Bad Request (empty answer)"),
        (
            b"\x89PNG\r\n",
            "image/png",
            "Bad Request (the answer is 6 bytes of image/png, without a message)",
        ),
        (b"\x00\xff", "", "Bad Request (the answer is 2 bytes of unknown type, without a message)"),
        ({}, "", "Bad Request (the answer is 2 bytes of application/json, without a message)"),
    ],
)
def test_the_message_is_found_in_every_shape(body: object, media_type: str, expected: str) -> None:
    one = raw(body, media_type=media_type or "application/json")
    if isinstance(body, bytes) and not media_type:
        one = RawResponse(400, Headers(), body, "http://h/a", 0.1)
    assert api_error(None, "op", one).message == expected


def test_the_platform_says_where_its_messages_are() -> None:
    body: dict[str, object] = {"detail": "usual", "fault": {"text": "ours"}}
    one = api_error(platform(messages=("/none", "/fault/text")), "op", raw(body))
    assert one.message == "ours"
    assert api_error(platform(messages=("/none",)), "op", raw(body)).message == "usual"
    body["name"] = ["Too long."]
    assert api_error(platform(messages=("/fault/text",)), "op", raw(body)).message == (
        "ours; name: Too long."
    )


def test_a_rule_of_one_operation_adds_what_to_do() -> None:
    rule = ErrorRule(
        status=500, pattern="^Oops", operation="read", error="server", advice="write first"
    )
    ours = platform(messages=("/message",), error_rules=(rule,))
    assert api_error(ours, "read", raw({"message": "Oops."}, 500)).message == "Oops: write first"
    assert api_error(ours, "write", raw({"message": "Oops."}, 500)).message == "Oops."
    long = api_error(ours, "read", raw({"message": "Oops" + "o" * 400}, 500)).message
    assert (len(long), long[-13:]) == (300, ": write first")


def test_only_the_call_itself_shows_that_there_is_no_operation() -> None:
    rule = ErrorRule(status=404, pattern="^Not Found$", error="no-operation")
    ours, page = platform(error_rules=(rule,)), raw(b"<title>Not Found</title>", 404, HTML)
    part = api_error(ours, "op", page)
    assert (type(part), part.message) == (errors.NotFoundError, "Not Found")
    call = api_error(ours, "op", page, is_call=True)
    assert isinstance(call, errors.NoSuchOperationError)
    assert not isinstance(call, errors.NotFoundError)
    said = "op: 404 the server has no such operation (Not Found): "
    assert str(call) == said + "it is of another release or edition"
    call.explain("X 2.1 and later", "2.0")
    assert str(call) == said + "it is in X 2.1 and later; this server is 2.0"
    assert str(pickle.loads(pickle.dumps(call))) == str(call)


def test_rules_reclassify_by_message() -> None:
    rules = (
        ErrorRule(status=400, pattern="^Invalid token", error="authentication"),
        ErrorRule(
            status=400, pattern=r"throttled.*?(\d+)?s", error="rate-limit", retry_after_group=1
        ),
    )
    ours = platform(messages=("/message",), error_rules=rules)

    def made(message: str, status: int = 400) -> errors.ApiError:
        return api_error(ours, "op", raw({"message": message}, status))

    assert type(made("Invalid token.")) is errors.AuthenticationError
    assert type(made("Invalid token.", 404)) is errors.NotFoundError
    assert type(made("An Invalid token.")) is errors.ValidationError
    assert type(made("throttled for 7s")) is errors.RateLimitError
    assert made("throttled s").retry_after is None


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"Retry_After": "7"}, 7.0),
        ({"Retry_After": "0.5"}, 0.5),
        ({"Retry_After": "soon"}, None),
        ({"Retry_After": "-3"}, None),
        ({"Retry_After": "inf"}, None),
        (
            {
                "Retry_After": "Sun, 22 Nov 2026 04:00:30 GMT",
                "Date": "Sun, 22 Nov 2026 04:00:00 GMT",
            },
            30.0,
        ),
        ({"Retry_After": "Sun, 22 Nov 2020 04:00:30 GMT"}, 0.0),
    ],
)
def test_retry_after(headers: dict[str, str], expected: float | None) -> None:
    assert api_error(None, "op", raw({}, 503, **headers)).retry_after == expected


def test_of_a_long_message_the_beginning_and_the_end_are_shown() -> None:
    one = api_error(None, "op", raw({"message": f"Value {'x' * 300_000} is too long"}))
    assert one.message == f"Value {'x' * 142} ... {'x' * 135} is too long"
    assert len(one.message) == 300


def test_of_a_long_body_the_beginning_and_the_end_are_kept() -> None:
    text = "a" * 200_000 + "the reason"
    one = api_error(None, "op", raw({"message": text, "code": 7}))
    assert (one.body["code"], len(one.body["message"])) == (7, 16 * 1024)
    assert one.body["message"].startswith("aaaa")
    assert one.body["message"].endswith("aaaathe reason")
    plain = api_error(None, "op", raw(text.encode(), media_type="text/plain"))
    assert len(plain.body) == 64 * 1024
    assert plain.body.endswith("aaaathe reason")
    many = api_error(None, "op", raw([{"x": ["bad"]}] * 9000 + [{"y": ["worse"]}]))
    assert (len(many.body), many.body[-17:]) == (64 * 1024, '{"y": ["worse"]}]')
    assert many.message == "[0].x, [1].x, [2].x and 8997 more: bad; [9000].y: worse"


def test_the_reason_of_a_message_is_shown_after_it() -> None:
    rules = (ErrorRule(status=400, pattern="already exists", error="conflict"),)
    reason = ErrorReason(at="/details", nothing="None")
    ours = platform(messages=("/message",), error_rules=rules, error_reason=reason)

    def made(**body: str) -> errors.ApiError:
        return api_error(ours, "op", raw(body))

    assert made(message="Bad body", details="'x' is required").message == (
        "Bad body: 'x' is required"
    )
    assert made(message="Bad body", details="None").message == "Bad body"
    assert made(message="Bad body").message == "Bad body"
    assert made(message="Bad body", details="Bad body").message == "Bad body"
    assert type(made(message="It already exists", details="None")) is errors.ConflictError
    # A reason may repeat what was sent, which says nothing of the kind of error.
    assert type(made(message="Bad body", details="'already exists'")) is errors.ValidationError


def test_a_rule_can_be_about_one_operation() -> None:
    rules = (ErrorRule(status=404, pattern="^No User", error="authentication", operation="me"),)
    ours = platform(messages=("/message",), error_rules=rules)
    answer = raw({"message": "No User."}, 404)
    assert type(api_error(ours, "me", answer)) is errors.AuthenticationError
    assert type(api_error(ours, "user", answer)) is errors.NotFoundError
    assert type(api_error(ours, None, answer)) is errors.NotFoundError


def test_of_many_messages_those_that_fit_are_told() -> None:
    body = {"name": [f"fault number {number}" for number in range(1000)]}
    told = api_error(None, "op", raw(body)).message
    shown = [f"name: fault number {number}" for number in range(12)]
    assert told == "; ".join([*shown, "and 988 more"])
    assert len(told) <= 300


def test_what_is_nested_too_deeply_is_not_told() -> None:
    body: object = "deep"
    for _ in range(900):
        body = [body]
    assert api_error(None, "op", raw({"detail": "no", "a": body})).message == "no"
    assert api_error(None, "op", raw({"a": body})).message == (
        "Bad Request (the answer is 1813 bytes of application/json, without a message)"
    )


def test_no_secret_is_told() -> None:
    one = api_error(
        None,
        None,
        raw(
            {"detail": 'Bad login: {"password": "hunter22"}, Token abcdef0123456789'},
            url="http://me:pw@h/a?X-Amz-Signature=sigsig&page=2&access_token=toktok",
            Set_Cookie="sessionid=cookiecookie",
            Location="http://h/?token=toktok",
        ),
    )
    told = f"{one} {one!r} {one.url} {one.message} {one.headers}"
    for secret in ("hunter22", "abcdef0123456789", "pw@", "sigsig", "toktok", "cookiecookie"):
        assert secret not in told
    assert "page=2" in told


def test_a_redirect_says_where_to() -> None:
    one = api_error(None, "op", raw(b"", 302, Location="http://else/where?sig=abc"))
    assert one.message == ("Found: redirected to http://else/where?sig=***, which is not followed")
    assert one.headers["location"] == "http://else/where?sig=***"


def test_redact_text_keeps_harmless_words() -> None:
    text = "Invalid token. Token expired. Basic rules: password must be long"
    assert redact_text(text) == text
    assert redact_url("/a/b?key=1&keyword=2") == "/a/b?key=***&keyword=2"


_DETAILS: dict[str, Any] = {
    "operation": "op",
    "server_version": "2.52",
    "unsupported": ("a: X 3 and later",),
    "status": 404,
    "method": "GET",
    "url": "http://h/a",
    "request_id": "r1",
    "body": {"detail": ["no"]},
    "headers": {"a": "b"},
    "retry_after": 1.5,
    "job_id": 3,
    "kind": "export",
    "state": "E",
    "state_at": datetime.datetime(2026, 11, 26, tzinfo=datetime.UTC),
    "errors": ("x",),
    "question": {"users": []},
    "path": Path("a.zip"),
    "name": "a.zip",
    "field": "right",
    "rule": "3 is less than left, 5",
    "expected": 9,
    "received": 3,
}
"""Argument of an error -> a value that is not its default."""


@pytest.mark.parametrize("name", errors.__all__)
def test_every_error_can_be_pickled_with_all_that_it_knows(name: str) -> None:
    cls = getattr(errors, name)
    known = list(inspect.signature(cls.__init__).parameters)
    error = cls("no", **{word: _DETAILS[word] for word in known if word in _DETAILS})
    if isinstance(error, errors.AnnoportError):
        error.doubt("look")
    error.add_note("noted")
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(error, protocol))
        assert type(again) is cls
        assert str(again) == str(error)
        assert again.__dict__ == error.__dict__
        assert again.args == error.args
    copied = copy.copy(error)
    assert (type(copied), str(copied)) == (cls, str(error))


def test_every_error_is_listed() -> None:
    classes = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and value.__module__ == errors.__name__
    }
    assert classes == set(errors.__all__)


def test_the_tree_agrees_with_the_built_in_errors() -> None:
    assert issubclass(errors.TimeoutError, builtins.TimeoutError)
    assert issubclass(errors.JobTimeoutError, builtins.TimeoutError)
    assert issubclass(errors.InvalidArgumentError, TypeError)
    assert issubclass(errors.InvalidBodyError, ValueError)
    assert issubclass(errors.DecodeError, ValueError)
    assert str(api_error(None, "op", raw({"detail": "no"}, 404, X_Request_Id="r1"))) == (
        "op: 404 no (request r1)"
    )


def recorded_errors(name: str) -> list[dict[str, Any]]:
    lines = (SHARED / "recordings" / f"{name}.jsonl").read_text().splitlines()
    return [exchange for exchange in map(json.loads, lines) if exchange["status"] >= 300]


def content_of(exchange: dict[str, Any]) -> bytes:
    body = exchange["response_body"]
    media_type = exchange["response_headers"].get("content-type", "")
    if body is None:
        return b""
    if is_mapping(body) and "sha256" in body:
        return b"\x89" * int(body["binary_bytes"])
    return json.dumps(body).encode() if "json" in media_type else str(body).encode()


@needs_shared
@pytest.mark.parametrize("name", PLATFORMS)
def test_every_recorded_error_says_something_short(name: str) -> None:
    exchanges = recorded_errors(name)
    assert exchanges
    for exchange in exchanges:
        pairs = exchange["response_headers"]
        headers = Headers({key: str(value) for key, value in pairs.items()})
        answer = RawResponse(
            exchange["status"], headers, content_of(exchange), "http://h/", 0.1, "GET"
        )
        one = api_error(None, exchange["operation_id"], answer)
        assert 3 <= len(one.message) <= 300, exchange
        assert "\n" not in one.message
        assert not one.message.startswith("<"), exchange
        assert isinstance(one, errors.ApiError)


@needs_shared
def test_faults_of_annotations_are_told_with_their_place() -> None:
    lines = (SHARED / "truth" / "cvat" / "errors.jsonl").read_text().splitlines()
    answers = {
        answer["note"]: api_error(None, "op", raw(answer["answer"], answer["status"])).message
        for answer in map(json.loads, lines)
        if answer["status"] >= 300
    }
    told = {
        "label missing": "shapes[0].label_id: This field is required.",
        "too few points": "shapes[0].points: invalid length for shape type 'rectangle'",
        "points are text": (
            "shapes[0].points[0], shapes[0].points[1], shapes[0].points[2] and 4 more: "
            "Value must be a float or an integer"
        ),
        "task: labels not a list": 'labels: Expected a list of items but got type "str".',
        "task: label without name": "labels[0].name: This field is required.",
        "task: bad input type": (
            'labels[0].attributes[0].input_type: "slider" is not a valid choice.'
        ),
        "deleted_frames text": "deleted_frames[0]: A valid integer is required.",
        "unknown label": "label_id `999999` is invalid",
        "forbidden user": "You do not have permission to perform this action.",
    }
    assert {note: answers[note] for note in told} == told
