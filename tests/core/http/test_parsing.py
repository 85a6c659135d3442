from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from annoport.core.contract.extensions import JobStart
from annoport.core.contract.operation import LazyType, Operation
from annoport.core.errors import (
    DecodeError,
    NotFoundError,
    RedirectError,
    ResponseShapeWarning,
    ServerError,
)
from annoport.core.http.parsing import parse
from annoport.core.http.response import Headers, RawResponse
from annoport.core.http.retry import is_broken_json
from tests.core.models import Circle, Node, Square

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON = "application/json"


def giving(type_: Any) -> LazyType:
    return lambda: type_


def operation(responses: Mapping[str, Mapping[str, Any]]) -> Operation[Any]:
    lazy = {
        status: {kind: giving(type_) for kind, type_ in types.items()}
        for status, types in responses.items()
    }
    return Operation(id="get_node", method="GET", path="/", responses=lazy)


def answer(
    content: bytes,
    media_type: str | None = JSON,
    status: int = 200,
    method: str = "GET",
    **more: str,
) -> RawResponse:
    headers = {"Content-Type": media_type} if media_type else {}
    headers |= {name.replace("_", "-"): value for name, value in more.items()}
    return RawResponse(status, Headers(headers), content, "http://h.test/x?token=abc", 0.1, method)


def value_of(
    responses: Mapping[str, Mapping[str, Any]], raw: RawResponse, *, strict: bool = True
) -> Any:
    return parse(operation(responses), raw, strict=strict).value


def test_headers_are_found_whatever_the_case() -> None:
    headers = Headers([("Content-Type", "a/b"), ("Set-Cookie", "a=1"), ("set-cookie", "b=2")])
    assert headers["content-type"] == headers["CONTENT-TYPE"] == "a/b"
    assert headers.get("missing") is None
    assert "SET-cookie" in headers
    assert headers["set-cookie"] == "a=1, b=2"
    assert headers.get_all("Set-Cookie") == ["a=1", "b=2"]
    assert headers.get_all("missing") == []
    assert dict(headers) == {"content-type": "a/b", "set-cookie": "a=1, b=2"}
    assert "a=1" not in repr(headers)
    assert len(Headers({"A": "1"})) == 1


def test_the_response_has_status_headers_and_request_id() -> None:
    raw = answer(b'{"id": 1}', X_Request_Id="abc")
    response = parse(operation({"200": {JSON: Node}}), raw, strict=True)
    assert (response.status, response.value, response.request_id) == (200, Node(id=1), "abc")
    assert response.content == b'{"id": 1}'
    assert response.headers["x-request-id"] == "abc"
    assert "abc" not in repr(raw).replace("x-request-id", "")


@pytest.mark.parametrize(
    ("responses", "status", "expected"),
    [
        ({"200": {JSON: Circle}, "201": {JSON: Square}}, 200, Circle(radius=1)),
        ({"201": {JSON: Circle}, "2XX": {JSON: Square}}, 201, Circle(radius=1)),
        ({"201": {JSON: Square}, "2XX": {JSON: Circle}}, 202, Circle(radius=1)),
        ({"201": {JSON: Square}, "default": {JSON: Circle}}, 200, Circle(radius=1)),
        ({"200": {JSON: Circle}, "404": {JSON: Square}}, 201, Circle(radius=1)),
        ({"200": {JSON: Square}, "202": {JSON: Circle}}, 203, Circle(radius=1)),
        ({"204": {}}, 200, None),
        ({}, 200, None),
    ],
)
def test_the_status_picks_the_type(
    responses: dict[str, dict[str, Any]], status: int, expected: object
) -> None:
    assert value_of(responses, answer(b'{"radius": 1}', status=status)) == expected


@pytest.mark.parametrize(
    ("types", "media_type", "content", "expected"),
    [
        ({"application/vnd.x+json": Node}, "application/vnd.x+json; v=2", b'{"id":1}', Node(id=1)),
        ({"application/vnd.x+json": Node}, JSON, b'{"id":1}', Node(id=1)),
        ({JSON: Node}, None, b'{"id":1}', Node(id=1)),
        ({JSON: Node}, "text/plain", b'{"id":1}', Node(id=1)),
        ({JSON: Node, "application/zip": bytes}, "application/zip", b"PK", b"PK"),
        ({JSON: Node, "application/zip": bytes}, "application/x-zip", b"PK", b"PK"),
        ({"application/zip": bytes, JSON: Node}, "text/json", b'{"id":1}', Node(id=1)),
        ({"image/*": bytes}, "image/png", b"\x89PNG", b"\x89PNG"),
        ({"text/plain": str}, "text/plain", b"\xc3\xa9", "é"),
        ({"text/plain": str}, "text/plain; charset=latin-1", b"\xe9", "é"),
        ({"text/plain": str}, 'text/plain; charset="utf-8"; x=1', b"\xc3\xa9", "é"),
        ({"text/plain": str}, "text/plain; charset=klingon", b"\xc3\xa9", "é"),
        ({JSON: str}, JSON, b'"text"', "text"),
        ({JSON: None}, JSON, b'"text"', None),
        ({JSON: Any}, JSON, b'[1, {"a": null}]', [1, {"a": None}]),
    ],
)
def test_the_media_type_picks_the_type(
    types: dict[str, Any], media_type: str | None, content: bytes, expected: object
) -> None:
    assert value_of({"200": types}, answer(content, media_type)) == expected


_EMPTY = (
    "get_node: the server accepted the request, but its answer ({}) is empty, where the contract "
    "has a value"
)


@pytest.mark.parametrize(
    ("responses", "raw"),
    [
        ({"200": {JSON: Node}}, answer(b"", None, status=204)),
        ({"200": {JSON: Node}}, answer(b"", JSON, status=204)),
        ({"200": {JSON: Node}}, answer(b"", None, status=205)),
        ({"200": {JSON: Node}, "400": {}}, answer(b"", None, status=202)),
        ({"200": {JSON: Node}}, answer(b"", None)),
        ({"2XX": {JSON: Node}}, answer(b"", None, status=204)),
    ],
)
def test_an_answer_without_the_promised_value_is_told(
    responses: dict[str, dict[str, Any]], raw: RawResponse
) -> None:
    found = _EMPTY.format(raw.status)
    with pytest.warns(ResponseShapeWarning) as warned:
        assert value_of(responses, raw, strict=False) is None
    assert [str(one.message) for one in warned] == [f"{found}; the value is None"]
    with pytest.raises(DecodeError) as caught:
        value_of(responses, raw)
    assert str(caught.value) == f"{found}: a client that is not strict gives None"


@pytest.mark.parametrize(
    ("responses", "raw"),
    [
        ({"200": {JSON: Node}, "204": {}}, answer(b"", None, status=204)),
        ({"200": {JSON: Node}, "204": {}}, answer(b"", None, status=202)),
        ({"200": {JSON: Node | None}}, answer(b"", None, status=204)),
        ({"200": {JSON: Any}}, answer(b"", None, status=204)),
        ({"204": {}}, answer(b"", None, status=204)),
        ({}, answer(b"", None, status=204)),
        ({"200": {JSON: Node}}, answer(b"", method="HEAD")),
    ],
)
def test_an_answer_that_may_be_empty_is_none(
    responses: dict[str, dict[str, Any]], raw: RawResponse
) -> None:
    assert value_of(responses, raw) is None


def test_an_empty_file_or_text_is_a_value() -> None:
    assert value_of({"200": {"application/zip": bytes}}, answer(b"", None)) == b""
    assert value_of({"200": {"text/plain": str}}, answer(b"", "text/plain")) == ""
    with pytest.warns(ResponseShapeWarning, match="is empty"):
        assert value_of({"200": {"image/*": bytes}}, answer(b"", status=204), strict=False) is None


def test_json_without_a_body_has_lost_it() -> None:
    with pytest.raises(DecodeError, match="get_node: expected JSON, got an empty answer"):
        value_of({"200": {JSON: Node}}, answer(b""), strict=False)
    assert is_broken_json(answer(b""))
    assert not is_broken_json(answer(b"", status=204))


def test_a_step_of_an_upload_may_answer_nothing() -> None:
    start = JobStart(kind="import", id="/id", optional=True)
    one = msgspec.structs.replace(operation({"202": {JSON: Node}}), job=start)
    assert parse(one, answer(b"", status=202), strict=True).value is None
    assert parse(one, answer(b'{"id": 1}', status=202), strict=True).value == Node(id=1)


def test_a_page_where_json_was_promised_hints_at_the_address() -> None:
    with pytest.raises(
        DecodeError, match="check that base_url is the address of the API"
    ) as caught:
        value_of({"200": {JSON: Node}}, answer(b"<html>", "text/html; charset=utf-8"))
    assert "abc" not in str(caught.value)


def test_lenient_and_strict() -> None:
    raw = answer(b'{"id": null}')
    with pytest.warns(UserWarning, match=r"get_node: .*\$.id: expected integer, got null"):
        assert value_of({"200": {JSON: Node}}, raw, strict=False).id is None
    with pytest.raises(DecodeError, match=r"\$.id"):
        value_of({"200": {JSON: Node}}, raw)


@pytest.mark.parametrize(
    ("status", "error"), [(302, RedirectError), (404, NotFoundError), (503, ServerError)]
)
def test_other_statuses_are_errors(status: int, error: type[Exception]) -> None:
    raw = answer(json.dumps({"detail": "no"}).encode(), status=status)
    with pytest.raises(error, match=f"get_node: {status} no"):
        value_of({"200": {JSON: Node}, str(status): {JSON: Node}}, raw)


# ------------------------------------------------------------------------------ media types


@pytest.mark.parametrize("declared", ["*/*", "application/*"])
@pytest.mark.parametrize(
    ("type_", "sent", "content", "value"),
    [
        (Circle, JSON, b'{"radius": 1}', Circle(radius=1.0)),
        (Circle, "application/hal+json", b'{"radius": 1}', Circle(radius=1.0)),
        (Circle, None, b'{"radius": 1}', Circle(radius=1.0)),
        (Any, JSON, b"[1]", [1]),
        (Any, "application/pdf", b"%PDF", b"%PDF"),
        (str, "application/yaml", b"a: 1", "a: 1"),
        (str, JSON, b'"a"', "a"),
        (bytes, JSON, b'"a"', b'"a"'),
    ],
)
def test_any_media_type_is_json_if_the_answer_says_so(
    declared: str, type_: Any, sent: str | None, content: bytes, value: Any
) -> None:
    found = parse(operation({"200": {declared: type_}}), answer(content, sent), strict=True)
    assert found.value == value


def test_text_of_any_media_type() -> None:
    found = parse(operation({"200": {"*/*": Any}}), answer(b"a,b", "text/csv"), strict=True)
    assert found.value == "a,b"


def test_what_is_declared_json_is_read_as_json() -> None:
    with pytest.raises(DecodeError, match="the answer is not JSON"):
        parse(operation({"200": {JSON: Any}}), answer(b"a,b", "text/csv"), strict=False)


def test_lines_are_a_list() -> None:
    declared = operation({"200": {"application/x-ndjson": list[Circle]}})
    lines = answer(b'{"radius": 1}\n\n{"radius": 2}', "application/x-ndjson")
    assert parse(declared, lines, strict=True).value == [Circle(radius=1.0), Circle(radius=2.0)]


# ------------------------------------------------------------------------------ redirects


@pytest.mark.parametrize("declared", ["302", "3XX"])
def test_a_declared_redirect_gives_the_address_that_it_leads_to(declared: str) -> None:
    found = parse(operation({declared: {}}), answer(b"", None, 302, location="/y?a=b"), strict=True)
    assert (found.status, found.value) == (302, "http://h.test/y?a=b")


def test_a_redirect_that_is_not_declared_or_leads_nowhere_is_an_error() -> None:
    cases: list[tuple[dict[str, dict[str, Any]], RawResponse]] = [
        ({"200": {}}, answer(b"", None, 302, location="/y")),
        ({"302": {}}, answer(b"", None, 302)),
        ({"302": {}}, answer(b"", None, 301, location="/y")),
    ]
    for one, raw in cases:
        with pytest.raises(RedirectError):
            parse(operation(one), raw, strict=False)


def test_an_answer_where_a_redirect_is_expected_is_told() -> None:
    with pytest.warns(ResponseShapeWarning) as told:
        found = parse(operation({"302": {}}), answer(b"{}"), strict=False)
    assert found.value is None
    assert str(told[0].message) == (
        "get_node: expected a redirect (302), got 200 with 2 bytes; the value is None"
    )
    with pytest.raises(DecodeError, match="a client that is not strict gives None"):
        parse(operation({"302": {}}), answer(b"{}"), strict=True)
