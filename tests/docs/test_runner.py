"""What runs the blocks of a page notices what is wrong with them."""

from __future__ import annotations

import asyncio
import json
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.docs.blocks import Runner, fences, parsed, run


@pytest.fixture
def runner() -> Iterator[Runner]:
    with asyncio.Runner() as loop:
        yield Runner(loop, {'"https://cvat.example.org"': '"http://localhost"'}, str.upper)


def _run(folder: Path, runner: Runner, text: str) -> tuple[list[str], dict[str, Any]]:
    page = folder / "page.md"
    page.write_text(text)
    document = parsed(page, runner)
    return run(document), document.namespace


def test_blocks_share_names(tmp_path: Path, runner: Runner) -> None:
    _, names = _run(tmp_path, runner, "```python\na = 1\n```\n\n```python\nb = a + 1\n```\n")
    assert names["b"] == 2


def test_an_example_address_is_replaced(tmp_path: Path, runner: Runner) -> None:
    _, names = _run(tmp_path, runner, '```python\nurl = "https://cvat.example.org"\n```\n')
    assert names["url"] == "http://localhost"


def test_await_needs_no_function(tmp_path: Path, runner: Runner) -> None:
    text = "```python\nimport asyncio\na = await asyncio.sleep(0, 3)\n```\n"
    assert _run(tmp_path, runner, text)[1]["a"] == 3


def test_a_fault_is_told_with_its_line_on_the_page(tmp_path: Path, runner: Runner) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        _run(tmp_path, runner, "# Page\n\n```python\na = 1\na / 0\n```\n")
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (Path(last.filename).name, last.lineno) == ("page.md", 5)


def test_tests_of_a_block_run_with_their_fixtures(tmp_path: Path, runner: Runner) -> None:
    text = "```python\nseen = []\n\ndef test_it(server):\n    seen.append(server)\n```\n"
    assert _run(tmp_path, runner, text)[1]["seen"] == ["SERVER"]


def test_a_block_is_skipped_for_a_reason(tmp_path: Path, runner: Runner) -> None:
    text = '<!-- skip: next "it needs a real server" -->\n\n```python\n1 / 0\n```\n'
    assert _run(tmp_path, runner, text)[0] == ["it needs a real server"]


def test_what_is_printed_is_what_the_page_shows(tmp_path: Path, runner: Runner) -> None:
    page = "```python\nprint(3, 4)\nprint(5)\n```\n\n```text\n3 ...\n5\n```\n"
    _run(tmp_path, runner, page)
    with pytest.raises(AssertionError, match=r"line 1 of .*page.md prints\n3 4\n5\n"):
        _run(tmp_path, runner, page.replace("\n5\n", "\n6\n"))


def test_cells_of_a_notebook_are_blocks(tmp_path: Path, runner: Runner) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Page\n", "of a notebook"]},
        {"cell_type": "code", "source": ["a = 1\n", "a"]},
        {"cell_type": "code", "source": ["b = a / 0"]},
    ]
    page = tmp_path / "page.ipynb"
    page.write_text(json.dumps({"cells": cells}))
    document = parsed(page, runner)
    with pytest.raises(ZeroDivisionError):
        run(document)
    assert document.namespace["a"] == 1


def test_languages_of_blocks() -> None:
    assert fences("```python\n```\ntext\n```\n```\n  ```sh\n  ```\n") == ["python", "", "sh"]
