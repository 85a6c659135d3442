"""The spec that a judge serves: the effective one, changed only where a judge requires it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs

from generator.json_values import is_list, is_object
from generator.openapi import iterate
from tests.documents import load

_NULL = {"type": "string", "nullable": True, "enum": [None]}


@attrs.frozen
class Adaptation:
    """A change of the served copy: `change` makes it in place, `reason` says why it is needed."""

    reason: str
    change: Callable[[dict[str, Any]], None]


def write(platform: str, folder: Path) -> Path:
    """Write the copy of a platform's effective spec that the judges serve."""
    spec = copy.deepcopy(dict(load(platform).raw))
    for adaptation in ADAPTATIONS:
        adaptation.change(spec)
    path = folder / f"{platform}.json"
    path.write_text(json.dumps(spec), encoding="utf-8")
    return path


def _nodes(node: object) -> Iterator[dict[str, Any]]:
    """Yield every object in a spec, outer ones first."""
    if is_object(node):
        yield node
        for child in list(node.values()):
            yield from _nodes(child)
    elif is_list(node):
        for child in node:
            yield from _nodes(child)


def _describe_responses(spec: dict[str, Any]) -> None:
    for _, _, operation in iterate(spec):
        for response in operation["responses"].values():
            if "$ref" not in response:
                response.setdefault("description", "")


def _spell_out_null(spec: dict[str, Any]) -> None:
    for node in _nodes(spec):
        if node.pop("x-annoport-type", None) == "null":
            node.update(_NULL)


def _widen_to_null(spec: dict[str, Any]) -> None:
    for node in _nodes(spec):
        if node.get("nullable") is not True or "type" in node:
            continue
        del node["nullable"]
        if "allOf" in node:
            node["anyOf"] = [{"allOf": node.pop("allOf")}, dict(_NULL)]
        elif "anyOf" in node:
            node["anyOf"].append(dict(_NULL))
        elif "oneOf" in node:
            node["oneOf"].append(dict(_NULL))


def _send_events_as_text(spec: dict[str, Any]) -> None:
    for _, _, operation in iterate(spec):
        for response in operation["responses"].values():
            for media, body in response.get("content", {}).items():
                if media == "text/event-stream":
                    body["schema"] = {"type": "string"}


def _drop_empty_security(spec: dict[str, Any]) -> None:
    for _, _, operation in iterate(spec):
        if operation.get("security") == [{}]:
            operation["security"] = []


def _list_words_with_ids(spec: dict[str, Any]) -> None:
    for _, _, operation in iterate(spec):
        for parameter in operation.get("parameters", ()):
            branches = parameter.get("schema", {}).get("anyOf", ())
            lists = [branch for branch in branches if branch.get("type") == "array"]
            words = [branch for branch in branches if "enum" in branch]
            if parameter.get("in") == "query" and lists and words:
                items = {"anyOf": [lists[0]["items"], *words]}
                parameter["schema"] = {"type": "array", "items": items}


def _serve_at_the_root(spec: dict[str, Any]) -> None:
    spec["servers"] = [{"url": "/"}]


ADAPTATIONS = (
    Adaptation(
        "strictly, nullable has no effect without a type beside it; the platforms mean it",
        _widen_to_null,
    ),
    Adaptation(
        "OpenAPI requires a description of each response; the contract has no prose",
        _describe_responses,
    ),
    Adaptation(
        "OpenAPI 3.0 cannot express a body that is JSON null; our extension does", _spell_out_null
    ),
    Adaptation(
        "the schema of a stream is that of the data of one event; on the wire a stream is text",
        _send_events_as_text,
    ),
    Adaptation(
        "Prism rejects every request where no credentials are the only option", _drop_empty_security
    ),
    Adaptation(
        "the judges read no union in a query; a list of ids or a word looks like a list of either",
        _list_words_with_ids,
    ),
    Adaptation("the judge is the server, and its paths have no prefix", _serve_at_the_root),
)
