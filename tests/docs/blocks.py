"""The blocks of Python on our pages, and what they presuppose.

A page is run from its first block to its last in one namespace, in an empty folder, against fake
servers. The text of a block is run as it stands, but for two things that a reader replaces too:

- the example address of a platform is that of its fake server;
- `token="..."`, `access_token="..."` and `password="..."` are secrets that this server accepts.

A block that cannot run says why, in a comment that readers do not see:

    <!-- skip: next "it needs a real server" -->

A block of text right below is what it prints, with `...` for anything.

A notebook is a page as well: its cells of code are its blocks.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import io
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from unittest import SkipTest

import attrs
from sybil import Document, Example, Sybil
from sybil.evaluators.python import pad
from sybil.parsers.markdown import CodeBlockParser, SkipParser
from sybil.typing import Parser

from annoport.testing import FakeServer
from tests.shared import ROOT

PAGES = sorted(
    [
        *(path for path in ROOT.glob("*.md") if path.name != "CHANGELOG.md"),
        *ROOT.glob("generated/*/README.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("docs/**/*.ipynb"),
    ]
)


class Notebook(Document):
    """A notebook, read as the page that it makes."""

    @classmethod
    def parse(cls, path: str, *parsers: Parser, encoding: str = "utf-8") -> Document:
        """Read a notebook, and find its blocks."""
        document = cls(text_of(Path(path), encoding), path)
        for parser in parsers:
            for region in parser(document):
                document.add(region)
        return document


_OUTPUT = re.compile(r"\s*```text\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@attrs.frozen
class Runner:
    """Runs one block after the other.

    replaced: text of a block -> what stands for it here.
    fixture: gives the fixture of a name, for the tests that a block defines.
    """

    loop: asyncio.Runner
    replaced: Mapping[str, str]
    fixture: Callable[[str], Any]

    def __call__(self, example: Example) -> None:
        """Run a block, then the tests that it defines, and compare what it prints."""
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            self._run(example)
        print(printed.getvalue(), end="")
        shown = _OUTPUT.match(example.document.text, example.end)
        if shown is not None:
            wanted = re.escape(shown[1].rstrip()).replace(re.escape("..."), ".*")
            assert re.fullmatch(wanted, printed.getvalue().rstrip(), re.DOTALL), (
                f"line {example.line} of {example.path} prints\n{printed.getvalue()}"
            )

    def _run(self, example: Example) -> None:
        known = set(example.namespace)
        source = pad(self._source(example), example.line + example.parsed.line_offset)
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        code = compile(source, example.path, "exec", flags=flags, dont_inherit=True)
        result = eval(code, example.namespace)
        if inspect.isawaitable(result):
            self.loop.run(_awaited(result))
        for name in set(example.namespace) - known:
            if name.startswith("test_"):
                test = example.namespace[name]
                test(**{word: self.fixture(word) for word in inspect.signature(test).parameters})

    def _source(self, example: Example) -> str:
        text = str(example.parsed)
        for old, new in self.replaced.items():
            text = text.replace(old, new)
        return text


async def _awaited(result: Awaitable[Any]) -> Any:
    return await result


def parsed(page: Path, evaluator: Callable[[Example], None] | None = None) -> Document:
    """A page with its blocks of Python and the reasons to skip them."""
    parsers: list[Parser] = [CodeBlockParser("python", evaluator), SkipParser()]
    return Sybil(parsers, document_types={".ipynb": Notebook}).parse(page)


def run(document: Document) -> list[str]:
    """Run all blocks of a page; the reasons of those that were skipped."""
    skipped: list[str] = []
    for example in document.examples():
        try:
            example.evaluate()
        except SkipTest as reason:
            skipped.append(str(reason))
    return skipped


def replacements(servers: Mapping[str, FakeServer[Any]]) -> dict[str, str]:
    """What stands for the example addresses and secrets of a page."""
    result: dict[str, str] = {}
    for platform, server in servers.items():
        below = "/api" if platform == "ecotaxa" else ""
        result[f'"https://{platform}.example.org{below}"'] = repr(server.url)
    cvat = servers["cvat"]
    result |= {
        'access_token="..."': f"access_token={cvat.fake.personal_token!r}",
        'token="..."': f"token={cvat.token!r}",
        'password="..."': f"password={cvat.password!r}",
    }
    return result


def text_of(page: Path, encoding: str = "utf-8") -> str:
    """The Markdown of a page; of a notebook, with its cells of code as blocks."""
    text = page.read_text(encoding)
    if page.suffix != ".ipynb":
        return text
    cells = [(cell["cell_type"], "".join(cell["source"])) for cell in json.loads(text)["cells"]]
    return "\n\n".join(
        f"```python\n{source}\n```" if kind == "code" else source for kind, source in cells
    )


def fences(text: str) -> list[str]:
    """The language of every block of a page, "" where it has none."""
    inside = False
    result: list[str] = []
    for language in re.findall(r"^[ \t]*```+[ \t]*(.*)$", text, re.MULTILINE):
        inside = not inside
        if inside:
            result.append(language.strip())
    return result
