"""Every block of Python on our pages runs, or says why it cannot."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from annoport.core import BaseClient
from annoport.testing import FakeServer
from tests.docs.blocks import PAGES, Runner, fences, parsed, replacements, run, text_of
from tests.shared import ROOT

_ALLOWED = re.compile(r"python|sh|text|toml|yaml|\{(toctree|api|releases|names|words)\}.*")
"""What a block may be: whatever is called otherwise, such as `py`, would not be run."""

_WITH_BLOCKS = [page for page in PAGES if "python" in fences(text_of(page))]


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


_each_page = pytest.mark.parametrize("page", PAGES, ids=_name)


@pytest.mark.parametrize("page", _WITH_BLOCKS, ids=_name)
def test_the_blocks_run(
    page: Path, servers: dict[str, FakeServer[Any]], folder: Path, request: pytest.FixtureRequest
) -> None:
    with asyncio.Runner() as loop:
        runner = Runner(loop, replacements(servers), request.getfixturevalue)
        document = parsed(page, runner)
        # Where a page speaks of "your" server without an address, it calls it `url`.
        document.namespace["url"] = servers["cvat"].url
        try:
            skipped = run(document)
        finally:
            for value in document.namespace.values():
                if isinstance(value, BaseClient):
                    value.close()
    assert all(len(reason) > 10 for reason in skipped)


@_each_page
def test_no_block_is_overlooked(page: Path) -> None:
    text = text_of(page)
    languages = fences(text)
    assert [name for name in languages if not _ALLOWED.fullmatch(name)] == []
    examples = [example for example in parsed(page).examples() if isinstance(example.parsed, str)]
    assert len(examples) == languages.count("python")


@_each_page
def test_nothing_is_skipped_without_a_reason(page: Path) -> None:
    skips = re.findall(r"<!--+\s*skip:(.*?)--+>", text_of(page), re.DOTALL)
    assert [text for text in skips if not re.fullmatch(r' next "[^"]{10,}"\s*', text)] == []
