# Derived from _async/selections.py by tools/unasync.py: change that file instead.
"""Change or delete a selection: searched first, then changed by ids and their number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from annoport.core.errors import again
from annoport.core.support.progress import show_progress
from annoport.errors import (
    AnnoportError,
    InvalidAnnotationError,
    InvalidArgumentError,
    PartialWriteError,
)
from annoport.tator.checks import EntityType, check_attributes
from annoport.tator.names import find, id_of
from annoport.tator.selections import (
    AT_ONCE,
    Entity,
    Selection,
    check_kind,
    check_search,
    the_types,
)

if TYPE_CHECKING:
    from annoport.core import ProgressOption
    from annoport_tator import Client, models

_TYPES = {
    "localizations": "localization_types",
    "states": "state_types",
    "media": "media_types",
    "leaves": "leaf_types",
}


def update(
    client: Client,
    project: int | models.Project,
    what: Entity,
    selection: Selection,
    *,
    attributes: Mapping[str, models.AttributeValue] | None = None,
    null: Iterable[str] = (),
    reset: Iterable[str] = (),
    version: int | str | models.Version | None = None,
    expect: int | None = None,
    progress: ProgressOption = False,
) -> list[int]:
    """Change all localizations, states, media or leaves of a selection.

    The selection is looked up first and then changed by ids, and the server changes nothing if
    their number is another by then. Names are checked, because a search for a misspelt one finds
    nothing. Changes are in place: ids stay. Run again, it makes the same change.

    Uses: UpdateLocalizationList, UpdateStateList, UpdateMediaList or UpdateLeafList; before it the
    list of types and of what is selected.

    Args:
        client: A client of Tator.
        project: The project, or its id.
        what: "localizations", "states", "media" or "leaves".
        selection: Which of them, as `where` makes it.
        attributes: Values to set, by name; the others stay.
        null: Names of attributes that shall have no value.
        reset: Names of attributes that shall get the default of their type.
        version: The version that localizations or states move to, its id or its name.
        expect: How many there must be, or nothing is changed; None is any number.
        progress: True for a progress bar, or a function called with the number of changed ones,
            and of all.

    Returns:
        The ids of what was changed; none if a search finds nothing.

    Raises:
        InvalidArgumentError: The selection or the change is empty, a name is unknown, or `expect`
            is another number; nothing was changed.
        InvalidAnnotationError: An attribute is unknown, or does not take its value.
        ConflictError: Some of the ids do not exist, or no longer; nothing was changed.
        PartialWriteError: It ended after some were changed: `done` has their ids.
    """
    number, types = _types(client, project, what, selection)
    changed = {
        "attributes": dict(attributes or {}),
        "null_attributes": list(null),
        "reset_attributes": list(reset),
    }
    change: dict[str, Any] = {name: given for name, given in changed.items() if given}
    _check_change(types, change)
    if version is not None:
        if what not in ("localizations", "states"):
            raise InvalidArgumentError(f"update: {what} have no version")
        found = find(client.versions.list(number), version, "version", number)
        change["new_version"] = found.id
    if not change:
        raise InvalidArgumentError("update: pass attributes=, null=, reset= or version=")
    resource: Any = getattr(client, what)

    def send(ids: Sequence[int]) -> None:
        body = {**change, "ids": list(ids)}
        try:
            resource.update_many(number, count=len(ids), body=body)
        except AnnoportError as error:
            if not error.may_be_done:
                raise
            # A second time it makes the same change.
            resource.update_many(number, count=len(ids), body=body)

    ids = _selected(client, number, what, selection, types, expect=expect)
    return _in_parts(what, "changed", ids, send, progress)


def delete(
    client: Client,
    project: int | models.Project,
    what: Entity,
    selection: Selection,
    *,
    prune: bool = False,
    expect: int | None = None,
    progress: ProgressOption = False,
) -> list[int]:
    """Delete all localizations, states, media or leaves of a selection.

    The selection is looked up first and then deleted by ids, and the server deletes nothing if
    their number is another by then. Names are checked, because the server ignores or does not find
    misspelt ones. With a medium its annotations go.

    Uses: DeleteLocalizationList, DeleteStateList, DeleteMediaList or DeleteLeafList; before it the
    list of types and of what is selected; after a lost answer the number that is left.

    Args:
        client: A client of Tator.
        project: The project, or its id.
        what: "localizations", "states", "media" or "leaves".
        selection: Which of them, as `where` makes it.
        prune: Erase localizations or states with all their revisions, for good.
        expect: How many there must be, or nothing is deleted; None is any number.
        progress: True for a progress bar, or a function called with the number of deleted ones,
            and of all.

    Returns:
        The ids of what was deleted; none if a search finds nothing.

    Raises:
        InvalidArgumentError: The selection is empty, a name is unknown, or `expect` is another
            number; nothing was deleted.
        ConflictError: Some of the ids do not exist, or no longer; nothing was deleted.
        PartialWriteError: It ended after some were deleted: `done` has their ids.
    """
    number, types = _types(client, project, what, selection)
    if prune and what not in ("localizations", "states"):
        raise InvalidArgumentError(f"delete: {what} cannot be pruned, as they have no revisions")
    resource: Any = getattr(client, what)

    def send(ids: Sequence[int]) -> None:
        body = {"ids": list(ids), **({"prune": 1} if prune else {})}
        try:
            resource.delete_many(number, count=len(ids), body=body)
        except AnnoportError as error:
            # All or nothing: if none is left, it was done.
            if not error.may_be_done or resource.count_by_id(number, body={"ids": list(ids)}):
                raise

    ids = _selected(client, number, what, selection, types, expect=expect)
    return _in_parts(what, "deleted", ids, send, progress)


def _types(
    client: Client, project: int | models.Project, what: Entity, selection: Selection
) -> tuple[int, list[EntityType]]:
    """Return the id of the project, and the types that the selection is about."""
    number = id_of(project, "project")
    check_kind(what, selection)
    types: list[EntityType] = getattr(client, _TYPES[what]).list(number)
    return number, the_types(types, selection, number)


def _selected(
    client: Client,
    project: int,
    what: Entity,
    selection: Selection,
    types: Sequence[EntityType],
    *,
    expect: int | None,
) -> list[int]:
    """Return the ids of a selection."""
    ids = list(selection.ids or ())
    if selection.condition is not None or selection.given:
        ids = _found(client, project, what, selection, types)
    if expect not in (None, len(ids)):
        raise InvalidArgumentError(
            f"expect is {expect}, but the selection has {len(ids)} {what}: nothing was changed"
        )
    return ids


def _found(
    client: Client, project: int, what: Entity, selection: Selection, types: Sequence[EntityType]
) -> list[int]:
    """Return the ids of what the server finds."""
    query: dict[str, Any] = {} if selection.type is None else {"type": types[0].id}
    if selection.condition is not None:
        check_search(selection.condition, types, what, project)
        query["encoded_search"] = selection.condition
    if selection.section is not None:
        sections = client.sections.list(project)
        query["section"] = find(sections, selection.section, "section", project).id
    if selection.version is not None:
        versions = client.versions.list(project)
        query["version"] = [find(versions, selection.version, "version", project).id]
    named = {"ids": selection.ids, "media_ids": selection.media}
    body = {name: list(numbers) for name, numbers in named.items() if numbers is not None}
    if what != "leaves":
        query["fields"] = "id"
    resource: Any = getattr(client, what)
    if body:
        rows = resource.list_by_id(project, body=body, **query)
    else:
        rows = resource.list(project, **query).all()
    return [row.id for row in rows]


def _check_change(types: Iterable[EntityType], change: Mapping[str, Any]) -> None:
    """Check that one of the types takes a change; raise what is wrong for the first of them."""
    faults: list[InvalidArgumentError | InvalidAnnotationError] = []
    for kind in types:
        try:
            _check_one(kind, change)
        except (InvalidArgumentError, InvalidAnnotationError) as error:
            faults.append(error)
        else:
            return
    if faults:
        raise faults[0]


def _check_one(kind: EntityType, change: Mapping[str, Any]) -> None:
    check_attributes(kind, change.get("attributes", {}), "update")
    known = {one.name for one in kind.attribute_types or ()}
    for option, field in (("null", "null_attributes"), ("reset", "reset_attributes")):
        for name in change.get(field, ()):
            if name not in known:
                raise InvalidArgumentError(
                    f"update: {option}: type {str(kind.name)!r} has no attribute {name!r}"
                )


def _in_parts(
    what: Entity,
    done_to_it: str,
    ids: Sequence[int],
    send: Callable[[Sequence[int]], None],
    progress: ProgressOption,
) -> list[int]:
    done: list[int] = []
    with show_progress(progress, what) as display:
        for at in range(0, len(ids), AT_ONCE):
            part = ids[at : at + AT_ONCE]
            try:
                send(part)
            except AnnoportError as error:
                if not done:
                    raise
                left = len(ids) - len(done)
                raise PartialWriteError(
                    f"{len(done):,} of {len(ids):,} {what} are {done_to_it}, the other {left:,} "
                    f"are not: {again(error)}; {type(error).__name__}: {error}",
                    done=tuple(done),
                    left=left,
                ) from error
            done += part
            display.items(len(done), len(ids))
    return done
