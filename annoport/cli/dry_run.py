"""`--dry-run`: what would be sent, and nothing is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from annoport.cli.bodies import models
from annoport.cli.options import Settings
from annoport.cli.verb import Verb
from annoport.cli.writers import writer_for
from annoport.core.contract.operation import Operation
from annoport.core.http.request import Request, build
from annoport.core.redact import MASK, redact_url, without_query
from annoport.core.values.models import UNSET, model_fields
from annoport.core.values.type_guards import is_list, is_mapping


def show(verb: Verb, calls: list[dict[str, Any]], settings: Settings) -> None:
    """Write the request of each call.

    Args:
        verb: The method.
        calls: The arguments of each call.
        settings: How to write.

    Raises:
        InvalidArgumentError: An argument cannot be sent.
        InvalidBodyError: The body does not fit.
    """
    writer = writer_for(settings, one=len(calls) == 1)
    writer.rows([_request(verb, arguments) for arguments in calls])
    writer.end()


def _request(verb: Verb, arguments: Mapping[str, Any]) -> dict[str, Any]:
    operation = verb.operation
    if verb.uploads:
        files = arguments.get("files") or [arguments["file"]]
        body = arguments.get("body", UNSET)
        return {
            "method": operation.method,
            "path": operation.path,
            "arguments": _own(operation, arguments),
            "body": None if body is UNSET else _plain(body, secret_fields(operation)),
            "files": [os.fspath(one) for one in files],
        }
    sent = _own(operation, arguments)
    if verb.transfers and operation.job is not None:
        sent |= operation.job.transfer_sets
    body = arguments.get("body", UNSET)
    return shown_request(operation, build(operation, sent, body), body)


def shown_request(
    operation: Operation[Any] | None, request: Request, body: Any = UNSET
) -> dict[str, Any]:
    """Return what is shown of a request.

    Args:
        operation: The operation that it calls; None for a store of files.
        request: The request.
        body: The body that it was made of, if that is known.
    """
    secrets = frozenset[str]() if operation is None else secret_fields(operation)
    if isinstance(request.content, bytes) and "json" in request.headers.get("Content-Type", ""):
        body = msgspec.json.decode(request.content)
    return {
        "method": request.method,
        "path": (without_query if request.presigned else redact_url)(request.url),
        "body": None if body is UNSET else _plain(body, secrets),
    }


def _own(operation: Operation[Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments that the operation itself has."""
    names = {one.name for one in operation.parameters}
    return {name: value for name, value in arguments.items() if name in names}


def secret_fields(operation: Operation[Any]) -> frozenset[str]:
    """Return the names of the fields of the body that nobody must see."""
    types = (lazy() for lazy in operation.bodies.values())
    return frozenset(
        field.wire
        for one in types
        for model in models(one)
        for field in model_fields(model)
        if field.secret
    )


def _plain(body: Any, secrets: frozenset[str]) -> Any:
    """Return a body with the paths of its files, and without its secrets."""
    if is_mapping(body):
        return {
            name: MASK if name in secrets else _plain(value, secrets)
            for name, value in body.items()
        }
    if is_list(body):
        return [_plain(value, secrets) for value in body]
    if isinstance(body, str) and body.startswith(("http://", "https://")) and "?" in body:
        return redact_url(body)
    return f"@{body}" if isinstance(body, Path) else body
