"""What annotations are called in another project: media, types and versions matched by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import Factory, define, frozen

from annoport.errors import InvalidArgumentError
from annoport.tator.checks import EntityType
from annoport.tator.names import Named, NamedT, listed
from annoport_tator import models

_FIGURES = ("x", "y", "width", "height", "u", "v", "points", "frame")


@frozen(kw_only=True)
class Matches:
    """Ids of one project -> ids of another.

    Attributes:
        media: Of media.
        types: Of types.
        versions: Of versions.
    """

    media: Mapping[int, int]
    types: Mapping[int, int]
    versions: Mapping[int, int]


@define(kw_only=True)
class Copied:
    """What `copy` has copied, or has found copied before.

    Attributes:
        localizations: Id of each localization -> id of its copy.
        states: Id of each state -> id of its copy.
        created: How many copies this call has made.
    """

    localizations: dict[int, int] = Factory(dict[int, int])
    states: dict[int, int] = Factory(dict[int, int])
    created: int = 0


def by_name(
    source: Iterable[NamedT], target: Iterable[NamedT], used: Iterable[int], what: str, project: int
) -> dict[int, int]:
    """Return the ids of what is called the same in another project.

    Args:
        source: What there is in the one.
        target: What there is in the other.
        used: Ids of what has to be there.
        what: What it is, for messages.
        project: Id of the other project, for messages.

    Raises:
        InvalidArgumentError: Something is not there, or several are called so.
    """
    names = {row.id: row for row in source}
    there: dict[str, list[NamedT]] = {}
    for row in target:
        there.setdefault(str(row.name), []).append(row)
    found: dict[int, int] = {}
    for number in sorted(set(used)):
        wanted = names.get(number)
        name = str(wanted.name) if wanted is not None else ""
        same = there.get(name, [])
        if wanted is None or len(same) != 1:
            told = "has several" if same else "has none such"
            every = [one for rows in there.values() for one in rows]
            raise InvalidArgumentError(
                f"{what} {name or number!r}: project {project} {told}; {listed(every, name)}"
            )
        _refuse_other_kind(wanted, same[0], what, project)
        found[number] = _number(same[0])
    return found


def check_attributes_exist(
    rows: Iterable[models.Localization | models.State],
    types: Mapping[int, int],
    target: Iterable[EntityType],
    project: int,
) -> None:
    """Check that all attributes with values exist in the other project, which drops others.

    Args:
        rows: The annotations.
        types: Id of a type -> its id in the other project.
        target: The types of the other project.
        project: Its id, for messages.

    Raises:
        InvalidArgumentError: One does not exist there.
    """
    known = {kind.id: (kind, {one.name for one in kind.attribute_types or ()}) for kind in target}
    for row in rows:
        kind, names = known[types[row.type]]
        for name, given in row.attributes.items():
            if given is not None and name not in names:
                raise InvalidArgumentError(
                    f"type {str(kind.name)!r} of project {project} has no attribute {name!r}, "
                    f"which {type(row).__name__.lower()} {row.id} has: add it there first"
                )


def match_media(
    source: Iterable[models.Media], target: Iterable[models.Media], project: int
) -> dict[int, int]:
    """Return the ids of the same media in another project: clones, or the only ones of a name.

    Args:
        source: The media that have to be there.
        target: The media of the other project.
        project: Id of the other project, for messages.

    Raises:
        InvalidArgumentError: One is not there, or several are called so.
    """
    there = list(target)
    clones = {row.elemental_id: row.id for row in there if row.elemental_id}
    names = {row.name: row.id for row in there}
    times = Counter(row.name for row in there)
    found: dict[int, int] = {}
    for row in source:
        if row.elemental_id and row.elemental_id in clones:
            found[row.id] = clones[row.elemental_id]
        elif times[row.name] == 1:
            found[row.id] = names[row.name]
        else:
            told = f"{times[row.name]} media" if times[row.name] else "no medium"
            raise InvalidArgumentError(
                f"medium {row.id} {str(row.name)!r}: project {project} has {told} of that name: "
                f"pass media={{{row.id}: ...}}"
            )
    return found


def waves(rows: Sequence[models.Localization]) -> Iterable[list[models.Localization]]:
    """Yield localizations so that each comes after the one that it was made from.

    Args:
        rows: The localizations.
    """
    left = list(rows)
    while left:
        ids = {row.id for row in left}
        wave = [row for row in left if row.parent not in ids] or left
        yield wave
        taken = {row.id for row in wave}
        left = [row for row in left if row.id not in taken]


def localization_spec(
    row: models.Localization, matches: Matches, copies: Mapping[int, int]
) -> dict[str, Any]:
    """Return the copy of a localization, to be created.

    Args:
        row: The localization.
        matches: What its medium, type and version are there.
        copies: Copies that are there: id -> id.
    """
    spec: dict[str, Any] = {name: getattr(row, name) for name in _FIGURES}
    spec["frame"] = row.frame or 0
    spec["media_id"] = matches.media[row.media]
    return _common(row, spec, matches, copies)


def state_spec(
    row: models.State, matches: Matches, copies: Mapping[int, int], localizations: Mapping[int, int]
) -> dict[str, Any]:
    """Return the copy of a state, to be created.

    Args:
        row: The state.
        matches: What its media, type and version are there.
        copies: Copies of states that are there: id -> id.
        localizations: Copies of localizations: id -> id.
    """
    spec: dict[str, Any] = {
        "frame": row.frame,
        "media_ids": [matches.media[medium] for medium in row.media],
        "localization_ids": [localizations[one] for one in row.localizations or ()] or None,
    }
    return _common(row, spec, matches, copies)


def check_members(states: Iterable[models.State], localizations: Iterable[int]) -> None:
    """Check that the localizations of all tracks are copied, too.

    Args:
        states: The states.
        localizations: Ids of the localizations that are copied.

    Raises:
        InvalidArgumentError: One is not.
    """
    known = set(localizations)
    for state in states:
        for one in state.localizations or ():
            if one not in known:
                raise InvalidArgumentError(
                    f"state {state.id} has the localization {one}, which is not among those to be "
                    "copied: it is on another medium, of another version, or superseded"
                )


def _common(
    row: models.Localization | models.State,
    spec: dict[str, Any],
    matches: Matches,
    copies: Mapping[int, int],
) -> dict[str, Any]:
    spec |= {
        "type": matches.types[row.type],
        "version": matches.versions[row.version],
        "elemental_id": row.elemental_id,
        "attributes": {name: given for name, given in row.attributes.items() if given is not None},
        "parent": copies.get(int(row.parent or 0)),
    }
    return {name: given for name, given in spec.items() if given is not None}


def _refuse_other_kind(source: Named, target: Named, what: str, project: int) -> None:
    for field in ("dtype", "association"):
        here, there = getattr(source, field, None), getattr(target, field, None)
        if here != there:
            raise InvalidArgumentError(
                f"{what} {str(source.name)!r} is for {here}, but for {there} in project {project}"
            )


def _number(row: Named) -> int:
    return int(row.id or 0)
