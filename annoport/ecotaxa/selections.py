"""Which objects of a project are meant: taxa, status and samples beside filters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from attrs import frozen

from annoport.core import Filter
from annoport.core.http.filters import in_body
from annoport.core.values.type_guards import is_mapping
from annoport.ecotaxa.ids import id_of
from annoport.ecotaxa.taxon_names import Taxon
from annoport.errors import InvalidArgumentError
from annoport_ecotaxa import models
from annoport_ecotaxa.operations.objects import GET_OBJECT_SET

Sample: TypeAlias = str | int | models.SampleModel
"""A sample by its name, its id, or as the server sends it."""

_STATUSES = [str(one) for one in models.StatusFilter if str(one)]
_SHOWN = 20


@frozen
class Selection:
    """Objects of a project, as a caller chooses them.

    Attributes:
        filters: What needs no look-up, as the query of objects takes it.
        taxa: Taxa by name, id or model; any if there are none.
        children: The taxa below them too.
        samples: Samples by name, id or model; any if there are none.
    """

    filters: Mapping[str, Any]
    taxa: tuple[Taxon, ...] = ()
    children: bool = True
    samples: tuple[Sample, ...] = ()

    def written(self, taxa: Iterable[int] = (), samples: Iterable[int] = ()) -> dict[str, Any]:
        """Return filters for the query of objects.

        Args:
            taxa: Ids of the taxa.
            samples: Ids of the samples.
        """
        found = dict(self.filters)
        if self.taxa:
            found |= {"taxo": _joined(taxa), "taxochild": "Y" if self.children else "N"}
        if self.samples:
            found["samples"] = _joined(samples)
        return found

    def __str__(self) -> str:
        """What tells it from all others."""
        found: dict[str, Any] = dict(self.filters)
        if self.taxa:
            found |= {"taxa": _told(self.taxa, "id"), "children": self.children}
        if self.samples:
            found["samples"] = _told(self.samples, "sampleid")
        return str(sorted(found.items()))


def selection(
    filters: models.ProjectFilters | Mapping[str, Any] | Filter | None,
    *,
    taxa: Sequence[Taxon] | None = None,
    children: bool = True,
    status: models.StatusFilter | str | None = None,
    samples: Sequence[Sample] | None = None,
) -> Selection:
    """Return what a caller chooses, with all checked that needs no request.

    Args:
        filters: Those of the caller.
        taxa: Taxa by name, id or model; None for any.
        children: The taxa below them too.
        status: Of the objects.
        samples: Samples by name, id or model; None for any.

    Raises:
        InvalidArgumentError: A list is none or empty, there is no such status, or a filter is given
            twice.
    """
    for name, given in (("taxa", taxa), ("samples", samples)):
        if isinstance(given, str) or (given is not None and not given):
            raise InvalidArgumentError(
                f"{name} is {given!r}: expected a list with at least one; leave it out for all"
            )
    found = _plain(filters)
    said = {
        "samples": samples is not None,
        "statusfilter": status is not None,
        "taxo": taxa is not None,
        "taxochild": taxa is not None,
    }
    twice = [name for name, is_said in said.items() if is_said and name in found]
    if twice:
        raise InvalidArgumentError(
            f"filters has {twice[0]!r}, which another argument says too: leave one of them out"
        )
    if status is not None:
        found["statusfilter"] = _status(status)
    return Selection(found, tuple(taxa or ()), children, tuple(samples or ()))


def _plain(filters: models.ProjectFilters | Mapping[str, Any] | Filter | None) -> dict[str, Any]:
    from annoport.convert import to_builtins

    given: Any = in_body(GET_OBJECT_SET, {} if filters is None else filters)
    if is_mapping(given):
        return dict(given)
    if not isinstance(given, models.ProjectFilters):
        raise InvalidArgumentError(
            f"filters is {filters!r}: expected ProjectFilters, a dict, or a condition of "
            "annoport.filters"
        )
    found: dict[str, Any] = to_builtins(given)
    return found


def _status(status: models.StatusFilter | str) -> str:
    if str(status) not in _STATUSES:
        raise InvalidArgumentError(
            f"status is {str(status)!r}: expected one of {', '.join(_STATUSES)}"
        )
    return str(status)


def _joined(numbers: Iterable[int]) -> str:
    return ",".join(map(str, numbers))


def _told(things: Iterable[Any], field: str) -> list[Any]:
    return [getattr(one, field, one) for one in things]


def sample_ids(samples: Sequence[Sample], known: Sequence[models.SampleModel]) -> list[int]:
    """Return the ids of samples that are given by name, id or model.

    Args:
        samples: What the caller gave.
        known: The samples of the project.

    Raises:
        InvalidArgumentError: The project has no such sample, or several of a name.
    """
    by_name: dict[str, list[int]] = {}
    for one in known:
        by_name.setdefault(one.orig_id, []).append(one.sampleid)
    numbers = {one.sampleid for one in known}
    found: list[int] = []
    for sample in samples:
        ids = (
            by_name.get(sample, [])
            if isinstance(sample, str)
            else [id_of(sample, "sampleid", "a sample, its name")]
        )
        if not ids or not numbers.issuperset(ids):
            names = ", ".join(sorted(by_name)[:_SHOWN])
            raise InvalidArgumentError(
                f"samples: the project has no sample {sample!r}; it has {names}"
            )
        found += ids
    return found
