# Derived from _async/create.py by tools/unasync.py: change that file instead.
"""Create localizations, states, leaves and media, any number at once."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from annoport.errors import InvalidArgumentError
from annoport.filters import F
from annoport.tator._sync.parts import send_parts
from annoport.tator.checks import Spec, check_once, check_specs, value
from annoport.tator.names import id_of, listed
from annoport.tator.parts import cut, ids_in, marked
from annoport_tator import operations

if TYPE_CHECKING:
    from annoport.core import ProgressOption
    from annoport_tator import Client, models

_ROWS = "id,elemental_id,version"


def create_localizations(
    client: Client,
    project: int | models.Project,
    localizations: Iterable[models.LocalizationSpec | Mapping[str, Any]],
    *,
    check: bool = True,
    progress: ProgressOption = False,
) -> list[int]:
    """Create any number of localizations, in parts of 500.

    Everything is checked before the first is sent: types and attributes, which Tator drops without
    a word if it does not know them, and that the media and versions exist. A part is stored as a
    whole or not at all. If the answer to one is lost, the server is asked whether it has it, so
    that nothing is stored twice; for that, each localization gets an elemental id here, if it has
    none. To go on after a `PartialWriteError`, call again with `localizations[len(error.done):]`.

    Uses: CreateLocalizationList, GetLocalizationTypeList, GetMediaCountById, GetVersionList; after
    a lost answer GetLocalizationListById.

    Args:
        client: A client of Tator.
        project: The project, or its id.
        localizations: What to create; positions are fractions of the picture, 0 to 1. A list of
            none is no error.
        check: Whether to check them. Without, nothing else is asked of the server.
        progress: True for a progress bar, or a function called with the number of localizations
            that are stored, and of all.

    Returns:
        Their ids, in the order of `localizations`.

    Raises:
        InvalidAnnotationError: One does not fit its type; nothing was sent.
        InvalidArgumentError: One is no localization, or two have the same elemental id, or a medium
            or version does not exist; nothing was created.
        PartialWriteError: A part was refused or lost after others were stored: `done` has their
            ids.
        ApiError: The server refused the first part; nothing was created.
    """
    number = id_of(project, "project")
    specs: list[Spec] = list(localizations)
    if not specs:
        return []
    if check:
        check_specs("localizations", specs, client.localization_types.list(number))
        check_once("localizations", specs, "version", "elemental_id")
        _check_media(client, number, {value(spec, "media_id") for spec in specs})
        _check_versions(client, number, specs)
    specs = marked(specs)
    operation = operations.CREATE_LOCALIZATION_LIST

    def find(wanted: Sequence[Spec]) -> list[int] | None:
        query = {"elemental_ids": [value(spec, "elemental_id") for spec in wanted]}
        rows = client.localizations.list_by_id(number, body=query, fields=_ROWS)
        return ids_in(wanted, rows)

    parts = cut("localizations", operation, number, [specs])
    return send_parts(client, "localizations", operation, parts, find=find, progress=progress)


def create_states(
    client: Client,
    project: int | models.Project,
    states: Iterable[models.StateSpec | Mapping[str, Any]],
    *,
    check: bool = True,
    progress: ProgressOption = False,
) -> list[int]:
    """Create any number of states, such as tracks, in parts of 500.

    Everything is checked before the first is sent, and after a lost answer the server is asked, as
    by `create_localizations`. To go on after a `PartialWriteError`, call again with
    `states[len(error.done):]`.

    Uses: CreateStateList, GetStateTypeList, GetMediaCountById, GetVersionList; after a lost answer
    GetStateList.

    Args:
        client: A client of Tator.
        project: The project, or its id.
        states: What to create; a track has `localization_ids` and `media_ids`. A list of none is
            no error.
        check: Whether to check them. Without, nothing else is asked of the server.
        progress: True for a progress bar, or a function called with the number of states that are
            stored, and of all.

    Returns:
        Their ids, in the order of `states`.

    Raises:
        InvalidAnnotationError: One does not fit its type; nothing was sent.
        InvalidArgumentError: One is no state, or two have the same elemental id, or a medium or
            version does not exist; nothing was created.
        PartialWriteError: A part was refused or lost after others were stored: `done` has their
            ids.
        ApiError: The server refused the first part; nothing was created.
    """
    number = id_of(project, "project")
    specs: list[Spec] = list(states)
    if not specs:
        return []
    if check:
        check_specs("states", specs, client.state_types.list(number))
        check_once("states", specs, "version", "elemental_id")
        media = itertools.chain.from_iterable(value(spec, "media_ids") or () for spec in specs)
        _check_media(client, number, set(media))
        _check_versions(client, number, specs)
    specs = marked(specs)
    operation = operations.CREATE_STATE_LIST

    def find(wanted: Sequence[Spec]) -> list[int] | None:
        ids = [value(spec, "elemental_id") for spec in wanted]
        search = {"object_search": F["$elemental_id"].in_(ids)}
        return ids_in(wanted, client.states.list_by_id(number, body=search, fields=_ROWS))

    parts = cut("states", operation, number, [specs])
    return send_parts(client, "states", operation, parts, find=find, progress=progress)


def create_leaves(
    client: Client,
    project: int | models.Project,
    leaves: Iterable[models.LeafSpec | Mapping[str, Any]],
    *,
    check: bool = True,
    progress: ProgressOption = False,
) -> list[int]:
    """Create any number of leaves, in parts of 500.

    Everything is checked before the first is sent. If the answer to a part is lost, the server is
    asked for leaves of these names, so that nothing is stored twice. To go on after a
    `PartialWriteError`, call again with `leaves[len(error.done):]`.

    Uses: CreateLeafList, GetLeafTypeList; after a lost answer GetLeafList.

    Args:
        client: A client of Tator.
        project: The project, or its id.
        leaves: What to create. A parent must exist, so create a tree level by level. A list of none
            is no error.
        check: Whether to check them. Without, nothing else is asked of the server.
        progress: True for a progress bar, or a function called with the number of leaves that are
            stored, and of all.

    Returns:
        Their ids, in the order of `leaves`.

    Raises:
        InvalidAnnotationError: One does not fit its type; nothing was sent.
        InvalidArgumentError: One is no leaf, or two of a parent have the same name; nothing was
            created.
        PartialWriteError: A part was refused or lost after others were stored: `done` has their
            ids.
        ApiError: The server refused the first part; nothing was created.
    """
    number = id_of(project, "project")
    specs: list[Spec] = list(leaves)
    if not specs:
        return []
    if check:
        check_specs("leaves", specs, client.leaf_types.list(number))
        check_once("leaves", specs, "type", "parent", "name")
    operation = operations.CREATE_LEAF_LIST

    def find(wanted: Sequence[Spec]) -> list[int] | None:
        ids: dict[tuple[Any, ...], int] = {}
        for kind in {value(spec, "type") for spec in wanted}:
            for leaf in client.leaves.list(number, type=kind):
                ids[kind, leaf.parent or None, leaf.name] = leaf.id
        keys = [
            (value(one, "type"), value(one, "parent") or None, value(one, "name")) for one in wanted
        ]
        return [ids[key] for key in keys] if all(key in ids for key in keys) else None

    parts = cut("leaves", operation, number, [specs])
    return send_parts(client, "leaves", operation, parts, find=find, progress=progress)


def create_media(
    client: Client,
    project: int | models.Project,
    media: Iterable[models.MediaSpec | Mapping[str, Any]],
    *,
    check: bool = True,
    progress: ProgressOption = False,
) -> list[int]:
    """Create any number of media of files that the server can fetch, images in parts of 500.

    Videos and multi views are created one by one, because the server takes none in a list. A video
    made so has no files yet; `upload_media` uploads and transcodes one. Everything is checked
    before the first is sent, and after a lost answer the server is asked, as by
    `create_localizations`. To go on after a `PartialWriteError`, call again with
    `media[len(error.done):]`.

    Uses: CreateMediaList, GetMediaTypeList; after a lost answer GetMediaListById.

    Args:
        client: A client of Tator.
        project: The project, or its id.
        media: What to create. A list of none is no error.
        check: Whether to check them.
        progress: True for a progress bar, or a function called with the number of media that are
            stored, and of all.

    Returns:
        Their ids, in the order of `media`.

    Raises:
        InvalidAnnotationError: One does not fit its type; nothing was sent.
        InvalidArgumentError: One is no medium, or two have the same elemental id; nothing was
            created.
        PartialWriteError: A part was refused or lost after others were stored: `done` has their
            ids.
        ApiError: The server refused the first part; nothing was created.
    """
    number = id_of(project, "project")
    specs: list[Spec] = list(media)
    if not specs:
        return []
    types = client.media_types.list(number)
    if check:
        check_specs("media", specs, types)
        check_once("media", specs, "elemental_id")
    images = {kind.id for kind in types if kind.dtype == "image"}
    if len(types) == 1 and images:
        images.add(-1)
    groups: list[list[Spec]] = []
    for is_image, group in itertools.groupby(
        marked(specs), lambda one: value(one, "type") in images
    ):
        together = list(group)
        groups += [together] if is_image else [[one] for one in together]
    operation = operations.CREATE_MEDIA_LIST

    def find(wanted: Sequence[Spec]) -> list[int] | None:
        ids = [value(spec, "elemental_id") for spec in wanted]
        search = {"object_search": F["$elemental_id"].in_(ids)}
        rows = client.media.list_by_id(number, body=search, fields="id,elemental_id")
        return ids_in(wanted, rows)

    parts = cut("media", operation, number, groups)
    return send_parts(client, "media", operation, parts, find=find, progress=progress)


def _check_media(client: Client, project: int, wanted: set[Any]) -> None:
    """Refuse media that the project does not have."""
    ids = sorted(one for one in wanted if isinstance(one, int))
    query = {"ids": ids}
    if not ids or client.media.count_by_id(project, body=query, archive_lifecycle="all") == len(
        ids
    ):
        return
    rows = client.media.list_by_id(project, body=query, archive_lifecycle="all", fields="id")
    missing = sorted(set(ids) - {row.id for row in rows})
    raise InvalidArgumentError(f"project {project} has no media with the ids {_some(missing)}")


def _check_versions(client: Client, project: int, specs: Sequence[Spec]) -> None:
    """Refuse versions that the project does not have."""
    wanted = {version for spec in specs if (version := value(spec, "version"))}
    if not wanted:
        return
    known = client.versions.list(project)
    missing = sorted(wanted - {version.id for version in known})
    if missing:
        raise InvalidArgumentError(
            f"project {project} has no versions with the ids {_some(missing)}; {listed(known)}"
        )


def _some(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:5]))
    return f"{shown} and {len(numbers) - 5:,} more" if len(numbers) > 5 else shown
