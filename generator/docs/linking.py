"""Types as inline code that links to where they are described."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

import attrs

from generator.docs.markdown import code
from generator.docs.signatures import double_quoted

_WITH_ANSWER = re.compile(r"\b(Async)?(Pager|Job)\[")


@attrs.frozen
class Linker:
    """Knows which names have a place in the reference.

    Attributes:
        labels: Name, as annotations write it -> label of its place.
    """

    labels: Mapping[str, str]

    def linked(self, source: str) -> str:
        """Return a type with each member of a union as code, linked if it names one place."""
        return " or ".join(self._member(member) for member in _members(source))

    def _member(self, source: str) -> str:
        names = dict.fromkeys(re.findall(r"[A-Za-z_][\w.]*", source))
        found = [self.labels[name] for name in names if name in self.labels]
        # `Pager[models.Task]` links to the model: the pager is the same everywhere. The second
        # parameter of a pager or job is the answer that the first one came with.
        inner = [label for label in found if ".models." in label] or found
        shown = code(double_quoted(source))
        is_clear = len(inner) == 1 or (inner and _WITH_ANSWER.search(source))
        return f"[{shown}](#{inner[0]})" if is_clear else shown


def _members(source: str) -> Iterator[str]:
    def walk(node: ast.expr) -> Iterator[ast.expr]:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            yield from walk(node.left)
            yield from walk(node.right)
        else:
            yield node

    for node in walk(ast.parse(source, mode="eval").body):
        yield ast.unparse(node)
