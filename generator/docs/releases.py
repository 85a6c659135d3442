"""The tables of releases and editions, made from what `releases.yaml` knows.

A page in docs/ says where they stand:

    ```{releases}
    ```
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import attrs

from generator.docs.markdown import code, prose
from generator.python.package import Operation, Package
from generator.spec.facts import Fact, facts
from generator.spec.release_marks import CHECKED, EDITION, GAPS, REMOVED, SINCE, VALUES
from generator.spec.releases import ONLY, Releases
from generator.spec.versions import numbers

_BLOCK = re.compile(r"^```\{releases\}\n```$", re.MULTILINE)
_FEW = 10


@attrs.frozen(kw_only=True)
class Platform:
    """What the tables of a platform are made from.

    Attributes:
        package: Its package.
        spec: Its effective spec, with marks.
        known: Which releases of which editions were looked at.
    """

    package: Package
    spec: Mapping[str, object]
    known: Releases


@attrs.frozen
class _Change:
    """Something that came or went.

    Attributes:
        release: The first release with it, or the first without it.
        came: Which of the two.
        what: What it is, in Markdown; empty if it is all of `of`.
        of: The method or model that it belongs to, in Markdown.
    """

    release: str
    came: bool
    what: str
    of: str


def expand(text: str, platforms: Iterable[Platform]) -> str:
    """Return a page with its block replaced by the tables of the platforms."""
    dated = [platform for platform in platforms if platform.known]
    tables = "\n\n".join(
        [_looked_at(dated), *(part for platform in dated for part in _sections(platform))]
    )
    return _BLOCK.sub(lambda _: tables, text)


def _looked_at(platforms: Iterable[Platform]) -> str:
    lines = ["| server | releases that were looked at |", "|---|---|"]
    for platform in platforms:
        for name, edition in platform.known.items():
            title = platform.package.title if name == ONLY else f"{platform.package.title}, {name}"
            first, *_, last = listed = edition.releases
            text = ", ".join(listed)
            if len(listed) > _FEW:
                text = f"{len(listed)} from {first} to {last}"
            lines.append(f"| {prose(title.replace('-', ' '))} | {prose(text)} |")
    return "\n".join(lines)


def _sections(platform: Platform) -> Iterator[str]:
    places = _Places.of(platform.package)
    found = list(facts(platform.spec))
    changes = [change for fact in found for change in _changes(fact, places)]
    releases = sorted({one.release for one in changes}, key=numbers, reverse=True)
    title = prose(platform.package.title)
    yield f"## What came and went in {title}"
    rows = [
        f"| {release} | {_cell(changes, release, came=True)} | "
        f"{_cell(changes, release, came=False)} |"
        for release in releases
    ]
    yield "\n".join(["| release | came | went |", "|---|---|---|", *rows])
    editions: dict[str, list[str]] = {}
    for fact in found:
        if fact.kind == "operations" and EDITION in fact.data:
            editions.setdefault(str(fact.data[EDITION]), []).append(places.method(fact))
    if editions:
        yield f"## What only some editions of {title} have"
        rows = [f"| {prose(words)} | {', '.join(editions[words])} |" for words in sorted(editions)]
        yield "\n".join(["| editions | methods |", "|---|---|", *rows])


def _cell(changes: Iterable[_Change], release: str, *, came: bool) -> str:
    """Return what came in a release, or went: whole methods first."""
    of: dict[str, list[str]] = {}
    whole: list[str] = []
    for change in changes:
        if change.release == release and change.came is came:
            if change.what:
                of.setdefault(change.of, []).append(change.what)
            else:
                whole.append(change.of)
    parts = [f"{', '.join(dict.fromkeys(names))} of {place}" for place, names in of.items()]
    return "; ".join([*whole, *parts])


def _changes(fact: Fact, places: _Places) -> Iterator[_Change]:
    """Yield when something came and went that calls are checked for."""
    if fact.kind == "values":
        marks = fact.data.get(VALUES, {}).get(str(fact.value), {})
        marks = {f"x-annoport-{key}": value for key, value in marks.items()}
    else:
        marks = fact.data if fact.data.get(CHECKED) and fact.kind in _NAMED else {}
    dates = [(marks.get(SINCE), True), (marks.get(REMOVED), False)]
    for first, again in marks.get(GAPS, ()):
        dates += [(first, False), (again, True)]
    for release, came in dates:
        if release is not None:
            yield _Change(str(release), came, *places.of_fact(fact))


_NAMED = frozenset({"operations", "parameters", "properties"})


@attrs.frozen(kw_only=True)
class _Places:
    """Where the documentation describes methods and models."""

    platform: str
    operations: Mapping[str, tuple[str, Operation]]
    models: frozenset[str]

    @classmethod
    def of(cls, package: Package) -> _Places:
        """Return the places of a package."""
        return cls(
            platform=package.platform,
            operations={
                operation.id: (resource.name, operation)
                for resource in package.resources
                for operation in resource.operations
            },
            models=frozenset(name for name, _ in package.model_modules),
        )

    def of_fact(self, fact: Fact) -> tuple[str, str]:
        """Return what a fact is about, and the method or model that has it."""
        if fact.kind == "operations":
            return "", self.method(fact)
        if fact.kind == "values" and fact.holder is not None and fact.holder.holder is not None:
            what, of = self.of_fact(fact.holder.holder)
            value = code(repr(fact.value))
            return (f"{value} for {what}" if what else value), of
        if fact.kind == "parameters" and fact.holder is not None:
            return code(self._argument(fact, fact.holder)), self.method(fact.holder)
        if fact.holder is not None:
            name = fact.name.removeprefix(f"{fact.holder.name}.")
            return code(name), self._model(fact.holder)
        return "", self._model(fact)

    def method(self, fact: Fact) -> str:
        """Return the method of an operation, with a link."""
        resource, operation = self.operations[str(fact.data["operationId"])]
        name = f"{resource}.{operation.name}"
        return f"[{code(f'client.{name}')}](#{self.platform}.{name})"

    def _argument(self, fact: Fact, holder: Fact) -> str:
        """Return the name of an argument in Python."""
        _, operation = self.operations[str(holder.data["operationId"])]
        wire = str(fact.data["name"])
        return next(one.name for one in operation.parameters if one.wire == wire)

    def _model(self, fact: Fact) -> str:
        name = str(fact.data.get("x-annoport-class", fact.name))
        if name not in self.models:
            return code(name)
        return f"[{code(name)}](#{self.platform}.models.{name})"
