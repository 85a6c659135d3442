"""Which release a server is, and what a request may use of it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from annoport.core.contract.extensions import Releases, VersionSource
from annoport.core.errors import (
    AnnoportError,
    ConfigurationError,
    DecodeError,
    UnsupportedByServerError,
)
from annoport.core.http import server_version
from annoport.core.http.request import build
from tests.core.both_shells import PLATFORM
from tests.core.toy import operations as ops


def needs(operation: Any, arguments: dict[str, Any], **more: Any) -> list[str]:
    made = build(operation, arguments, **more)
    return [need.what for need in (*made.needs, *made.body_needs(None))]


def refused(version: str, operation: Any = ops.LIFT, **arguments: Any) -> bool:
    try:
        server_version.refuse_unknown(PLATFORM, build(operation, arguments), version)
    except UnsupportedByServerError:
        return True
    return False


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, []),
        ({"mode": None}, []),
        ({"mode": "append"}, ["mode"]),
        ({"shades": "pink"}, ["shades='pink'"]),
        ({"shades": ["blue", "grey", "pink"]}, ["shades='pink'", "shades='grey'"]),
        ({"shades": {"pink"}}, ["shades='pink'"]),
        ({"shades": ["blue"]}, []),
    ],
)
def test_arguments(arguments: dict[str, Any], expected: list[str]) -> None:
    assert needs(ops.DRAW, arguments) == expected


def test_an_iterator_is_sent_although_it_was_looked_at() -> None:
    request = build(ops.DRAW, {"shades": iter(["blue", "pink"])})
    assert request.url == "/sheets?shade=blue&shade=pink"
    assert [need.what for need in request.needs] == ["shades='pink'"]


def test_operations_and_bodies() -> None:
    assert needs(ops.LIFT, {}) == ["the operation"]
    assert needs(ops.GET_THING, {"id": 1}) == []
    assert needs(ops.DRAW, {}, body={"dots": [{"frame": 1, "score": 1}]}) == ["dots[].score"]
    form = {"content_type": "application/x-www-form-urlencoded"}
    assert needs(ops.DRAW, {}, body={"frame": 1, "score[0]": 1}, **form) == ["score"]
    assert needs(ops.DRAW, {}, body={"frame": 1}, **form) == []


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("2.9", True),
        ("2.9.99", True),
        ("2.10", False),
        ("2.10.0", False),
        ("v2.11.3", False),
        ("2.10.0.dev20260101+g1a2b", False),
        ("2.99", False),
        ("3", True),
        ("3.0.0", True),
        ("10.1", True),
        ("0", True),
    ],
)
def test_the_bounds_of_a_mark(version: str, expected: bool) -> None:
    assert refused(version) is expected  # known by 2.10 and later, before 3


def test_a_bound_on_one_side() -> None:
    assert [refused(v, ops.DRAW, shades="grey") for v in ("1", "2.4.9", "2.5")] == [0, 0, 1]
    assert [refused(v, ops.DRAW, shades="pink") for v in ("1", "2.10")] == [1, 0]


@pytest.mark.parametrize("release", ["2.10", "2.10.0"])
def test_zeros_at_the_end_mean_nothing(release: str) -> None:
    lift = msgspec.structs.replace(ops.LIFT, known_by=Releases(since=release))
    assert [refused(v, lift) for v in ("2.10", "2.10.0", "2.10.0.0", "2.9")] == [0, 0, 0, 1]


def test_the_message_names_all_that_is_unknown_and_what_to_do() -> None:
    request = build(ops.DRAW, {"mode": "append", "shades": ["grey", "pink"]})
    with pytest.raises(UnsupportedByServerError) as caught:
        server_version.refuse_unknown(PLATFORM, request, "2.7.1")
    error = caught.value
    assert str(error).startswith(
        "draw: mode: Toy 2.10 and later; shades='pink': Toy 2.10 and later; "
        "shades='grey': Toy before 2.5; this server is 2.7.1. Nothing was sent: leave it out"
    )
    assert "check_server_version=False" in str(error)
    assert (error.operation, error.server_version) == ("draw", "2.7.1")
    assert len(error.unsupported) == 3
    assert isinstance(error, AnnoportError)
    with pytest.raises(UnsupportedByServerError) as caught:
        server_version.refuse_unknown(PLATFORM, build(ops.LIFT, {}), "2.7.1")
    assert caught.value.unsupported == ("the operation: Toy 2.10 and later, before 3",)
    assert "leave it out" not in str(caught.value)


@pytest.mark.parametrize("version", ["", "new", "2.", "2..5", "-1", 2.5, b"2", "1 2"])
def test_what_is_no_version(version: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"server_version is .*: expected"):
        server_version.checked(version)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b'{"version": 2.5}', "found 2.5"),
        (b'{"version": "unknown"}', "found 'unknown'"),
        (b'{"release": "2.5"}', "found UNSET"),
        (b"[]", "found UNSET"),
        (b"<html>", "expected JSON"),
        (b'{"version": "' + b"x" * 9999 + b'"}', "found 'xxx"),
    ],
)
def test_an_answer_without_a_version(content: bytes, fault: str) -> None:
    with pytest.raises(DecodeError, match=fault) as caught:
        server_version.read(VersionSource(pointer="/version"), content)
    assert len(str(caught.value)) < 500
