"""`releases.yaml`: which releases of which editions of a server know what.

For each edition it names the releases that were looked at, and those facts that not all of them
have. What it does not name is in every release that has what it is in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from generator import documents
from generator.errors import GeneratorError
from generator.spec.facts import KINDS, Fact, Key, Kind
from generator.spec.versions import numbers

NAME = "releases.yaml"
ONLY = "server"
"""The edition of a platform that has but one."""

_HEAD = """\
# Which releases of the server know what: for each edition the releases that were looked at, and the
# operations, parameters, properties and values that some of them lack although they have what these
# are in. Of the releases under `names`, only the names of operations, parameters and properties are
# known. Written by `python -m generator history` and `python -m generator update`; do not edit.
"""
OF_VALUES: frozenset[Kind] = frozenset({"enums", "values"})
"""The kinds of facts that a contract without right values says nothing about."""

_RUN = re.compile(
    r"(?:since (?P<since>\S+)|until (?P<until>\S+)|only (?P<only>\S+)|(?P<a>\S+) to (?P<b>\S+))"
)


@attrs.frozen(kw_only=True)
class Edition:
    """What is known of one edition.

    Attributes:
        releases: The releases that were looked at, oldest first.
        names: Those of them of which no values of enums are known.
        having: Fact -> the releases that have it, where these are not those of what it is in.
    """

    releases: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    having: Mapping[Key, frozenset[str]] = attrs.field(factory=dict[Key, frozenset[str]])

    def looked(self, kind: Kind) -> tuple[str, ...]:
        """Return the releases of which the facts of a kind are known, oldest first."""
        if kind not in OF_VALUES:
            return self.releases
        return tuple(release for release in self.releases if release not in self.names)

    def possible(self, fact: Fact) -> frozenset[str]:
        """Return the releases that could have a fact, because they have what it is in."""
        looked = frozenset(self.looked(fact.kind))
        return looked if fact.holder is None else looked & self.known(fact.holder)

    def known(self, fact: Fact) -> frozenset[str]:
        """Return the releases that have a fact."""
        possible = self.possible(fact)
        return self.having.get(fact.key, possible) & possible


Releases = Mapping[str, Edition]
"""Edition, as sentences name it -> what is known of it."""


def load(folder: Path) -> dict[str, Edition]:
    """Return what is known of a platform's releases; nothing if there is no file.

    Raises:
        GeneratorError: The file is not as it is written.
    """
    path = folder / NAME
    if not path.exists():
        return {}
    origin = f"{folder.name}/{NAME}"
    return {
        str(name): _edition(data, f"{origin}: {name}")
        for name, data in documents.load(path)["editions"].items()
    }


def _edition(data: Mapping[str, Any], origin: str) -> Edition:
    releases = tuple(map(str, data["releases"]))
    edition = Edition(releases=releases, names=frozenset(map(str, data.get("names", ()))))
    having = {
        (kind, name): _parsed(str(text), edition.looked(kind), f"{origin}: {name}")
        for kind in KINDS
        for name, text in data.get(kind, {}).items()
    }
    return attrs.evolve(edition, having=having)


def save(folder: Path, releases: Releases) -> None:
    """Write what is known of a platform's releases."""
    document = {"editions": {name: _written(edition) for name, edition in releases.items()}}
    path = folder / NAME
    path.write_text(_HEAD + documents.dump(document), encoding="utf-8", newline="\n")


def _written(edition: Edition) -> dict[str, Any]:
    result: dict[str, Any] = {"releases": list(edition.releases)}
    if edition.names:
        result["names"] = sorted(edition.names, key=numbers)
    for kind in KINDS:
        named = {name: known for (each, name), known in edition.having.items() if each == kind}
        if named:
            looked = edition.looked(kind)
            result[kind] = {name: _text(named[name], looked) for name in sorted(named)}
    return result


def surveyed(
    documents_: Mapping[str, Iterable[Fact]], *, names: frozenset[str], universe: Iterable[Fact]
) -> Edition:
    """Return what is known of an edition.

    Args:
        documents_: Release -> the facts of its contract.
        names: The releases of which no values of enums are known.
        universe: Every fact that any edition has.
    """
    found: dict[Key, set[str]] = {}
    for release, listed in documents_.items():
        for fact in listed:
            found.setdefault(fact.key, set()).add(release)
    releases = tuple(sorted(documents_, key=numbers))
    edition = Edition(releases=releases, names=names)
    having: dict[Key, frozenset[str]] = {}
    # What a fact is in comes before it.
    known = attrs.evolve(edition, having=having)
    for fact in universe:
        possible = known.possible(fact)
        known_by = possible.intersection(found.get(fact.key, ()))
        if known_by != possible:
            having[fact.key] = known_by
    return known


def extended(
    known: Releases, edition: str, old: tuple[str, Iterable[Fact]], new: tuple[str, Iterable[Fact]]
) -> dict[str, Edition]:
    """Return what is known after one more release of an edition.

    A release that was looked at before, in any edition, is left alone, unless the contract has
    something that no edition is known to have.

    Args:
        known: What is known so far.
        edition: The edition whose contract is added.
        old: The newest release so far, and the facts of its contract.
        new: The release that is added, and the facts of its contract.
    """
    before, after = ({fact.key: fact for fact in listed} for _, listed in (old, new))
    release = new[0]
    named = {key for each in known.values() for key in each.having} | set(before)
    # What is in something that only this contract has is as old as that.
    fresh = {
        key
        for key, fact in after.items()
        if key not in named and (fact.holder is None or fact.holder.key in before)
    }
    if not fresh and any(release in each.releases for each in known.values()):
        return dict(known)
    nowhere: frozenset[str] = frozenset()
    others = {
        name: attrs.evolve(each, having={**each.having, **dict.fromkeys(fresh, nowhere)})
        for name, each in known.items()
        if name != edition
    }
    own = known.get(edition) or Edition(releases=(old[0],))
    having = dict(own.having)
    looked = tuple(sorted({*own.releases, release}, key=numbers))
    result = attrs.evolve(own, releases=looked, having=having)
    for key, fact in {**before, **after}.items():
        past = nowhere if key in fresh else own.known(fact) - {release}
        possible = result.possible(fact)
        now = (past | {release} if key in after else past) & possible
        if now == possible:
            having.pop(key, None)
        else:
            having[key] = now
    return {name: result if name == edition else others[name] for name in {**known, edition: own}}


def _runs(known: frozenset[str], releases: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Yield the unbroken runs of releases, as first and last position."""
    first: int | None = None
    for position, release in enumerate((*releases, None)):
        if release in known:
            first = position if first is None else first
        elif first is not None:
            yield first, position - 1
            first = None


def _text(known: frozenset[str], releases: tuple[str, ...]) -> str:
    """Return the releases as the file names them."""
    last = len(releases) - 1
    words: list[str] = []
    for first, end in _runs(known, releases):
        if end == last:
            words.append(f"since {releases[first]}")
        elif first == 0:
            words.append(f"until {releases[end]}")
        elif first == end:
            words.append(f"only {releases[first]}")
        else:
            words.append(f"{releases[first]} to {releases[end]}")
    return ", ".join(words) or "never"


def _parsed(text: str, releases: tuple[str, ...], place: str) -> frozenset[str]:
    found: set[str] = set()
    for part in text.split(", ") if text != "never" else ():
        match = _RUN.fullmatch(part)
        named = match.groupdict() if match else {}
        first = named.get("since") or named.get("only") or named.get("a") or releases[0]
        last = named.get("until") or named.get("only") or named.get("b") or releases[-1]
        if match is None or first not in releases or last not in releases:
            raise GeneratorError(
                f"{place}: {text!r} names no releases of this edition; write the file again with "
                "`python -m generator history`"
            )
        found.update(releases[releases.index(first) : releases.index(last) + 1])
    return frozenset(found)
