"""Which taxon a name means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from attrs import frozen

from annoport.core.support.suggestions import did_you_mean
from annoport.ecotaxa.ids import id_of
from annoport.errors import InvalidArgumentError
from annoport_ecotaxa import models

Taxon: TypeAlias = str | int | models.TaxonModel
"""A taxon by its name, its id, or as the server sends it."""

_CAP = 200
"""A search returns no more, and does not say that there are more."""

_SHOWN = 8


def query_of(name: str) -> str:
    """Return what to search for: the name before that of the parent, as in "egg<other"."""
    return name.partition("<")[0].strip()


@frozen
class Choice:
    """What a search says of a name.

    Attributes:
        name: The name.
        number: The id of the taxon; None if the search does not tell one.
        fault: Why not.
        near: Whether the server has a name that begins so.
        asks: Whether the fault asks for another name, which says what to do.
    """

    name: str
    number: int | None
    fault: str = ""
    near: bool = True
    asks: bool = False


def chosen(name: str, found: Sequence[models.TaxaSearchRsp]) -> Choice:
    """Return the taxon that a name means.

    Args:
        name: The name of a taxon, or that with its parent's, "egg<other", whatever the case.
        found: What the server finds for the beginning of the name.
    """
    low = name.strip().lower()
    same = [one for one in found if one.text.lower() == low]
    if not same and "<" not in low:
        same = [one for one in found if query_of(one.text).lower() == low]
    current = [one for one in same if one.status != "D" and not one.renm_id]
    same = current or same
    if len(same) == 1:
        return Choice(name, same[0].id)
    if same:
        listed = ", ".join(f"{one.text!r} (id {one.id})" for one in same[:_SHOWN])
        return Choice(name, None, f"{name!r} is the name of {len(same)} taxa: {listed}")
    if len(found) >= _CAP:
        return Choice(name, None, f"{name!r} is not among the {_CAP} taxa that the server lists")
    if found:
        question = _question(name, found)
        if question:
            return Choice(name, None, f"{name!r} is no taxon; {question}", asks=True)
        listed = ", ".join(repr(one.text) for one in found[:_SHOWN])
        return Choice(name, None, f"{name!r} is no taxon; there are {listed}")
    return Choice(name, None, f"{name!r} is no taxon", near=False)


def _question(name: str, found: Sequence[models.TaxaSearchRsp]) -> str | None:
    """Return the question for a misspelt name; None if no name, or one of several taxa, is near."""
    if "<" in name:
        return None
    count = Counter(query_of(one.text) for one in found)
    question = did_you_mean(name, count)
    return question if question == did_you_mean(name, [x for x in count if count[x] == 1]) else None


def refuse_unknown(choices: Sequence[Choice]) -> None:
    """Raise if a name does not tell a taxon.

    Raises:
        InvalidArgumentError: The names, and what they could be.
    """
    wrong = [one for one in choices if one.number is None]
    if wrong:
        asking = [one.fault for one in wrong if one.asks]
        others = [one for one in wrong if not one.asks]
        hint = (
            "pass the whole name with its parent's, as in 'egg<other', or the id"
            if any(one.near for one in others)
            else "the server has no name that begins so; pass another, or the id"
        )
        told = [f"{'; '.join(one.fault for one in others)}: {hint}"] if others else []
        raise InvalidArgumentError(f"taxa: {'; '.join([*told, *asking])}")


def split(taxa: Sequence[Taxon]) -> tuple[list[str], list[int]]:
    """Return the names that are to be looked up, and the ids that are given, each once.

    Raises:
        InvalidArgumentError: Something is neither, or a name is empty.
    """
    names: dict[str, None] = {}
    ids: dict[int, None] = {}
    for one in taxa:
        if not isinstance(one, str):
            ids[id_of(one, "id", "a taxon, its name")] = None
        elif not query_of(one):
            raise InvalidArgumentError(f"taxa: {one!r} is no name of a taxon")
        else:
            names[one] = None
    return list(names), list(ids)


def id_in(known: Mapping[Any, int], taxon: Taxon) -> int:
    """Return the id of a taxon that was looked up, or that is given."""
    return known[taxon] if isinstance(taxon, str) else id_of(taxon, "id", "a taxon")
