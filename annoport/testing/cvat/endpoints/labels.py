"""Endpoints for labels, and for the labels in the bodies of projects and tasks."""

from __future__ import annotations

from starlette.responses import Response

from annoport.testing.cvat.answers import Json, answer, refuse_field, refuse_list, unknown
from annoport.testing.cvat.call import Call, Routes
from annoport.testing.cvat.lists import listed
from annoport.testing.cvat.state import Job, Label


def checked_labels(given: Json) -> list[Json]:
    """Return the labels of a new project or task; Refused if they or the name are invalid."""
    if not given.get("name"):
        refuse_field("name", "This field is required.")
    labels: list[Json] = given.get("labels") or []
    for label in labels:
        if not label.get("name"):
            refuse_field("labels", "This field is required.")
    for siblings in (labels, *(label.get("sublabels") or () for label in labels)):
        if len({label["name"] for label in siblings}) != len(siblings):
            refuse_list("All label names must be unique")
    return labels


def change_labels(
    call: Call, given: Json, *, project_id: int | None = None, task_id: int | None = None
) -> None:
    """Add, change or remove labels as the PATCH of their project or task asks."""
    for spec in given.get("labels") or ():
        known = call.state.labels.get(spec.get("id", 0))
        if known is None:
            call.state.add_label(spec, project_id=project_id, task_id=task_id)
        elif spec.get("deleted"):
            call.state.remove_label(known)
        else:
            known.name = spec.get("name", known.name)
            known.color = spec.get("color", known.color)
            known.type = spec.get("type", known.type)
            for given_attribute in spec.get("attributes") or ():
                _change_attribute(call, known, given_attribute)


def _change_attribute(call: Call, label: Label, given: Json) -> None:
    """Change the attribute of that name, or add one."""
    for attribute in label.attributes:
        if attribute["name"] == given["name"]:
            attribute |= {name: value for name, value in given.items() if name != "id"}
            return
    label.attributes.append(call.state.attribute(given))


async def labels(call: Call) -> Response:
    """GET /api/labels, of a project, a task or a job."""
    found = list(call.state.labels.values())
    asked = {name: call.query.get(f"{name}_id") for name in ("project", "task", "job")}
    if asked["job"] is not None:
        found = call.state.labels_of(call.state.tasks[_known_job(call, asked["job"]).task_id])
    elif asked["task"] is not None:
        number = int(asked["task"])
        if number not in call.state.tasks:
            unknown("Task")
        found = call.state.labels_of(call.state.tasks[number])
    elif asked["project"] is not None:
        found = [label for label in found if str(label.project_id) == asked["project"]]
    shown = [label.show() for label in found]
    return listed(call, shown, simple=("name", "color", "type"), sort="id")


def _known_job(call: Call, number: str) -> Job:
    if int(number) not in call.state.jobs:
        unknown("Job")
    return call.state.jobs[int(number)]


async def label(call: Call) -> Response:
    """GET /api/labels/{id}."""
    return answer(call.find(call.state.labels, "Label").show())


async def update_label(call: Call) -> Response:
    """PATCH /api/labels/{id}."""
    found = call.find(call.state.labels, "Label")
    given = await call.body()
    found.name = given.get("name", found.name)
    found.color = given.get("color", found.color)
    found.attributes += [call.state.attribute(new) for new in given.get("attributes") or ()]
    return answer(found.show())


async def remove_label(call: Call) -> Response:
    """DELETE /api/labels/{id}."""
    call.state.remove_label(call.find(call.state.labels, "Label"))
    return Response(status_code=204)


ROUTES: Routes = {
    "labels": {"GET": labels},
    "labels/{id:int}": {"GET": label, "PATCH": update_label, "DELETE": remove_label},
}
