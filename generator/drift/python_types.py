"""Types of generated code, compared as what they allow."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator

# What one type takes, another takes as well.
_WIDER = {("int", "float"), ("builtins.int", "float")}


def fits(narrow: str, wide: str, *, ignoring: frozenset[str] = frozenset()) -> bool:
    """Whether each value of one annotation is a value of another.

    Args:
        narrow: The annotation whose values are meant.
        wide: The annotation that is to take them.
        ignoring: Members of unions that do not count.
    """
    return _fits(_members(narrow) - ignoring, _members(wide))


def equal(one: str, other: str, *, ignoring: frozenset[str] = frozenset()) -> bool:
    """Whether two annotations say the same, whatever the order of their members."""
    return _members(one) - ignoring == _members(other) - ignoring


def _fits(narrow: frozenset[str], wide: frozenset[str]) -> bool:
    if "Any" in wide:
        return True
    return all(any(_one_fits(one, other) for other in wide) for one in narrow)


def _one_fits(one: str, other: str) -> bool:
    if one == other or (one, other) in _WIDER:
        return True
    (outer, inner), (other_outer, other_inner) = _parts(one), _parts(other)
    return (
        bool(inner)
        and outer == other_outer
        and len(inner) == len(other_inner)
        and all(_fits(a, b) for a, b in zip(inner, other_inner, strict=True))
    )


@functools.cache
def _members(annotation: str) -> frozenset[str]:
    """Return the members of a union, and the values of a Literal, as text."""
    return frozenset(_flat(ast.parse(annotation, mode="eval").body))


def _flat(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.BinOp):
        yield from _flat(node.left)
        yield from _flat(node.right)
    elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal":
        values = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        yield from (f"Literal[{ast.unparse(value)}]" for value in values)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        # A forward reference.
        yield from _members(node.value)
    else:
        yield ast.unparse(node)


@functools.cache
def _parts(member: str) -> tuple[str, tuple[frozenset[str], ...]]:
    """Return a generic type and the members of each of its arguments."""
    node = ast.parse(member, mode="eval").body
    if not isinstance(node, ast.Subscript) or member.startswith("Literal["):
        return member, ()
    arguments = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    return ast.unparse(node.value), tuple(frozenset(_flat(item)) for item in arguments)
