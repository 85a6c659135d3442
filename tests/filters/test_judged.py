"""What servers answer to random conditions, judged on random rows."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy, composite

import annoport_cvat
import annoport_ecotaxa
import annoport_tator
from annoport import testing
from annoport.filters import Expression, F
from annoport.testing.cvat import FakeCvat
from annoport.testing.ecotaxa import FakeEcotaxa
from annoport.testing.tator import FakeTator
from tests.filters.evaluator import holds

_MANY = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
_EPOCH = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)

words = st.sampled_from(["crab", "Crab", "crab pot", "eel", "50% eel", "a_b", "axb", "^eel", "é"])
small = st.integers(-2, 3)
times = st.integers(0, 3).map(lambda days: _EPOCH + datetime.timedelta(days=days))


def compared(
    name: str, values: SearchStrategy[Any], *, ordered: bool
) -> SearchStrategy[Expression]:
    """Comparisons of one field."""
    field = F[name]
    found: list[SearchStrategy[Expression]] = [
        values.map(lambda value: field == value),
        values.map(lambda value: field != value),
        st.lists(values, min_size=1, max_size=3).map(field.in_),
        st.sampled_from([field.is_null(), field.not_null(), field == None, field != None]),  # noqa: E711
    ]
    if ordered:
        found += [
            values.map(lambda value: field < value),
            values.map(lambda value: field <= value),
            values.map(lambda value: field > value),
            values.map(lambda value: field >= value),
            st.tuples(values, values).map(lambda pair: field.between(*pair)),
        ]
    return st.one_of(found)


def joined(leaves: SearchStrategy[Expression]) -> SearchStrategy[Expression]:
    """Conditions of conditions."""
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(lambda pair: pair[0] & pair[1]),
            st.tuples(inner, inner).map(lambda pair: pair[0] | pair[1]),
            inner.map(lambda one: ~one),
        ),
        max_leaves=5,
    )


# ------------------------------------------------------------------------------ CVAT

_TASK_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "name": words,
            "subset": words,
            "project_id": st.none() | st.integers(1, 2),
            "assignee": st.none() | st.just("ada"),
            "updated_date": times,
        }
    ),
    max_size=8,
)
_TASK_CONDITIONS = joined(
    st.one_of(
        compared("project_id", small, ordered=True),
        compared("assignee", st.sampled_from(["ada", "grace"]), ordered=False),
        compared("updated_date", times, ordered=True),
        compared("name", words, ordered=False),
        words.map(F["subset"].contains),
    )
)


@pytest.fixture(scope="module")
def cvat() -> Iterator[tuple[FakeCvat, annoport_cvat.Client]]:
    with (
        testing.serve("cvat") as server,
        annoport_cvat.Client(server.url, token=server.token) as client,
    ):
        yield server.fake, client


@_MANY
@given(rows=_TASK_ROWS, condition=_TASK_CONDITIONS)
def test_cvat(
    cvat: tuple[FakeCvat, annoport_cvat.Client], rows: list[dict[str, Any]], condition: Expression
) -> None:
    fake, client = cvat
    tasks = fake.state.tasks
    model = attrs.evolve(next(iter(tasks.values())), images=[], has_data=False)
    users = {user.username: user for user in fake.state.users.values()}
    tasks.clear()
    for number, row in enumerate(rows, start=1):
        changed = {
            **row,
            "assignee": users.get(row["assignee"]),
            "updated": row["updated_date"].isoformat().replace("+00:00", "Z"),
        }
        del changed["updated_date"]
        tasks[number] = attrs.evolve(model, id=number, **changed)

    found = {task.id for task in client.tasks.list(filter=condition)}

    assert found == {number for number, row in enumerate(rows, 1) if holds(condition, row)}
    tasks[1] = model


# ------------------------------------------------------------------------------ Tator

_BOX_ROWS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "species": words,
            "count": small,
            "score": st.sampled_from([-1.5, 0.0, 0.25, 2.0]),
            "checked": st.booleans(),
            "seen": times,
            "$frame": small,
            "$x": st.none() | st.sampled_from([0.0, 0.5]),
            "$created_datetime": times,
        },
    ),
    max_size=8,
)
_BOX_CONDITIONS = joined(
    st.one_of(
        compared("species", words, ordered=False),
        compared("count", small, ordered=True),
        compared("score", st.sampled_from([-1.5, 0.0, 0.25, 2.0]), ordered=True),
        compared("checked", st.booleans(), ordered=False),
        compared("seen", times, ordered=True),
        compared("$frame", small, ordered=True),
        compared("$x", st.sampled_from([0.0, 0.5]), ordered=True),
        compared("$created_datetime", times, ordered=True),
        words.map(F["species"].icontains),
        words.map(F["species"].istartswith),
    )
)


@pytest.fixture(scope="module")
def tator() -> Iterator[tuple[FakeTator, annoport_tator.Client]]:
    with (
        testing.serve("tator") as server,
        annoport_tator.Client(server.url, token=server.token) as client,
    ):
        server.fake.requests_per_second = 1_000_000
        yield server.fake, client


def _iso(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime.datetime) else value


@_MANY
@given(rows=_BOX_ROWS, condition=_BOX_CONDITIONS)
def test_tator(
    tator: tuple[FakeTator, annoport_tator.Client],
    rows: list[dict[str, Any]],
    condition: Expression,
) -> None:
    fake, client = tator
    table = fake.tables.localizations.rows
    model = next(iter(table.values()))
    defaults = {"$frame": 0, "$x": None, "$created_datetime": _EPOCH}
    table.clear()
    rows = [{**defaults, **row} for row in rows]
    for number, row in enumerate(rows, start=1):
        own = {key[1:]: _iso(value) for key, value in row.items() if key.startswith("$")}
        attributes = {key: _iso(value) for key, value in row.items() if not key.startswith("$")}
        table[number] = {**model, **own, "id": number, "attributes": attributes}
    expected = {number for number, row in enumerate(rows, 1) if holds(condition, row)}
    project = model["project"]

    listed = {one.id for one in client.localizations.list(project, encoded_search=condition)}
    body = {"object_search": condition}
    posted = {one.id for one in client.localizations.list_by_id(project, body=body)}

    assert listed == posted == expected
    table[1] = model


# ------------------------------------------------------------------------------ EcoTaxa

_DAY = datetime.date(2026, 6, 1)
days = st.integers(0, 3).map(lambda number: _DAY + datetime.timedelta(days=number))
clock_times = st.integers(0, 3).map(lambda number: datetime.time(6 * number, 30))
_STATUSES = ("P", "V", "D")
_THING_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "obj.classif_qual": st.none() | st.sampled_from(_STATUSES),
            "obj.classif_id": st.none() | st.integers(1, 3),
            "obj.classif_who": st.none() | st.just(1),
            "obj.classif_when": st.none() | times,
            "obj.depth_min": st.integers(0, 2).map(float),
            "obj.depth_max": st.integers(2, 5).map(float),
            "obj.objdate": days,
            "obj.objtime": clock_times,
            "obj.sunpos": st.sampled_from("DUNA"),
            "fre.area": st.none() | small,
            "fre.note": st.none() | words,
        }
    ),
    max_size=8,
)


@composite
def _thing_conditions(draw: DrawFn) -> Expression:
    ids = st.integers(1, 4)
    several = st.lists(ids, min_size=1, max_size=3)
    status = F["obj.classif_qual"]
    choices: list[SearchStrategy[Expression]] = [
        st.sampled_from(
            [
                *(status == one for one in _STATUSES),
                status != "V",
                ~(status == "V"),
                ~(status != "D"),
                status.in_(["P", "V"]),
                status.in_(["V", "D", "P"]),
                status.in_(["D"]),
                status.is_null(),
                status.not_null(),
                ~status.is_null(),
            ]
        ),
        ids.map(lambda one: F["obj.classif_id"] == one) | several.map(F["obj.classif_id"].in_),
        ids.map(lambda one: F["obj.classif_who"] == one) | several.map(F["obj.classif_who"].in_),
        times.map(lambda one: F["obj.classif_when"] >= one),
        times.map(lambda one: F["obj.classif_when"] <= one),
        st.tuples(small, small).map(
            lambda two: (F["obj.depth_min"] >= two[0]) & (F["obj.depth_max"] <= two[1] + 3)
        ),
        st.tuples(days, days).map(lambda two: F["obj.objdate"].between(*two)),
        st.tuples(clock_times, clock_times).map(lambda two: F["obj.objtime"].between(*two)),
        st.sampled_from([F["obj.sunpos"] == "D", F["obj.sunpos"].in_(["D", "N"])]),
        small.map(lambda one: _FREE["fre.area"] >= one)
        | small.map(lambda one: _FREE["fre.area"] <= one),
        st.one_of(
            words.map(_FREE["fre.note"].iexact),
            words.map(_FREE["fre.note"].istartswith),
            words.map(_FREE["fre.note"].icontains),
        ),
    ]
    chosen = draw(
        st.lists(st.sampled_from(range(len(choices))), min_size=1, max_size=4, unique=True)
    )
    first, *more = [draw(choices[place]) for place in chosen]
    for one in more:
        first = first & one
    return first


@attrs.frozen
class _Project:
    """As much of a project as tells the aliases of its columns."""

    obj_free_cols: dict[str, str]


_FREE = F.of(_Project({"area": "n01", "note": "t01"}))


@pytest.fixture(scope="module")
def ecotaxa() -> Iterator[tuple[FakeEcotaxa, annoport_ecotaxa.Client]]:
    with (
        testing.serve("ecotaxa") as server,
        annoport_ecotaxa.Client(server.url, token=server.token) as client,
    ):
        project = server.fake.state.projects[1]
        project.free_columns = ["area"]
        project.free_texts = {"note": "t01"}
        yield server.fake, client


@_MANY
@given(rows=_THING_ROWS, condition=_thing_conditions())
def test_ecotaxa(
    ecotaxa: tuple[FakeEcotaxa, annoport_ecotaxa.Client],
    rows: list[dict[str, Any]],
    condition: Expression,
) -> None:
    fake, client = ecotaxa
    things = fake.state.things
    model = next(one for one in things.values() if one.sample.project_id == 1)
    things.clear()
    for number, row in enumerate(rows, start=1):
        when = row["obj.classif_when"]
        things[number] = attrs.evolve(
            model,
            id=number,
            status=row["obj.classif_qual"],
            taxon=row["obj.classif_id"],
            annotator=fake.state.users[1] if row["obj.classif_who"] else None,
            classified=when and when.replace(tzinfo=None).isoformat(),
            depth_min=row["obj.depth_min"],
            depth_max=row["obj.depth_max"],
            date=row["obj.objdate"].isoformat(),
            time=row["obj.objtime"].isoformat(),
            sun=row["obj.sunpos"],
            free={} if row["fre.area"] is None else {"area": float(row["fre.area"])},
            texts={} if row["fre.note"] is None else {"note": row["fre.note"]},
        )

    found = set(client.objects.list(1, body=condition))
    total = client.objects.summary(1, only_total=True, body=condition).total_objects

    assert found == {number for number, row in enumerate(rows, 1) if holds(condition, row)}
    assert total == len(found)
    things[1] = model


def test_filter_of_a_model_and_of_a_dict(
    ecotaxa: tuple[FakeEcotaxa, annoport_ecotaxa.Client],
) -> None:
    condition = F["obj.classif_qual"] == "V"
    body = {"filters": condition, "request": {"project_id": 1, "split_by": "none"}}
    job = ecotaxa[1].objects.export_general(body=body)
    sent = json.dumps(ecotaxa[1].jobs.retrieve(job.wait().id).params)
    assert '"statusfilter": "V"' in sent
