"""EcoTaxa's filters of objects, and the columns that objects have."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from annoport.testing.ecotaxa.answers import database_error

if TYPE_CHECKING:
    from annoport.testing.ecotaxa.answers import Json
    from annoport.testing.ecotaxa.state import State, Thing

NAMES = (
    "taxo", "taxochild", "statusfilter", "MapN", "MapW", "MapE", "MapS", "depthmin", "depthmax",
    "samples", "instrum", "daytime", "month", "fromdate", "todate", "fromtime", "totime",
    "inverttime", "validfromdate", "validtodate", "freenum", "freenumst", "freenumend", "freetxt",
    "freetxtval", "filt_annot", "filt_last_annot",
)  # fmt: skip


class DatabaseError(Exception):
    """What the database says of a query that it cannot run."""


def all_filters(given: Json) -> Json:
    """Return every filter with its value or None; unknown ones are dropped silently."""
    return {name: given.get(name) for name in NAMES}


def choose(state: State, things: list[Thing], filters: Json) -> list[Thing]:
    """Return the objects that pass.

    Raises ValueError for an invalid number, as the server's own code does, and DatabaseError for a
    column that is none.
    """
    tests = [test for name, make in _TESTS.items() if (test := _test(state, filters, name, make))]
    return [thing for thing in things if all(test(thing) for test in tests)]


Test = Callable[["Thing"], bool]
Maker = Callable[["State", "Json", str], Test]


def _test(state: State, filters: Json, name: str, make: Maker) -> Test | None:
    value = filters.get(name)
    return make(state, filters, str(value)) if value not in (None, "") else None


def _taxo(state: State, filters: Json, value: str) -> Test:
    wanted = {int(number) for number in value.split(",")}
    if filters.get("taxochild") != "Y":
        return lambda thing: thing.taxon in wanted
    return lambda thing: any(parent.id in wanted for parent in state.lineage(thing.taxon or 0))


def _status(_state: State, _filters: Json, value: str) -> Test:
    if value == "NV":
        return lambda thing: thing.status != "V"
    if value == "U":
        return lambda thing: thing.status is None
    if value in ("PV", "PVD"):
        return lambda thing: (thing.status or "-") in value
    return lambda thing: thing.status == value


def _samples(_state: State, _filters: Json, value: str) -> Test:
    wanted = {int(number) for number in value.split(",")}
    return lambda thing: thing.sample.id in wanted


def _depth(_state: State, filters: Json, value: str) -> Test:
    low, high = float(value), float(filters.get("depthmax") or "inf")
    return lambda thing: low <= thing.depth_min and thing.depth_max <= high


def _free_number(state: State, filters: Json, value: str) -> Test:
    """Read a free column as the server does: it drops the first two letters, whatever they are."""
    if value.startswith("t"):
        return lambda _: True
    number = int(value[2:])
    low, high = filters.get("freenumst"), filters.get("freenumend")

    def test(thing: Thing) -> bool:
        names = state.projects[thing.sample.project_id].free_columns
        if not 0 < number <= len(names):
            raise DatabaseError(
                database_error(f"UndefinedColumn: column obf.n{number:02d} does not exist")
            )
        found = thing.free.get(names[number - 1], 0.0)
        if low not in (None, ""):  # the upper limit does not count then
            return found >= float(low)
        return high in (None, "") or found <= float(high)

    return test


def _from_date(_state: State, _filters: Json, value: str) -> Test:
    return lambda thing: thing.date >= value


def _to_date(_state: State, _filters: Json, value: str) -> Test:
    return lambda thing: thing.date <= value


_TESTS: dict[str, Maker] = {
    "taxo": _taxo,
    "statusfilter": _status,
    "samples": _samples,
    "depthmin": _depth,
    "freenum": _free_number,
    "fromdate": _from_date,
    "todate": _to_date,
}


def column(state: State, thing: Thing, name: str) -> object:
    """Return a column of an object, e.g. "obj.orig_id" or "fre.area"; KeyError if unknown."""
    table, _, field = name.partition(".")
    if table == "fre":
        if field not in state.projects[thing.sample.project_id].free_columns:
            raise KeyError(name)
        return thing.free.get(field)
    if table == "txo":
        taxon = state.taxa.get(thing.taxon or 0)
        return {
            "id": taxon.id if taxon else None,
            "name": taxon.name if taxon else None,
            "display_name": taxon.name if taxon else None,
        }[field]
    if table == "obj":
        return state.show_thing(thing)[field]
    tables: dict[str, Json] = {
        "sam": thing.sample.show(),
        "acq": thing.sample.show_acquisition(),
        "img": state.show_thing(thing)["images"][0],
        "usr": thing.annotator.minimal() if thing.annotator else {"name": None, "email": None},
    }
    return tables[table][field]


def comparable(value: object) -> tuple[int, float, str]:
    """Return a key that sorts numbers as such, and nothing last."""
    if isinstance(value, int | float):
        return (0, float(value), "")
    return (2, 0.0, "") if value is None else (1, 0.0, str(value))
