from __future__ import annotations

import pytest

from annoport.core.values.models import UNSET
from annoport.core.values.pointers import resolve
from tests.core.models import Anything, Holder, Square

VALUE = {
    "open": Anything(id=1, additional_properties={"a/b": [Square(side=2, made_by="x")]}),
    "holder": Holder(),
}


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("/open/id", 1),
        ("/open/a~1b/0/made-by", "x"),
        ("/open/additional_properties", UNSET),
        ("/open/missing", UNSET),
        ("/holder/items", []),
        ("/holder/items/0", UNSET),
        ("/holder/one/id", UNSET),
        ("/holder/missing", UNSET),
    ],
)
def test_pointers_follow_wire_names(pointer: str, expected: object) -> None:
    assert resolve(VALUE, pointer) == expected
