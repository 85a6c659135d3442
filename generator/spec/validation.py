"""What an effective spec must satisfy so that the rest of the generator can rely on it.

A contract was checked when it was vendored, but an overlay can say anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args

import msgspec

from generator.errors import GeneratorError
from generator.json_values import is_list, is_object
from generator.openapi import METHODS, PARAMETER_PLACES, successes
from generator.spec.extensions import EXTENSIONS, PREFIX
from generator.spec.openapi_shape import check_openapi
from generator.spec.walk import SCHEMA_KINDS, Node, walk

_PATH_KEYS = frozenset({*METHODS, "parameters", "servers", "summary", "description"})
_TEXT = "text (in quotes, if YAML takes it for something else)"
_GUARD_PLACES = {
    "selection": ("operation",),
    "ignored": ("parameter", "property"),
    "placeholder": ("property",),
    "same": ("property",),
    "only": ("parameter", "property"),
    "beside": ("property",),
}
_STATUS = re.compile(r"[1-5](\d\d|XX)|default|x-.*")
_WORDS = ("summary", "description")
_SINCE, _REMOVED, _GAPS = "x-annoport-since", "x-annoport-removed", "x-annoport-gaps"
_RELEASE = re.compile(r"[0-9]+(\.[0-9]+)*")
# Keywords of a schema that say nothing about its values.
_NO_FACTS = frozenset(
    {
        *("title", "description", "example", "externalDocs"),
        *("x-annoport-class", "x-annoport-guard", "x-annoport-name"),
        *("x-annoport-removed", "x-annoport-since", "x-annoport-gaps"),
        *("x-annoport-checked", "x-annoport-edition"),
    }
)


def check(platform: str, spec: Mapping[str, Any]) -> None:
    """Check the effective spec of a platform.

    Raises:
        GeneratorError: It has faults; the message lists all of them.
    """
    nodes = walk(spec)
    faults = [
        f"{node.place}: {fault}" for node in nodes for check in _CHECKS for fault in check(node)
    ]
    faults += _operation_ids(nodes)
    if faults:
        raise GeneratorError(
            f"{platform}: the effective spec has faults:\n  " + "\n  ".join(faults)
        )
    check_openapi(spec, f"{platform}: effective spec", remedy="correct the overlay")


def _operation_ids(nodes: list[Node]) -> Iterator[str]:
    """Yield operations that have no name, or the name of another."""
    owners: dict[str, str] = {}
    for node in nodes:
        if node.kind != "operation":
            continue
        name = node.data.get("operationId")
        if not name:
            yield (
                f"{node.place}: no operationId; set one in the overlay, or let repair.yaml derive "
                "those that are missing (`x-annoport-operation-ids: derive` on $)"
            )
        elif name in owners:
            yield (
                f"{node.place}: the operationId {name!r} is already taken by {owners[name]}; "
                "give one of them another in the overlay"
            )
        else:
            owners[name] = node.place


def _words(node: Node) -> Iterator[str]:
    """Yield summaries and descriptions that are not text."""
    for key in _WORDS if node.kind != "other" else ():
        value = node.data.get(key, "")
        if not isinstance(value, str):
            yield f"{key} is {value!r}; expected {_TEXT}"


def _extensions(node: Node) -> Iterator[str]:
    """Yield extensions that are unknown, misplaced or malformed."""
    for key, value in node.data.items():
        if not key.startswith(PREFIX):
            continue
        extension = EXTENSIONS.get(key)
        if extension is None:
            yield f"unknown extension {key!r}; expected one of {', '.join(sorted(EXTENSIONS))}"
        elif node.kind not in extension.places:
            yield f"{key} has no effect here; it belongs on: {', '.join(extension.places)}"
        else:
            yield from _value(key, value, extension.type)


def _value(key: str, value: Any, type_: Any) -> Iterator[str]:
    try:
        msgspec.convert(value, type_, strict=True)
    except msgspec.ValidationError as error:
        choice = " or ".join(repr(word) for word in get_args(type_) if isinstance(word, str))
        expected = _TEXT if type_ is str else choice
        yield f"{key} is {value!r}; expected {expected}" if expected else f"{key}: {error}"


def _extension_details(node: Node) -> Iterator[str]:
    data = node.data
    if data.get("x-annoport-type") == "null" and node.kind != "body":
        yield "x-annoport-type: null is only for the whole body of an answer; use nullable: true"
    if data.get("x-annoport-multi-segment") and data.get("in") != "path":
        yield "x-annoport-multi-segment is only for path parameters; remove it"
    given = data.get("x-annoport-guard", ())
    for guard in given if is_list(given) else (given,):
        rule: Any = guard.get("rule") if is_object(guard) else None
        places = _GUARD_PLACES.get(rule, ())
        if places and node.kind not in places:
            yield f"the guard {rule!r} has no effect here; put it on: {', '.join(places)}"


def _releases(node: Node) -> Iterator[str]:
    """Yield marks that no call could be checked against."""
    marks = {key: node.data[key] for key in (_SINCE, _REMOVED, _GAPS) if key in node.data}
    if node.data.get("x-annoport-checked"):
        if not marks:
            yield f"x-annoport-checked needs {_SINCE} or {_REMOVED} beside it"
        yield from _not_numbers(marks)
    values = node.data.get("x-annoport-values", {})
    if not is_object(values) or node.kind not in SCHEMA_KINDS:
        return  # told already
    known = [str(value) for value in node.data.get("enum", ())]
    for value, releases in values.items():
        place = f"x-annoport-values: {value!r}"
        if value not in known:
            yield f"{place} is no value of the enum; expected one of {', '.join(known) or 'none'}"
        if is_object(releases):
            if not releases:
                yield f"{place} needs since or removed"
            dates = {key: data for key, data in releases.items() if key in {"since", "removed"}}
            yield from (f"{place}: {fault}" for fault in _not_numbers(dates))


def _not_numbers(marks: Mapping[str, Any]) -> Iterator[str]:
    for key, release in marks.items():
        if isinstance(release, str) and not _RELEASE.fullmatch(release):
            yield f"{key} is {release!r}; expected a release such as '2.40'"


def _path_item(node: Node) -> Iterator[str]:
    if node.kind != "path":
        return
    if "$ref" in node.data:
        yield (
            f"the $ref of a whole path ({node.data['$ref']!r}) is not followed; "
            "remove it and write the operations here, in the overlay"
        )
    for key in node.data:
        if key not in _PATH_KEYS and key != "$ref" and not key.startswith("x-"):
            yield f"{key!r} is not an HTTP method; expected one of {', '.join(METHODS)}"


def _responses(node: Node) -> Iterator[str]:
    for status in node.data.get("responses", ()) if node.kind == "operation" else ():
        if not _STATUS.fullmatch(status):
            yield f"{status!r} is not a response status; expected, for example, 200, 4XX or default"


def _success(node: Node) -> Iterator[str]:
    """Yield operations of which nobody knows what they answer."""
    responses = node.data.get("responses", {})
    if node.kind != "operation" or successes(map(str, responses)):
        return
    found = ", ".join(map(str, responses)) or "none"
    yield f"no success response among its responses ({found}); declare it in the overlay"


def _parameter(node: Node) -> Iterator[str]:
    if node.kind != "parameter" or "$ref" in node.data:
        return
    place = node.data.get("in")
    if isinstance(place, str) and place not in PARAMETER_PLACES:
        yield (
            f"'in' is {place!r}; expected one of {', '.join(PARAMETER_PLACES)} "
            "(what goes into the body is declared under requestBody)"
        )
    for key in ("name", "in"):
        if not isinstance(node.data.get(key), str):
            yield (
                f"a parameter needs {key!r}; to document one that exists, "
                "let the action target that parameter: $...parameters[?@.name=='...']"
            )


def _enum(node: Node) -> Iterator[str]:
    if node.kind not in SCHEMA_KINDS:
        return
    if node.data.get("enum") == []:
        yield "the enum has no values; list them or remove the enum in the overlay"
    names = node.data.get("x-enum-varnames")
    if is_list(names) and not all(isinstance(name, str) for name in names):
        yield f"x-enum-varnames is {names!r}; expected a list of strings"


def _substance(node: Node) -> Iterator[str]:
    # A schema without any keyword (`{}`) is upstream's; one that only has words is our mistake.
    """Yield schemas that are described and not defined."""
    named = node.kind in {"component", "property"}
    if named and node.data and _NO_FACTS.issuperset(node.data):
        yield (
            "described but not defined; correct the name, or set x-annoport-type: any if any JSON "
            "value is allowed there"
        )


_CHECKS: tuple[Callable[[Node], Iterator[str]], ...] = (
    _words,
    _extensions,
    _extension_details,
    _releases,
    _path_item,
    _responses,
    _success,
    _parameter,
    _enum,
    _substance,
)
