"""Endpoints for the annotations of tasks and jobs."""

from __future__ import annotations

import math

from starlette.responses import Response

from annoport.testing.cvat.answers import Json, Refused, answer, refuse_list, server_error
from annoport.testing.cvat.background import Done, Plan
from annoport.testing.cvat.call import Call, Methods, Routes
from annoport.testing.cvat.endpoints.exports import export_by_get
from annoport.testing.cvat.endpoints.uploads import receive
from annoport.testing.cvat.exports import IMPORT_FORMATS, Part
from annoport.testing.cvat.imports import coco
from annoport.testing.cvat.state import Label, Task

_KINDS = ("tags", "shapes", "tracks")
_REQUIRED = {
    "tags": ("frame", "label_id"),
    "shapes": ("type", "frame", "label_id"),
    "tracks": ("frame", "label_id", "shapes"),
}
_SHARED: Json = {"id": None, "group": None, "source": "manual", "attributes": []}
_DRAWN: Json = {"occluded": False, "outside": False, "z_order": 0, "rotation": 0.0}
_STEP: Json = {**_DRAWN, "id": None, "attributes": []}


def _inside(part: Part, annotation: Json) -> bool:
    return bool(part.start <= annotation["frame"] <= part.stop)


def _shown(call: Call, part: Part) -> Json:
    kept = {
        kind: [given for given in getattr(part.task, kind) if _is_shown(call, part, kind, given)]
        for kind in _KINDS
    }
    return {"version": 0, **kept}


def _is_shown(call: Call, part: Part, kind: str, given: Json) -> bool:
    """Whether a task or job has an annotation; a task shows one of those that are in two jobs."""
    if _job(call) is not None:
        return _inside(part, given) and not _is_of_another(call, part, kind, given)
    first = part.task.twins.get((kind, given["id"]))
    return first is None or all(one["id"] != first for one in getattr(part.task, kind))


def _job(call: Call) -> int | None:
    return call.number() if call.request.url.path.startswith("/api/jobs/") else None


async def retrieve(call: Call) -> Response:
    """GET annotations; with a format, the export of old releases."""
    part = call.part()
    if "format" in call.query:
        return await export_by_get(call)
    if any(_is_torn(shape) for shape in part.task.shapes):
        return server_error()
    return answer(_shown(call, part))


def _is_torn(shape: Json) -> bool:
    """Whether an element is on another frame than its skeleton: stored, but not read again."""
    return any(element["frame"] != shape["frame"] for element in shape.get("elements", ()))


async def replace(call: Call) -> Response:
    """PUT annotations."""
    part = call.part()
    given = _checked(call, part.task, await call.body(), new=True)
    _remove(call, part, None)
    return _added(call, part, given)


async def change(call: Call) -> Response:
    """PATCH annotations with `action` create, update or delete."""
    part = call.part()
    action = call.query.get("action")
    if action not in ("create", "update", "delete"):
        refuse_list("Please specify a correct 'action' for the request")
    given = _checked(call, part.task, await call.body(), new=action == "create")
    if action != "create":
        _remove(call, part, given)
    if action == "delete":
        told = {kind: [_told(kind, one) for one in given[kind]] for kind in _KINDS}
        call.state.annotated(part.task, part.start, part.stop)
        return answer({"version": 0, **told})
    return _added(call, part, given)


async def remove(call: Call) -> Response:
    """DELETE annotations."""
    part = call.part()
    _remove(call, part, None)
    call.state.annotated(part.task, part.start, part.stop)
    return Response(status_code=204)


def _added(call: Call, part: Part, given: dict[str, list[Json]]) -> Response:
    added = _add(call, part.task, given)
    call.state.annotated(part.task, part.start, part.stop)
    return answer({"version": 0, **added})


def _checked(call: Call, task: Task, given: Json, *, new: bool) -> dict[str, list[Json]]:
    """Return the given annotations by kind; Refused for a missing field or an unknown label.

    Those that are `new` may not have an id, nor may anything in them.
    """
    errors: Json = {}
    for kind in _KINDS:
        found = [
            {**(_ids(annotation) if new else {}), **_faults(kind, annotation)}
            for annotation in given.get(kind, [])
        ]
        if any(found):
            errors[kind] = found
    if errors:
        raise Refused(answer(errors, 400))
    labels = {label.id: label for label in call.state.labels_of(task)}
    for kind in _KINDS:
        for annotation in given.get(kind, []):
            label = labels.get(annotation["label_id"])
            if label is None:
                refuse_list(f"label_id `{annotation['label_id']}` is invalid")
            _check_attributes(kind, annotation, label)
    return {kind: given.get(kind, []) for kind in _KINDS}


def _check_attributes(kind: str, annotation: Json, label: Label) -> None:
    """Refuse attributes that the label does not have there: a track has those that never change."""
    known = {each["id"]: bool(each["mutable"]) for each in label.attributes}
    own, steps = set(known), set(known)
    if kind == "tracks":
        own = {number for number, mutable in known.items() if not mutable}
        steps -= own
    for ids, holders in ((own, [annotation]), (steps, annotation.get("shapes", ()))):
        for holder in holders:
            for each in holder.get("attributes") or ():
                if each["spec_id"] not in ids:
                    refuse_list(f"spec_id `{each['spec_id']}` is invalid")


def _ids(annotation: Json) -> Json:
    """Return a complaint about each id in an annotation, at its place."""
    found: Json = {} if annotation.get("id") is None else {"id": ["must be absent"]}
    for name in ("shapes", "elements"):
        inside = [_ids(one) for one in annotation.get(name, ())]
        if any(inside):
            found[name] = inside
    return found


def _faults(kind: str, annotation: Json) -> Json:
    absent = [name for name in _REQUIRED[kind] if name not in annotation]
    found: Json = {}
    if annotation.get("frame", 0) < 0:
        found["frame"] = ["Ensure this value is greater than or equal to 0."]
    rotation = annotation.get("rotation") or 0
    if not 0 <= rotation <= 360:
        words = "greater than or equal to 0." if rotation < 0 else "less than or equal to 360."
        found["rotation"] = [f"Ensure this value is {words}"]
    if found:
        return found
    if absent or annotation.get("type") != "skeleton":
        return {name: ["This field is required."] for name in absent}
    if annotation.get("points"):
        return {"points": ["invalid length for shape type 'skeleton'"]}
    if not annotation.get("elements"):
        return {"elements": ["at least one required for skeleton shape"]}
    return {}


def _remove(call: Call, part: Part, given: dict[str, list[Json]] | None) -> None:
    """Remove the annotations in `given` by id, or all of `part` if it is None."""
    for kind in _KINDS:
        ids = None if given is None else {annotation.get("id") for annotation in given[kind]}
        kept = [
            stored
            for stored in getattr(part.task, kind)
            if _is_of_another(call, part, kind, stored)
            or not (_inside(part, stored) if ids is None else stored["id"] in ids)
        ]
        setattr(part.task, kind, kept)


def _is_of_another(call: Call, part: Part, kind: str, stored: Json) -> bool:
    """Whether an annotation belongs to another job than the one that is asked for."""
    job = _job(call)
    return job is not None and part.task.owners.get((kind, stored["id"]), job) != job


def _add(call: Call, task: Task, given: dict[str, list[Json]]) -> dict[str, list[Json]]:
    """Store annotations, and return them as the request that stores them is answered."""
    added: dict[str, list[Json]] = {}
    labels = {label.id: label for label in call.state.labels_of(task)}
    for kind in _KINDS:
        # What is past the last frame is dropped without a word.
        last = len(task.images) - 1 if task.images else math.inf
        kept = [one for one in given[kind] if kind == "tracks" or one["frame"] <= last]
        added[kind] = [_numbered(call, kind, _told(kind, one)) for one in kept]
        stored = [_stored(kind, one) for one in added[kind]]
        for one in stored:
            filled = _filled(kind, one, labels[one["label_id"]])
            getattr(task, kind).append(filled)
            if kind != "tracks":
                _share(call, kind, task, filled)
    return added


def _share(call: Call, kind: str, task: Task, stored: Json) -> None:
    """Store an annotation in every job that has its frame, if it was sent to the task."""
    if _job(call) is not None:
        task.owners[kind, stored["id"]] = call.number()
        return
    jobs = [job for job in call.state.jobs_of(task) if job.start <= stored["frame"] <= job.stop]
    for place, job in enumerate(jobs):
        number = call.state.new_id(kind) if place else stored["id"]
        task.owners[kind, number] = job.id
        if place:
            task.twins[kind, number] = stored["id"]
            getattr(task, kind).append({**stored, "id": number})


def _filled(kind: str, stored: Json, label: Label) -> Json:
    """Return an annotation with all attributes: by default, or in a track as on the step before."""
    own = [each for each in label.attributes if kind != "tracks" or not each["mutable"]]
    filled = {**stored, "attributes": _with_defaults(stored["attributes"], _defaults(own))}
    if kind == "tracks":
        before = _defaults([each for each in label.attributes if each["mutable"]])
        steps: list[Json] = []
        for step in sorted(stored["shapes"], key=lambda step: step["frame"]):
            given = _with_defaults(step["attributes"], before)
            before = {each["spec_id"]: each["value"] for each in given}
            steps.append({**step, "attributes": given})
        filled["shapes"] = steps
    return filled


def _defaults(attributes: list[Json]) -> Json:
    return {each["id"]: each["default_value"] for each in attributes}


def _with_defaults(given: list[Json], defaults: Json) -> list[Json]:
    there = {each["spec_id"] for each in given}
    absent = [number for number in defaults if number not in there]
    return [*given, *({"spec_id": number, "value": defaults[number]} for number in absent)]


def _told(kind: str, annotation: Json) -> Json:
    """Return an annotation as an answer repeats it: without points or elements if it had none."""
    told: Json = {**(_DRAWN if kind == "shapes" else {}), **_SHARED, **annotation}
    if kind == "tracks":
        told["shapes"] = [{**_STEP, **step} for step in annotation["shapes"]]
    if "elements" in annotation:
        told["elements"] = [_told(kind, element) for element in annotation["elements"]]
    return told


def _numbered(call: Call, kind: str, told: Json, *, element: bool = False) -> Json:
    numbered: Json = {**told, "id": told["id"] or call.state.new_id(kind)}
    if kind == "tracks":
        numbered["shapes"] = [
            {**step, "id": step["id"] or call.state.new_id("tracked shape")}
            for step in told["shapes"]
        ]
    if kind != "tags" and not element:
        numbered["elements"] = [
            _numbered(call, kind, one, element=True) for one in told.get("elements", [])
        ]
    return numbered


def _stored(kind: str, numbered: Json) -> Json:
    """Return an annotation as it is read later: a skeleton has an empty list of points."""
    if kind == "shapes":
        return {"points": [], **numbered}
    if kind == "tracks":
        return {**numbered, "shapes": [{"points": [], **step} for step in numbered["shapes"]]}
    return numbered


async def load(call: Call) -> Response:
    """POST annotations: import them from a file."""
    part = call.part()
    wanted = call.query.get("format", "")
    received = await receive(call)
    if isinstance(received, Response):
        return received
    if wanted not in IMPORT_FORMATS:
        refuse_list(f"Unknown input format '{wanted}'")
    if not received:
        raise Refused(answer({"annotation_file": ["No file was submitted."]}, 400))
    content = next(iter(received.values()))
    append = call.query.get("import_mode") == "append"
    target = "job" if call.request.url.path.startswith("/api/jobs/") else "task"

    def work() -> Done:
        coco(call.state, part.task, content, append=append)
        return Done()

    plan = Plan(
        id=f"action=import&target={target}&target_id={call.number()}&subresource=annotations",
        operation="import:annotations",
        target=target,
        owner=call.user,
        work=work,
        subject={
            "project_id": part.task.project_id,
            "task_id": part.task.id,
            "job_id": call.number() if target == "job" else None,
        },
    )
    call.backend.queue.start(plan)
    return answer({"rq_id": plan.id}, 202)


_ANNOTATIONS: Methods = {
    "GET": retrieve,
    "PUT": replace,
    "PATCH": change,
    "DELETE": remove,
    "POST": load,
}
ROUTES: Routes = {
    "tasks/{id:int}/annotations[/]": _ANNOTATIONS,
    "jobs/{id:int}/annotations[/]": _ANNOTATIONS,
}
