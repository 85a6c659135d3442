"""What an effective spec must be, so that the rest of the generator can rely on it.

A contract was looked at when it was vendored; but an overlay can say anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args

import msgspec

from generator.errors import GeneratorError
from generator.json_values import is_list, is_object
from generator.openapi import METHODS
from generator.spec.extensions import EXTENSIONS, PREFIX
from generator.spec.openapi_shape import check_openapi
from generator.spec.walk import SCHEMA_KINDS, Node, walk

_PATH_KEYS = frozenset({*METHODS, "parameters", "servers", "summary", "description"})
_GUARD_PLACES = {
    "selection": ("operation",),
    "ignored": ("parameter", "property"),
    "placeholder": ("property",),
    "same": ("property",),
}
_STATUS = re.compile(r"[1-5](\d\d|XX)|default|x-.*")
_WORDS = ("summary", "description")
# What a schema can hold that says nothing about its values.
_NO_FACTS = frozenset(
    {
        *("title", "description", "example", "externalDocs"),
        *("x-annoport-class", "x-annoport-guard", "x-annoport-name"),
        *("x-annoport-removed", "x-annoport-since"),
    }
)


def check(platform: str, spec: Mapping[str, Any]) -> None:
    """Raise a GeneratorError that lists the faults of a platform's effective spec."""
    faults = [
        f"{node.place}: {fault}"
        for node in walk(spec)
        for check in _CHECKS
        for fault in check(node)
    ]
    if faults:
        raise GeneratorError(
            f"{platform}: the effective spec has faults:\n  " + "\n  ".join(faults)
        )
    check_openapi(spec, f"{platform}: effective spec")


def _words(node: Node) -> Iterator[str]:
    for key in _WORDS if node.kind != "other" else ():
        value = node.data.get(key, "")
        if not isinstance(value, str):
            yield f"{key} is {value!r}; expected text, which YAML may want in quotes"


def _extensions(node: Node) -> Iterator[str]:
    for key, value in node.data.items():
        if not key.startswith(PREFIX):
            continue
        extension = EXTENSIONS.get(key)
        if extension is None:
            yield f"no extension is called {key!r}; expected one of {', '.join(sorted(EXTENSIONS))}"
        elif node.kind not in extension.places:
            yield f"{key} has no effect here; put it on: {', '.join(extension.places)}"
        else:
            yield from _value(key, value, extension.type)


def _value(key: str, value: Any, type_: Any) -> Iterator[str]:
    try:
        msgspec.convert(value, type_, strict=True)
    except msgspec.ValidationError as error:
        choice = " or ".join(repr(word) for word in get_args(type_) if isinstance(word, str))
        expected = "text, which YAML may want in quotes" if type_ is str else choice
        yield f"{key} is {value!r}; expected {expected}" if expected else f"{key}: {error}"


def _extension_details(node: Node) -> Iterator[str]:
    data = node.data
    if data.get("x-annoport-type") == "null" and node.kind != "body":
        yield "x-annoport-type 'null' is for the whole body of an answer; use nullable: true"
    if data.get("x-annoport-multi-segment") and data.get("in") != "path":
        yield "x-annoport-multi-segment is for path parameters only"
    guard = data.get("x-annoport-guard")
    rule: Any = guard.get("rule") if is_object(guard) else None
    places = _GUARD_PLACES.get(rule, ())
    if places and node.kind not in places:
        yield f"the guard {rule!r} has no effect here; put it on: {', '.join(places)}"


def _path_item(node: Node) -> Iterator[str]:
    if node.kind != "path" or node.place.startswith("path x-"):
        return
    if "$ref" in node.data:
        yield (
            f"a path that refers to another one ({node.data['$ref']!r}) is not followed; "
            "remove the $ref and write its operations here, in the overlay"
        )
    for key in node.data:
        if key not in _PATH_KEYS and key != "$ref" and not key.startswith("x-"):
            yield f"{key!r} is no HTTP method; expected one of {', '.join(METHODS)}"


def _responses(node: Node) -> Iterator[str]:
    for status in node.data.get("responses", ()) if node.kind == "operation" else ():
        if not _STATUS.fullmatch(status):
            yield f"{status!r} is no status of a response; expected 200, 4XX or default, say"


def _parameter(node: Node) -> Iterator[str]:
    if node.kind != "parameter" or "$ref" in node.data:
        return
    for key in ("name", "in"):
        if not isinstance(node.data.get(key), str):
            yield (
                f"a parameter needs {key!r}; to add words to one that exists, "
                "let the action's target be that parameter: $...parameters[?@.name=='...']"
            )


def _enum(node: Node) -> Iterator[str]:
    if node.kind not in SCHEMA_KINDS:
        return
    if node.data.get("enum") == []:
        yield "an enum without values; list them, or remove the enum in the overlay"
    names = node.data.get("x-enum-varnames")
    if is_list(names) and not all(isinstance(name, str) for name in names):
        yield f"x-enum-varnames is {names!r}; expected a list of texts"


def _substance(node: Node) -> Iterator[str]:
    # With no facts at all (`{}`) it is the upstream's; with words only it is a slip of ours.
    named = node.kind in {"component", "property"}
    if named and node.data and _NO_FACTS.issuperset(node.data):
        yield (
            "words about something that does not exist; correct the name, or if any JSON value "
            "may stand there, say x-annoport-type: any"
        )


_CHECKS: tuple[Callable[[Node], Iterator[str]], ...] = (
    _words,
    _extensions,
    _extension_details,
    _path_item,
    _responses,
    _parameter,
    _enum,
    _substance,
)
