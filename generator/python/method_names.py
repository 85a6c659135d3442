"""What the methods of a client are called: short names, with the platform's own beside them.

An operation's own name is made from its operationId, unless the overlay sets it
(`x-annoport-name`). The overlay's table, `x-annoport-names`, puts operations into resources under
shorter names; their own names stay as aliases.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from generator.openapi import iterate
from generator.python.names import snake_case
from generator.python.unique_names import UniqueNames

TABLE = "x-annoport-names"
"""The extension on the root that holds the table: resource -> method -> own name."""

_Table = Mapping[str, Mapping[str, str | None]]


@attrs.frozen(kw_only=True)
class MethodName:
    """Where an operation is found: `client.<resource>.<method>`, and under which other names."""

    resource: str
    method: str
    aliases: tuple[str, ...]


@attrs.frozen
class MethodNames:
    """The table of a spec, by the operations' own names."""

    _entries: Mapping[str, tuple[str, str]]

    @classmethod
    def of(cls, spec: Mapping[str, Any]) -> MethodNames:
        """Read the table of a spec.

        Raises:
            GeneratorError: It names an operation twice.
        """
        entries: dict[str, tuple[str, str]] = {}
        claims = UniqueNames("operation", f"name it once in {TABLE}")
        for resource, method, own in _rows(spec.get(TABLE, {})):
            claims.claim(own, f"client.{resource}.{method}")
            entries[own] = (resource, method)
        return cls(entries)

    def find(self, operation: Mapping[str, Any]) -> MethodName:
        """Return the names of an operation of the spec."""
        more: list[str] = operation.get("x-annoport-aliases", [])
        own = own_name(operation)
        if own in self._entries:
            resource, name = self._entries[own]
            aliases = [own, *more] if own != name else more
            return MethodName(resource=resource, method=name, aliases=tuple(aliases))
        tag: str | None = next(iter(operation.get("tags") or ()), None)
        given = operation.get("x-annoport-resource")
        return MethodName(
            resource=given or snake_case(tag or "default", fallback="tag"),
            method=operation.get("x-annoport-name") or _without_tag(own, tag),
            aliases=tuple(more),
        )


def own_name(operation: Mapping[str, Any]) -> str:
    """Return the platform's name of an operation, unless the overlay sets another."""
    given: str | None = operation.get("x-annoport-name")
    return given or snake_case(operation["operationId"], fallback="operation")


def unknown(spec: Mapping[str, Any]) -> list[str]:
    """Return the rows of the table that name no operation of the spec, as `resource.method`."""
    known = {own_name(operation) for _, _, operation in iterate(spec) if "operationId" in operation}
    return [
        f"{resource}.{method}"
        for resource, method, own in _rows(spec.get(TABLE, {}))
        if own not in known
    ]


def without(table: _Table, rows: list[str]) -> dict[str, dict[str, str | None]]:
    """Return the table without some rows."""
    return {
        resource: {
            method: own for method, own in methods.items() if f"{resource}.{method}" not in rows
        }
        for resource, methods in table.items()
    }


def _rows(table: _Table) -> Iterator[tuple[str, str, str]]:
    """Yield (resource, method, own name); without a name, an operation keeps its own."""
    for resource, methods in table.items():
        for method, own in methods.items():
            yield resource, method, own or method


def _without_tag(name: str, tag: str | None) -> str:
    """Return an operation's own name without the tag in front of it."""
    if tag is None:
        return name
    rest = name.removeprefix(snake_case(tag, fallback="tag").rstrip("_") + "_")
    return snake_case(rest, fallback="operation") if rest else name
