"""`python -m generator history`: the releases in which what the contract names came and went.

It compares the specs of many releases and computes which operations, parameters and fields
appeared or disappeared between two of them. What the oldest release already has gets no mark,
because its age is unknown. A mark names the first release among those at hand, so the true one
may be slightly older.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from generator import documents
from generator.contract import canonical, untrusted
from generator.contract.repair import Repair
from generator.drift.contract_index import Operation, operations
from generator.drift.schema_view import Document
from generator.errors import GeneratorError
from generator.spec import effective, overlay

NAME = "history.yaml"
SINCE, REMOVED = "x-annoport-since", "x-annoport-removed"
_HEAD = """\
# The release in which each operation, parameter and field appeared (x-annoport-since) or went away
# (x-annoport-removed), computed from the specs of many releases. Written by
# `python -m generator history`; do not edit.
"""


@attrs.frozen(kw_only=True)
class Mark:
    """One fact: the target of an overlay action, a keyword, and the release it names."""

    target: str
    keyword: str
    release: str


@attrs.frozen(kw_only=True)
class Release:
    """What one release knows.

    Attributes:
        operations: Their parameters, by method and path (without the names of path parameters).
        fields: The property names of each named schema.
    """

    version: str
    operations: Mapping[tuple[str, str], frozenset[tuple[str, str]]]
    fields: Mapping[str, frozenset[str]]


def write(platform: str, corpus: Path, *, specs: Path = effective.SPECS) -> list[Mark]:
    """Compute a platform's history from `corpus/PLATFORM/VERSION.yaml|json` and write it.

    Raises:
        GeneratorError: There are no specs, or one cannot be read.
    """
    repair = Repair.of(specs / platform)
    releases = [read(path.stem, _contract(path, repair)) for path in _releases(corpus / platform)]
    spec = corrected(specs / platform)
    marks = list(compute(releases, spec))
    save(specs / platform, marks, spec)
    return marks


def corrected(folder: Path) -> dict[str, Any]:
    """Return a platform's contract with our corrections, to which the marks are applied."""
    spec = documents.load(folder / "openapi.yaml")
    path = folder / "overlay.yaml"
    if not path.exists():
        return spec
    return overlay.apply(spec, documents.load(path), origin=str(path))


def _releases(folder: Path) -> list[Path]:
    paths = [path for path in folder.glob("*") if path.suffix in {".json", ".yaml", ".yml"}]
    if not paths:
        raise GeneratorError(
            f"{folder}: no specs in this folder; expected files such as 1.5.0.yaml"
        )
    return sorted(paths, key=lambda path: _version_key(path.stem))


def _version_key(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def _contract(path: Path, repair: Repair) -> dict[str, Any]:
    mended, _ = repair.tried(untrusted.parsed(path.read_bytes(), origin=str(path)))
    return canonical.canonicalize(untrusted.judged(mended, origin=str(path)))


def read(version: str, spec: Mapping[str, Any]) -> Release:
    """Return what a contract names."""
    schemas = spec.get("components", {}).get("schemas", {})
    return Release(
        version=label(version),
        operations={
            operation.shape: frozenset(operation.parameters)
            for operation in operations(Document(spec, version))
        },
        fields={name: frozenset(_properties(schema)) for name, schema in schemas.items()},
    )


def label(version: str) -> str:
    """Return a version as people say it: 2.48 for 2.48.0."""
    return version.removesuffix(".0") if version.count(".") > 1 else version


def _properties(schema: Mapping[str, Any]) -> Iterator[str]:
    for part in (schema, *schema.get("allOf", ())):
        yield from part.get("properties", {})


def compute(releases: list[Release], spec: Mapping[str, Any]) -> Iterator[Mark]:
    """Yield the marks of everything in a spec that appeared or disappeared between two releases."""
    for operation in operations(Document(spec, "effective spec")):
        known = [release for release in releases if operation.shape in release.operations]
        target = f"$.paths[{_quoted(operation.path)}].{operation.method}"
        yield from _mark(target, releases, known, operation.data)
        yield from _parameter_marks(operation, known)
    for name, schema in spec.get("components", {}).get("schemas", {}).items():
        known = [release for release in releases if name in release.fields]
        for field, data in schema.get("properties", {}).items():
            target = f"$.components.schemas[{_quoted(name)}].properties[{_quoted(field)}]"
            having = [release for release in known if field in release.fields[name]]
            yield from _mark(target, known, having, data)


def _parameter_marks(operation: Operation, known: list[Release]) -> Iterator[Mark]:
    for key, node in operation.parameters.items():
        location, name = str(node.schema["in"]), str(node.schema["name"])
        # A path parameter is as old as its path, and a parameter of the components is shared.
        own = any(item.get("name") == name for item in operation.data.get("parameters", ()))
        if location == "path" or not own:
            continue
        chosen = f"?@.name=={_quoted(name)} && @.in=={_quoted(location)}"
        target = f"$.paths[{_quoted(operation.path)}].{operation.method}.parameters[{chosen}]"
        having = [release for release in known if key in release.operations[operation.shape]]
        yield from _mark(target, known, having, node.schema)


def _mark(
    target: str, possible: list[Release], having: list[Release], data: Mapping[str, Any]
) -> Iterator[Mark]:
    """Yield the marks of something that `having` know, out of the releases that could know it."""
    if not possible or not having:
        return
    if having[-1] is not possible[-1]:
        if REMOVED not in data:
            after = possible[possible.index(having[-1]) + 1]
            yield Mark(target=target, keyword=REMOVED, release=after.version)
        return
    # If something was absent for a while, the last unbroken run counts.
    start = having[-1]
    for release in reversed(possible):
        if release not in having:
            break
        start = release
    if start is not possible[0] and SINCE not in data:
        yield Mark(target=target, keyword=SINCE, release=start.version)


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def save(folder: Path, marks: list[Mark], spec: dict[str, Any]) -> None:
    """Write the marks as an overlay; without marks, remove the file."""
    path = folder / NAME
    if not marks:
        path.unlink(missing_ok=True)
        return
    document = as_overlay(folder.name, marks)
    # Everything that this file names exists; if not, fail here and not in the next run.
    overlay.apply(spec, document, origin=f"{folder.name}/{NAME}")
    path.write_text(_HEAD + documents.dump(document), encoding="utf-8", newline="\n")


def as_overlay(platform: str, marks: list[Mark]) -> dict[str, Any]:
    """Return the overlay that puts the marks where they belong."""
    return {
        "overlay": "1.1.0",
        "info": {"title": f"Releases of {platform}", "version": "1.0.0"},
        "actions": [
            {"target": mark.target, "update": {mark.keyword: mark.release}}
            for mark in sorted(marks, key=lambda mark: (mark.target, mark.keyword))
        ],
    }


def load(folder: Path) -> list[Mark]:
    """Return the marks in a platform's file."""
    path = folder / NAME
    if not path.exists():
        return []
    return [
        Mark(target=action["target"], keyword=keyword, release=str(release))
        for action in documents.load(path)["actions"]
        for keyword, release in action["update"].items()
    ]


def extended(marks: list[Mark], old: Release, new: Release, spec: dict[str, Any]) -> list[Mark]:
    """Return the marks after one more release: those that still hold, and what this one adds.

    Args:
        marks: The marks so far.
        old: The newest release so far.
        new: The release that is added.
        spec: The corrected contract of the new release.
    """
    kept = [mark for mark in marks if overlay.find(spec, mark.target, NAME)]
    known = {(mark.target, mark.keyword) for mark in kept}
    fresh = [m for m in compute([old, new], spec) if (m.target, m.keyword) not in known]
    return [*kept, *fresh]
