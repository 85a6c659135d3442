"""Names of classes from lists, dicts, texts and files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from annoport.errors import ConfigurationError, InvalidArgumentError
from annoport.functions._class_names import class_names


@pytest.mark.parametrize(
    "given",
    [
        ["crab", "cod"],
        {0: "crab", 1: "cod"},
        "{0: 'crab', 1: 'cod'}",
        '["crab", "cod"]',
        '{"0": "crab", "1": "cod"}',
    ],
)
def test_names(given: Any) -> None:
    assert class_names(given) == {0: "crab", 1: "cod"}


def test_a_file_with_a_name_in_each_line(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_text("crab\n\n  cod \n", encoding="utf-8")
    assert class_names(path) == {0: "crab", 2: "cod"}
    assert class_names(str(path), first=1) == {1: "crab", 3: "cod"}


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ([], "labels: one is needed, and indexes count from 0"),
        ({-1: "crab"}, "labels: one is needed, and indexes count from 0"),
        ("{0: crab}", "labels: '{0: crab}' are no names"),
        (5, "labels: 5 are no names"),
        ({"crab": 0}, "labels: {'crab': 0} are no names"),
    ],
)
def test_no_names(given: Any, rule: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        class_names(given)
    assert str(caught.value) == rule


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        class_names(tmp_path / "none.txt")
    assert str(caught.value) == (
        f"labels: {tmp_path}/none.txt cannot be read: "
        f"[Errno 2] No such file or directory: '{tmp_path}/none.txt'"
    )
