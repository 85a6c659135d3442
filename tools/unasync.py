"""Derive sync code from async code: the folder `_sync` beside each `_async` in annoport.

    python tools/unasync.py          write the folders `_sync`
    python tools/unasync.py --check  fail if one of them differs from what would be written

Works on tokens: `async` and `await` are dropped, names change as the tables below say, and
everything else stays, layout included. Names change in strings and comments, too, because async
code holds no text in which one of these words could mean something else.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import ruff  # type: ignore[import-untyped]  # it has no type hints

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "annoport"

_NAMES = {
    "AbstractAsyncContextManager": "AbstractContextManager",
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
    """Return what a name is called in sync code."""
    known = _NAMES.get(name)
    return known if known is not None else _PREFIXED.sub(r"\1", name)


def unasync(source: str) -> str:
    """Return the sync counterpart of async source code, not yet formatted."""
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


def derive(path: Path, name: str) -> str:
    """Return the text of the sync file for an async file.

    Args:
        path: The async file.
        name: Its path inside the folder `_async`.
    """
    origin = f"# Derived from _async/{name} by tools/unasync.py: change that file instead.\n"
    try:
        code = unasync(path.read_text(encoding="utf-8"))
        if path.name == "__init__.py":
            code = _with_sync_docstring(code)
    except (tokenize.TokenError, SyntaxError) as error:
        raise SystemExit(f"{path}: not valid Python: {error}") from None
    code = origin + code
    tidy = ["check", "--select", _TIDIED, "--fix", "--unsafe-fixes", "--quiet"]
    for command in (tidy, ["format", "--quiet"]):
        code = _ruff(command, path, code)
    return code


def _with_sync_docstring(code: str) -> str:
    """Keep the first sentence of a package's docstring; what follows is about the derivation."""
    tree = ast.parse(code)
    text = ast.get_docstring(tree)
    if text is None:
        return code
    sentence = re.sub(r"\basync\b", "sync", text.partition(". ")[0].removesuffix("."))
    rest = code.splitlines(keepends=True)[tree.body[0].end_lineno :]
    return f'"""{sentence}."""\n{"".join(rest)}'


def _ruff(command: list[str], path: Path, code: str) -> str:
    settings = ["--config", str(ROOT / "pyproject.toml"), f"--stdin-filename={path.name}"]
    done = subprocess.run(
        [ruff.find_ruff_bin(), *command, *settings, "-"],
        input=code,
        capture_output=True,
        encoding="utf-8",
        check=False,
        cwd=ROOT,
    )
    if not done.stdout:
        raise SystemExit(f"{path}: ruff cannot read what is derived from it:\n{done.stderr}")
    return done.stdout


def wanted_files(package: Path) -> dict[Path, str]:
    """Return the text of every derived file below a folder, by its path."""
    return {
        source.parent / "_sync" / path.relative_to(source): derive(
            path, path.relative_to(source).as_posix()
        )
        for source in sorted(package.rglob("_async"))
        for path in sorted(source.rglob("*.py"))
    }


def main(arguments: list[str] | None = None) -> int:
    """Write or check the derived files; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, fail on a difference")
    parser.add_argument("--package", type=Path, default=PACKAGE, help="where to look for `_async`")
    options = parser.parse_args(arguments)
    check: bool = options.check
    package: Path = options.package
    wanted = wanted_files(package)
    found = {
        path: path.read_text(encoding="utf-8")
        for folder in package.rglob("_sync")
        for path in folder.rglob("*.py")
    }
    changed = [path for path, text in wanted.items() if text != found.get(path)]
    stale = sorted(found.keys() - wanted.keys())
    names = {path: path.relative_to(package.parent).as_posix() for path in [*changed, *stale]}
    if check:
        for path in changed:
            print(f"{names[path]}: not what is derived from _async; run `make regen`")
        for path in stale:
            print(f"{names[path]}: derived from a file that is gone; run `make regen`")
        return 1 if names else 0
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path], encoding="utf-8")
        print(f"wrote {names[path]}")
    for path in stale:
        path.unlink()
        print(f"removed {names[path]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
