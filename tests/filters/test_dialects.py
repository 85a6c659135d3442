"""What is sent, and what a platform cannot say."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from annoport.core.contract.filters import Dialect
from annoport.core.errors import InvalidArgumentError
from annoport.filters import Expression, F

_NOON = datetime.datetime(2026, 6, 1, 14, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))


def refused(dialect: Dialect, condition: Expression) -> str:
    with pytest.raises(InvalidArgumentError) as caught:
        condition.compile_filter(dialect)
    return str(caught.value)


# ------------------------------------------------------------------------------ JSON Logic


def test_json_logic() -> None:
    condition = (F["a"] != 1) & (F["b"].in_([1, 2]) | F["c"].contains("x")) & (F["d"] <= _NOON)
    assert condition.compile_filter("json-logic") == {
        "and": [
            {"!": {"==": [{"var": "a"}, 1]}},
            {"or": [{"in": [{"var": "b"}, [1, 2]]}, {"in": ["x", {"var": "c"}]}]},
            {"<=": [{"var": "d"}, "2026-06-01T14:00:00+02:00"]},
        ]
    }
    assert F["a"].not_null().compile_filter("json-logic") == {"!": {"==": [{"var": "a"}, None]}}


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (
            F["name"].icontains("x"),
            (
                "CVAT cannot filter by F['name'].icontains('x'): its filters compare texts by == "
                "and .contains() only"
            ),
        ),
        (
            F["d"] > datetime.datetime(2026, 6, 1),  # noqa: DTZ001
            (
                "CVAT cannot filter by (F['d'] > datetime.datetime(2026, 6, 1, 0, 0)): a time "
                "needs a time zone, such as datetime.UTC"
            ),
        ),
        (
            F["d"] > datetime.date(2026, 6, 1),
            (
                "CVAT cannot filter by (F['d'] > datetime.date(2026, 6, 1)): a day would mean its "
                "midnight; pass a datetime.datetime"
            ),
        ),
        (
            F["d"] > datetime.time(6),
            (
                "CVAT cannot filter by (F['d'] > datetime.time(6, 0)): it has no fields for a time "
                "of day"
            ),
        ),
    ],
)
def test_what_cvat_lacks(condition: Expression, message: str) -> None:
    assert refused("json-logic", condition) == message


# ------------------------------------------------------------------------------ Tator


def test_attribute_search() -> None:
    condition = (F["Species"] == "crab") & ~(F["Count"] > 3)
    assert condition.compile_filter("attribute-search") == {
        "method": "and",
        "operations": [
            {"attribute": "Species", "operation": "eq", "value": "crab"},
            {
                "method": "or",
                "operations": [
                    {"attribute": "Count", "operation": "isnull", "value": True},
                    {"attribute": "Count", "operation": "gt", "value": 3, "inverse": True},
                ],
            },
        ],
    }
    assert (F["$created_datetime"] >= _NOON).compile_filter("attribute-search") == {
        "attribute": "$created_datetime",
        "operation": "date_gte",
        "value": "2026-06-01T12:00:00+00:00",
    }


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (
            F["Species"].contains("x"),
            (
                "Tator cannot filter by F['Species'].contains('x'): its searches ignore case: use "
                ".icontains()"
            ),
        ),
        (
            F["Species"].iexact("x"),
            (
                "Tator cannot filter by F['Species'].iexact('x'): its searches compare whole texts "
                "in the same case: use =="
            ),
        ),
        (
            F["$media"] == 3,
            (
                "Tator cannot filter by (F['$media'] == 3): its built-in fields are $x, $y, $u, "
                "$v, $width, $height, $fps, $version, $user, $type, $created_by, $modified_by, "
                "$frame, $num_frames, $section, $id, $created_datetime, $modified_datetime, $name, "
                "$archive_state, $elemental_id"
            ),
        ),
        (
            F["$creatd_by"] == 3,
            (
                "Tator cannot filter by (F['$creatd_by'] == 3): its built-in fields are $x, $y, "
                "$u, $v, $width, $height, $fps, $version, $user, $type, $created_by, "
                "$modified_by, $frame, $num_frames, $section, $id, $created_datetime, "
                "$modified_datetime, $name, $archive_state, $elemental_id; did you mean "
                "'$created_by'?"
            ),
        ),
        (
            F["$section"] > 3,
            "Tator cannot filter by (F['$section'] > 3): a section can only be compared by ==",
        ),
        (
            F["Species"] < "x",
            (
                "Tator cannot filter by (F['Species'] < 'x'): it does not order texts; for a time "
                "pass a datetime.datetime"
            ),
        ),
        (
            F["Seen"] == datetime.date(2026, 6, 1),
            (
                "Tator cannot filter by (F['Seen'] == datetime.date(2026, 6, 1)): a day would mean "
                "its midnight; pass a datetime.datetime"
            ),
        ),
    ],
)
def test_what_tator_lacks(condition: Expression, message: str) -> None:
    assert refused("attribute-search", condition) == message


# ------------------------------------------------------------------------------ EcoTaxa


def test_object_filters() -> None:
    condition = (
        F["txo.id"].in_([45072, 3])
        & (F["sam.sampleid"] == 7)
        & F["obj.latitude"].between(-10, 10)
        & F["obj.longitude"].between(5, 6.5)
        & (F["obj.objdate"] == datetime.date(2026, 6, 1))
        & (F["obj.classif_when"] >= _NOON)
        & (F["on12"] <= 3.5)
        & F["pt01"].icontains("50%_")
    )
    assert condition.compile_filter("object-filters") == {
        "taxo": "45072,3",
        "samples": "7",
        "MapS": "-10",
        "MapN": "10",
        "MapW": "5",
        "MapE": "6.5",
        "fromdate": "2026-06-01",
        "todate": "2026-06-01",
        "validfromdate": "2026-06-01 12:00",
        "freenum": "on12",
        "freenumend": "3.5",
        "freetxt": "pt01",
        "freetxtval": "50\\%\\_",
    }


_STATUS: Any = F["obj.classif_qual"]


@pytest.mark.parametrize(
    ("condition", "word"),
    [
        (_STATUS == "D", "D"),
        (_STATUS.in_(["V"]), "V"),
        (_STATUS != "V", "NV"),
        (~(_STATUS == "V"), "NV"),
        (_STATUS.in_(["V", "P"]), "PV"),
        (_STATUS.in_(["V", "P", "D"]), "PVD"),
        (_STATUS.is_null(), "U"),
        (~_STATUS.is_null(), "PVD"),
    ],
)
def test_statuses_of_ecotaxa(condition: Expression, word: str) -> None:
    assert condition.compile_filter("object-filters") == {"statusfilter": word}


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (
            (_STATUS == "V") | (F["txo.id"] == 3),
            (
                "EcoTaxa cannot filter by ((F['obj.classif_qual'] == 'V') | (F['txo.id'] == 3)): "
                "all of its filters must match; it knows neither | nor such a ~"
            ),
        ),
        (
            ~(F["on01"] >= 3),
            (
                "EcoTaxa cannot filter by ~(F['on01'] >= 3): all of its filters must match; it "
                "knows neither | nor such a ~"
            ),
        ),
        (
            _STATUS == "X",
            (
                "EcoTaxa cannot filter by (F['obj.classif_qual'] == 'X'): a status can be == 'P', "
                "'V' or 'D', != 'V', in_(['P', 'V']), null or not null"
            ),
        ),
        (
            F["on01"].between(1, 2),
            (
                "EcoTaxa cannot filter by ((F['on01'] >= 1) & (F['on01'] <= 2)): of two limits of "
                "a free column, the server ignores the upper one; pass one of them, and leave the "
                "other objects out yourself"
            ),
        ),
        (
            (F["on01"] >= 1) & (F["on02"] >= 1),
            (
                "EcoTaxa cannot filter by (F['on02'] >= 1): its filter 'freenum' can be used only "
                "once, for one column"
            ),
        ),
        (
            F["on01"] > 1,
            (
                "EcoTaxa cannot filter by (F['on01'] > 1): it compares numeric free columns by >= "
                "and <= only"
            ),
        ),
        (
            F["sn01"] >= 1,
            (
                "EcoTaxa cannot filter by (F['sn01'] >= 1): the server reads any such column as "
                "one of the object's"
            ),
        ),
        (
            F["ot01"] == "x",
            (
                "EcoTaxa cannot filter by (F['ot01'] == 'x'): it compares free texts whatever the "
                "case: use .iexact(), .istartswith() or .icontains()"
            ),
        ),
        (
            F["ot01"].icontains("5$"),
            (
                "EcoTaxa cannot filter by F['ot01'].icontains('5$'): it takes a $ at the end for "
                "the end of the text"
            ),
        ),
        (
            F["fre.area"] >= 3,
            (
                "EcoTaxa cannot filter by (F['fre.area'] >= 3): it filters free columns by alias, "
                "which the project knows: use F.of(project)"
            ),
        ),
        (
            F["obj.depth_min"] >= 3,
            (
                "EcoTaxa cannot filter by (F['obj.depth_min'] >= 3): it ignores such a limit "
                "without the others: F['obj.depth_max'] <= ..."
            ),
        ),
        (
            F["obj.depth_min"] <= 3,
            "EcoTaxa cannot filter by (F['obj.depth_min'] <= 3): it compares this field by >= only",
        ),
        (
            F["txo.id"] == "crab",
            (
                "EcoTaxa cannot filter by (F['txo.id'] == 'crab'): expected ids, which are whole "
                "numbers"
            ),
        ),
        (
            F["txo.id"] > 3,
            (
                "EcoTaxa cannot filter by (F['txo.id'] > 3): it compares this field by == and "
                ".in_() only"
            ),
        ),
        (
            F["obj.objdate"] >= _NOON.replace(tzinfo=datetime.UTC),
            (
                "EcoTaxa cannot filter by (F['obj.objdate'] >= datetime.datetime(2026, 6, 1, 14, "
                "0, tzinfo=datetime.timezone.utc)): the field is a day: pass a datetime.date or "
                "text such as '2026-05-01'"
            ),
        ),
        (
            F["obj.objtime"] >= "early",
            (
                "EcoTaxa cannot filter by (F['obj.objtime'] >= 'early'): the field is a time of "
                "day: pass a datetime.time or text such as '04:20'"
            ),
        ),
        (
            F["obj.classif_when"] >= datetime.date(2026, 6, 1),
            (
                "EcoTaxa cannot filter by (F['obj.classif_when'] >= datetime.date(2026, 6, 1)): "
                "the field is a time: pass a datetime.datetime with a time zone or text such as "
                "'2026-05-01T12:00Z'"
            ),
        ),
        (
            F["obj.classif_when"] >= datetime.datetime(2026, 6, 1, 0, 0, 5, tzinfo=datetime.UTC),
            (
                "EcoTaxa cannot filter by (F['obj.classif_when'] >= datetime.datetime(2026, 6, 1, "
                "0, 0, 5, tzinfo=datetime.timezone.utc)): it compares times by the minute: pass "
                "one without seconds"
            ),
        ),
        (
            F["obj.sunpos"] == "X",
            (
                "EcoTaxa cannot filter by (F['obj.sunpos'] == 'X'): it compares this field by == "
                "and .in_() with D, U, N and A only"
            ),
        ),
        (
            F["obj.latitude"] >= "x",
            "EcoTaxa cannot filter by (F['obj.latitude'] >= 'x'): expected a number, got str",
        ),
        (
            F["obj.orig_id"] == "x",
            (
                "EcoTaxa cannot filter by (F['obj.orig_id'] == 'x'): it has filters for "
                "obj.classif_qual, obj.classif_id, txo.id, sam.sampleid, obj.classif_who, "
                "obj.classif_when, obj.depth_min, obj.depth_max, obj.latitude, obj.longitude, "
                "obj.objdate, obj.objtime, obj.sunpos and free columns only"
            ),
        ),
        *(
            (
                F[misspelt] == 3,
                (
                    f"EcoTaxa cannot filter by (F['{misspelt}'] == 3): it has filters for "
                    "obj.classif_qual, obj.classif_id, txo.id, sam.sampleid, obj.classif_who, "
                    "obj.classif_when, obj.depth_min, obj.depth_max, obj.latitude, obj.longitude, "
                    f"obj.objdate, obj.objtime, obj.sunpos and free columns only{hint}"
                ),
            )
            for misspelt, hint in (
                ("obj.clasif_qual", "; did you mean 'obj.classif_qual'?"),
                ("sampleid", "; did you mean 'sam.sampleid'?"),
                ("obj.objid", ""),
            )
        ),
    ],
)
def test_what_ecotaxa_lacks(condition: Expression, message: str) -> None:
    assert refused("object-filters", condition) == message


def test_days_and_times_as_text() -> None:
    """A command line has no other way to say them."""
    whole = (
        (F["obj.objdate"] == "2026-06-01")
        & (F["obj.objtime"] >= "04:20")
        & (F["obj.classif_when"] >= "2026-06-01T14:00+02:00")
    )
    assert whole.compile_filter("object-filters") == {
        "fromdate": "2026-06-01",
        "todate": "2026-06-01",
        "fromtime": "04:20:00",
        "validfromdate": "2026-06-01 12:00",
    }
    since = F["$created_datetime"] >= "2026-06-01T14:00+02:00"
    assert since.compile_filter("attribute-search") == {
        "attribute": "$created_datetime",
        "operation": "date_gte",
        "value": "2026-06-01T12:00:00+00:00",
    }
