"""What shells are told when they complete a command line."""

from __future__ import annotations

import pytest

from tests.cli.commands import environment, process


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("annoport cv", ["cvat"]),
        ("annoport cvat ta", ["tasks"]),
        ("annoport cvat tasks ret", ["retrieve", "retrieve-annotations"]),
        ("annoport cvat tasks list --proj", ["--project-id", "--project-name"]),
        ("annoport cvat tasks list --output js", ["json", "jsonl"]),
        ("annoport cvat anno", ["annotate"]),
        ("annoport tator annotate me", ["media"]),
        ("annoport job wa", ["wait"]),
    ],
)
def test_what_comes_next(line: str, expected: list[str]) -> None:
    words = line.split(" ")
    env = environment(
        _ANNOPORT_COMPLETE="bash_complete", COMP_WORDS=line, COMP_CWORD=str(len(words) - 1)
    )
    done = process(env=env)
    found = [one.partition(",")[2] for one in done.out.splitlines()]
    assert done.code == 0
    assert set(expected) <= set(found)
    assert all(one.startswith(words[-1]) for one in found)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell(shell: str) -> None:
    done = process("completion", shell, env=environment())
    assert done.code == 0
    assert "_ANNOPORT_COMPLETE" in done.out
