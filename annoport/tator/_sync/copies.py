# Derived from _async/copies.py by tools/unasync.py: change that file instead.
"""Copy annotations from one project to another of the same server."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from annoport.core import UNSET
from annoport.core.errors import again
from annoport.errors import AnnoportError, InvalidArgumentError, PartialWriteError
from annoport.tator._sync.create import create_localizations, create_states
from annoport.tator.copies import (
    Copied,
    Matches,
    by_name,
    check_attributes_exist,
    check_members,
    localization_spec,
    match_media,
    state_spec,
    waves,
)
from annoport.tator.names import find, id_of

if TYPE_CHECKING:
    from annoport.core import ProgressOption
    from annoport_tator import Client, models

_AT_ONCE = 5000


def copy(
    client: Client,
    source: int | models.Project,
    target: int | models.Project,
    *,
    media: Mapping[int, int] | None = None,
    versions: Iterable[int | str | models.Version] | None = None,
    states: bool = True,
    progress: ProgressOption = False,
) -> Copied:
    """Copy the localizations and states of a project to another one of the same server.

    Types and versions are matched by name, and media by being clones of each other, or by a name
    that only one of them has. An attribute without a value gets the default of its type, if there
    is one. All is matched and checked before the first is created. A copy keeps
    its elemental id, by which the next call knows it: run again, it copies only what is missing.

    Uses: GetLocalizationList, GetStateList, GetLocalizationTypeList, GetStateTypeList,
    GetVersionList, GetMediaListById, GetMediaList, CreateLocalizationList, CreateStateList.

    Args:
        client: A client of Tator.
        source: The project with the annotations, or its id.
        target: The project that they go to, or its id.
        media: Id of each medium whose annotations are to be copied -> id of the medium that they go
            to. By default those of all media, which are matched.
        versions: Only annotations of these versions, by id or by name in the source.
        states: Whether to copy states, such as tracks, too.
        progress: True for a progress bar, or a function called with the number of annotations that
            are stored, and of all of their kind.

    Returns:
        Which copy belongs to which annotation.

    Raises:
        InvalidArgumentError: The projects are the same, or the target lacks a medium, type, version
            or attribute; nothing was created.
        PartialWriteError: Some were copied, with the ids of the copies in `done`: call again.
        ApiError: The server refused a request; nothing was created.
    """
    here, there = id_of(source, "source"), id_of(target, "target")
    if here == there:
        raise InvalidArgumentError(f"source and target are both project {here}: pass two projects")
    known = client.versions.list(here)
    wanted = (
        None if versions is None else [find(known, one, "version", here).id for one in versions]
    )
    if wanted == [] or (media is not None and not media):
        raise InvalidArgumentError("versions or media are empty, so there is nothing to copy")
    drawn: list[models.Localization] = _rows(client.localizations, here, media, wanted)
    tracks: list[models.State] = _rows(client.states, here, media, wanted) if states else []
    check_members(tracks, (row.id for row in drawn))
    used = {row.media for row in drawn}
    used.update(itertools.chain.from_iterable(row.media for row in tracks))
    numbers = {row.version for row in drawn} | {row.version for row in tracks}
    version_ids = by_name(known, client.versions.list(there), numbers, "version", there)
    pairs = _media(client, here, there, media, used)
    box_types = client.localization_types.list(there)
    track_types = client.state_types.list(there)
    of_boxes = Matches(
        media=pairs,
        versions=version_ids,
        types=by_name(
            client.localization_types.list(here),
            box_types,
            (row.type for row in drawn),
            "localization type",
            there,
        ),
    )
    of_tracks = Matches(
        media=pairs,
        versions=version_ids,
        types=by_name(
            client.state_types.list(here),
            track_types,
            (row.type for row in tracks),
            "state type",
            there,
        ),
    )
    check_attributes_exist(drawn, of_boxes.types, box_types, there)
    check_attributes_exist(tracks, of_tracks.types, track_types, there)
    copied = Copied()
    try:
        copied.localizations |= _there(client.localizations, there, drawn, of_boxes)
        for wave in waves([row for row in drawn if row.id not in copied.localizations]):
            specs = [localization_spec(row, of_boxes, copied.localizations) for row in wave]
            made = create_localizations(client, there, specs, check=False, progress=progress)
            copied.localizations |= {row.id: one for row, one in zip(wave, made, strict=True)}
            copied.created += len(made)
        copied.states |= _there(client.states, there, tracks, of_tracks)
        rest = [row for row in tracks if row.id not in copied.states]
        specs = [state_spec(row, of_tracks, copied.states, copied.localizations) for row in rest]
        made = create_states(client, there, specs, check=False, progress=progress)
        copied.states |= {row.id: one for row, one in zip(rest, made, strict=True)}
        copied.created += len(made)
    except AnnoportError as error:
        done = (
            *copied.localizations.values(),
            *copied.states.values(),
            *getattr(error, "done", ()),
        )
        if not done:
            raise
        left = len(drawn) + len(tracks) - len(done)
        raise PartialWriteError(
            f"{len(done):,} copies are stored in project {there}, {left:,} are not: "
            f"{again(error, ' with the same arguments', anew='')}; {type(error).__name__}: {error}",
            done=done,
            left=left,
        ) from error
    return copied


def _rows(
    resource: Any, project: int, media: Mapping[int, int] | None, versions: list[int] | None
) -> list[Any]:
    """Return the annotations of a project."""
    query = {"version": UNSET if versions is None else versions}
    if media is None:
        rows: list[Any] = resource.list(project, **query).all()
        return rows
    return _on_media(resource, project, list(media), **query)


def _on_media(resource: Any, project: int, media: Sequence[int], **query: Any) -> list[Any]:
    found: dict[int, Any] = {}
    for at in range(0, len(media), _AT_ONCE):
        body = {"media_ids": list(media[at : at + _AT_ONCE])}
        rows = resource.list_by_id(project, body=body, **query)
        found |= {row.id: row for row in rows}
    return [found[number] for number in sorted(found)]


def _media(
    client: Client, here: int, there: int, given: Mapping[int, int] | None, used: set[int]
) -> Mapping[int, int]:
    """Return which medium of the target each used one is."""
    if given is not None:
        for medium in sorted(used - set(given)):
            raise InvalidArgumentError(
                f"media: a state that is to be copied is on medium {medium}, too: add it"
            )
        return given
    if not used:
        return {}
    rows = client.media.list_by_id(here, body={"ids": sorted(used)}, archive_lifecycle="all")
    others = client.media.list(there, archive_lifecycle="all").all()
    return match_media(rows, others, there)


def _there(resource: Any, project: int, rows: Sequence[Any], matches: Matches) -> dict[int, int]:
    """Return which annotations have copies already: id -> id."""
    if not rows:
        return {}
    media = sorted(set(matches.media.values()))
    found = {
        (row.elemental_id, row.version): row.id
        for row in _on_media(resource, project, media, fields="id,elemental_id,version")
    }
    keys = {row.id: (row.elemental_id, matches.versions[row.version]) for row in rows}
    return {number: found[key] for number, key in keys.items() if key in found}
