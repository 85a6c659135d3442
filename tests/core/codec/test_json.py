from __future__ import annotations

import collections
import gc
import json
import math
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annoport.core.codec.json import decode, encode, encode_body, to_builtins
from annoport.core.errors import DecodeError, InvalidBodyError, ResponseShapeWarning
from annoport.core.values.models import UNSET, OneOf, UploadFile
from tests.core.models import (
    Anything,
    Circle,
    Color,
    Counted,
    Drawing,
    Holder,
    Level,
    Node,
    Square,
    Timed,
)


def strictly(data: bytes, type_: Any) -> Any:
    return decode(data, type_, strict=True, where="op")


# ------------------------------------------------------------------------------ decode


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"id": 1, "new_key": [1]}', Node(id=1)),
        (b'{"id": 3.0}', Node(id=3)),
        (b'{"id": 1, "weight": 2}', Node(id=1, weight=2.0)),
        (b'{"id": 1, "color": "mauve"}', Node(id=1, color=Color("mauve"))),
        (b'{"id": 1, "level": null, "when": null}', Node(id=1, level=None, when=None)),
        (
            b'{"id": 1, "when": "2024-01-02T03:04:05"}',
            Node(id=1, when=datetime.fromisoformat("2024-01-02T03:04:05")),
        ),
        (
            b'{"id": 1, "when": "2024-01-02 03:04:05.5Z"}',
            Node(id=1, when=datetime.fromisoformat("2024-01-02T03:04:05.5+00:00")),
        ),
        (
            b'{"id": 1, "when": "2024-01-02T03:04"}',
            Node(id=1, when=datetime.fromisoformat("2024-01-02T03:04")),
        ),
        (b'{"id": 1, "day": "2024-01-02"}', Node(id=1, day=date(2024, 1, 2))),
        (b'{"id": 1, "next": {"id": 2}}', Node(id=1, next=Node(id=2))),
        (b'{"id": 123456789012345678901234567890}', Node(id=123456789012345678901234567890)),
        (b'{"id": 1, "either": "a"}', Node(id=1, either="a")),
    ],
)
def test_a_body_that_fits_is_decoded(data: bytes, expected: Node) -> None:
    assert strictly(data, Node) == expected


NOON = datetime(2024, 1, 2, 12, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2024-01-02T12:00:05", "2024-01-02 12:00:05", "2024-01-02T14:00:05+02:00"]
)
def test_times_that_mean_utc_are_aware(text: str) -> None:
    plain = '"seen": "2024-01-02T12:00:05"'
    timed = strictly(f'{{"made": "{text}", "ended": null, {plain}}}'.encode(), Timed)
    assert timed == Timed(made=NOON, ended=None, seen=NOON.replace(tzinfo=None))
    assert timed.made.utcoffset() == timedelta(0) or text.endswith("+02:00")


def test_times_that_mean_utc_are_written_as_the_server_does() -> None:
    east = timezone(timedelta(hours=2))
    timed = Timed(made=NOON.astimezone(east), ended=NOON.replace(tzinfo=None), seen=NOON)
    wanted = {"made": "2024-01-02T12:00:05", "ended": "2024-01-02T12:00:05"}
    wanted["seen"] = "2024-01-02T12:00:05Z"
    assert json.loads(encode_body(timed, Timed, where="op")) == wanted
    assert json.loads(encode([timed])) == [wanted]
    assert strictly(encode(timed), Timed).made == NOON


def test_a_time_that_is_none_is_named() -> None:
    with pytest.raises(DecodeError) as caught:
        strictly(b'{"made": "noon"}', Timed)
    assert str(caught.value) == (
        "op: the answer does not fit the contract: $.made: expected date and time (ISO 8601), got "
        "string 'noon'; without strict=True it is kept as received"
    )
    with pytest.raises(InvalidBodyError, match=r"\$\.made: expected date and time"):
        encode_body({"made": 5}, Timed, where="op")


def test_not_a_number_is_read_though_json_has_none() -> None:
    node = strictly(b'{"id": 1, "weight": NaN}', Node)
    assert math.isnan(node.weight)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"value": {"radius": 1}}', Drawing(value=Circle(radius=1))),
        (b'{"value": {"side": 1, "made-by": "x"}}', Drawing(value=Square(side=1, made_by="x"))),
        (b'{"value": null}', Drawing(value=None)),
        (
            b'{"value": null, "many": [{"side": 1}, {"radius": 2}]}',
            Drawing(value=None, many=[Square(side=1), Circle(radius=2)]),
        ),
        (
            b'{"value": null, "named": {"a": {"side": 1}}}',
            Drawing(value=None, named={"a": Square(side=1)}),
        ),
        (
            b'{"value": null, "inner": [{"value": {"side": 1, "made-by": "y"}}]}',
            Drawing(value=None, inner=[Drawing(value=Square(side=1, made_by="y"))]),
        ),
    ],
)
def test_unions_and_wire_names_work_at_any_depth(data: bytes, expected: Drawing) -> None:
    drawing = strictly(data, Drawing)
    assert drawing == expected
    assert json.loads(encode(drawing)) == json.loads(data)


def test_further_keys_are_kept_and_written_again() -> None:
    data = b'{"id":1,"profile:v":"high","more":{"deep":[null]}}'
    anything = strictly(data, Anything)
    assert anything.additional_properties == {"profile:v": "high", "more": {"deep": [None]}}
    assert encode(anything) == data
    assert to_builtins([anything]) == [json.loads(data)]
    holder = strictly(b'{"one":%s}' % data, Holder)
    assert holder.one == anything
    assert json.loads(encode({"a": holder})) == {"a": {"items": [], "one": json.loads(data)}}


def test_further_keys_have_the_type_that_the_schema_says() -> None:
    data = b'{"name":"a","b":2,"c":{"radius":1.0},"d":{"e":3}}'
    counted = strictly(data, Counted)
    assert counted.additional_properties == {
        "b": 2,
        "c": Circle(radius=1),
        "d": Counted(additional_properties={"e": 3}),
    }
    assert encode(counted) == data
    with pytest.raises(DecodeError, match=r"\$\.d\.e: expected integer or object, got string 'x'"):
        strictly(b'{"d":{"e":"x"}}', Counted)


def test_a_further_key_cannot_be_that_of_a_field() -> None:
    doubled = Anything(id=1, additional_properties={"id": 2})
    for write in (encode, to_builtins):
        with pytest.raises(InvalidBodyError, match=r"Anything\..*'id' has a field of its own"):
            write(doubled)


def test_a_further_key_that_is_unset_is_not_written() -> None:
    assert encode(Anything(id=1, additional_properties={"a": UNSET})) == b'{"id":1}'


@pytest.mark.parametrize("data", [b"{}", b'{"items":[]}'])
def test_a_list_that_is_left_out_is_empty(data: bytes) -> None:
    holder = strictly(data, Holder)
    assert holder.items == []
    assert encode(holder) == b'{"items":[]}'


def test_what_the_call_left_out_is_unset_and_no_fault() -> None:
    assert strictly(b'{"notes":{"a":1}}', Holder).notes == {"a": 1}
    assert strictly(b"{}", Holder).notes is UNSET
    with pytest.raises(DecodeError, match=r"expected object"):
        strictly(b'{"notes":3}', Holder)


@pytest.mark.parametrize(
    ("type_", "data", "expected"),
    [
        (OneOf[Node, Circle], b'{"id": 1, "radius": 2, "name": "c"}', Circle(radius=2, name="c")),
        (OneOf[Node, Anything], b'{"id": 1}', Node(id=1)),
        (OneOf[Anything, Node], b'{"id": 1}', Anything(id=1)),
        (OneOf[Circle, Node, int], b"3", 3),
        (OneOf[list[Circle], Circle], b'{"radius": 1}', Circle(radius=1)),
        (OneOf[list[Circle], Circle], b'[{"radius": 1}]', [Circle(radius=1)]),
        (OneOf[Color, Level], b"2", Level.HIGH),
        (OneOf[Color, str], b'"mauve"', Color("mauve")),
        (OneOf[float, int], b"3", 3),
        (
            OneOf[datetime, str],
            b'"2024-01-02T03:04:05"',
            datetime.fromisoformat("2024-01-02T03:04:05"),
        ),
        (OneOf[datetime, str], b'"soon"', "soon"),
        (OneOf[Circle, Square, None], b"null", None),
        (list[OneOf[Circle, Square] | None], b"[null]", [None]),
    ],
)
def test_the_best_fitting_member_wins(type_: Any, data: bytes, expected: object) -> None:
    value = strictly(data, type_)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "empty answer"),
        (b"[1, 2", "truncated: it ends after 5 bytes"),
        (b'{"id": 1, "color": "re', "truncated"),
        (b'{"id": tru', "truncated"),
        (b'{"id": 1}}', "not JSON: Extra data at character 9"),
        (b"<!doctype html><title>Hello</title>", "HTML"),
        (b'{"id": "\xff"}', "not UTF-8"),
        (b"[" * 100_000, "too deep"),
        (b'{"new_key": ' + b"[" * 100_000, "too deep"),
    ],
)
@pytest.mark.parametrize("strict", [True, False])
def test_what_is_not_json_is_an_error_always(data: bytes, fault: str, strict: bool) -> None:
    with pytest.raises(DecodeError, match=fault) as caught:
        decode(data, Node, strict=strict, where="get_node")
    assert str(caught.value).startswith("get_node: ")


def test_strict_names_the_places() -> None:
    data = b'{"id": null, "tags": ["a", 1], "next": {"color": "red"}}'
    with pytest.raises(DecodeError) as caught:
        strictly(data, Node)
    assert str(caught.value) == (
        "op: the answer does not fit the contract: $.id: expected integer, got null; "
        "$.tags[1]: expected string, got integer 1; $.next.id: is required, but missing; without "
        "strict=True it is kept as received"
    )


# ------------------------------------------------------------------------------ encode


class Text(str):
    __slots__ = ()


class Scalar:
    """A stand-in for NumPy scalars and arrays, which also have `tolist`."""

    def __init__(self, value: object) -> None:
        self.value = value

    def tolist(self) -> object:
        return self.value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Node(id=1, tags=[]), {"id": 1, "tags": []}),
        ({"a": Square(side=1, made_by="x")}, {"a": {"side": 1, "made-by": "x"}}),
        ([Circle(radius=1, name=None)], [{"radius": 1, "name": None}]),
        ((1, 2), [1, 2]),
        (datetime(2024, 1, 2, tzinfo=UTC), "2024-01-02T00:00:00Z"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ([Color.RED, Level.HIGH, Color("mauve")], ["red", 2, "mauve"]),
        (Text("a"), "a"),
        (collections.ChainMap({"a": 1}), {"a": 1}),
        ([Scalar(3), Scalar([1, 2])], [3, [1, 2]]),
    ],
)
def test_values_are_written_as_json(value: object, expected: object) -> None:
    assert json.loads(encode(value)) == expected
    assert to_builtins(value) == expected or isinstance(value, tuple)


@pytest.mark.parametrize("value", [object(), {1: object()}, UploadFile(b"x"), [{None: 1}]])
def test_a_value_without_json_form_is_refused(value: object) -> None:
    with pytest.raises(InvalidBodyError, match="cannot be written as JSON"):
        encode(value)


ODD_NAN = struct.unpack(">d", b"\xff\xf4\x01\x02\x03\x04\x05\x06")[0]


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (math.nan, "$"),
        ([None, {"a b": (1.5, -math.inf)}], "$[1]['a b'][1]"),
        ([Node(id=1), Node(id=2, next=Node(id=3, weight=math.inf))], "$[1].next.weight"),
        (Square(side=math.nan, made_by="x"), "$.side"),
        (Anything(id=1, additional_properties={"q:v": [ODD_NAN]}), "$['q:v'][0]"),
        ({"n": 2**80, "x": Scalar([0.5, math.nan])}, "$.x[1]"),
        ([{"a": UploadFile(b"x")}], "$[0].a"),
        ([1, {"a": [Node(id=1, extra=object())]}], "$[1].a[0].extra"),
        ({"a": ["\ud800"]}, "$.a[0]"),
    ],
)
def test_what_json_cannot_say_is_refused_with_its_place(value: object, place: str) -> None:
    shown = "" if place == "$" else f"{place}: "
    with pytest.raises(InvalidBodyError) as caught:
        encode(value)
    assert str(caught.value).startswith(f"the value cannot be written as JSON: {shown}")


def test_what_contains_itself_is_refused() -> None:
    circle: list[object] = []
    circle.append(circle)
    with pytest.raises(InvalidBodyError, match="cannot be written as JSON"):
        encode(circle)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.binary() | st.none()))
def test_a_float_that_is_a_number_is_never_refused(values: list[object]) -> None:
    assert len(json.loads(encode([*values, None]))) == len(values) + 1


@given(st.lists(st.floats() | st.none()))
def test_every_float_is_written_as_it_is_or_refused(values: list[float | None]) -> None:
    finite = all(value is None or math.isfinite(value) for value in values)
    try:
        assert json.loads(encode(values)) == values
    except InvalidBodyError:
        assert not finite
    else:
        assert finite


# ------------------------------------------------------------------------------ bodies


@pytest.mark.parametrize(
    ("body", "type_"),
    [
        (
            {
                "id": 1,
                "when": datetime.fromisoformat("2024-01-02"),
                "uid": UUID(int=3),
                "color": Color.RED,
            },
            Node,
        ),
        ({"id": 1, "color": "a newer value"}, Node),
        ({"id": 3.0}, Node),
        ({"id": 1, "next": Node(id=2)}, Node),
        ({"id": 1, "extra": {"anything": [None]}}, Node),
        ({"id": 1, "more": True}, Anything),
        ({"one": {"id": 1, "more:v": {"a": [None]}}}, Holder),
        (Holder(items=[1], one=Anything(id=1, additional_properties={"a": 2})), Holder),
        ({"a": 1, "b": {"c": {"radius": 1}}}, Counted),
        ({"value": {"side": 1, "made-by": "x"}, "many": [Circle(radius=1)]}, Drawing),
        ([{"radius": 1}], OneOf[list[Circle], Circle]),
        (Circle(radius=1), OneOf[list[Circle], Circle]),
    ],
)
def test_a_body_that_fits_is_sent_as_it_is(body: object, type_: Any) -> None:
    assert encode_body(body, type_, where="op") == encode(body)


@pytest.mark.parametrize(
    ("body", "type_", "fault"),
    [
        ({"id": "1"}, Node, "$.id: expected integer, got string '1'"),
        ({"id": True}, Node, "$.id: expected integer, got boolean True"),
        ({}, Node, "$.id: is required, but missing"),
        ({"id": 1, "wait": 2}, Node, "$.wait: Node has no key 'wait'; did you mean 'weight'?"),
        ({"id": 1, "next": {"id": 1, "tags": [1]}}, Node, "$.next.tags[0]: expected string"),
        ({"id": 1, "tags": None}, Node, "$.tags: expected array, got null"),
        ({"id": 1, "counts": {"a b": "x"}}, Node, "$.counts['a b']: expected integer"),
        ({"id": 1, "uid": "x"}, Node, "$.uid: expected UUID, got string 'x'"),
        ({"id": 1, "when": "soon"}, Node, "$.when: expected date and time"),
        ({"id": 1, "when": "2024-01-02"}, Node, "$.when: expected date and time"),
        ({"id": 1, "when": date(2024, 1, 2)}, Node, "$.when: expected date and time"),
        ({"value": {"side": 1, "made_by": "x"}}, Drawing, "Square has no key 'made_by'"),
        ({"value": {"radius": "1"}}, Drawing, "$.value.radius: expected number"),
        ({"a": "x"}, Counted, "$.a: expected integer or object, got string 'x'"),
        ([{"a": "x"}], list[OneOf[Counted, int]], "$[0].a: expected integer or object"),
        ({"value": 5}, Drawing, "$.value: expected object or null, got integer 5"),
        ([], Node, "$: expected object, got array"),
        (None, Node, "$: expected object, got null"),
        (Circle(radius=1), Node, "$.id: is required, but missing"),
        ({"id": 1, "weight": math.nan}, Node, "cannot be sent as JSON: $.weight: JSON has no nan"),
        (Node(id=1, extra=[math.inf]), Node, "cannot be sent as JSON: $.extra[0]: JSON has no inf"),
        ([Scalar([1.0, math.nan])], list[Any], "cannot be sent as JSON: $[0][1]: JSON has no nan"),
    ],
)
def test_a_body_that_does_not_fit_is_refused_with_its_place(
    body: object, type_: Any, fault: str
) -> None:
    with pytest.raises(InvalidBodyError) as caught:
        encode_body(body, type_, where="create_node")
    assert str(caught.value).startswith("create_node: ")
    assert fault in str(caught.value)


def test_a_model_of_the_declared_class_may_hold_what_a_server_sent() -> None:
    with pytest.warns(ResponseShapeWarning):
        node = decode(b'{"id": null}', Node, strict=False, where="op")
    assert encode_body(node, Node, where="op") == b'{"id":null}'


# ------------------------------------------------------------------------------ properties

texts = st.text(max_size=8)
nodes: st.SearchStrategy[Node] = st.deferred(
    lambda: st.builds(
        Node,
        id=st.integers(),
        color=st.sampled_from([*Color, Color("mauve"), UNSET]),
        level=st.sampled_from([*Level, None, UNSET]),
        weight=st.floats(allow_nan=False, allow_infinity=False) | st.just(UNSET),
        when=st.datetimes(timezones=st.sampled_from([None, UTC])) | st.just(UNSET),
        day=st.dates() | st.just(UNSET),
        uid=st.uuids() | st.just(UNSET),
        tags=st.lists(texts, max_size=3) | st.just(UNSET),
        counts=st.dictionaries(texts, st.integers(), max_size=3) | st.just(UNSET),
        next=st.none() | st.just(UNSET) | nodes,
        either=st.integers() | texts | st.just(UNSET),
    )
)
figures = st.builds(Circle, radius=st.integers(-999, 999), name=texts | st.none()) | st.builds(
    Square, side=st.integers(-999, 999), made_by=texts | st.just(UNSET)
)
drawings: st.SearchStrategy[Drawing] = st.deferred(
    lambda: st.builds(
        Drawing,
        value=figures | st.none(),
        many=st.lists(figures, max_size=3) | st.just(UNSET),
        named=st.dictionaries(texts, figures, max_size=3) | st.just(UNSET),
        inner=st.lists(drawings, max_size=2) | st.just(UNSET),
    )
)


# A further key `radius` would make a circle of it.
further_names = texts.filter(lambda name: name not in ("name", "radius"))
counteds: st.SearchStrategy[Counted] = st.deferred(
    lambda: st.builds(
        Counted,
        name=texts | st.just(UNSET),
        additional_properties=st.dictionaries(
            further_names,
            st.integers() | st.builds(Circle, radius=st.integers(-999, 999)) | counteds,
            max_size=3,
        ),
    )
)


@given(counteds)
def test_what_is_encoded_with_further_keys_decodes_to_the_same(counted: Counted) -> None:
    data = encode(counted)
    assert strictly(data, Counted) == counted
    assert json.loads(encode_body(json.loads(data), Counted, where="op")) == json.loads(data)


@given(nodes)
def test_what_is_encoded_decodes_to_the_same(node: Node) -> None:
    data = encode(node)
    assert strictly(data, Node) == node
    assert encode_body(json.loads(data), Node, where="op")


@given(drawings)
def test_what_is_encoded_with_wire_names_decodes_to_the_same(drawing: Drawing) -> None:
    data = encode(drawing)
    assert strictly(data, Drawing) == drawing
    assert encode_body(json.loads(data), Drawing, where="op")


# ------------------------------------------------------------------------------ the collector

MANY = b"[" + b",".join(b'{"id": %d}' % i for i in range(5000)) + b"]"


@pytest.fixture
def collector() -> Iterator[list[str]]:
    """What the cyclic garbage collector does meanwhile."""
    seen: list[str] = []

    def note(phase: str, _: object) -> None:
        seen.append(phase)

    gc.callbacks.append(note)
    yield seen
    gc.callbacks.remove(note)


def test_a_long_text_is_decoded_without_collections(collector: list[str]) -> None:
    decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(list[Node])
    decoder.decode(MANY)
    usual = len(collector)
    assert usual > 4, "the collector would come in between"
    collector.clear()
    assert len(strictly(MANY, list[Node])) == 5000
    assert len(collector) <= 2, "one may follow"
    assert gc.isenabled()


@pytest.mark.parametrize("data", [MANY[:-1], MANY[:-2] + b'"]', b"[" + b" " * 40_000 + b"7]"])
def test_the_collector_runs_again_after_a_failure(data: bytes) -> None:
    with pytest.raises(DecodeError):
        strictly(data, list[Node])
    assert gc.isenabled()


def test_a_collector_that_the_program_has_stopped_stays_so() -> None:
    gc.disable()
    try:
        strictly(MANY, list[Node])
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_threads_that_decode_at_the_same_time_leave_the_collector_running() -> None:
    # A `OneOf` is decided by Python code, in which threads take turns.
    data = b"[" + b",".join([b'{"id": 1, "either": "a"}'] * 3000) + b"]"
    with ThreadPoolExecutor(4) as pool:
        decoding = [pool.submit(strictly, data, list[Node]) for _ in range(12)]
    assert [len(one.result()) for one in decoding] == [3000] * 12
    assert gc.isenabled()
