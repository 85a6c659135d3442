"""Templates for file names."""

from __future__ import annotations

import pytest

from annoport.core.contract.name_templates import fields, fill

DATA = "task_{id}_{type}[_{number:06d}][_{quality}]"


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"id": 7, "type": "frame", "number": 1}, "task_7_frame_000001"),
        ({"id": 7, "type": "frame", "number": 0, "quality": "low"}, "task_7_frame_000000_low"),
        ({"id": 7, "type": "preview"}, "task_7_preview"),
        ({"id": 7, "type": "frame", "number": 12_345_678}, "task_7_frame_12345678"),
        ({"id": 7, "type": "frame", "number": "last"}, "task_7_frame_last"),
        ({"id": "../{x}", "type": "a\\b"}, "task_.._{x}_a_b"),
        ({}, "task__"),
    ],
)
def test_a_template_takes_values(values: dict[str, object], name: str) -> None:
    assert fill(DATA, values) == name


def test_a_template_tells_its_fields() -> None:
    assert fields(DATA) == ["id", "type", "number", "quality"]
    assert fields("plain") == []


@pytest.mark.parametrize(
    "template", ["{id", "id}", "{id:x}", "{id!r}", "[{id}", "[[{id}]]", "a/{id}", "{}"]
)
def test_what_is_no_template_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match="is no template"):
        fields(template)
