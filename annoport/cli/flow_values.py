"""What a text on the command line means for an argument of a flow."""

from __future__ import annotations

import csv
import importlib
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs
import click
import msgspec

from annoport.cli import kinds, sayable
from annoport.cli.bodies import document, put_fields
from annoport.cli.conditions import parse
from annoport.cli.index import Index
from annoport.cli.verb import Verb
from annoport.core.values.type_guards import is_list, is_mapping

_AS_OBJECTS: Final = "Given as JSON, @FILE, a file of CSV, or - for JSON on stdin."
_MANY: Final = ("Sequence[", "Iterable[", "Collection[")
_REFERENCE: Final = re.compile(r"([a-z]+):(\d+)")
_NUMBERS: Final = re.compile(r"\d+(-\d+)?(,\d+(-\d+)?)*")
_PAIR: Final = re.compile(r"([^={\[@][^=]*)=(.*)", re.DOTALL)


@attrs.frozen
class Reference:
    """A thing on the server that is looked up, such as `job:7`.

    Attributes:
        resource: The resource that retrieves it.
        id: Its id.
    """

    resource: str
    id: int

    def __str__(self) -> str:
        return f"{self.resource.removesuffix('s')}:{self.id}"

    def look_up(self, client: Any) -> Any:
        """Return the model of it.

        Args:
            client: The client to ask with.
        """
        return getattr(client, self.resource).retrieve(self.id)


class FlowValue(click.ParamType[Any]):
    """A value of a flow: text, a number, JSON, a condition, a reference, or NAME=VALUE."""

    def __init__(self, platform: str, annotation: str) -> None:
        """Take what the argument is.

        Args:
            platform: The name of the platform.
            annotation: What a command line can say of its annotation.
        """
        self._platform = platform
        self._annotation = annotation
        parts = set(kinds.alternatives(annotation))
        self._only_text = parts <= {"str"} or "PathLike" in annotation or "FileSource" in annotation
        self._number = re.search(r"\bint\b|\bHasId\b", annotation) is not None
        self._condition = sayable.is_condition(annotation)
        self._pairs = is_pairs(annotation)
        self._numbered = (
            self._pairs and annotation.startswith("Mapping[") and "Mapping[str," not in annotation
        )
        self._numbers = re.search(r"\b(Iterable|Sequence|Collection)\[int\]", annotation)
        self.name = self._named()

    def _named(self) -> str:
        """Return what help calls a value."""
        if self._pairs:
            return "name=value"
        if self._condition:
            return "condition"
        if "PathLike" in self._annotation or "FileSource" in self._annotation:
            return "path"
        if not self._number:
            return "text"
        ids = "models." in self._annotation or "HasId" in self._annotation
        return "id" if ids else "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return what a text means for this argument."""
        if not isinstance(value, str) or self._only_text:
            return value
        table, objects = takes_table(self._annotation), takes_objects(self._annotation)
        if (table or objects) and value.lower().endswith(".csv"):
            rows = _rows(value.removeprefix("@"))
            return [_nested(row) for row in rows] if objects else rows
        if objects or value.startswith(("{", "[", "@")):
            found = document(value, _word_of(param))
            return _keyed(found) if self._pairs and self._numbered and is_mapping(found) else found
        if self._condition:
            return parse(value)
        pair = _PAIR.fullmatch(value) if self._pairs else None
        if pair is not None:
            return self._pair(value, pair[1], pair[2])
        found = self._number_or_reference(value)
        if found is None and sayable.only_models(self._annotation):
            self.fail(self._expected(value), param, ctx)
        return value if found is None else found

    def _number_or_reference(self, text: str) -> Any:
        """Return the number, the numbers or the thing that a text stands for; else None."""
        reference = _REFERENCE.fullmatch(text)
        if reference is not None:
            resource = references(self._platform, self._annotation).get(reference[1])
            return None if resource is None else Reference(resource, int(reference[2]))
        if text.isdecimal() and text.isascii():
            return int(text) if self._number else None
        if self._numbers and _NUMBERS.fullmatch(text):
            return [number for part in text.split(",") for number in _range(part)]
        return None

    def _pair(self, text: str, name: str, value: str) -> dict[Any, Any]:
        model = body_model(self._platform, self._annotation)
        if model is None:
            return {_scalar(name) if self._numbered else name: _scalar(value)}
        fields: dict[str, Any] = {}
        put_fields(fields, [model], [text])
        return fields

    def _expected(self, value: str) -> str:
        if self._pairs:
            return f"{value!r}: expected NAME=VALUE, JSON or @FILE"
        known = " or ".join(f"{name}:ID" for name in references(self._platform, self._annotation))
        return f"{value!r}: expected {known}"


def references(platform: str, annotation: str) -> dict[str, str]:
    """Return what can be looked up for an argument: the word for it, and its resource.

    Args:
        platform: The name of the platform.
        annotation: What a command line can say of its annotation.
    """
    index = Index(platform)
    found: dict[str, str] = {}
    for model in sayable.models_in(annotation):
        name = re.sub(r"(Read|Model)$", "", model).lower()
        resource = index.resource_name(f"{name}s")
        entry = None if resource is None else index.command(resource, "retrieve")
        if resource is None or entry is None:
            continue
        if model in sayable.models_in(Verb(platform, resource, "retrieve", entry).returned):
            found[name] = resource
    return found


def is_many(annotation: str) -> bool:
    """Whether an argument takes several values.

    Args:
        annotation: What a command line can say of its annotation.
    """
    several = any(part.startswith(_MANY) for part in kinds.alternatives(annotation))
    return several or is_pairs(annotation)


def is_pairs(annotation: str) -> bool:
    """Whether an argument takes names with values.

    Args:
        annotation: What a command line can say of its annotation.
    """
    parts = [part for part in kinds.alternatives(annotation) if part != "Any"]
    return all(part.startswith("Mapping[") for part in parts) or _is_body(parts)


def takes_table(annotation: str) -> bool:
    """Whether an argument takes a table, besides names with values.

    Args:
        annotation: What a command line can say of its annotation.
    """
    parts = list(kinds.alternatives(annotation))
    return "Any" in parts and any(part.startswith("Mapping[") for part in parts)


def takes_objects(annotation: str) -> bool:
    """Whether an argument takes objects that are made of fields, as many as there are.

    Args:
        annotation: What a command line can say of its annotation.
    """
    return any(
        part.startswith(_MANY) and "Mapping[str, Any]" in part
        for part in kinds.alternatives(annotation)
    )


def _is_body(parts: Sequence[str]) -> bool:
    """Whether an argument is an object that is sent."""
    return all(part.startswith("models.") and part.endswith("Request") for part in parts)


def body_model(platform: str, annotation: str) -> Any:
    """Return the model of what an argument sends; None if it sends no model.

    Args:
        platform: The name of the platform.
        annotation: What a command line can say of its annotation.
    """
    sent = [name for name in sayable.models_in(annotation) if name.endswith("Request")]
    if not sent:
        return None
    return getattr(importlib.import_module(f"annoport_{platform}.models"), sent[-1])


def joined(annotation: str, values: tuple[Any, ...]) -> Any:
    """Return several values of an argument as one, where one that is a list stands for its items.

    Where one thing is what is usual, as in `Name | Sequence[str]`, a single value is that.

    Args:
        annotation: What a command line can say of its annotation.
        values: What was given.
    """
    if is_pairs(annotation) and all(map(is_mapping, values)):
        return {name: value for one in values for name, value in dict(one).items()}
    first = next(iter(kinds.alternatives(annotation)))
    if len(values) == 1 and not is_list(values[0]) and not first.startswith(_MANY):
        return values[0]
    result: list[Any] = []
    for value in values:
        if is_list(value):
            result += value
        else:
            result.append(value)
    return result


def as_models(platform: str, annotation: str, value: Any) -> Any:
    """Return JSON objects as the model that a flow takes, unless it takes plain dicts.

    Args:
        platform: The name of the platform.
        annotation: What a command line can say of its annotation.
        value: What was given: one thing, or a list.
    """
    if is_list(value):
        return [as_models(platform, annotation, one) for one in value]
    names = sayable.models_in(annotation)
    if not is_mapping(value) or not names or "Mapping[" in annotation:
        return value
    from annoport.convert import from_json, to_json

    models = importlib.import_module(f"annoport_{platform}.models")
    model = body_model(platform, annotation) or getattr(models, names[0])
    return from_json(to_json(value), model)


def hint(platform: str, annotation: str) -> str:
    """Return what help says of the ways to give an argument.

    Args:
        platform: The name of the platform.
        annotation: What a command line can say of its annotation.
    """
    said = _AS_OBJECTS if takes_objects(annotation) else _ways(platform, annotation)
    several = is_many(annotation) and not takes_table(annotation)
    return f" {said}".rstrip() + (" Several times." if several else "")


def _ways(platform: str, annotation: str) -> str:
    """Return what help says of how one value is given."""
    if takes_table(annotation):
        return "Given as NAME=VALUE, several times, as JSON, or as a file of CSV."
    if is_pairs(annotation):
        return "Or JSON, or @FILE."
    if sayable.is_condition(annotation):
        return "Such as 'size > 5 and name contains dive', or JSON."
    if re.search(r"\b(Iterable|Sequence|Collection)\[int\]", annotation):
        return "Numbers such as 0,2,5-9."
    if any(name.endswith("Request") for name in sayable.models_in(annotation)):
        return "A name, or JSON or @FILE with all of it."
    known = list(references(platform, annotation))
    by_id = re.search(r"\bint\b", annotation) is not None
    ways = [f"{name}:ID" for name in (known[1:] if by_id else known)]
    return f"Given as {' or '.join([*(['an id'] if by_id else []), *ways])}." if ways else ""


def _range(text: str) -> range:
    """Return the numbers that one number stands for, or the first and the last one."""
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def _keyed(document: Mapping[str, Any]) -> dict[Any, Any]:
    """Return an object of JSON, whose keys are texts even if they are ids."""
    return {_scalar(name): value for name, value in document.items()}


def _rows(path: str) -> list[dict[str, Any]]:
    """Return the rows of a file of CSV."""
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            return [
                {name: _scalar(text or "") for name, text in _even(row, path, rows.line_num)}
                for row in rows
            ]
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{path} cannot be read: {error}") from None


def _even(row: Mapping[Any, Any], path: str, line: int) -> Iterable[tuple[str, str | None]]:
    """Return the cells of a row with their names; the reader keeps what has none under None."""
    if None in row:
        raise click.UsageError(f"{path}, line {line}: more cells than the first line has names")
    return row.items()


def _nested(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as an object, without empty cells: a name with dots leads into one within it.

    A list is written as CSV with such names.
    """
    whole: dict[str, Any] = {}
    for name, value in sorted(row.items(), key=lambda cell: cell[0].count(".")):
        if value == "":
            continue
        *path, last = name.split(".")
        place = whole
        for key in path:
            inner: Any = place.setdefault(key, {})
            if not is_mapping(inner):
                raise click.UsageError(f"column {name!r}: the column {key!r} has no object in it")
            within = dict(inner)
            place[key] = within
            place = within
        place[last] = value
    return whole


def _word_of(parameter: click.Parameter | None) -> str:
    """Return what a parameter is called on the command line."""
    if isinstance(parameter, click.Argument):
        return parameter.human_readable_name.strip("[].")
    return "this" if parameter is None else parameter.opts[0]


def _scalar(text: str) -> Any:
    """Return a number, a text or anything else that JSON has."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
