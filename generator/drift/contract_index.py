"""The operations of a contract, with what they inherit from their path and from the root."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import attrs

from generator.drift.schema_view import Document, Located
from generator.json_pointers import joined
from generator.openapi import iterate


@attrs.frozen(kw_only=True)
class Operation:
    """One operation.

    Attributes:
        parameters: By location and name; header names in lower case, since case means nothing.
        security: Sets of schemes, one of which is enough; each scheme with its scopes.
    """

    id: str
    method: str
    path: str
    data: Mapping[str, Any]
    pointer: str
    parameters: Mapping[tuple[str, str], Located]
    body: Located | None
    responses: Mapping[str, Located]
    security: frozenset[tuple[str, ...]]

    @property
    def key(self) -> tuple[str, str]:
        """Method and path: what the operation is on the wire."""
        return self.method, self.path

    @property
    def shape(self) -> tuple[str, str]:
        """Method and path, whatever the path parameters are called."""
        return self.method, re.sub(r"{[^{}]*}", "{}", self.path)

    @property
    def wire(self) -> str:
        """Method and path for a sentence."""
        return f"{self.method.upper()} {self.path}"


def operations(document: Document) -> list[Operation]:
    """Return all operations of a contract."""
    return [
        _operation(document, path, method, data)
        for path, method, data in iterate(document.contract)
    ]


def _operation(document: Document, path: str, method: str, data: Mapping[str, Any]) -> Operation:
    shared = document.contract["paths"][path].get("parameters", ())
    base = joined("#", "paths", path)
    pointer = joined(base, method)
    parameters = _parameters(document, shared, base)
    parameters |= _parameters(document, data.get("parameters", ()), pointer)
    body = data.get("requestBody")
    return Operation(
        id=str(data.get("operationId", f"{method.upper()} {path}")),
        method=method,
        path=path,
        data=data,
        pointer=pointer,
        parameters=parameters,
        body=document.resolved(Located(body, joined(pointer, "requestBody"))) if body else None,
        responses={
            status: document.resolved(Located(response, joined(pointer, "responses", status)))
            for status, response in data.get("responses", {}).items()
        },
        security=_security(data.get("security", document.contract.get("security", ()))),
    )


def _parameters(document: Document, listed: Any, base: str) -> dict[tuple[str, str], Located]:
    """Return parameters with pointers that name them, since their position means nothing."""
    result: dict[tuple[str, str], Located] = {}
    for number, parameter in enumerate(listed):
        node = document.resolved(Located(parameter, joined(base, "parameters", number)))
        location, name = str(node.schema["in"]), str(node.schema["name"])
        key = (location, name.lower() if location == "header" else name)
        result[key] = Located(node.schema, joined(base, "parameters", f"{location}:{name}"))
    return result


def _security(requirements: Any) -> frozenset[tuple[str, ...]]:
    if not requirements:
        return frozenset({()})
    return frozenset(
        tuple(sorted(" ".join([name, *scopes]) for name, scopes in requirement.items()))
        for requirement in requirements
    )
