"""The body of a request, from `--body` and `--set`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import UnionType
from typing import Any, TypeGuard, Union, get_args, get_origin

import click
import msgspec

from annoport.core.contract.operation import Operation
from annoport.core.values.models import UNSET, Model, Unset, UploadFile, model_fields


def read_body(operation: Operation[Any], given: str | None, settings: Sequence[str]) -> Any:
    """Return the body that a command line describes, or UNSET if it describes none.

    Args:
        operation: Whose body it is.
        given: JSON text, `@` and the path of a file with it, or `-` for stdin.
        settings: Fields as `name=value`, which are put over those of the document.

    Raises:
        click.UsageError: Something cannot be understood; the message says what was expected.
    """
    body: Any = UNSET if given is None else document(given)
    if not settings:
        return body
    if body is UNSET:
        body = {}
    if not _is_object(body):
        raise click.UsageError("--set puts fields into an object, but --body is a list or a scalar")
    put_fields(body, [lazy() for lazy in operation.bodies.values()], settings)
    return body


def put_fields(body: dict[str, Any], types: Sequence[Any], settings: Sequence[str]) -> None:
    """Put fields into an object.

    Args:
        body: The object.
        types: What it may be, such as a model.
        settings: Fields as `name=value`.

    Raises:
        click.UsageError: Something cannot be understood; the message says what was expected.
    """
    lists: set[tuple[str, ...]] = set()
    for setting in settings:
        name, sign, text = setting.partition("=")
        if not sign or not name:
            raise click.UsageError(f"--set {setting!r}: expected NAME=VALUE")
        _put(body, types, name, text, lists)


def document(given: str, where: str = "--body") -> Any:
    """Return the document that a text on the command line names.

    Args:
        given: JSON text, `@` and the path of a file with it, or `-` for stdin.
        where: What it is given for, for messages.

    Raises:
        click.UsageError: There is no such file, or it is no JSON.
    """
    if given == "-":
        text = sys.stdin.buffer.read()
        where = "stdin"
    elif given.startswith("@"):
        try:
            text = Path(given[1:]).read_bytes()
        except OSError as error:
            raise click.UsageError(f"{where} {given}: {error.strerror}") from None
        where = given[1:]
    else:
        text = given.encode("utf-8", "surrogateescape")
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise click.UsageError(
            f"{where} is no JSON ({error}): expected a JSON document, @FILE, or - for stdin"
        ) from None


def _put(
    body: dict[str, Any], within: Sequence[Any], name: str, text: str, lists: set[tuple[str, ...]]
) -> None:
    """Put one field into the body; a name with dots goes into an object within it."""
    path = tuple(name.split("."))
    types = list(within)
    place = body
    for key in path[:-1]:
        types = list(_field_types(types, key))
        inner = place.setdefault(key, {})
        if not _is_object(inner):
            raise click.UsageError(f"--set {name}: {key!r} is no object in --body")
        place = inner
    types = list(_field_types(types, path[-1]))
    wire = path[-1]
    items = list(_item_types(types))
    if items and not text.startswith("["):
        # A list grows by one with each; the first replaces what --body has.
        if path not in lists:
            place[wire] = []
            lists.add(path)
        place[wire].append(_value(name, text, items))
        return
    if path in lists:
        raise click.UsageError(f"--set {name}: a whole list after single items")
    place[wire] = _value(name, text, types)


def _value(name: str, text: str, types: list[Any]) -> Any:
    """Return a text as what the field takes: a file, JSON if that fits, else the text itself."""
    if any(map(_is_file, types)):
        if not text.startswith("@"):
            raise click.UsageError(f"--set {name}: expected @ and the path of a file")
        path = Path(text[1:])
        if not path.is_file():
            raise click.UsageError(f"--set {name}: there is no file {text[1:]}")
        return path
    try:
        value = msgspec.json.decode(text.encode("utf-8", "surrogateescape"))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return text
    if any(_fits(value, type_) for type_ in types):
        return value
    return text if any(_fits(text, type_) for type_ in types) else value


def _fits(value: Any, type_: Any) -> bool:
    try:
        msgspec.convert(value, type_, strict=True)
    except (msgspec.ValidationError, TypeError, ValueError):
        return False
    return True


def _is_file(type_: Any) -> bool:
    return type_ is UploadFile


def models(type_: Any) -> Iterator[type[Model]]:
    """Yield the models among the members of a union.

    Args:
        type_: The union, or a type by itself.
    """
    if isinstance(type_, type) and issubclass(type_, Model):
        yield type_
        return
    if get_origin(type_) in {Union, UnionType}:
        for member in get_args(type_):
            yield from models(member)


def _field_types(types: Sequence[Any], key: str) -> Iterator[Any]:
    """Yield the types that a field of some models has; nothing if they name no such field."""
    for type_ in types:
        for model in models(type_):
            found = (one.type for one in model_fields(model) if key in {one.wire, one.name})
            for one in found:
                yield from _members(one)


def _members(type_: Any) -> Iterator[Any]:
    """Yield the members of a union, or the type itself if it is none."""
    if get_origin(type_) in {Union, UnionType}:
        for member in get_args(type_):
            yield from _members(member)
    elif type_ is not Unset:
        yield type_


def _item_types(types: Sequence[Any]) -> Iterator[Any]:
    """Yield the types of the items of those types that are lists."""
    for type_ in types:
        if _is_list(type_):
            yield from _members(get_args(type_)[0])


def _is_object(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _is_list(type_: Any) -> bool:
    return get_origin(type_) is list
