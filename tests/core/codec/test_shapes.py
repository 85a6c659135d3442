"""The closed twins of types, with which a body is checked at full speed."""

from __future__ import annotations

import msgspec
import pytest

from annoport.core.codec.shapes import closed
from tests.core.models import Circle, Node


def test_a_dict_keeps_its_keys_as_text() -> None:
    decoder = msgspec.json.Decoder(closed(dict[str, list[Node]]))
    found = decoder.decode(b'{"1": [{"id": 1}], "a": []}')
    assert list(found) == ["1", "a"]
    with pytest.raises(msgspec.ValidationError, match=r"unknown field `new`.*\[...\]\[0\]"):
        decoder.decode(b'{"a": [{"id": 1, "new": 1}]}')


def test_a_type_without_models_is_its_own_twin() -> None:
    for type_ in (dict[str, int], list[float], dict[str, list[str] | None]):
        assert closed(type_) == type_


def test_null_stays_allowed() -> None:
    decoder = msgspec.json.Decoder(closed(Circle | None))
    assert decoder.decode(b"null") is None
