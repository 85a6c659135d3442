"""Endpoints that set the same columns of several samples, acquisitions, processes or objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias, TypeVar

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
)
from annoport.testing.ecotaxa.call import Call, Routes
from annoport.testing.ecotaxa.state import Project, Sample, Thing, may_manage

E = TypeVar("E")

Setter: TypeAlias = Callable[[E, str, str], None]
"""Sets a column of an entity, named second, to a text; KeyError if there is no such column."""

_OF_SAMPLES = {"orig_id": str, "latitude": float, "longitude": float}
_OF_OBJECTS = {
    "orig_id": ("orig_id", str),
    "depth_min": ("depth_min", float),
    "depth_max": ("depth_max", float),
    "objdate": ("date", str),
    "objtime": ("time", str),
}


async def _asked(call: Call) -> tuple[list[int], list[Json]]:
    """Return the ids and the updates of a body; Refused with 422."""
    given = await call.body("target_ids", "updates")
    ids, updates = given["target_ids"], given["updates"]
    problems = [
        no_integer("body", "target_ids", str(place))
        for place, number in enumerate(ids)
        if not isinstance(number, int)
    ]
    problems += [
        missing("body", "updates", str(place), name)
        for place, one in enumerate(updates)
        for name in ("ucol", "uval")
        if name not in one
    ]
    if problems:
        invalid(*problems)
    return ids, updates


async def _update(
    call: Call,
    called: str,
    known: Callable[[int], E | None],
    project_of: Callable[[E], int],
    setter: Callable[[Project], Setter[E]],
) -> Response:
    """Set columns of all entities that exist; answer how many those are."""
    user = call.user
    ids, updates = await _asked(call)
    found = [one for number in dict.fromkeys(ids) if (one := known(number)) is not None]
    numbers = {project_of(one) for one in found}
    if len(numbers) != 1:
        crash(f"AssertionError: Too many or no projects for {called}: {ids}")
    project = call.state.projects[numbers.pop()]
    if not may_manage(project, user):
        forbid()
    _set_all(found, updates, setter(project))
    return answer(len(found))


def _set_all(found: Iterable[E], updates: list[Json], put: Setter[E]) -> None:
    for one in found:
        for update in updates:
            try:
                put(one, update["ucol"], update["uval"])
            except KeyError:
                crash(database_error(f'UndefinedColumn: column "{update["ucol"]}" does not exist'))
            except ValueError:
                text = f'invalid input syntax for type double precision: "{update["uval"]}"'
                crash(database_error(f"InvalidTextRepresentation: {text}"))


def _into(columns: dict[str, str], free: Json, name: str, text: str) -> None:
    if name not in columns:
        raise KeyError(name)
    free[name] = text


async def update_samples(call: Call) -> Response:
    """POST /sample_set/update."""

    def setter(project: Project) -> Setter[Sample]:
        def put(sample: Sample, name: str, text: str) -> None:
            if name in _OF_SAMPLES:
                setattr(sample, name, _OF_SAMPLES[name](text))
            else:
                _into(project.sample_columns, sample.free, name, text)

        return put

    return await _update(call, "samples", call.state.samples.get, _project_of, setter)


async def update_acquisitions(call: Call) -> Response:
    """POST /acquisition_set/update."""

    def setter(project: Project) -> Setter[Sample]:
        columns = project.acquisition_columns
        return lambda sample, name, text: _into(columns, sample.acquisition_free, name, text)

    return await _update(call, "acquisitions", call.state.sample_of, _project_of, setter)


async def update_processes(call: Call) -> Response:
    """POST /process_set/update: a process has the id of its acquisition."""

    def setter(project: Project) -> Setter[Sample]:
        columns = project.process_columns
        return lambda sample, name, text: _into(columns, sample.process_free, name, text)

    return await _update(call, "processes", call.state.sample_of, _project_of, setter)


async def update_objects(call: Call) -> Response:
    """POST /object_set/update."""

    def setter(project: Project) -> Setter[Thing]:
        def put(thing: Thing, name: str, text: str) -> None:
            if name in _OF_OBJECTS:
                attribute, kind = _OF_OBJECTS[name]
                setattr(thing, attribute, kind(text))
            elif name in project.free_columns:
                thing.free[name] = float(text)
            else:
                _into(project.free_texts, thing.texts, name, text)

        return put

    return await _update(
        call, "objects", call.state.things.get, lambda thing: _project_of(thing.sample), setter
    )


def _project_of(sample: Sample) -> int:
    return sample.project_id


ROUTES: Routes = {
    "/acquisition_set/update": {"POST": update_acquisitions},
    "/object_set/update": {"POST": update_objects},
    "/process_set/update": {"POST": update_processes},
    "/sample_set/update": {"POST": update_samples},
}
