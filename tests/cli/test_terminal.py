"""What a terminal shows, and what a pipe and other encodings get."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from annoport import cvat as cvat_client
from annoport.cli.tables import cut, fitted, shown
from tests.cli.commands import process
from tests.systems import needs_terminal

_NAME = "d\N{LATIN SMALL LETTER E WITH ACUTE}p\N{CJK UNIFIED IDEOGRAPH-6D77}"


@pytest.fixture(scope="module")
def named(cvat: Any) -> int:
    """The id of a task whose name is not ASCII, and would clear a terminal."""
    with cvat_client.Client(cvat.url, token=cvat.token) as client:
        return client.tasks.create(body={"name": f"{_NAME}\x1b[2J"}).id


@needs_terminal
def test_a_table_fits_a_terminal_of_40_columns(env: dict[str, str]) -> None:
    from tests.cli.terminals import on_terminal

    code, text = on_terminal("cvat", "tasks", "list", env={**env, "NO_COLOR": "1"}, columns=40)
    lines = text.splitlines()
    assert code == 0
    assert lines[0].split()[:2] == ["id", "name"]
    assert len(lines) > 10
    assert max(map(len, lines)) <= 40


@needs_terminal
def test_colours_are_for_terminals_that_want_them(env: dict[str, str]) -> None:
    from tests.cli.terminals import on_terminal

    plain = {name: text for name, text in env.items() if name != "NO_COLOR"}
    assert "\x1b[1m" in on_terminal("cvat", "tasks", "list", env=plain)[1]
    assert "\x1b" not in on_terminal("cvat", "tasks", "list", env={**plain, "NO_COLOR": "1"})[1]
    piped = process("cvat", "tasks", "list", "--output", "table", env=plain)
    assert "\x1b" not in piped.out + piped.err


@needs_terminal
def test_what_a_server_sends_does_nothing_to_a_terminal(env: dict[str, str], named: int) -> None:
    from tests.cli.terminals import on_terminal

    bare = {**env, "NO_COLOR": "1"}
    for words in (["list"], ["retrieve", str(named)], ["list", "--output", "jsonl"]):
        assert "\x1b" not in on_terminal("cvat", "tasks", *words, env=bare)[1]


@needs_terminal
@pytest.mark.parametrize(("answer", "code"), [("n", 1), ("y", 4)])
def test_a_terminal_is_asked_before_something_is_deleted(
    env: dict[str, str], answer: str, code: int
) -> None:
    from tests.cli.terminals import on_terminal

    question = (
        "Delete a task with its jobs, images and annotations (cvat tasks delete 99999)? [y/N]: "
    )
    done, text = on_terminal(
        "cvat", "tasks", "delete", "99999", env=env, types=[(question, answer)]
    )
    assert (done, text.startswith(question)) == (code, True)
    assert ("nothing was done" in text) == (answer == "n")


def test_a_pipe_gets_lines_of_json_and_a_table_of_any_width(env: dict[str, str]) -> None:
    lines = process("cvat", "tasks", "list", env=env).out.splitlines()
    tasks = [json.loads(line) for line in lines]
    assert tasks[-1]["id"] == 1
    table = process("cvat", "tasks", "list", "--output", "table", env={**env, "COLUMNS": "40"}).out
    assert max(map(len, table.splitlines())) > 100
    assert len(table.splitlines()) == len(tasks) + 1


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_every_encoding_has_words_for_every_name(
    env: dict[str, str], named: int, encoding: str
) -> None:
    told = {**env, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    words = ("cvat", "tasks", "retrieve", str(named), "--output")
    document = process(*words, "json", env=told).out
    assert json.loads(document)["name"] == f"{_NAME}\x1b[2J"
    assert document.isascii() == (encoding != "utf-8")
    table = process(*words, "table", "--columns", "name", env=told).out
    expected = _NAME if encoding == "utf-8" else "p\\u6d77"
    assert expected in table


def test_an_ascii_locale(env: dict[str, str], named: int) -> None:
    told = {**env, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    told.pop("PYTHONIOENCODING", None)
    done = process("cvat", "tasks", "retrieve", str(named), "--output", "csv", env=told)
    assert (done.code, done.err) == (0, "")
    assert re.search(r"d\\xe9p\\u6d77", done.out)


def test_what_is_cut() -> None:
    assert cut("abcdef", 6) == "abcdef"
    assert cut("abcdefg", 6)[:5] == "abcde"
    assert cut("\N{CJK UNIFIED IDEOGRAPH-6D77}" * 4, 6)[:-1] == "\N{CJK UNIFIED IDEOGRAPH-6D77}" * 2
    assert fitted([2, 10, 10], 26) == [2, 10, 10]
    assert fitted([2, 10, 10], 22) == [2, 10, 6]
    assert fitted([2, 10, 10], 18) == [2, 10]
    assert fitted([50], 40) == [40]
    assert shown("a\tb\x1b[2J\n\u202ec") == "a b [2J  c"
    assert shown(None) == ""
    assert shown([1, {"a": None}]) == '[1, {"a": null}]'
