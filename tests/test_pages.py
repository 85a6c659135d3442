"""The pages for people who carry on name nothing that is not there."""

from __future__ import annotations

import re

import pytest

from tests.shared import ROOT

PAGES = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "changelog.d/README.md")
_CODE = re.compile(r"^    .+$|`[^`\n]+`", re.MULTILINE)
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
        path for path in sorted(paths(text)) if not any({*ROOT.glob(path), *folder.glob(path)})
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
