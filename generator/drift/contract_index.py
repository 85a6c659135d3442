"""The operations of a contract, with what they inherit from their path and from the root.

Webhooks and callbacks are operations too. There the server asks and we answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from generator.drift.findings import Direction
from generator.drift.schema_view import Document, Located
from generator.json_pointers import joined
from generator.openapi import METHODS, iterate


@attrs.frozen(kw_only=True)
class Operation:
    """One operation.

    Attributes:
        path: The path; what a webhook or callback is called.
        reversed: Whether the server sends the request.
        parameters: By location and name; header names in lower case, since case means nothing.
        shared: Those of them that are components, with their places there.
        security: Sets of schemes, one of which is enough; each scheme with its scopes.
    """

    id: str
    method: str
    path: str
    data: Mapping[str, Any]
    pointer: str
    parameters: Mapping[tuple[str, str], Located]
    shared: Mapping[tuple[str, str], Located]
    body: Located | None
    responses: Mapping[str, Located]
    security: frozenset[tuple[str, ...]]
    reversed: bool = False

    @property
    def directions(self) -> tuple[Direction, Direction]:
        """Which way what is asked travels, and which way what is answered, as we see it."""
        return ("response", "request") if self.reversed else ("request", "response")

    @property
    def placeholders(self) -> list[str]:
        """The names of the parameters in the path, in order."""
        return [] if self.reversed else re.findall(r"{([^{}]*)}", self.path)

    @property
    def key(self) -> tuple[str, str]:
        """Method and path: what the operation is on the wire."""
        return self.method, self.path

    @property
    def shape(self) -> tuple[str, str]:
        """Method and path, whatever the path parameters are called."""
        path = self.path if self.reversed else re.sub(r"{[^{}]*}", "{}", self.path)
        return self.method, path

    @property
    def wire(self) -> str:
        """Method and path for a sentence."""
        return f"{self.method.upper()} {self.path}"


def operations(document: Document) -> list[Operation]:
    """Return all operations of a contract, its webhooks and the callbacks of each."""
    contract = document.contract
    found = [
        _operation(document, path, method, contract["paths"][path], joined("#", "paths", path))
        for path, method, _ in iterate(contract)
    ]
    for name, item in contract.get("x-webhooks", {}).items():
        found += _reversed(document, f"webhook {name}", item, joined("#", "x-webhooks", name))
    return found + [callback for operation in found for callback in _callbacks(document, operation)]


def _callbacks(document: Document, owner: Operation) -> Iterator[Operation]:
    for name, data in owner.data.get("callbacks", {}).items():
        node = document.resolved(Located(data, joined(owner.pointer, "callbacks", name)))
        for expression, item in node.schema.items():
            if expression.startswith("x-"):
                continue
            title = f"callback {name} {expression} of {owner.id}"
            yield from _reversed(document, title, item, joined(node.pointer, expression))


def _reversed(
    document: Document, title: str, item: Mapping[str, Any], base: str
) -> Iterator[Operation]:
    for method in METHODS:
        if method in item:
            yield attrs.evolve(_operation(document, title, method, item, base), reversed=True)


def _operation(
    document: Document, path: str, method: str, item: Mapping[str, Any], base: str
) -> Operation:
    data = item[method]
    pointer = joined(base, method)
    nodes = _parameters(document, item.get("parameters", ()), base)
    nodes |= _parameters(document, data.get("parameters", ()), pointer)
    body = data.get("requestBody")
    return Operation(
        id=str(data.get("operationId", f"{method.upper()} {path}")),
        method=method,
        path=path,
        data=data,
        pointer=pointer,
        parameters={key: named for key, (named, _) in nodes.items()},
        shared={
            key: node
            for key, (_, node) in nodes.items()
            if node.pointer.startswith("#/components/")
        },
        body=document.resolved(Located(body, joined(pointer, "requestBody"))) if body else None,
        responses={
            status: document.resolved(Located(response, joined(pointer, "responses", status)))
            for status, response in data.get("responses", {}).items()
        },
        security=_security(data.get("security", document.contract.get("security", ()))),
    )


def _parameters(
    document: Document, listed: Any, base: str
) -> dict[tuple[str, str], tuple[Located, Located]]:
    """Return each parameter with a pointer that names it, since its position means nothing.

    With it comes the same parameter where it really is.
    """
    result: dict[tuple[str, str], tuple[Located, Located]] = {}
    for number, parameter in enumerate(listed):
        node = document.resolved(Located(parameter, joined(base, "parameters", number)))
        location, name = str(node.schema["in"]), str(node.schema["name"])
        key = (location, name.lower() if location == "header" else name)
        named = Located(node.schema, joined(base, "parameters", f"{location}:{name}"))
        result[key] = (named, node)
    return result


def _security(requirements: Any) -> frozenset[tuple[str, ...]]:
    if not requirements:
        return frozenset({()})
    return frozenset(
        tuple(sorted(" ".join([name, *scopes]) for name, scopes in requirement.items()))
        for requirement in requirements
    )
