# Derived from _async/taxa.py by tools/unasync.py: change that file instead.
"""Taxa by their names."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from annoport.core.support.workers import Stop, run_together
from annoport.ecotaxa.taxon_names import Choice, Taxon, chosen, query_of, refuse_unknown, split
from annoport.errors import InvalidArgumentError
from annoport_ecotaxa import models

if TYPE_CHECKING:
    from annoport_ecotaxa import Client

_AT_ONCE = 4


def taxa_named(client: Client, names: Sequence[str]) -> dict[str, models.TaxonModel]:
    """Return the taxa of these names.

    Args:
        client: A client of EcoTaxa.
        names: Names as the server shows them, "Copepoda" or with the parent's, "egg<other"; the
            case does not count. A name that several taxa have needs the parent's.

    Returns:
        Name, as it was given -> taxon, in the order of `names`.

    Raises:
        InvalidArgumentError: A name is that of no taxon, or of several; the message lists what
            there is.
        ApiError: The server refused a request.

    Uses: GET /taxon_set/search, GET /taxon_set/query
    """
    if isinstance(names, str):
        raise InvalidArgumentError(f"names is {names!r}: expected a list of names")
    ids = taxon_ids(client, names)
    if not ids:
        return {}
    found = client.taxa.list_by_id(ids=[*dict.fromkeys(ids.values())])
    by_id = {taxon.id: taxon for taxon in found}
    return {name: by_id[number] for name, number in ids.items()}


def taxon_ids(client: Client, taxa: Sequence[Taxon]) -> dict[str, int]:
    """Return the ids of the names among some taxa; ids are checked, and not returned.

    Args:
        client: A client of EcoTaxa.
        taxa: Names, ids or models.

    Raises:
        InvalidArgumentError: A name tells no taxon, or there is none of an id.
    """
    names, ids = split(taxa)
    found = {name: Choice(name, None) for name in names}
    waiting, stop = deque(names), Stop()

    def look_up() -> None:
        while waiting and not stop:
            try:
                name = waiting.popleft()
            except IndexError:  # another worker was faster
                return
            found[name] = chosen(name, client.taxa.search(query=query_of(name)))

    run_together([look_up] * min(_AT_ONCE, len(names)), stop)
    refuse_unknown(list(found.values()))
    if ids:
        known = {taxon.id for taxon in client.taxa.list_by_id(ids=ids)}
        missing = [number for number in ids if number not in known]
        if missing:
            raise InvalidArgumentError(
                f"taxa: there is no taxon with the id {', '.join(map(str, missing))}"
            )
    return {name: one.number for name, one in found.items() if one.number is not None}
