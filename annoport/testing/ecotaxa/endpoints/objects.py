"""Endpoints for objects, each of which is an image of one organism or particle."""

from __future__ import annotations

from typing import cast

from starlette.responses import Response

from annoport.testing.ecotaxa.answers import (
    Json,
    answer,
    crash,
    database_error,
    forbid,
    invalid,
    missing,
    no_integer,
    refuse,
)
from annoport.testing.ecotaxa.call import Call, Routes
from annoport.testing.ecotaxa.filters import DatabaseError, choose, column, comparable
from annoport.testing.ecotaxa.state import Thing, count_by_status, may_manage, now

_KEPT = -1
"""A taxon that leaves the object the one that it has."""


async def thing(call: Call) -> Response:
    """GET /object/{object_id}."""
    found = call.state.things.get(call.number("object_id"))
    if found is None:
        refuse(404, "Object not found")
    call.project(found.sample.project_id)
    return answer(call.state.show_thing(found))


async def history(call: Call) -> Response:
    """GET /object/{object_id}/history: empty, even for an unknown object."""
    call.number("object_id")
    return answer([])


def _chosen(call: Call, filters: Json) -> list[Thing]:
    found = call.project(call.number("project_id"))
    try:
        return choose(call.state, call.state.things_of(found.id), filters)
    except ValueError as error:
        crash(f"ValueError: {error}")
    except DatabaseError as error:
        crash(str(error))


async def query(call: Call) -> Response:
    """POST /object_set/{project_id}/query: parallel lists, and a row of fields for each object."""
    things = _chosen(call, await call.body())
    size, start = call.integer("window_size"), call.integer("window_start") or 0
    if size is not None and size < 0:
        crash("sqlalchemy.exc.DataError: LIMIT must not be negative")
    order = call.query.get("order_field", "")
    things = _ordered(call, things, order)
    shown = things[start : None if size is None else start + size]
    fields = [name for name in call.query.get("fields", "").split(",") if name]
    return answer(
        {
            "object_ids": [thing.id for thing in shown],
            "acquisition_ids": [thing.sample.acquisition_id for thing in shown],
            "sample_ids": [thing.sample.id for thing in shown],
            "project_ids": [thing.sample.project_id for thing in shown],
            "details": [_details(call, thing, fields) for thing in shown],
            "total_ids": len(things),
        }
    )


def _ordered(call: Call, things: list[Thing], order: str) -> list[Thing]:
    """Sort by a column, and by id where that is equal; an unknown one is ignored silently."""
    name = order.removeprefix("-")
    try:
        keys = {thing.id: comparable(column(call.state, thing, name)) for thing in things}
    except KeyError:
        return call.unordered(things)
    return sorted(
        things, key=lambda thing: (keys[thing.id], thing.id), reverse=order.startswith("-")
    )


def _details(call: Call, thing: Thing, fields: list[str]) -> list[object]:
    """Return a row; an unknown field is left out, which shifts the columns after it."""
    row: list[object] = []
    for name in fields:
        try:
            row.append(column(call.state, thing, name))
        except KeyError:
            continue
    return row


async def summary(call: Call) -> Response:
    """POST /object_set/{project_id}/summary."""
    only_total = call.needed("only_total").lower() == "true"
    things = _chosen(call, await call.body())
    counts = count_by_status(things)
    return answer(
        {
            "total_objects": len(things),
            "validated_objects": None if only_total else counts["V"],
            "dubious_objects": None if only_total else counts["D"],
            "predicted_objects": None if only_total else counts["P"],
        }
    )


async def classify(call: Call) -> Response:
    """POST /object_set/classify: answers how many objects have changed."""
    given = await call.body("target_ids", "classifications", "wanted_qualification")
    ids, taxa, status = (
        given[name] for name in ("target_ids", "classifications", "wanted_qualification")
    )
    things = _managed_things(call, ids)
    if len({thing_.sample.project_id for thing_ in things}) != 1 or len(things) != len(ids):
        crash(f"AssertionError: Too many or no projects for objects: {ids}")
    if status not in ("V", "D"):
        crash("AssertionError: Can't (re)classify Predicted objects, use prediction function")
    if len(taxa) != len(ids):
        crash("AssertionError: Need the same number of objects and classifications")
    if not {*taxa, -1}.issubset({*call.state.taxa, -1}):
        crash(database_error("ForeignKeyViolation: insert or update on table obj_head"))
    wanted = dict(reversed([*zip(ids, taxa, strict=True)]))  # of two for one object, the first
    changed = [
        call.state.things[number]
        for number, taxon in wanted.items()
        if _differs(call.state.things[number], taxon, status)
    ]
    for thing_ in changed:
        taxon = wanted[thing_.id]
        thing_.taxon = thing_.taxon if taxon == _KEPT else taxon
        thing_.status, thing_.annotator, thing_.classified = status, call.user, now()
        thing_.score = thing_.predicted = None
    return answer(len(changed))


async def classify_auto(call: Call) -> Response:
    """POST /object_set/classify_auto: leaves V and D as they are, but keeps the predictions."""
    given = await call.body("target_ids", "classifications", "scores", "keep_log")
    ids, taxa, scores = (given[name] for name in ("target_ids", "classifications", "scores"))
    things = _managed_things(call, ids)
    if len({thing_.sample.project_id for thing_ in things}) != 1 or len(things) != len(ids):
        crash(f"AssertionError: Too many or no projects for objects: {ids}")
    if not len(ids) == len(taxa) == len(scores):
        crash("AssertionError: Need the same number of objects and classifications")
    if not all(isinstance(score, int | float) and 0 <= score <= 1 for score in scores):
        crash("AssertionError: Scores should be floats between 0 and 1")
    if not {*taxa}.issubset(call.state.taxa):
        crash(database_error("ForeignKeyViolation: insert or update on table obj_head"))
    changed = 0
    for number, taxon, score in zip(ids, taxa, scores, strict=True):
        thing_ = call.state.things[number]
        thing_.predictions = [(taxon, score)]
        if thing_.status in ("V", "D"):
            continue
        changed += 1
        thing_.taxon, thing_.status, thing_.score = taxon, "P", score
        thing_.annotator = thing_.classified = None
        told = {"classif_auto_id": taxon, "classif_auto_score": score}
        thing_.predicted = {**told, "classif_auto_when": now()}
    return answer(changed)


async def predictions(call: Call) -> Response:
    """POST /object_set/predictions: the predictions of objects, whatever their status."""
    things = await _listed(call)
    return answer(
        {
            "result": [
                [thing_.id, taxon, score]
                for thing_ in things
                for taxon, score in thing_.predictions
            ]
        }
    )


async def _listed(call: Call) -> list[Thing]:
    """Return the objects that the body lists, without those that do not exist."""
    given = await call.json()
    if not isinstance(given, list):
        invalid(missing("body"))
    ids = cast("list[int]", given)
    return [call.state.things[number] for number in ids if number in call.state.things]


def _differs(thing: Thing, taxon: int, status: str) -> bool:
    return thing.status != status or taxon not in (_KEPT, thing.taxon)


async def parents(call: Call) -> Response:
    """POST /object_set/parents: objects that do not exist are left out."""
    things = await _listed(call)
    return answer(
        {
            "object_ids": [thing.id for thing in things],
            "acquisition_ids": [thing.sample.acquisition_id for thing in things],
            "sample_ids": [thing.sample.id for thing in things],
            "project_ids": [thing.sample.project_id for thing in things],
            "details": [],
            "total_ids": len(things),
        }
    )


async def reset(call: Call) -> Response:
    """POST /object_set/{project_id}/reset_to_predicted: an empty filter is the whole project."""
    call.managed(call.number("project_id"))
    for thing_ in _chosen(call, await call.body()):
        if thing_.status in ("V", "D"):
            thing_.status, thing_.annotator, thing_.classified = "P", None, None
            thing_.score = 1.0
            told = {"classif_auto_id": thing_.taxon, "classif_auto_score": 1.0}
            thing_.predicted = {**told, "classif_auto_when": now()}
    return answer(None)


async def remove_things(call: Call) -> Response:
    """DELETE /object_set/: takes a list of ids as its body."""
    given = await call.json()
    if not isinstance(given, list):
        invalid(missing("body"))
    ids: list[object] = [*given]
    for place, number in enumerate(ids):
        if not isinstance(number, int):
            invalid(no_integer("body", str(place)))
    return answer(remove(call, _managed_things(call, cast("list[int]", ids))))


def remove(call: Call, things: list[Thing]) -> list[int]:
    """Remove objects; return the four counts that the server answers."""
    for thing in things:
        del call.state.things[thing.id]
    return [len(things), 0, len(things), len(things)]


def _managed_things(call: Call, ids: list[int]) -> list[Thing]:
    user_ = call.user
    found = [call.state.things[number] for number in ids if number in call.state.things]
    for thing_ in found:
        if not may_manage(call.state.projects[thing_.sample.project_id], user_):
            forbid()
    return found


ROUTES: Routes = {
    "/object/{object_id}": {"GET": thing},
    "/object/{object_id}/history": {"GET": history},
    "/object_set/": {"DELETE": remove_things},
    "/object_set/classify": {"POST": classify},
    "/object_set/classify_auto": {"POST": classify_auto},
    "/object_set/predictions": {"POST": predictions},
    "/object_set/parents": {"POST": parents},
    "/object_set/{project_id}/query": {"POST": query},
    "/object_set/{project_id}/reset_to_predicted": {"POST": reset},
    "/object_set/{project_id}/summary": {"POST": summary},
}
