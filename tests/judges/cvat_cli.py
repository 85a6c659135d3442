"""Compare what commands of ours leave with what cvat-cli leaves; run in an environment of its own.

`python -m tests.judges cvat_cli` runs each case by both. It also writes the commands and options of
cvat-cli, and what it left, to `cvat_cli.json`, which the tests compare with.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from annoport.core.values.type_guards import is_mapping
from annoport.testing import FakeServer
from annoport.testing.cvat import FakeCvat
from tests.judges.cvat_cli_cases import CASES, environment, left_by, ours

# Their types are not ours to check: it is not in the environment of the tests.
MAIN: Any = importlib.import_module("cvat_cli.__main__")

SAMPLE = Path(__file__).with_suffix(".json")


def theirs(words: Sequence[str], server: FakeServer[FakeCvat]) -> tuple[int, str]:
    """Run a command of cvat-cli."""
    address = urlsplit(server.url)
    place = ("--server-host", f"http://{address.hostname}", "--server-port", str(address.port))
    login = ("--auth", f"{server.username}:{server.password}")
    out = io.StringIO()
    with environment(), contextlib.redirect_stdout(out):
        code = MAIN.main([*place, *login, *words])
    return code, out.getvalue()


def commands() -> dict[str, list[str]]:
    """Return the options of each command of cvat-cli; "" stands for those of all."""
    parser = argparse.ArgumentParser()
    MAIN.configure_common_arguments(parser)
    MAIN.COMMANDS.configure_parser(parser)
    return dict(sorted(_commands(parser, "")))


def _commands(parser: argparse.ArgumentParser, name: str) -> Iterator[tuple[str, list[str]]]:
    options = [
        flag
        for action in parser._actions
        for flag in action.option_strings
        if flag not in {"-h", "--help"}
    ]
    inner: dict[str, argparse.ArgumentParser] = {
        word: below
        for action in parser._actions
        if is_mapping(action.choices)  # those of an option are a list
        for word, below in action.choices.items()
    }
    if not inner or not name:
        yield name, sorted(options)
    for word, below in inner.items():
        yield from _commands(below, f"{name} {word}".strip())


def main() -> None:
    """Let cvat-cli do each case, and ours do the same."""
    sample: dict[str, Any] = {}
    differing: list[str] = []
    for name, case in CASES.items():
        sample[name] = left_by(theirs, case, case.theirs)
        found = left_by(ours, case, case.ours)
        if found != sample[name]:
            differing.append(name)
            print(f"{name}:\n  theirs {sample[name]}\n  ours   {found}")
    if differing:
        sys.exit(f"cvat_cli: {len(differing)} of {len(CASES)} differ: {', '.join(differing)}")
    print(f"cvat_cli: {len(CASES)} commands alike")
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(one)}" for name, one in sample.items())
    known = json.dumps(commands(), indent=1)
    SAMPLE.write_text(f'{{"commands": {known},\n"left": {{\n{lines}\n}}}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
