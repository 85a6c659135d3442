"""Reading an upstream document, which may be broken or made to do harm.

The result is in the words of OpenAPI 3.0, and has its shape, a limited depth and a limited size,
so that later code can rely on it. Anything else is a GeneratorError.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, cast

import yaml

from generator import documents
from generator.contract import dialect
from generator.errors import GeneratorError
from generator.json_values import is_list, is_object
from generator.spec.openapi_shape import check_openapi

# The largest of our upstream documents has 120,000 nodes and is 22 levels deep.
_MAX_NODES = 3_000_000
_MAX_DEPTH = 100
_EXCERPT = 80
_REMEDY = "correct the document, or write the correction into repair.yaml in the platform's folder"


def read(content: bytes, *, origin: str) -> dict[str, Any]:
    """Parse and judge an OpenAPI 3.0 or 3.1 document from an untrusted source.

    Args:
        content: The document, as JSON or YAML.
        origin: What to call the document in an error message.

    Raises:
        GeneratorError: The document cannot be read, is of another version, too deep or too large.
    """
    return judged(parsed(content, origin=origin), origin=origin)


def judged(document: dict[str, Any], *, origin: str) -> dict[str, Any]:
    """Return a parsed document in the words of OpenAPI 3.0.

    Raises:
        GeneratorError: It is of another version, or has not the shape of one.
    """
    result = dialect.in_30(document)
    check_openapi(result, origin, remedy=_REMEDY)
    return result


def parsed(content: bytes, *, origin: str) -> dict[str, Any]:
    """Parse a document whose root is an object, and of which nothing else is known yet.

    Raises:
        GeneratorError: It cannot be read, or is too deep or too large.
    """
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:_EXCERPT]
    if not start:
        raise GeneratorError(f"{origin}: the document is empty")
    if start.startswith(b"<"):
        raise GeneratorError(
            f"{origin}: expected an OpenAPI document, found an HTML page: {start!r}"
        )
    try:
        document = documents.from_json(content, origin=origin)
    except ValueError:
        document = _parsed_yaml(content, origin)
    if not is_object(document):
        raise GeneratorError(
            f"{origin}: expected an object at the root, found {type(document).__name__}"
        )
    _check_depth(document, origin)
    _check_text(document, origin)
    return document


def _parsed_yaml(content: bytes, origin: str) -> object:
    try:
        _check_events(content, origin)
        # The round trip through JSON leaves only string keys and the values that JSON has.
        return cast("object", json.loads(json.dumps(documents.from_yaml(content, origin=origin))))
    except yaml.YAMLError as error:
        raise GeneratorError(f"{origin}: neither JSON nor YAML: {_first_line(error)}") from None
    except (ValueError, TypeError) as error:
        raise GeneratorError(f"{origin}: a value cannot be read: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def _check_events(content: bytes, origin: str) -> None:
    """Inspect YAML as a flat stream, before anything recursive or expanding touches it.

    An alias counts as much as what it stands for, so that a few lines cannot become gigabytes.
    """
    sizes: dict[str, int] = {}
    # The anchor of each open collection, and its size so far.
    open_: list[tuple[str | None, int]] = [(None, 0)]
    for event in yaml.parse(content, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            open_.append((event.anchor, 1))
            if len(open_) > _MAX_DEPTH:
                raise GeneratorError(f"{origin}: nested deeper than {_MAX_DEPTH} levels")
            continue
        if isinstance(event, yaml.CollectionEndEvent):
            anchor, added = open_.pop()
            sizes |= {anchor: added} if anchor else {}
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in sizes:
                raise GeneratorError(f"{origin}: alias {event.anchor!r} contains itself")
            added = sizes[event.anchor]
        elif isinstance(event, yaml.ScalarEvent):
            added = 1
            sizes |= {event.anchor: 1} if event.anchor else {}
        else:
            continue
        outer, size = open_[-1]
        open_[-1] = (outer, size + added)
        if size + added > _MAX_NODES:
            raise GeneratorError(f"{origin}: more than {_MAX_NODES} values; not a spec")


def _check_depth(document: dict[str, Any], origin: str) -> None:
    level: list[Any] = [document]
    for _ in range(_MAX_DEPTH):
        level = [child for node in level for child in _nested(node)]
        if not level:
            return
    raise GeneratorError(f"{origin}: nested deeper than {_MAX_DEPTH} levels")


def _check_text(document: dict[str, Any], origin: str) -> None:
    """Reject half a surrogate pair, which JSON can contain and no file can."""
    text = json.dumps(document, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        around = text[max(error.start - _EXCERPT // 2, 0) : error.end + _EXCERPT // 2]
        raise GeneratorError(
            f"{origin}: half a surrogate pair, which no file can hold: {around!r}"
        ) from None


def _nested(node: Any) -> Iterator[Any]:
    values: Iterable[Any] = node.values() if is_object(node) else node
    return (value for value in values if is_object(value) or is_list(value))
