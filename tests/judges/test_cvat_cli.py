"""What cvat-cli 2.80 left on a server, ours leaves there too; each of its options has a place.

`python -m tests.judges cvat_cli` lets it work again, and lists its commands and options anew.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from annoport.cli.root import root
from tests.cli.commands import here
from tests.judges.cvat_cli_cases import CASES, left_by, ours
from tests.shared import ROOT

KNOWN: dict[str, Any] = json.loads(
    (Path(__file__).parent / "cvat_cli.json").read_text(encoding="utf-8")
)
PAGE = (ROOT / "docs" / "coming-from" / "cvat-cli.md").read_text(encoding="utf-8")
_OF_ALL = "every command"
_SHORT = (
    *("create", "ls", "delete", "frames", "dump", "upload", "export", "import"),
    "auto-annotate",
)
"""Old words of cvat-cli for commands of tasks."""


@pytest.mark.parametrize("name", [*CASES][::3])
def test_ours_leaves_what_cvat_cli_left(name: str) -> None:
    assert left_by(ours, CASES[name], CASES[name].ours) == KNOWN["left"][name]


def sections() -> dict[str, str]:
    """Return what the page says of each command of cvat-cli, which may share a section."""
    _, *parts = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    found: dict[str, str] = {}
    for part in parts:
        heading, _, text = part.partition("\n")
        for command in heading.split(", "):
            found[command.strip("`").lower()] = text
    return found


def test_each_command_and_option_has_a_place_on_the_page() -> None:
    said = sections()
    for command, options in KNOWN["commands"].items():
        if command in _SHORT:
            assert f"`{command}`" in said["the old short commands"], command
            continue
        text = said[command or _OF_ALL]
        for option in options:
            assert re.search(rf"(?<![\w-]){option}\b", text), (command, option)


def test_each_command_and_option_is_tried() -> None:
    tried: dict[str, set[str]] = {}
    for case in CASES.values():
        place = next(i for i, word in enumerate(case.theirs) if word in {"task", "project"})
        command = " ".join(case.theirs[place : place + 2])
        options = {word for word in case.theirs if word.startswith("-")}
        tried.setdefault(command, set()).update(options)
    for command in KNOWN["commands"]:
        if command.startswith(("task ", "project ")):
            assert {*KNOWN["commands"][command]} <= tried[command], command


def test_what_the_page_calls_ours_is_there() -> None:
    words = set(root().commands) | {"cvat", "login", "logout", "profiles", "job"}
    for line in re.findall(r"^\|[^|]*\|(.*)\|$", PAGE, re.MULTILINE):
        for text in re.findall(r"`(cvat [\w-]+(?: [\w-]+)?|login|logout|profiles)\b", line):
            shown = text.split(" ")
            assert shown[0] in words
            assert here(*shown, "--help").code == 0 or here(*shown[:2], "--help").code == 0, text
