"""Derive the sync shells of annoport.core from the async ones.

    python tools/unasync.py          write annoport/core/_sync
    python tools/unasync.py --check  fail if it differs from what would be written

Works on tokens: `async` and `await` go, names change as the tables below say, and the rest stays,
layout included. A name changes in strings and comments, too: the shells hold no text in which one
of these words could mean something else.
"""

from __future__ import annotations

import argparse
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import ruff  # type: ignore[import-untyped]  # it has no type hints

ROOT = Path(__file__).resolve().parent.parent
CORE = ROOT / "annoport" / "core"

_NAMES = {
    "AsyncExitStack": "ExitStack",
    "AsyncIterable": "Iterable",
    "AsyncIterator": "Iterator",
    "StopAsyncIteration": "StopIteration",
    "_async": "_sync",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
    "aclose": "close",
    "aiter": "iter",
    "anext": "next",
    "handle_async_request": "handle_request",
    "asynccontextmanager": "contextmanager",
    "enter_async_context": "enter_context",
}
"""Names that do not follow the rules: `AsyncThing` is `Thing`, `async_thing` is `thing`."""

_TIDIED = "I,F401,C416,UP028"
"""Rules of ruff for what looks odd without `async`: order and use of imports, plain loops."""

_AWAITABLE = re.compile(r"\bAwaitable\[([^\[\]]*(?:\[[^\[\]]*\])*[^\[\]]*)\]")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")
_PREFIXED = re.compile(r"\b(_?)(?:Async(?=[A-Z])|async_(?=[a-z]))")


def sync_name(name: str) -> str:
    """What a name is called in sync code."""
    known = _NAMES.get(name)
    return known if known is not None else _PREFIXED.sub(r"\1", name)


def unasync(source: str) -> str:
    """The sync equal of async source code, not yet formatted."""
    pieces: list[str] = []
    row, column = 1, 0
    lines = source.splitlines(keepends=True)
    for token in _kept_tokens(source):
        pieces.append(_between(lines, (row, column), token.start))
        pieces.append(_sync_text(token))
        row, column = token.end
    return _AWAITABLE.sub(r"\1", "".join(pieces))


def _kept_tokens(source: str) -> Iterator[tokenize.TokenInfo]:
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    for position, token in enumerate(tokens):
        if token.string in ("async", "await") and token.type == tokenize.NAME:
            following = tokens[position + 1]
            tokens[position + 1] = following._replace(start=following.start)
            yield token._replace(string="", end=following.start)
        elif token.type != tokenize.ENDMARKER:
            yield token


def _between(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    if start[0] == end[0]:
        return lines[start[0] - 1][start[1] : end[1]] if start[0] <= len(lines) else ""
    head = lines[start[0] - 1][start[1] :]
    middle = "".join(lines[start[0] : end[0] - 1])
    tail = lines[end[0] - 1][: end[1]] if end[0] <= len(lines) else ""
    return head + middle + tail


def _sync_text(token: tokenize.TokenInfo) -> str:
    if token.type in (tokenize.NAME, tokenize.STRING, tokenize.COMMENT):
        return _IDENTIFIER.sub(lambda match: sync_name(match.group()), token.string)
    return token.string


def derive(path: Path) -> str:
    """The text of the sync file for the async file at `path`."""
    origin = f"# Derived from _async/{path.name} by tools/unasync.py: change that file instead.\n"
    try:
        code = origin + unasync(path.read_text(encoding="utf-8"))
    except (tokenize.TokenError, SyntaxError) as error:
        raise SystemExit(f"{path.name} is no Python: {error}") from None
    if path.name == "__init__.py":
        code = f'{origin}"""The sync shells: all input and output."""\n'
    tidy = ["check", "--select", _TIDIED, "--fix", "--unsafe-fixes", "--quiet"]
    for command in (tidy, ["format", "--quiet"]):
        code = _ruff(command, path.name, code)
    return code


def _ruff(command: list[str], name: str, code: str) -> str:
    where = CORE / "_sync" / name  # decides which settings of ruff apply
    done = subprocess.run(
        [ruff.find_ruff_bin(), *command, f"--stdin-filename={where}", "-"],
        input=code,
        capture_output=True,
        encoding="utf-8",
        check=False,
        cwd=ROOT,
    )
    if not done.stdout:
        raise SystemExit(f"ruff cannot read what is derived from {name}:\n{done.stderr}")
    return done.stdout


def main(arguments: list[str] | None = None) -> int:
    """Write or check the derived files; the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, fail on a difference")
    parser.add_argument("--core", type=Path, default=CORE, help="folder of _async and _sync")
    options = parser.parse_args(arguments)
    check: bool = options.check
    target: Path = options.core / "_sync"
    source: Path = options.core / "_async"
    wanted = {path.name: derive(path) for path in sorted(source.glob("*.py"))}
    found = {path.name: path.read_text(encoding="utf-8") for path in target.glob("*.py")}
    changed = sorted(name for name in wanted if wanted[name] != found.get(name))
    stale = sorted(found.keys() - wanted.keys())
    if check:
        for name in [*changed, *stale]:
            print(f"annoport/core/_sync/{name} is not what _async gives: run tools/unasync.py")
        return 1 if changed or stale else 0
    target.mkdir(exist_ok=True)
    for name in changed:
        (target / name).write_text(wanted[name], encoding="utf-8")
        print(f"wrote annoport/core/_sync/{name}")
    for name in stale:
        (target / name).unlink()
        print(f"removed annoport/core/_sync/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
