"""Reading YAML as JSON sees it, and writing the same text on every run."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator import documents
from generator.errors import GeneratorError


def test_keys_are_strings_whatever_they_look_like() -> None:
    text = """
    base: &base {404: missing, ~: none}
    200: {on: 1, 1.5: 2, 2020-01-01: 3}
    merged: {<<: *base, 500: broken}
    """
    assert documents.parse(text, origin="test") == {
        "base": {"404": "missing", "~": "none"},
        "200": {"on": 1, "1.5": 2, "2020-01-01": 3},
        "merged": {"404": "missing", "~": "none", "500": "broken"},
    }


def test_what_is_merged_may_be_overridden() -> None:
    text = """
    a: &a {x: 1, y: 1}
    b: &b {<<: *a, x: 2}
    c: {<<: *b, x: 3}
    d: {<<: [*b, *a], z: 4}
    """
    assert documents.parse(text, origin="test") == {
        "a": {"x": 1, "y": 1},
        "b": {"x": 2, "y": 1},
        "c": {"x": 3, "y": 1},
        "d": {"x": 2, "y": 1, "z": 4},
    }


def test_a_timestamp_stays_a_string() -> None:
    document = documents.parse("when: 2020-01-01\nfrom: 2020-01-01T00:00:00Z", origin="test")
    assert document == {"when": "2020-01-01", "from": "2020-01-01T00:00:00Z"}


def test_equal_parts_are_written_out_and_order_is_kept() -> None:
    part = {"z": [1], "a": "1"}
    text = documents.dump({"second": part, "first": part})
    assert text == "second:\n  z:\n  - 1\n  a: '1'\nfirst:\n  z:\n  - 1\n  a: '1'\n"
    assert documents.parse(text, origin="test") == {"second": part, "first": part}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1]", "upstream: expected an object at the root, found list"),
        ("", "upstream: expected an object at the root, found NoneType"),
        ("a: [", "upstream: neither JSON nor YAML: "),
        ("? [a]\n: 1", "upstream: neither JSON nor YAML: line 1: expected a string as the key"),
        ("a: &a {b: *a}", "upstream: neither JSON nor YAML: found unconstructable recursive node"),
        ("a: &a [1, *a]", "upstream: neither JSON nor YAML: found unconstructable recursive node"),
        ("[" * 100_000, "upstream: nested too deeply to be read"),
        ("a: 1\nb:\n  c: 1\n  'c': 2", "upstream: line 4: the key 'c' is already in line 3"),
        ("200: 1\n'200': 2", "upstream: line 2: the key '200' is already in line 1"),
        ("<<: {a: 1}\n<<: {b: 1}", "upstream: line 2: the key '<<' is already in line 1"),
        (
            '{"a": {"b": 1, "c": 2, "b": 3}}',
            "upstream: the key 'b' occurs twice in the object with",
        ),
    ],
)
def test_what_cannot_be_read_is_named(text: str, message: str) -> None:
    with pytest.raises(GeneratorError) as caught:
        documents.parse(text, origin="upstream")
    assert str(caught.value).startswith(message)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(GeneratorError, match=r"none\.yaml: no such file"):
        documents.load(tmp_path / "none.yaml")
