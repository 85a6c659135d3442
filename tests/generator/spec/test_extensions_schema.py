"""The JSON Schema for editors covers every extension and is made from the one definition."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator.spec.extensions import EXTENSIONS
from generator.spec.extensions_schema import SCHEMA_FILE, extensions_schema

PROPERTIES: dict[str, Any] = json.loads(extensions_schema())["properties"]


def test_the_file_is_fresh() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == extensions_schema()


def test_every_extension_is_in_it_and_explained() -> None:
    assert set(PROPERTIES) == set(EXTENSIONS)
    words = [entry["description"] for entry in PROPERTIES.values()]
    assert len(set(words)) == len(EXTENSIONS)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("x-annoport-retry", {"enum": ["safe", "unsafe"]}),
        ("x-annoport-since", {"type": "string"}),
        ("x-annoport-multi-segment", {"type": "boolean"}),
        ("x-annoport-job", {"$ref": "#/$defs/JobStart"}),
    ],
)
def test_it_says_what_a_value_must_be(name: str, said: dict[str, Any]) -> None:
    assert said.items() <= PROPERTIES[name].items()
    places = ", ".join(EXTENSIONS[name].places)
    assert PROPERTIES[name]["description"].endswith(f"Stands on: {places}.")
