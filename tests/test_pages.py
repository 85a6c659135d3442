"""The pages for people who carry on name nothing that is not there."""

from __future__ import annotations

import contextlib
import io
import re

import pytest

from generator.__main__ import main
from tests.shared import ROOT

PAGES = (
    *("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "changelog.d/README.md"),
    *sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/maintain/*.md")),
)
_OF_THE_SITE = {"architecture.md", "contributing.md"}  # which the site makes of ours
_CODE = re.compile(r"^    .+$|`[^`\n]+`|(?<=^```sh\n)(?:.+\n|\n)+?(?=```)", re.MULTILINE)
_LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
_PATH = re.compile(r"[\w.-]+(?:/[\w.*-]+)*/?")
_MADE = (".venv", "build")  # what `make` makes is not in the tree
_PLACEHOLDER = re.compile(r"<\w+>|\bNAME\b")


def is_path(word: str) -> bool:
    """Whether a word of code is a path of this tree: it begins with one of its folders."""
    first, slash, _ = word.partition("/")
    is_ours = slash == "/" and (ROOT / first).is_dir() and first not in _MADE
    return is_ours and _PATH.fullmatch(word) is not None


def paths(text: str) -> set[str]:
    """The paths in code and links of a page; a placeholder becomes a star."""
    code = _PLACEHOLDER.sub("*", "\n".join(_CODE.findall(text)))
    return {*filter(is_path, re.split(r"[\s`,;()]+", code)), *_LINK.findall(text)}


@pytest.mark.parametrize("page", PAGES)
def test_every_path_exists(page: str) -> None:
    folder = (ROOT / page).parent
    text = (ROOT / page).read_text(encoding="utf-8")
    missing = [
        path
        for path in sorted(paths(text) - _OF_THE_SITE)
        if not any({*ROOT.glob(path), *folder.glob(path)})
    ]
    assert missing == []


def test_what_counts_as_a_path() -> None:
    text = """
`specs/<platform>/overlay.yaml`, `annoport/gone/`, [here](gone.md), [there](https://example.org/x)
and `client.tasks`, `x-annoport-job`, `exports/`, `CVAT_URL`.

    .venv/bin/python tools/release.py 0.2.0    # writes generated/annoport-NAME
"""
    assert paths(text) == {
        "specs/*/overlay.yaml",
        "annoport/gone/",
        "gone.md",
        "tools/release.py",
        "generated/annoport-*",
    }


def test_every_make_target_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    for page in PAGES:
        code = "\n".join(_CODE.findall((ROOT / page).read_text(encoding="utf-8")))
        named = set(re.findall(r"\bmake ([a-z-]+)", code))
        assert named <= targets, page


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_the_generator_takes_what_the_page_passes(page: str) -> None:
    code = "\n".join(_CODE.findall((ROOT / page).read_text(encoding="utf-8")))
    for line in re.findall(r"python -m generator ([^`#\n]+)", code):
        command, *arguments = line.split()
        options = [word for word in arguments if word.startswith("--")]
        if command != "--help":
            assert {*options} <= {*options_of(command)}, line


def options_of(command: str) -> list[str]:
    """The options that `python -m generator` shows for a command."""
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown), pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    return re.findall(r"--[a-z-]+", shown.getvalue())
