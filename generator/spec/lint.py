"""`python -m generator lint`: effective specs are valid OpenAPI, and overlays are in order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import openapi_spec_validator

from generator import documents
from generator.json_values import is_list, is_object
from generator.spec import effective, overlay, page_shapes, sections
from generator.spec.walk import walk

_EXCERPT = 200
_Path = tuple[str | int, ...]


# An error of jsonschema, which has no types.
_Error = Any


def lint(platform: str, specs: Path = effective.SPECS) -> Iterator[str]:
    """Yield a message for each fault in a platform's documents."""
    # Only a correction needs a reason: the other overlays hold facts and words.
    name = f"{platform}/overlay.yaml"
    actions = overlay.actions(documents.load(specs / name), origin=name)
    for number, action in enumerate(actions, start=1):
        if not action.get("description"):
            yield f"{name}: action {number} has no description; say why the correction is needed"
    yield from sections.faults((specs / name).read_text(encoding="utf-8"), actions, name)
    spec = effective.load(platform, specs)
    for fault in [*page_shapes.faults(spec), *_invalid(spec)]:
        yield f"{platform}: effective spec: {fault}"


def _invalid(spec: dict[str, Any]) -> Iterator[str]:
    """Yield what is not valid OpenAPI, each place in words."""
    nodes = walk(spec)
    for node in nodes:
        # OpenAPI requires it of a response, and the contract drops it as prose.
        if node.kind == "response" and "$ref" not in node.data:
            node.data.setdefault("description", "")
    places = {id(node.data): node.place for node in nodes}
    errors: Iterable[_Error] = openapi_spec_validator.OpenAPIV30SpecValidator(spec).iter_errors()
    for path, message in _unique(fault for error in errors for fault in _causes(error)):
        yield f"{_place(spec, path, places)}: {message.splitlines()[0][:_EXCERPT]}"


def _causes(error: _Error) -> Iterator[tuple[_Path, str]]:
    """Yield where an error really is, and what is wrong there.

    The standard lets an object stand where a reference may stand, and a validator only says that
    it is neither. What matters is what is wrong with it as the one that it is meant to be.
    """
    branches: dict[Any, list[_Error]] = defaultdict(list)
    for inner in error.context or ():
        branches[inner.relative_schema_path[0]].append(inner)
    meant = [inner for inner in branches.values() if not _is_the_other(inner, error.instance)]
    if not meant:
        yield tuple(error.absolute_path), error.message
        return
    for inner in max(meant, key=_depth):
        yield from _causes(inner)


def _is_the_other(errors: list[_Error], instance: Any) -> bool:
    """Whether these say only that an object is no reference, or a reference no object."""
    wants = any(error.validator == "required" and "'$ref'" in error.message for error in errors)
    refers = is_object(instance) and "$ref" in instance
    return wants if not refers else not wants and len(errors) > 0


def _depth(errors: Sequence[_Error]) -> int:
    return max(len(error.absolute_path) for error in errors)


def _unique(faults: Iterable[tuple[_Path, str]]) -> Iterator[tuple[_Path, str]]:
    """Leave out what is told twice: once more without the way to the schema that is at fault."""
    listed = list(dict.fromkeys(faults))
    whole = [path for path, _ in listed if path and path[0] in {"info", "paths", "components"}]
    for path, message in listed:
        if path in whole or not any(path == other[-len(path) :] for other in whole if path):
            yield path, message


def _place(spec: dict[str, Any], path: _Path, places: dict[int, str]) -> str:
    """Return a path in words: the innermost object that has a name, and the keys inside it."""
    place, rest = "the root", list[str]()
    node: Any = spec
    for part in path:
        if is_object(node):
            node = node.get(str(part))
        else:
            node = node[int(part)] if is_list(node) else None
        known = places.get(id(node)) if is_object(node) else None
        if known:
            place, rest = known, []
        else:
            rest.append(str(part))
    # The name of a map says nothing that the name of the object in it does not.
    return ": ".join([place, ".".join(rest)]) if rest else place
