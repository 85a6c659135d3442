"""The marks of an effective spec: which releases and editions know an operation, field or value.

They are made in memory from what `releases.yaml` knows. What all releases have gets none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby, pairwise
from typing import Any

import attrs

from generator.spec.facts import Fact, facts
from generator.spec.releases import Edition, Releases
from generator.spec.versions import follows, numbers, spoken

SINCE, REMOVED, GAPS = "x-annoport-since", "x-annoport-removed", "x-annoport-gaps"
EDITION, CHECKED, VALUES = "x-annoport-edition", "x-annoport-checked", "x-annoport-values"
_MARKED = frozenset({"operations", "parameters", "properties"})


@attrs.frozen
class _Seen:
    """Whether a release that was looked at has a fact."""

    release: str
    there: bool


@attrs.frozen
class _Run:
    """Releases in a row that have a fact.

    Attributes:
        since: The first of them; None if no release without it was seen before.
        last: The last of them.
        removed: The first one after them; None if none was seen.
        exact: Whether no release is unknown at its ends.
    """

    since: str | None
    last: str
    removed: str | None
    exact: bool


@attrs.frozen(kw_only=True)
class Mark:
    """Which servers know something.

    Attributes:
        since: The first release that does; None if the oldest does.
        removed: The first release that no longer does; None if the newest does.
        gaps: Releases between that do not: the first without it, the first that has it again.
        edition: The editions and releases that do, in words, where the editions differ.
        exact: Whether the releases are known to be these.
    """

    since: str | None = None
    removed: str | None = None
    gaps: tuple[tuple[str, str], ...] = ()
    edition: str | None = None
    exact: bool = True

    @property
    def dated(self) -> bool:
        """Whether it depends on the release."""
        return bool(self.since or self.removed or self.gaps)

    def keywords(self) -> dict[str, Any]:
        """Return it as extensions, without saying whether it is checked."""
        given = {SINCE: self.since, REMOVED: self.removed, EDITION: self.edition}
        result: dict[str, Any] = {key: value for key, value in given.items() if value}
        return result | ({GAPS: [list(gap) for gap in self.gaps]} if self.gaps else {})


def marked(spec: dict[str, Any], releases: Releases) -> dict[str, Any]:
    """Put the marks on an effective spec, in place; return it.

    Marks that an overlay sets stay as they are. A field that not every server sends is not
    required of an answer, nor of a request if the newest server does not take it.
    """
    for fact in list(facts(spec)) if releases else ():
        if fact.shared or SINCE in fact.data or REMOVED in fact.data:
            continue
        mark = mark_of(fact, releases)
        if mark is None:
            continue
        if fact.kind in _MARKED:
            fact.data.update(mark.keywords())
            if mark.dated and mark.exact and fact.sent:
                fact.data[CHECKED] = True
            if fact.kind == "properties" and (mark.removed or not fact.sent):
                _set_free(fact)
        elif fact.kind == "values" and mark.dated and mark.exact and fact.sent:
            words = {key.removeprefix("x-annoport-"): v for key, v in mark.keywords().items()}
            fact.data.setdefault(VALUES, {})[str(fact.value)] = words
    return spec


def _set_free(fact: Fact) -> None:
    required: list[str] = fact.owner.get("required", [])
    name = fact.name.removeprefix(f"{fact.holder.name}." if fact.holder else "")
    if name in required:
        fact.owner["required"] = [each for each in required if each != name]
        if not fact.owner["required"]:
            del fact.owner["required"]


def mark_of(fact: Fact, releases: Releases) -> Mark | None:
    """Return which servers know a fact; None if all do that have what it is in."""
    seen = {name: seen for name, edition in releases.items() if (seen := _seen(fact, edition))}
    there = {each.there for listed in seen.values() for each in listed}
    if there != {True, False}:
        return None
    merged = _merged(seen)
    if merged is not None:
        return _joined(list(_runs(merged)))
    runs = {name: list(_runs(listed)) for name, listed in seen.items()}
    # An edition that always had it comes first: the others are told apart from it.
    always = {name for name, listed in seen.items() if all(each.there for each in listed)}
    order = sorted(runs, key=lambda name: name not in always)
    words = [text for name in order if (text := _words(name, seen[name], runs))]
    return attrs.evolve(_joined(_union(seen, runs)), edition=", ".join(words))


def _seen(fact: Fact, edition: Edition) -> list[_Seen]:
    """Return what was seen of a fact in one edition, oldest release first."""
    known, possible = edition.known(fact), edition.possible(fact)
    return [_Seen(release, release in known) for release in edition.releases if release in possible]


def _merged(seen: Mapping[str, list[_Seen]]) -> list[_Seen] | None:
    """Return what was seen in all editions together; None if they differ.

    They differ if one release is with and without it, and if together they would have it come and
    go more often than any of them has.
    """
    every = sorted(
        {each for listed in seen.values() for each in listed},
        key=lambda each: numbers(each.release),
    )
    if len({each.release for each in every}) < len(every):
        return None
    changes = max(map(_changes, seen.values()), default=0)
    return every if _changes(every) <= changes else None


def _changes(seen: Iterable[_Seen]) -> int:
    return len(list(groupby(seen, lambda each: each.there))) - 1


def _runs(seen: list[_Seen]) -> Iterator[_Run]:
    """Yield the unbroken runs of releases that have it."""
    position = 0
    for there, group in groupby(seen, lambda each: each.there):
        first, position = position, position + len(list(group))
        if not there:
            continue
        since = seen[first].release if first else None
        before = seen[first - 1].release if first else None
        after = seen[position].release if position < len(seen) else None
        last = seen[position - 1].release
        exact = (before is None or follows(seen[first].release, before)) and (
            after is None or follows(after, last)
        )
        yield _Run(
            since=spoken(since, before) if since else None,
            last=spoken(last, after),
            removed=spoken(after, last) if after else None,
            exact=exact,
        )


def _joined(runs: list[_Run]) -> Mark:
    """Return the mark of runs of releases, oldest first."""
    return Mark(
        since=runs[0].since,
        removed=runs[-1].removed,
        gaps=tuple((one.removed or "", other.since or "") for one, other in pairwise(runs)),
        exact=all(run.exact for run in runs),
    )


def _union(seen: Mapping[str, list[_Seen]], runs: Mapping[str, list[_Run]]) -> list[_Run]:
    """Return the releases of which any edition has it, because an edition refuses no call."""
    found = [
        attrs.evolve(run, since=_start(name, seen, runs)) if run.since is None else run
        for name, listed in runs.items()
        for run in listed
    ]
    result: list[_Run] = []
    for run in sorted(found, key=lambda run: numbers(run.since or "")):
        before = result[-1] if result else None
        if before is None or (
            before.removed is not None and numbers(before.removed) < numbers(run.since or "")
        ):
            result.append(run)
            continue
        late = before.removed is None or (
            run.removed is not None and numbers(run.removed) <= numbers(before.removed)
        )
        result[-1] = attrs.evolve(
            before,
            removed=before.removed if late else run.removed,
            exact=before.exact and run.exact,
        )
    return result


def _start(
    name: str, seen: Mapping[str, list[_Seen]], runs: Mapping[str, list[_Run]]
) -> str | None:
    """Return since when an edition has what it had in the oldest release that was looked at.

    That release, if another edition got it later than some older release; else nobody knows.
    """
    oldest = seen[name][0].release
    later = any(
        runs[other] and not first.there and numbers(first.release) < numbers(oldest)
        for other, (first, *_) in seen.items()
    )
    return spoken(oldest, None) if later else None


def _words(name: str, seen: list[_Seen], runs: Mapping[str, list[_Run]]) -> str:
    """Return which releases of an edition have it; nothing if none has."""
    title = name.replace("-", " ")
    own = runs[name]
    if not own:
        return ""
    if all(each.there for each in seen):
        return (
            title
            if any(listed for each, listed in runs.items() if each != name)
            else f"{title} only"
        )
    return f"{title} {' and '.join(map(_span, own))}"


def _span(run: _Run) -> str:
    if run.since is None:
        return f"{run.last} and older"
    if run.removed is None:
        return f"{run.since} and later"
    return run.since if run.since == run.last else f"{run.since} to {run.last}"
