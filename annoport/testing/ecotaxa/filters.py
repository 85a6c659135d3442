"""EcoTaxa's filters of objects, and the columns that objects have."""

from __future__ import annotations

import datetime
import functools
import re
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


_STATUS: dict[str, tuple[str | None, ...]] = {
    "NV": ("P", "D", None),
    "PV": ("P", "V"),
    "U": (None,),
    "UP": ("P", None),
    "PVD": ("P", "V", "D"),
}


def _status(_state: State, _filters: Json, value: str) -> Test:
    wanted = _STATUS.get(value, (value,))
    return lambda thing: thing.status in wanted


def _samples(_state: State, _filters: Json, value: str) -> Test:
    wanted = {int(number) for number in value.split(",")}
    return lambda thing: thing.sample.id in wanted


def _annotators(_state: State, _filters: Json, value: str) -> Test:
    wanted = {int(number) for number in value.split(",")}
    return lambda thing: thing.annotator is not None and thing.annotator.id in wanted


def _depth(_state: State, filters: Json, value: str) -> Test:
    if filters.get("depthmax") in (None, ""):  # one limit alone is ignored
        return _everything
    low, high = float(value), float(str(filters["depthmax"]))
    return lambda thing: low <= thing.depth_min <= high and low <= thing.depth_max <= high


def _map(_state: State, filters: Json, _value: str) -> Test:
    given = [filters.get(name) for name in ("MapS", "MapN", "MapW", "MapE")]
    if any(limit in (None, "") for limit in given):  # so are fewer than four
        return _everything
    south, north, west, east = (float(str(limit)) for limit in given)
    return lambda thing: (
        south <= thing.sample.latitude <= north and west <= thing.sample.longitude <= east
    )


def _everything(_thing: Thing) -> bool:
    return True


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
        found = thing.free.get(names[number - 1])
        if found is None:
            return low in (None, "") and high in (None, "")
        if low not in (None, ""):  # the upper limit does not count then
            return found >= float(low)
        return high in (None, "") or found <= float(high)

    return test


def _free_text(state: State, filters: Json, value: str) -> Test:
    """Compare a free text as ILIKE does; ^ and $ at its ends are those of the whole text."""
    wanted = filters.get("freetxtval")
    if wanted in (None, ""):
        return _everything
    like = f"%{wanted}%"
    like = like.removeprefix("%^")
    like = like.removesuffix("$%")
    pattern = re.compile(_regular(like), re.IGNORECASE | re.DOTALL)
    column = f"t{int(value[2:]):02d}"

    def test(thing: Thing) -> bool:
        project, sample = state.projects[thing.sample.project_id], thing.sample
        tables: dict[str, tuple[dict[str, str], Json]] = {
            "s": (project.sample_columns, sample.free),
            "a": (project.acquisition_columns, sample.acquisition_free),
            "p": (project.process_columns, sample.process_free),
            "o": (project.free_texts, dict(thing.texts)),
        }
        names, values = tables[value[0]]
        found = next((name for name, alias in names.items() if alias == column), None)
        if found is None:
            raise DatabaseError(
                database_error(f"UndefinedColumn: column obf.{column} does not exist")
            )
        text = values.get(found)
        return text is not None and pattern.fullmatch(str(text)) is not None

    return test


def _regular(like: str) -> str:
    """Return the regular expression for a pattern of LIKE."""
    parts = re.findall(r"\\.|.", like, re.DOTALL)
    signs = {"%": ".*", "_": "."}
    return "".join(signs.get(part) or re.escape(part[-1]) for part in parts)


def _between(read: Callable[[Thing], str | None], *, least: bool) -> Maker:
    """Return what compares a date or time, as text, with a limit."""

    def make(_state: State, _filters: Json, value: str) -> Test:
        def test(thing: Thing) -> bool:
            found = read(thing)
            return found is not None and (found >= value if least else found <= value)

        return test

    return make


def _time(state: State, filters: Json, value: str, *, least: bool) -> Test:
    if filters.get("inverttime") != "1":
        return _between(lambda thing: thing.time, least=least)(state, filters, value)
    low, high = filters.get("fromtime"), filters.get("totime")
    if low in (None, "") or high in (None, ""):
        return _everything
    return lambda thing: thing.time <= str(low) or thing.time >= str(high)


def _classified(_state: State, _filters: Json, value: str, *, least: bool) -> Test:
    limit = datetime.datetime.fromisoformat(value)

    def test(thing: Thing) -> bool:
        if thing.classified is None:
            return False
        found = datetime.datetime.fromisoformat(thing.classified)
        return found >= limit if least else found <= limit

    return test


def _daytime(_state: State, _filters: Json, value: str) -> Test:
    return lambda thing: thing.sun in value.split(",")


def _month(_state: State, _filters: Json, value: str) -> Test:
    wanted = {int(number) for number in value.split(",")}
    return lambda thing: int(thing.date[5:7]) in wanted


_TESTS: dict[str, Maker] = {
    "taxo": _taxo,
    "statusfilter": _status,
    "samples": _samples,
    "MapN": _map,
    "depthmin": _depth,
    "daytime": _daytime,
    "month": _month,
    "freenum": _free_number,
    "freetxt": _free_text,
    "fromdate": _between(lambda thing: thing.date, least=True),
    "todate": _between(lambda thing: thing.date, least=False),
    "fromtime": functools.partial(_time, least=True),
    "totime": functools.partial(_time, least=False),
    "validfromdate": functools.partial(_classified, least=True),
    "validtodate": functools.partial(_classified, least=False),
    "filt_last_annot": _annotators,
}


def column(state: State, thing: Thing, name: str) -> object:
    """Return a column of an object, e.g. "obj.orig_id" or "fre.area"; KeyError if unknown."""
    table, _, field = name.partition(".")
    project = state.projects[thing.sample.project_id]
    if table == "fre":
        if field in project.free_texts:
            return thing.texts.get(field)
        if field not in project.free_columns:
            raise KeyError(name)
        return thing.free.get(field)
    if table == "txo":
        taxon = state.taxa.get(thing.taxon or 0)
        return {
            "id": taxon.id if taxon else None,
            "name": taxon.name if taxon else None,
            "display_name": taxon.display_name if taxon else None,
        }[field]
    if table == "obj":
        return {"imgcount": len(thing.pictures), **state.show_thing(thing)}[field]
    tables: dict[str, Json] = {
        "sam": {**thing.sample.show(), **_by_alias(project.sample_columns, thing.sample.free)},
        "acq": {
            **thing.sample.show_acquisition(),
            **_by_alias(project.acquisition_columns, thing.sample.acquisition_free),
        },
        "img": state.show_thing(thing)["images"][0],
        "usr": thing.annotator.minimal() if thing.annotator else {"name": None, "email": None},
    }
    return tables[table][field]


def _by_alias(columns: dict[str, str], values: Json) -> Json:
    """Return free columns of samples or acquisitions, which a query knows by alias only."""
    return {alias: values.get(name) for name, alias in columns.items()}


def comparable(value: object) -> tuple[int, float, str]:
    """Return a key that sorts numbers as such, and nothing last."""
    if isinstance(value, int | float):
        return (0, float(value), "")
    return (2, 0.0, "") if value is None else (1, 0.0, str(value))
