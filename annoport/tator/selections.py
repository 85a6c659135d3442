"""Which localizations, states, media or leaves a change is about; never all of them by accident."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, TypeAlias

from attrs import frozen

from annoport.core import Filter
from annoport.core.support.suggestions import did_you_mean
from annoport.errors import InvalidArgumentError
from annoport.tator.checks import EntityType
from annoport.tator.names import HasId, find, ids_of
from annoport_tator import models

Entity: TypeAlias = Literal["localizations", "states", "media", "leaves"]
"""What is changed."""

AT_ONCE = 5000
"""Ids in one request, which is far below what servers take."""

_TAKEN: Mapping[str, tuple[str, ...]] = {
    "localizations": ("media", "section", "type", "version"),
    "states": ("media", "section", "type", "version"),
    "media": ("section", "type"),
    "leaves": ("type",),
}


@frozen(kw_only=True)
class Selection:
    """What a change is about; `where` makes one.

    Attributes:
        condition: A condition on the attributes.
        ids: Ids of what is meant; None if any.
        media: Ids of the media that it is on; None if any.
        section: The section that the media are in; None if any.
        type: The type, its id or name; None if any.
        version: The version, its id or name; None if any.
    """

    condition: Filter | None = None
    ids: tuple[int, ...] | None = None
    media: tuple[int, ...] | None = None
    section: int | str | HasId | None = None
    type: int | str | HasId | None = None
    version: int | str | HasId | None = None

    @property
    def given(self) -> dict[str, Any]:
        """What narrows the selection, without `condition` and `ids`."""
        found = {
            "media": self.media,
            "section": self.section,
            "type": self.type,
            "version": self.version,
        }
        return {name: one for name, one in found.items() if one is not None}


def where(
    condition: Filter | None = None,
    *,
    ids: Iterable[int | HasId] | None = None,
    media: Iterable[int | HasId] | None = None,
    section: int | str | models.Section | None = None,
    type: int | str | HasId | None = None,  # noqa: A002 - what Tator calls it
    version: int | str | models.Version | None = None,
) -> Selection:
    """Return a selection for `update` and `delete`; what is passed must all hold.

    Args:
        condition: A condition on the attributes, such as `F["Species"] == "crab"`.
        ids: What is meant, as ids or models.
        media: The media that it is on, as ids or models.
        section: The section that the media are in, its id or its name.
        type: The type, its id or its name.
        version: The version, its id or its name.

    Raises:
        InvalidArgumentError: Nothing was passed, or an empty list.
    """
    selection = Selection(
        condition=condition,
        ids=_several(ids, "ids"),
        media=_several(media, "media"),
        section=section,
        type=type,
        version=version,
    )
    if condition is None and selection.ids is None and not selection.given:
        raise InvalidArgumentError(
            "where(): nothing was passed, which would select everything: pass a condition, ids=, "
            "media=, section=, type= or version="
        )
    return selection


def _several(given: Iterable[int | HasId] | None, name: str) -> tuple[int, ...] | None:
    if given is None:
        return None
    numbers = tuple(ids_of(given, name))
    if not numbers:
        raise InvalidArgumentError(
            f"where(): {name} is empty, so that there is nothing to select: skip the call"
        )
    return numbers


def check_kind(what: Entity, selection: Selection) -> None:
    """Check that a selection can select things of a kind.

    Args:
        what: What is to be selected.
        selection: The selection.

    Raises:
        InvalidArgumentError: It cannot, or there is no such kind.
    """
    taken = _TAKEN.get(what)
    if taken is None:
        raise InvalidArgumentError(f"{what!r} cannot be selected: expected {_listed(_TAKEN)}")
    for name in selection.given:
        if name not in taken:
            raise InvalidArgumentError(
                f"where(): {what} cannot be selected by {name}, but by a condition, ids, "
                f"{_listed(taken)}"
            )


def check_search(condition: Filter, types: Iterable[EntityType], what: str, project: int) -> None:
    """Check that the attributes in a condition exist; the server finds nothing otherwise.

    Args:
        condition: The condition.
        types: The types that have the attributes.
        what: What is selected, for the message.
        project: Id of the project, for the message.

    Raises:
        InvalidArgumentError: One is unknown, or Tator cannot say the condition.
    """
    known = {str(one.name) for kind in types for one in kind.attribute_types or ()}
    for name in _attributes(condition.compile_filter("attribute-search")):
        if not name.startswith("$") and name not in known:
            hint = did_you_mean(name, known) or f"they have {_listed(sorted(known))}"
            raise InvalidArgumentError(
                f"{name!r} is no attribute of {what} in project {project}; {hint}"
            )


def the_types(types: Iterable[EntityType], selection: Selection, project: int) -> list[EntityType]:
    """Return the types that a selection is about.

    Args:
        types: The types of the project.
        selection: The selection.
        project: Id of the project, for the message.

    Raises:
        InvalidArgumentError: The project has no such type.
    """
    known = list(types)
    return known if selection.type is None else [find(known, selection.type, "type", project)]


def _attributes(search: Mapping[str, Any]) -> Iterator[str]:
    if "method" in search:
        for inner in search["operations"]:
            yield from _attributes(inner)
    else:
        yield str(search["attribute"])


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names)) or "none"
