"""What must never be sent is refused before there is a request."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from annoport.core.contract.extensions import Beside, Ignored, Only, Placeholder, Same, Selection
from annoport.core.contract.operation import LazyType, Operation, Parameter
from annoport.core.errors import InvalidArgumentError, InvalidBodyError
from annoport.core.http.multipart import StreamedBody
from annoport.core.http.request import build
from annoport.core.values.models import UNSET, Model, Unset, model

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
MISSPELT = Ignored(why="a misspelt name is ignored", instead="search")


@model
class Part(Model):
    frame: int
    parts: list[Part] | Unset = UNSET


@model
class Account(Model):
    name: str
    password: str | Unset = UNSET


@model
class Change(Model):
    ids: list[int] | Unset = UNSET
    media_ids: list[int] | Unset = UNSET
    query: str | Unset = UNSET
    parts: list[Part] | Unset = UNSET
    accounts: list[Account] | Unset = UNSET
    color: str | Unset = UNSET


PARAMETERS = (
    Parameter(name="project", wire="project", location="path", required=True),
    Parameter(name="kind", wire="kind", location="query"),
    Parameter(name="attribute", wire="attribute", location="query", guard=MISSPELT),
    Parameter(name="count", wire="count", location="query"),
    Parameter(name="dry_run", wire="dryRun", location="query"),
)


def changing(type_: LazyType = lambda: Change, media: str = JSON, **more: Any) -> Operation[Any]:
    return Operation(
        id="change_many",
        method="PATCH",
        path="/things/{project}",
        parameters=PARAMETERS,
        bodies={media: type_},
        **more,
    )


class Numbers(list[int]):
    """Compares with other lists item by item, as arrays of NumPy do."""

    def __eq__(self, other: object) -> bool:
        raise ValueError("the truth value is ambiguous")

    __hash__ = None


SELECTION = Selection(by=("kind", "ids", "media_ids", "query"), count="count")
CHANGE = changing(selection=SELECTION)
READ = changing(selection=Selection(by=("kind", "ids", "media_ids"), answer="[]"))


# ------------------------------------------------------------------------------ selections


@pytest.mark.parametrize("arguments", [{}, {"kind": 3}, {"count": 5}])
@pytest.mark.parametrize(
    "body",
    [{"ids": []}, {"ids": [1], "media_ids": []}, Change(ids=[]), Change(media_ids=[], color="red")],
)
def test_an_empty_list_never_goes_to_a_change(arguments: dict[str, Any], body: object) -> None:
    with pytest.raises(InvalidBodyError, match=r"change_many: \$\.(media_)?ids: an empty list"):
        build(CHANGE, {"project": 1, **arguments}, body)


@pytest.mark.parametrize("text", [b'{"ids": []}', b' {"color": "red", "ids": [%s] }' % (b" " * 99)])
def test_bytes_of_the_callers_own_are_looked_at_too(text: bytes) -> None:
    with pytest.raises(InvalidBodyError, match=r"\$\.ids: an empty list"):
        build(CHANGE, {"project": 1}, text, JSON)
    assert build(CHANGE, {"project": 1}, b'{"ids": [1]}', JSON).content == b'{"ids": [1]}'


def test_a_file_that_nobody_looks_into_selects_nothing(tmp_path: Path) -> None:
    path = tmp_path / "body.json"
    path.write_bytes(b'{"ids": []}')
    with pytest.raises(InvalidBodyError, match="cannot see what the content of a file selects"):
        build(CHANGE, {"project": 1}, path, JSON)


@pytest.mark.parametrize("text", [b"{", b"[1,", b"nothing"])
def test_bytes_that_are_no_json_are_refused(text: bytes) -> None:
    with pytest.raises(InvalidBodyError, match="change_many: the body is not JSON"):
        build(CHANGE, {"project": 1}, text, JSON)


@pytest.mark.parametrize(
    ("arguments", "body"),
    [
        ({}, {}),
        ({}, {"color": "red"}),
        ({"kind": None}, {"query": ""}),
        ({"kind": ""}, Change(color="red")),
        ({"dry_run": True}, {}),
    ],
)
def test_a_change_of_everything_has_to_say_how_many(
    arguments: dict[str, Any], body: object
) -> None:
    with pytest.raises(InvalidBodyError) as caught:
        build(CHANGE, {"project": 1, **arguments}, body)
    message = str(caught.value)
    assert message.startswith("change_many: nothing selects what to change")
    assert "$.ids, $.media_ids, $.query, kind" in message
    assert "count=N" in message
    assert build(CHANGE, {"project": 1, **arguments, "count": 0}, body).answer is None


@pytest.mark.parametrize(
    ("arguments", "body"),
    [
        ({"kind": 3}, {"color": "red"}),
        ({"kind": 0}, {"color": "red"}),
        ({"kind": Numbers([3, 4])}, {"color": "red"}),
        ({}, {"ids": [0]}),
        ({}, {"ids": list(range(100_000))}),
        ({}, Change(query="?a=b")),
    ],
)
def test_a_change_of_something_is_sent(arguments: dict[str, Any], body: object) -> None:
    request = build(CHANGE, {"project": 1, **arguments}, body)
    assert request.content
    assert request.answer is None


def test_a_change_without_a_body_names_its_arguments() -> None:
    operation = Operation[Any](
        id="delete_many",
        method="DELETE",
        path="/things/{project}",
        parameters=PARAMETERS,
        selection=Selection(by=("kind",)),
    )
    with pytest.raises(InvalidArgumentError, match=r"delete_many: .*; pass one of kind$"):
        build(operation, {"project": 1})
    assert build(operation, {"project": 1, "kind": 3}).url == "/things/1?kind=3"


def test_the_body_itself_can_select() -> None:
    operation = changing(lambda: list[int], selection=Selection(by=("",)))
    with pytest.raises(InvalidBodyError, match=r"change_many: \$: an empty list"):
        build(operation, {"project": 1}, [])
    assert build(operation, {"project": 1}, [5]).content == b"[5]"


def test_a_dry_run_may_be_about_everything() -> None:
    operation = changing(selection=Selection(by=("query",), unless={"dryRun": True}))
    for dry in (True, "true"):
        assert build(operation, {"project": 1, "dry_run": dry}, {}).content == b"{}"
    with pytest.raises(InvalidBodyError, match="nothing selects"):
        build(operation, {"project": 1, "dry_run": False}, {})


def test_the_answer_to_an_empty_list_is_known() -> None:
    assert build(READ, {"project": 1}, {"ids": []}).answer == b"[]"
    assert build(READ, {"project": 1, "count": 3}, Change(ids=[], media_ids=[])).answer == b"[]"
    assert build(READ, {"project": 1}, {}).answer is None
    assert build(READ, {"project": 1}, {"ids": [1]}).answer is None
    both: dict[str, list[int]] = {"ids": [], "media_ids": [1]}
    for arguments, body in (({"kind": 3}, Change(ids=[])), ({}, both)):
        with pytest.raises(InvalidBodyError, match=r"\$\.ids: the server ignores an empty list"):
            build(READ, {"project": 1, **arguments}, body)


# ------------------------------------------------------------------------------ filters


def test_a_filter_that_may_be_ignored_is_refused() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        build(CHANGE, {"project": 1, "kind": 3, "attribute": ["colour::red"]}, {})
    assert str(caught.value) == (
        "change_many: argument 'attribute' is refused: a misspelt name is ignored; use 'search'"
    )
    build(CHANGE, {"project": 1, "kind": 3, "attribute": None}, {})


def test_only_some_values_of_a_filter_may_be_ignored() -> None:
    guard = Ignored(why="a misspelt name is ignored", instead="ids", pattern=r"\battribute")
    operation = changing(guards={"/query": (guard,)})
    with pytest.raises(InvalidBodyError, match=r"change_many: \$\.query: is refused: .* use 'ids'"):
        build(operation, {"project": 1}, {"query": "?section=1&attribute=a::b"})
    assert build(operation, {"project": 1}, {"query": "?section=1"}).content


COLUMN = Only(
    why="another column would be meant",
    pattern=r"[os][nt]\d{2}",
    expected="a table and a column, such as on12",
)
STATUS = Only(why="none would match", values=("", "P", "V"), separator=",")


@pytest.mark.parametrize("value", ["n12", "on1", "on123", " on12"])
def test_a_value_that_would_be_misread_is_refused(value: str) -> None:
    operation = changing(guards={"/query": (COLUMN,)})
    with pytest.raises(InvalidBodyError) as caught:
        build(operation, {"project": 1}, {"query": value})
    assert str(caught.value) == (
        f"change_many: $.query: {value!r} is refused: another column would be meant; expected a "
        "table and a column, such as on12"
    )
    for fine in ("on12", "st01", ""):
        assert build(operation, {"project": 1}, Change(query=fine)).content


def test_a_value_outside_of_a_closed_vocabulary_is_refused() -> None:
    operation = changing(guards={"/query": (STATUS,)})
    with pytest.raises(InvalidBodyError) as caught:
        build(operation, {"project": 1}, Change(query="P,X"))
    assert str(caught.value) == (
        "change_many: $.query: 'X' is refused: none would match; expected 'P' or 'V'"
    )
    assert build(operation, {"project": 1}, Change(query="P,V")).content


def test_an_argument_is_looked_at_item_by_item() -> None:
    parameter = Parameter(name="kind", wire="kind", location="query", explode=False, guard=STATUS)
    operation: Operation[Any] = Operation(
        id="find", method="GET", path="/", parameters=(parameter,)
    )
    for value in (["P", "X"], iter(["X"]), "V,X"):
        with pytest.raises(InvalidArgumentError) as caught:
            build(operation, {"kind": value})
        assert str(caught.value) == (
            "find: argument 'kind': 'X' is refused: none would match; expected 'P' or 'V'"
        )
    assert build(operation, {"kind": iter(["P", "V"])}).url == "/?kind=P,V"


def test_fields_that_exclude_each_other() -> None:
    guard = Beside(why="one is ignored", excludes=("color",))
    operation = changing(guards={"/query": (guard,)})
    with pytest.raises(InvalidBodyError) as caught:
        build(operation, {"project": 1}, {"query": "a", "color": "red"})
    assert str(caught.value) == "change_many: $.query: is refused beside 'color': one is ignored"
    for fine in ({"query": "a"}, {"query": "", "color": "red"}, {"query": "a", "color": ""}):
        assert build(operation, {"project": 1}, fine).content


@pytest.mark.parametrize(
    ("guard", "bad", "fine", "message"),
    [
        (
            Beside(why="it fails", needs={"color": None}),
            [{"query": "a"}, {"query": "a", "color": ""}],
            [{"query": "a", "color": "red"}, {"query": ""}, {}],
            "$.query: needs 'color' beside it: it fails",
        ),
        (
            Beside(why="it fails", needs={"color": "red"}, values=("a",)),
            [{"query": "a"}, {"query": "a", "color": "blue"}],
            [{"query": "a", "color": "red"}, {"query": "b"}],
            "$.query: 'a' needs color='red' beside it: it fails",
        ),
    ],
)
def test_a_field_that_needs_another(
    guard: Beside, bad: list[dict[str, Any]], fine: list[dict[str, Any]], message: str
) -> None:
    operation = changing(guards={"/query": (STATUS_OF_ALL, guard)})
    for body in bad:
        with pytest.raises(InvalidBodyError) as caught:
            build(operation, {"project": 1}, body)
        assert str(caught.value) == f"change_many: {message}"
    for body in fine:
        assert build(operation, {"project": 1}, body).content


STATUS_OF_ALL = Only(why="no", pattern=".*", expected="anything")

# ------------------------------------------------------------------------------ fields

PLACEHOLDERS = changing(guards={"/accounts/*/password": (Placeholder(value="?"),)})


def sent(operation: Operation[Any], body: object, **more: Any) -> Any:
    content = build(operation, {"project": 1}, body, **more).content
    assert isinstance(content, bytes)
    return json.loads(content)


@pytest.mark.parametrize("kind", ["dict", "model", "bytes"])
def test_a_placeholder_is_left_out(kind: str) -> None:
    plain: dict[str, Any] = {
        "accounts": [{"name": "a", "password": "?"}, {"name": "é?", "password": "???"}]
    }
    accounts = [Account(name="a", password="?"), Account(name="é?", password="???")]
    body = {"dict": plain, "model": Change(accounts=accounts), "bytes": json.dumps(plain).encode()}
    media = JSON if kind == "bytes" else None
    found = sent(PLACEHOLDERS, body[kind], content_type=media)
    assert found == {"accounts": [{"name": "a"}, {"name": "é?", "password": "???"}]}
    assert plain["accounts"][0]["password"] == accounts[0].password == "?"


def test_a_strict_client_refuses_a_placeholder() -> None:
    body = Change(accounts=[Account(name="a"), Account(name="b", password="?")])
    with pytest.raises(InvalidBodyError, match=r"change_many: \$\.accounts\[1\]\.password: '\?'"):
        build(PLACEHOLDERS, {"project": 1}, body, strict=True)
    build(PLACEHOLDERS, {"project": 1}, Change(accounts=[Account(name="?")]), strict=True)


@pytest.mark.parametrize("media", [FORM, MULTIPART])
def test_a_placeholder_is_left_out_of_a_form(media: str) -> None:
    operation = changing(lambda: Account, media, guards={"/password": (Placeholder(value="?"),)})
    content = build(operation, {"project": 1}, Account(name="a", password="?")).content
    data = b"".join(content) if isinstance(content, StreamedBody) else content
    assert data
    assert b"name" in data
    assert b"password" not in data
    with pytest.raises(InvalidBodyError, match=r"\$\.password"):
        build(operation, {"project": 1}, {"name": "a", "password": "?"}, strict=True)


PARTS = changing(guards={"/parts/*/parts": (Same(key="frame", why="it breaks"),)})


@pytest.mark.parametrize("kind", ["dict", "model", "bytes"])
def test_items_must_agree_with_what_holds_them(kind: str) -> None:
    plain = {"parts": [{"frame": 1}, {"frame": 2, "parts": [{"frame": 2}, {"frame": 3}]}]}
    held = [Part(frame=2), Part(frame=3)]
    parts = [Part(frame=1), Part(frame=2, parts=held)]
    body = {
        "dict": plain,
        "model": Change(parts=parts),
        "bytes": json.dumps(plain, indent=1).encode(),
    }
    media = JSON if kind == "bytes" else None
    with pytest.raises(InvalidBodyError) as caught:
        build(PARTS, {"project": 1}, body[kind], media)
    assert str(caught.value) == (
        "change_many: $.parts[1].parts[1].frame: is 3, "
        "but the object that holds it has 2; it breaks"
    )


def test_items_that_agree_are_sent_as_they_are() -> None:
    body = Change(parts=[Part(frame=2, parts=[Part(frame=2)]), Part(frame=1, parts=[])])
    assert sent(PARTS, body) == sent(changing(), body)


# ------------------------------------------------------------------------------ hints


def test_an_argument_that_is_a_body_field_is_told_so() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        build(changing(), {"project": 1, "color": "red"}, {})
    assert str(caught.value) == (
        "change_many: unknown argument 'color'; it belongs in the body: body={'color': ...}"
    )
