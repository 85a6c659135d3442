"""Conditions as EcoTaxa's filters of objects: a fixed set of names, all of which must match."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

from annoport.filters.expressions import (
    AllOf,
    Comparison,
    Expression,
    Not,
    Operator,
    lacking,
    read,
    suggestion,
)

_ECOTAXA = "EcoTaxa"
_ALIAS = re.compile(r"[osap][nt]\d{2,3}")

Found = dict[str, str]


def compiled(expression: Expression) -> Found:
    """Return a condition as EcoTaxa's ProjectFilters.

    Raises:
        InvalidArgumentError: EcoTaxa has no filter for a part of it, or needs another beside it.
    """
    found: Found = {}
    for part in _parts(expression):
        for name, value in _comparison(part).items():
            if found.get(name, value) != value:
                raise lacking(
                    _ECOTAXA, part, f"its filter {name!r} can be used only once, for one column"
                )
            found[name] = value
    _check_together(expression, found)
    return found


_OPPOSITES: dict[Operator, Operator] = {"==": "!=", "!=": "=="}


def _parts(expression: Expression) -> list[Comparison]:
    if isinstance(expression, Comparison):
        return [expression]
    if isinstance(expression, AllOf):
        return [one for part in expression.parts for one in _parts(part)]
    if isinstance(expression, Not) and isinstance(expression.part, Comparison):
        opposite = _OPPOSITES.get(expression.part.operator)
        one = expression.part
        if opposite is not None:
            return [Comparison(one.field, opposite, one.value, one.kind, one.alias)]
        if one.operator == "is_null":
            return [Comparison(one.field, "is_null", not one.value, one.kind, one.alias)]
    raise lacking(
        _ECOTAXA, expression, "all of its filters must match; it knows neither | nor such a ~"
    )


def _check_together(expression: Expression, found: Found) -> None:
    """Refuse filters that the server ignores without others."""
    for names, fields in _TOGETHER:
        given = [name for name in names if name in found]
        if given and len(given) < len(names):
            missing = ", ".join(
                field for name, field in zip(names, fields, strict=True) if name not in found
            )
            raise lacking(
                _ECOTAXA, expression, f"it ignores such a limit without the others: {missing}"
            )
    if "freenumst" in found and "freenumend" in found:
        raise lacking(
            _ECOTAXA,
            expression,
            "of two limits of a free column, the server ignores the upper one; pass one of them, "
            "and leave the other objects out yourself",
        )


_TOGETHER = (
    (("depthmin", "depthmax"), ("F['obj.depth_min'] >= ...", "F['obj.depth_max'] <= ...")),
    (
        ("MapS", "MapN", "MapW", "MapE"),
        (
            "F['obj.latitude'] >= ...",
            "F['obj.latitude'] <= ...",
            "F['obj.longitude'] >= ...",
            "F['obj.longitude'] <= ...",
        ),
    ),
)


def _comparison(one: Comparison) -> Found:
    alias = one.alias or (one.field if _ALIAS.fullmatch(one.field) else None)
    if alias is not None:
        return _free_text(one, alias) if alias[1] == "t" else _free_number(one, alias)
    make = _FILTERS.get(one.field)
    if make is not None:
        return make(one)
    if one.field.partition(".")[0] in ("fre", "sam", "acq", "prc"):
        raise lacking(
            _ECOTAXA,
            one,
            "it filters free columns by alias, which the project knows: use F.of(project)",
        )
    listed = f"it has filters for {', '.join(_FILTERS)} and free columns only"
    raise lacking(_ECOTAXA, one, f"{listed}{suggestion(one.field, _FILTERS)}")


def _free_number(one: Comparison, alias: str) -> Found:
    if not alias.startswith("o"):
        raise lacking(_ECOTAXA, one, "the server reads any such column as one of the object's")
    limit = {">=": "freenumst", "<=": "freenumend"}.get(one.operator)
    if limit is None:
        raise lacking(_ECOTAXA, one, "it compares numeric free columns by >= and <= only")
    return {"freenum": alias, limit: _number(one)}


def _free_text(one: Comparison, alias: str) -> Found:
    ends = {"icontains": ("", ""), "istartswith": ("^", ""), "iexact": ("^", "$")}
    if one.operator not in ends:
        raise lacking(
            _ECOTAXA,
            one,
            "it compares free texts whatever the case: use .iexact(), .istartswith() or "
            ".icontains()",
        )
    if one.value.endswith("$") and one.operator != "iexact":
        raise lacking(_ECOTAXA, one, "it takes a $ at the end for the end of the text")
    before, after = ends[one.operator]
    text = re.sub(r"([\\%_])", r"\\\1", one.value)
    if not before and text.startswith("^"):
        text = f"\\{text}"
    return {"freetxt": alias, "freetxtval": f"{before}{text}{after}"}


def _number(one: Comparison) -> str:
    if isinstance(one.value, bool) or not isinstance(one.value, int | float):
        raise lacking(_ECOTAXA, one, f"expected a number, got {type(one.value).__name__}")
    return repr(one.value)


def _limits(low: str | None, high: str | None, write: Callable[[Comparison], str]) -> Maker:
    """Return what makes the filters of a field that has limits."""

    def make(one: Comparison) -> Found:
        name = {">=": low, "<=": high}.get(one.operator)
        if name is None:
            signs = " and ".join(sign for sign, name in ((">=", low), ("<=", high)) if name)
            raise lacking(_ECOTAXA, one, f"it compares this field by {signs} only")
        return {name: write(one)}

    return make


Maker = Callable[[Comparison], Found]


def _day(one: Comparison) -> str:
    day = read(datetime.date, one.value)
    if isinstance(day, datetime.datetime) or not isinstance(day, datetime.date):
        raise lacking(
            _ECOTAXA, one, "the field is a day: pass a datetime.date or text such as '2026-05-01'"
        )
    return day.isoformat()


def _days(one: Comparison) -> Found:
    if one.operator == "==":
        return {"fromdate": _day(one), "todate": _day(one)}
    return _limits("fromdate", "todate", _day)(one)


def _time(one: Comparison) -> str:
    found = read(datetime.time, one.value)
    if not isinstance(found, datetime.time):
        raise lacking(
            _ECOTAXA,
            one,
            "the field is a time of day: pass a datetime.time or text such as '04:20'",
        )
    return found.replace(tzinfo=None).isoformat("seconds")


def _moment(one: Comparison) -> str:
    given = read(datetime.datetime, one.value)
    if not isinstance(given, datetime.datetime) or given.tzinfo is None:
        raise lacking(
            _ECOTAXA,
            one,
            "the field is a time: pass a datetime.datetime with a time zone or text such as "
            "'2026-05-01T12:00Z'",
        )
    moment = given.astimezone(datetime.UTC)
    if moment.second or moment.microsecond:
        raise lacking(_ECOTAXA, one, "it compares times by the minute: pass one without seconds")
    return moment.strftime("%Y-%m-%d %H:%M")


def _ids(name: str) -> Maker:
    """Return what makes the filter of a field that is compared with ids."""

    def make(one: Comparison) -> Found:
        values = one.value if one.operator == "in" else (one.value,)
        if one.operator not in ("==", "in"):
            raise lacking(_ECOTAXA, one, "it compares this field by == and .in_() only")
        if not all(isinstance(value, int) and not isinstance(value, bool) for value in values):
            raise lacking(_ECOTAXA, one, "expected ids, which are whole numbers")
        return {name: ",".join(map(str, values))}

    return make


_SUN = ("D", "U", "N", "A")


def _sun(one: Comparison) -> Found:
    values = one.value if one.operator == "in" else (one.value,)
    if one.operator not in ("==", "in") or not all(value in _SUN for value in values):
        raise lacking(
            _ECOTAXA, one, "it compares this field by == and .in_() with D, U, N and A only"
        )
    return {"daytime": ",".join(values)}


_STATUS = {
    ("==", ("P",)): "P",
    ("==", ("V",)): "V",
    ("==", ("D",)): "D",
    ("!=", ("V",)): "NV",
    ("is_null", (True,)): "U",
    ("is_null", (False,)): "PVD",
    ("in", ("P", "V")): "PV",
    ("in", ("D", "P", "V")): "PVD",
}


def _status(one: Comparison) -> Found:
    values: tuple[Any, ...] = one.value if one.operator == "in" else (one.value,)
    operator: str = one.operator
    if operator == "in":
        values = tuple(sorted(map(str, set(values))))
        operator = "==" if len(values) == 1 else "in"
    word = _STATUS.get((operator, values))
    if word is None:
        raise lacking(
            _ECOTAXA,
            one,
            "a status can be == 'P', 'V' or 'D', != 'V', in_(['P', 'V']), null or not null",
        )
    return {"statusfilter": word}


# A depth_min is never above its depth_max, so that one limit for each says all of the four that
# the server checks.
_FILTERS: dict[str, Maker] = {
    "obj.classif_qual": _status,
    "obj.classif_id": _ids("taxo"),
    "txo.id": _ids("taxo"),
    "sam.sampleid": _ids("samples"),
    "obj.classif_who": _ids("filt_last_annot"),
    "obj.classif_when": _limits("validfromdate", "validtodate", _moment),
    "obj.depth_min": _limits("depthmin", None, _number),
    "obj.depth_max": _limits(None, "depthmax", _number),
    "obj.latitude": _limits("MapS", "MapN", _number),
    "obj.longitude": _limits("MapW", "MapE", _number),
    "obj.objdate": _days,
    "obj.objtime": _limits("fromtime", "totime", _time),
    "obj.sunpos": _sun,
}
