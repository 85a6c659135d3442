"""Graphs of schemas."""

from __future__ import annotations

from collections.abc import Mapping


def strongly_connected(graph: Mapping[str, list[str]]) -> list[list[str]]:
    """Group the nodes of a graph that reach each other (Tarjan's algorithm).

    Args:
        graph: Node -> the nodes that it leads to.

    Returns:
        The groups; each node is in exactly one.
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    groups: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in graph[node]:
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            cut = stack.index(node)
            groups.append(stack[cut:])
            del stack[cut:]

    for node in graph:
        if node not in index:
            visit(node)
    return groups
