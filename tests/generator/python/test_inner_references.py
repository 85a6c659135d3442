"""A reference to the inside of a schema gives one class with what is there."""

from __future__ import annotations

from typing import Any

import pytest

from generator.errors import GeneratorError
from generator.output.render import files
from tests.generator.sample_spec import SCHEMAS, built, spoilt

INNER = {"type": "object", "properties": {"x": {"type": "integer"}}}
OUTER: dict[str, Any] = {
    "type": "object",
    "properties": {
        "inner": INNER,
        "many": {"type": "array", "items": INNER},
        "text": {"type": "string"},
        "alias": {"$ref": "#/components/schemas/Pot/properties/made_by"},
    },
}
AT = "#/components/schemas/Outer/properties"


def _field(reference: str) -> tuple[str, dict[str, str]]:
    """The annotation of a field that is a reference, and all files."""
    user = {"type": "object", "properties": {"used": {"$ref": reference}}}
    made = files(built(spoilt(SCHEMAS, {"Outer": OUTER, "User": user})))
    text = made["annoport_sample/models/user.py"]
    (line,) = [line for line in text.splitlines() if line.startswith("    used: ")]
    return line.removeprefix("    used: ").removesuffix(" = UNSET"), made


@pytest.mark.parametrize(
    ("reference", "annotation"),
    [
        (f"{AT}/inner", "OuterInner | Unset"),
        (f"{AT}/many/items", "OuterManyItem | Unset"),
        (f"{AT}/many", "list[OuterManyItem] | Unset"),
        (f"{AT}/text", "str | Unset"),
        (f"{AT}/inner/properties/x", "int | Unset"),
        (f"{AT}/alias", "Cook | None | Unset"),
    ],
)
def test_what_is_there_has_one_class(reference: str, annotation: str) -> None:
    found, made = _field(reference)
    assert found == annotation
    outer = made["annoport_sample/models/outer.py"]
    assert "    inner: OuterInner | Unset = UNSET\n" in outer
    assert "    many: list[OuterManyItem] | Unset = UNSET\n" in outer


@pytest.mark.parametrize("reference", [f"{AT}/nobody", "other.yaml#/x", f"{AT}/many/items/9"])
def test_a_reference_that_leads_nowhere_is_named(reference: str) -> None:
    with pytest.raises(GeneratorError) as caught:
        _field(reference)
    assert f"component 'User'.used: {reference!r} does not refer to a schema of this spec" in str(
        caught.value
    )
