from __future__ import annotations

import io
import json
import re
import tracemalloc
from datetime import UTC, date, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annoport.core.contract.extensions import Batch, Upload
from annoport.core.contract.operation import LazyType, Operation, Parameter
from annoport.core.errors import InvalidArgumentError, InvalidBodyError
from annoport.core.http.multipart import StreamedBody
from annoport.core.http.request import Request, build
from annoport.core.upload.resuming import PartsBegun
from annoport.core.values.models import UNSET, OneOf, UploadFile
from tests.core.models import Anything, Circle, Color, Counted, Level, Node, UploadForm

MULTIPART = "multipart/form-data"
FORM = "application/x-www-form-urlencoded"


def operation(*parameters: Parameter, path: str = "/nodes") -> Operation[Any]:
    return Operation(id="list_nodes", method="GET", path=path, parameters=parameters)


def query(value: object, **settings: Any) -> str:
    one = Parameter(name="q", wire="q[]", location="query", **settings)
    return build(operation(one), {"q": value}).url.removeprefix("/nodes").removeprefix("?")


class Scalar:
    """A whole number of another library."""

    def __index__(self) -> int:
        return 7

    def tolist(self) -> int:
        return 7


# ------------------------------------------------------------------------------ query


@pytest.mark.parametrize(
    ("value", "settings", "expected"),
    [
        (UNSET, {}, ""),
        (None, {}, ""),
        ("", {}, "q%5B%5D="),
        ("a b&c=d/é+%", {}, "q%5B%5D=a%20b%26c%3Dd%2F%C3%A9%2B%25"),
        (True, {}, "q%5B%5D=true"),
        (3, {}, "q%5B%5D=3"),
        (0.5, {}, "q%5B%5D=0.5"),
        (Color.RED, {}, "q%5B%5D=red"),
        (Level.HIGH, {}, "q%5B%5D=2"),
        (date(2024, 1, 2), {}, "q%5B%5D=2024-01-02"),
        (datetime(2024, 1, 2, tzinfo=UTC), {}, "q%5B%5D=2024-01-02T00%3A00%3A00%2B00%3A00"),
        (UUID(int=1), {}, "q%5B%5D=00000000-0000-0000-0000-000000000001"),
        ([1, True, "a,b"], {}, "q%5B%5D=1&q%5B%5D=true&q%5B%5D=a%2Cb"),
        ([1, "a,b"], {"explode": False}, "q%5B%5D=1,a%2Cb"),
        ((1, 2), {"explode": False, "style": "spaceDelimited"}, "q%5B%5D=1%202"),
        (range(2), {"explode": False, "style": "pipeDelimited"}, "q%5B%5D=0%7C1"),
        ({"a": 1, "b c": True}, {}, "a=1&b%20c=true"),
        ({"a": 1, "b": 2}, {"explode": False}, "q%5B%5D=a,1,b,2"),
        ({"a": 1}, {"style": "deepObject"}, "q%5B%5D%5Ba%5D=1"),
        (Circle(radius=1), {"style": "deepObject"}, "q%5B%5D%5Bradius%5D=1"),
        (
            {"lat": 1.5, "tags": ["b", "c"], "in": {"x": True}},
            {"style": "deepObject"},
            "q%5B%5D%5Blat%5D=1.5&q%5B%5D%5Btags%5D=b&q%5B%5D%5Btags%5D=c&q%5B%5D%5Bin%5D%5Bx%5D=true",
        ),
        (
            "2024-01-02T03:04:05/x?a=b,(c)&d#e[f]%+ ",
            {"reserved": True},
            "q%5B%5D=2024-01-02T03:04:05/x?a=b,(c)%26d%23e%5Bf%5D%25%2B%20",
        ),
        (["a/b", "c"], {"reserved": True, "explode": False}, "q%5B%5D=a/b,c"),
        ({"a": [1]}, {"style": "json"}, "q%5B%5D=%7B%22a%22%3A%5B1%5D%7D"),
        ('{"a": 1}', {"style": "json"}, "q%5B%5D=%7B%22a%22%3A%201%7D"),
    ],
)
def test_query_values_are_written_by_style(
    value: object, settings: dict[str, Any], expected: str
) -> None:
    assert query(value, **settings) == expected


@pytest.mark.parametrize("value", [date(2024, 1, 2), "2024-01-02"])
def test_a_day_is_no_time_of_day(value: object) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        query(value, timed=True)
    assert str(caught.value) == (
        "list_nodes: argument 'q': expected a date with a time of day, got 2024-01-02, which the "
        "server would take for midnight: pass a datetime.datetime"
    )
    assert query("2024-01-02T00:00:00Z", timed=True) == "q%5B%5D=2024-01-02T00%3A00%3A00Z"
    assert query(datetime(2024, 1, 2), timed=True) == "q%5B%5D=2024-01-02T00%3A00%3A00"  # noqa: DTZ001


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ([], "an empty list cannot be sent"),
        ([1, None], "the list contains None"),
        ([{"a": 1}], "expected text, a number, a boolean or a date, got dict"),
        (b"x", "got bytes"),
        (object(), "got object"),
    ],
)
def test_a_query_value_that_cannot_be_written_is_refused(value: object, fault: str) -> None:
    with pytest.raises(InvalidArgumentError, match=fault) as caught:
        query(value)
    assert "list_nodes: argument 'q'" in str(caught.value)


@given(st.text(), st.lists(st.text(), min_size=1))
def test_any_text_comes_back_from_the_query(one: str, many: list[str]) -> None:
    try:
        (one + "".join(many)).encode()
    except UnicodeEncodeError:
        return
    parameters = (
        Parameter(name="one", wire="one", location="query"),
        Parameter(name="many", wire="many", location="query"),
    )
    request = build(operation(*parameters), {"one": one, "many": many})
    pairs = parse_qsl(urlsplit("http://h" + request.url).query, keep_blank_values=True)
    assert pairs == [("one", one), *(("many", item) for item in many)]


# ------------------------------------------------------------------------------ path


def path(value: object, *, multi_segment: bool = False) -> str:
    one = Parameter(
        name="id", wire="id", location="path", required=True, multi_segment=multi_segment
    )
    return build(operation(one, path="/a/{id}/b"), {"id": value}).url


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, "/a/3/b"),
        ("a/b", "/a/a%2Fb/b"),
        ("action=x&y 100%", "/a/action%3Dx%26y%20100%25/b"),
        ("a..", "/a/a../b"),
        ("a.zip", "/a/a.zip/b"),
        ("é?#", "/a/%C3%A9%3F%23/b"),
        ("{id}", "/a/%7Bid%7D/b"),
        ([1, 2], "/a/1,2/b"),
    ],
)
def test_a_path_value_keeps_its_place(value: object, expected: str) -> None:
    assert path(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("x/y z", "/a/x/y%20z/b"), ("x/.y", "/a/x/.y/b"), ("", "/a//b")]
)
def test_a_path_of_several_segments_keeps_its_slashes(value: str, expected: str) -> None:
    assert path(value, multi_segment=True) == expected


@pytest.mark.parametrize("value", [".", ".."])
def test_dots_that_would_climb_the_path_are_refused(value: str) -> None:
    fault = re.escape(f"argument 'id': {value!r} would change the path")
    with pytest.raises(InvalidArgumentError, match=fault):
        path(value)
    with pytest.raises(InvalidArgumentError, match=fault):
        path(f"x/{value}/y", multi_segment=True)


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(
        lambda text: text not in (".", "..")
    )
)
def test_any_text_stays_in_its_segment(text: str) -> None:
    segments = urlsplit("http://h" + path(text)).path.split("/")
    assert [unquote(segment) for segment in segments] == ["", "a", text, "b"]


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ({}, "argument 'id' is missing"),
        ({"id": UNSET}, "argument 'id' is missing"),
        ({"id": None}, "argument 'id' cannot be None"),
        ({"id": ""}, "argument 'id': an empty value would change the path"),
        ({"id": 1, "nmae": 2}, "unknown argument 'nmae'; did you mean 'name'?"),
        ({"id": 1, "zzz": 2}, r"unknown argument 'zzz'; it takes \['id', 'name'\]"),
    ],
)
def test_wrong_arguments_are_named(arguments: dict[str, Any], fault: str) -> None:
    parameters = (
        Parameter(name="id", wire="id", location="path", required=True),
        Parameter(name="name", wire="name", location="query"),
    )
    with pytest.raises(InvalidArgumentError, match=fault) as caught:
        build(operation(*parameters, path="/nodes/{id}"), arguments)
    assert str(caught.value).startswith("list_nodes: ")
    assert isinstance(caught.value, TypeError)


# ------------------------------------------------------------------------------ headers


def whole_number(value: object) -> str:
    one = Parameter(name="id", wire="id", location="path", required=True, integer=True)
    return build(operation(one, path="/a/{id}"), {"id": value}).url


def test_a_whole_number_in_the_path() -> None:
    assert [whole_number(value) for value in (12, Level.HIGH, Scalar())] == [
        "/a/12",
        "/a/2",
        "/a/7",
    ]


@pytest.mark.parametrize("value", ["12", "Deep sea", 3.0, True, [12], Color.RED])
def test_what_is_no_whole_number_is_refused_in_the_path(value: object) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        whole_number(value)
    assert str(caught.value) == (
        f"list_nodes: argument 'id': expected a whole number, got {value!r}"
    )


def test_a_model_in_place_of_its_id_is_told_so() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        whole_number(Node(id=5))
    assert str(caught.value) == (
        "list_nodes: argument 'id': expected a whole number, got Node: pass its id"
    )
    with pytest.raises(InvalidArgumentError) as caught:
        query(Node(id=5))  # its fields would be sent as so many filters
    assert str(caught.value) == (
        "list_nodes: argument 'q': expected text, a number, a boolean or a date, got Node: "
        "pass its id"
    )
    assert query(Node(id=5), style="deepObject") == "q%5B%5D%5Bid%5D=5"


def test_more_items_than_one_request_takes_are_refused() -> None:
    ids = Parameter(name="ids", wire="id", location="query")
    some = msgspec.structs.replace(operation(ids), batch=Batch(most=1000, of="id"))
    assert build(some, {"ids": range(1000)}).url.endswith("&id=999")
    with pytest.raises(InvalidArgumentError) as caught:
        build(some, {"ids": (number for number in range(1001))})
    assert str(caught.value) == (
        "list_nodes: argument 'ids' has 1,001 items, and the server takes at most 1,000 at once: "
        "send them in parts"
    )
    bodies: dict[str, LazyType] = {"application/json": lambda: list[int]}
    made = msgspec.structs.replace(operation(), bodies=bodies, batch=Batch(most=2))
    assert build(made, {}, (1, 2)).content == b"[1,2]"
    for body in ([1, 2, 3], (1, 2, 3), range(3)):
        with pytest.raises(InvalidBodyError) as refused:
            build(made, {}, body)
        assert str(refused.value) == (
            "list_nodes: the body has 3 items, and the server takes at most 2 at once: "
            "send them in parts"
        )


def test_a_request_shows_no_credential() -> None:
    request = Request(
        "PUT",
        "https://me:pass@store.example.org/key?part=1&X-Amz-Signature=abc",
        {"Authorization": "Token abc", "Cookie": "sessionid=abc"},
        b"abc",
        "upload",
        secret_query="token=abc",
    )
    assert repr(request).startswith(
        "Request(method='PUT', url='https://store.example.org/key?part=1&X-Amz-Signature=***', "
        "headers=['Authorization', 'Cookie'], operation_id='upload', "
    )
    assert "abc" not in repr(request)
    begun = PartsBegun(
        key="key", upload_id="id", size=5, urls=["https://a.example.org?sig=abc"], tags={1: "tag"}
    )
    assert repr(begun) == "PartsBegun(key='key', parts=1, done=[1])"


def test_header_and_cookie_parameters() -> None:
    parameters = (
        Parameter(name="org", wire="X-Organization", location="header"),
        Parameter(name="start", wire="Upload-Start", location="header"),
        Parameter(name="a", wire="a", location="cookie"),
        Parameter(name="b", wire="b", location="cookie"),
    )
    request = build(operation(*parameters), {"org": "é ", "start": True, "a": 1, "b": "x"})
    assert request.headers == {
        "Accept": "*/*",
        "X-Organization": "é",
        "Upload-Start": "true",
        "Cookie": "a=1; b=x",
    }


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\0", "日本"])
def test_a_header_value_cannot_break_out(value: str) -> None:
    one = Parameter(name="org", wire="X-Organization", location="header")
    with pytest.raises(InvalidArgumentError, match="argument 'org'"):
        build(operation(one), {"org": value})


@pytest.mark.parametrize("value", ["a;b", "a b", "a\r\nb", "é"])
def test_a_cookie_value_cannot_break_out(value: str) -> None:
    one = Parameter(name="c", wire="c", location="cookie")
    with pytest.raises(InvalidArgumentError, match="argument 'c'"):
        build(operation(one), {"c": value})


@pytest.mark.parametrize(
    ("responses", "expected"),
    [
        ({}, "*/*"),
        ({"204": {}, "404": {"text/html": str}}, "*/*"),
        ({"200": {"application/vnd.cvat+json": Node}}, "application/vnd.cvat+json, */*;q=0.1"),
        ({"200": {"a/b": 1, "c/d": 1}, "201": {"a/b": 1}}, "a/b, c/d;q=0.9, */*;q=0.1"),
    ],
)
def test_accept_lists_what_success_sends(
    responses: dict[str, dict[str, Any]], expected: str
) -> None:
    one: Operation[Any] = Operation(id="x", method="GET", path="/", responses=responses)
    assert build(one, {}).headers["Accept"] == expected


# ------------------------------------------------------------------------------ bodies


def giving(type_: Any) -> LazyType:
    return lambda: type_


def sent(body: object, bodies: dict[str, Any], **settings: Any) -> Request:
    content_type = settings.pop("content_type", None)
    lazy = {kind: giving(type_) for kind, type_ in bodies.items()}
    one: Operation[Any] = Operation(
        id="create", method="DELETE", path="/x", bodies=lazy, **settings
    )
    return build(one, {}, body, content_type)


def content_of(request: Request) -> bytes:
    content = request.content
    data = b"".join(content) if isinstance(content, StreamedBody) else content
    assert data is not None
    if "Content-Length" in request.headers:
        assert len(data) == int(request.headers["Content-Length"])
    return data


def parts_of(request: Request) -> list[EmailMessage]:
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + content_of(request))
    return [part for part in message.iter_parts() if isinstance(part, EmailMessage)]


def name_of(part: EmailMessage) -> object:
    return part.get_param("name", header="content-disposition")


def fields_of(request: Request) -> list[tuple[object, object, object]]:
    return [
        (name_of(part), part.get_filename(), part.get_payload(decode=True))
        for part in parts_of(request)
    ]


JSON = {"application/json": Node}


def test_no_body() -> None:
    request = sent(UNSET, JSON)
    assert request.content is None
    assert "Content-Type" not in request.headers
    with pytest.raises(
        InvalidArgumentError, match="the body is missing; pass one for application/json"
    ):
        sent(UNSET, JSON, body_required=True)
    with pytest.raises(InvalidArgumentError, match="create: the operation takes no body"):
        sent({}, {})


@pytest.mark.parametrize(
    ("body", "bodies"),
    [
        (Node(id=1), JSON),
        ({"id": 1}, {MULTIPART: UploadForm, "application/json": Node}),
        ([{"radius": 1}], {"application/vnd.x+json": OneOf[list[Circle], Circle]}),
        ("text", {"application/json": str}),
        (None, {"application/json": Node | None}),
        (3, {"application/json; charset=utf-8": int}),
    ],
)
def test_json_bodies(body: object, bodies: dict[str, Any]) -> None:
    request = sent(body, bodies)
    assert request.headers["Content-Type"] in bodies
    assert request.headers["Content-Type"] != MULTIPART
    expected = {"id": 1} if isinstance(body, Node) else body
    assert json.loads(content_of(request)) == expected


def test_a_json_body_that_does_not_fit_names_the_operation() -> None:
    with pytest.raises(InvalidBodyError, match=r"create: the body does not fit: \$\.id"):
        sent({"id": "x"}, JSON)


def test_binary_and_text_bodies(tmp_path: Path) -> None:
    binary = {"application/octet-stream": bytes}
    target = tmp_path / "a.png"
    target.write_bytes(b"png")
    with target.open("rb") as file:
        file.seek(1)
        request = sent(file, binary)
        assert content_of(request) == b"ng"
        assert content_of(request) == b"ng"
    for body in (b"png", bytearray(b"png"), target, UploadFile(b"png"), UploadFile(str(target))):
        request = sent(body, binary)
        assert content_of(request) == b"png"
        assert request.headers["Content-Type"] == "application/octet-stream"
    assert sent(target, {"image/*": bytes}).headers["Content-Type"] == "image/png"
    assert sent(b"x", {"image/*": bytes}).headers["Content-Type"] == "application/octet-stream"
    request = sent("é", {"text/plain": str, "application/json": str})
    assert content_of(request) == "é".encode()
    assert request.headers["Content-Type"] == "text/plain"


def test_an_explicit_content_type_wins() -> None:
    request = sent(b"a: 1", JSON, content_type="application/yaml")
    assert (request.content, request.headers["Content-Type"]) == (b"a: 1", "application/yaml")
    request = sent({"id": 1}, JSON, content_type=FORM)
    assert content_of(request) == b"id=1"
    request = sent(b"--b--", JSON, content_type="multipart/form-data; boundary=b")
    assert content_of(request) == b"--b--"


@pytest.mark.parametrize(
    ("body", "bodies", "fault"),
    [
        (b"x", JSON, "cannot send a body of type bytes; the operation accepts application/json"),
        ({"file": b"x"}, {FORM: UploadForm}, "cannot send a body of type dict"),
        ([1], {MULTIPART: UploadForm}, "expected a model or a dict for the form, got list"),
        (3, {"text/plain": str}, "cannot send a body of type int"),
        (Path("/no/such/file"), {"image/png": bytes}, "cannot read the file to upload"),
    ],
)
def test_a_body_of_the_wrong_kind_is_refused(
    body: object, bodies: dict[str, Any], fault: str
) -> None:
    with pytest.raises(InvalidBodyError, match=fault):
        sent(body, bodies)


def test_urlencoded_forms() -> None:
    request = sent({"id": 0, "title": "a b&é", "ids": [1, 2], "on": True}, {FORM: Anything})
    assert request.content == b"id=0&title=a+b%26%C3%A9&ids=1&ids=2&on=true"
    assert request.headers["Content-Type"] == FORM


def test_further_keys_of_a_form() -> None:
    body = Anything(id=0, additional_properties={"a:b": 2})
    assert sent(body, {FORM: Anything}).content == b"id=0&a%3Ab=2"
    typed = {"name": "x", "b": 2}
    assert sent(typed, {FORM: Counted}).content == b"name=x&b=2"
    with pytest.raises(InvalidBodyError, match=r"b: .*expected integer or object"):
        sent({"b": "x"}, {FORM: Counted})


def test_multipart_forms(tmp_path: Path) -> None:
    target = tmp_path / 'ünï "x".png'
    target.write_bytes(b"\r\n--png")
    body = UploadForm(
        file=UploadFile(target),
        title="a\r\nb",
        public=False,
        ids=[1, 2],
        files=[UploadFile(b"1", name="1.txt"), UploadFile(io.BytesIO(b"2"))],
        owner=Circle(radius=1),
    )
    request = sent(body, {MULTIPART: UploadForm})
    assert fields_of(request) == [
        ("file", 'ünï "x".png', b"\r\n--png"),
        ("title", None, b"a\r\nb"),
        ("public", None, b"false"),
        ("files", "1.txt", b"1"),
        ("files", "files", b"2"),
        ("ids", None, b"1"),
        ("ids", None, b"2"),
        ("owner", None, b'{"radius":1}'),
    ]
    kinds = {name_of(part): part.get_content_type() for part in parts_of(request)}
    assert kinds["file"] == "image/png"
    assert kinds["owner"] == "application/json"
    assert isinstance(request.content, StreamedBody)
    assert request.content.replayable


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ('a"b.png', b'filename="a\\"b.png"'),
        ("a\\b\\", b'filename="a\\\\b\\\\"'),
        ("a\r\nX: b", b'filename="a%0D%0AX: b"'),
        ("100%22.png", b'filename="100%22.png"'),
        ("𝄞.png", b'filename="\xf0\x9d\x84\x9e.png"'),
    ],
)
def test_names_of_files_in_a_form(name: str, written: bytes) -> None:
    """As Django and python-multipart read them, which the platforms use."""
    file = UploadFile(b"x", name=name, media_type='image/x; of="1"')
    content = content_of(sent({"file": file}, {MULTIPART: UploadForm}))
    kind = b'Content-Type: image/x; of="1"'
    assert b"\r\n".join([b'; name="file"; ' + written, kind, b"", b"x"]) in content


def test_a_name_that_is_no_text_is_refused() -> None:
    with pytest.raises(InvalidBodyError, match=r"the name of the file 'caf\\udce9' is no text"):
        sent({"file": UploadFile(b"x", name="caf\udce9")}, {MULTIPART: UploadForm})


def test_a_dict_with_a_file_is_sent_as_a_form() -> None:
    bodies = {"application/json": UploadForm, MULTIPART: UploadForm}
    request = sent({"file": io.BytesIO(b"x"), "files[0]": b"y"}, bodies)
    assert fields_of(request) == [("file", "file", b"x"), ("files[0]", "files[0]", b"y")]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"file": b"x", "titel": "y"}, r"\$.titel: UploadForm has no key 'titel'; did you mean 't"),
        ({"files": [b"x"]}, r"\$.file: is required, but missing"),
        ({"file": "up.tsv"}, r"\$.file: expected a file, got the string 'up.tsv'; pass a Path"),
        ({"file": b"x", "files": ["a", "b"]}, r"\$.files: expected a file, got the string 'a'"),
        ({"file": b"x", "quality": "high"}, "quality: the body does not fit"),
        ({"file": b"x", "owner": {"radius": "1"}}, r"owner: the body does not fit: \$.radius"),
    ],
)
def test_a_form_that_does_not_fit_is_refused(body: dict[str, Any], fault: str) -> None:
    with pytest.raises(InvalidBodyError, match=fault):
        sent(body, {MULTIPART: UploadForm})


def test_the_upload_annotation_names_the_field() -> None:
    upload = Upload(style="form", field="files", indexed=True)
    body = UploadForm(file=UploadFile(b"0"), files=[UploadFile(b"1"), UploadFile(b"2")])
    request = sent(body, {MULTIPART: UploadForm}, upload=upload)
    assert [name for name, _, _ in fields_of(request)] == ["file", "files[0]", "files[1]"]
    request = sent(b"0", {MULTIPART: UploadForm}, upload=Upload(style="form", field="file"))
    assert fields_of(request) == [("file", "file", b"0")]


class Pipe(io.RawIOBase):
    """A stream that can be read once, like a socket."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._data.readinto(buffer)


def test_a_stream_of_unknown_length_has_none_and_cannot_be_sent_twice() -> None:
    request = sent(Pipe(b"abc"), {"application/octet-stream": bytes})
    assert "Content-Length" not in request.headers
    assert isinstance(request.content, StreamedBody)
    assert not request.content.replayable
    assert content_of(request) == b"abc"


@pytest.mark.parametrize("later", [b"longer", b"s"])
def test_a_file_that_changes_while_it_is_sent_is_an_error(tmp_path: Path, later: bytes) -> None:
    target = tmp_path / "a.bin"
    target.write_bytes(b"four")
    request = sent(target, {"application/octet-stream": bytes})
    target.write_bytes(later)
    assert isinstance(request.content, StreamedBody)
    with pytest.raises(InvalidBodyError, match="changed while it was sent: it had 4 bytes"):
        list(request.content)


def test_a_file_in_text_mode_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("abc")
    with target.open() as file:
        request = sent(file, {"application/octet-stream": bytes})
        with pytest.raises(InvalidBodyError, match="open it with 'rb'"):
            content_of(request)


def test_a_large_file_is_streamed_in_constant_memory(tmp_path: Path) -> None:
    target = tmp_path / "large.bin"
    with target.open("wb") as file:
        file.truncate(64 * 1024 * 1024)
    request = sent({"file": target}, {MULTIPART: UploadForm})
    assert isinstance(request.content, StreamedBody)
    tracemalloc.start()
    total = sum(map(len, request.content))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == request.content.length
    assert peak < 4 * 1024 * 1024


# ------------------------------------------------------------------------------ media types


def taking(media_type: str, type_: Any) -> Operation[Any]:
    return Operation(id="add", method="POST", path="/", bodies={media_type: lambda: type_})


def posted(request: Request) -> tuple[str, bytes]:
    content = request.content
    body = content if isinstance(content, bytes) else b"".join(content or ())
    return request.headers["Content-Type"], body


@pytest.mark.parametrize("media_type", ["*/*", "application/*"])
@pytest.mark.parametrize(
    ("type_", "body", "expected"),
    [
        (Circle, {"radius": 1}, ("application/json", b'{"radius":1}')),
        (Circle, Circle(radius=1), ("application/json", b'{"radius":1}')),
        (list[int], [1, 2], ("application/json", b"[1,2]")),
        (str, "one", ("text/plain; charset=utf-8", b"one")),
        (bytes, "one", ("text/plain; charset=utf-8", b"one")),
        (bytes, b"\0", ("application/octet-stream", b"\0")),
        (bytes, UploadFile(b"{}", media_type="image/x"), ("image/x", b"{}")),
    ],
)
def test_any_media_type_is_the_one_that_suits_the_body(
    media_type: str, type_: Any, body: Any, expected: tuple[str, bytes]
) -> None:
    assert posted(build(taking(media_type, type_), {}, body)) == expected


def test_a_dict_is_no_picture() -> None:
    with pytest.raises(InvalidBodyError) as refused:
        build(taking("image/*", bytes), {}, {"radius": 1})
    assert str(refused.value) == (
        "add: cannot send a body of type dict; the operation accepts image/*"
    )


LINES = "application/x-ndjson"


def test_a_list_is_sent_one_item_a_line() -> None:
    request = build(taking(LINES, list[Circle]), {}, [{"radius": 1}, Circle(radius=2)])
    assert posted(request) == (LINES, b'{"radius":1}\n{"radius":2}\n')
    assert request.headers["Content-Length"] == "26"


def test_an_iterator_is_read_while_it_is_sent() -> None:
    taken: list[int] = []

    def texts() -> Any:
        for number in range(40):
            taken.append(number)
            yield "x" * 100_000

    request = build(taking("application/json-seq", list[str]), {}, texts())
    assert taken == []
    assert isinstance(request.content, StreamedBody)
    assert not request.content.replayable
    assert "Content-Length" not in request.headers
    blocks = iter(request.content)
    first = next(blocks)
    assert first.startswith(b'\x1e"xxx')
    assert len(taken) < 20
    assert (first + b"".join(blocks)).count(b"\x1e") == 40


def test_an_item_that_does_not_fit_is_named() -> None:
    with pytest.raises(InvalidBodyError) as refused:
        build(taking(LINES, list[Circle]), {}, [{"radius": 1}, {"radios": 2}])
    assert str(refused.value).startswith("add, item 2: the body does not fit: ")


def test_a_dict_is_no_list_of_items() -> None:
    with pytest.raises(InvalidBodyError) as refused:
        build(taking(LINES, list[Circle]), {}, {"radius": 1})
    assert str(refused.value) == (
        "add: expected a list or an iterator of what goes on each line of application/x-ndjson, "
        "got dict"
    )


def test_a_list_goes_as_one_document_where_that_is_taken() -> None:
    both = Operation[Any](
        id="add",
        method="POST",
        path="/",
        bodies={LINES: lambda: list[Circle], "application/json": lambda: list[Circle]},
    )
    assert posted(build(both, {}, [{"radius": 1}])) == ("application/json", b'[{"radius":1}]')
    assert posted(build(both, {}, iter([{"radius": 1}]))) == (LINES, b'{"radius":1}\n')
