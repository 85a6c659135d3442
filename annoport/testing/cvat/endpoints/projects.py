"""Endpoints for projects."""

from __future__ import annotations

from starlette.responses import Response

from annoport.testing.cvat.answers import Json, answer, server_error
from annoport.testing.cvat.call import Call, Routes
from annoport.testing.cvat.endpoints.labels import change_labels, checked_labels
from annoport.testing.cvat.lists import listed
from annoport.testing.cvat.state import Project, now

_COMPARED = ("name", "owner", "assignee", "status", "id")


def _show(call: Call, project: Project) -> Json:
    """Show a project."""
    tasks = call.state.tasks_of(project)
    return {
        "url": f"{call.base}/api/projects/{project.id}",
        "id": project.id,
        "name": project.name,
        "owner": project.owner.basic(call.base),
        "assignee": project.assignee.basic(call.base) if project.assignee else None,
        "guide_id": None,
        "bug_tracker": project.bug_tracker,
        "created_date": project.created,
        "updated_date": project.updated,
        "status": project.status,
        "dimension": "2d" if any(task.images for task in tasks) else None,
        "organization": project.organization_id,
        "organization_id": project.organization_id,
        "target_storage": None,
        "source_storage": None,
        "tasks": {"count": len(tasks), "url": f"{call.base}/api/tasks?project_id={project.id}"},
        "labels": {"url": f"{call.base}/api/labels?project_id={project.id}"},
        "assignee_updated_date": project.assignee_updated,
        "task_subsets": sorted({task.subset for task in tasks if task.subset}),
    }


async def projects(call: Call) -> Response:
    """GET /api/projects."""
    found = [p for p in call.state.projects.values() if call.visible(p.organization_id)]
    return listed(call, [_show(call, project) for project in found], simple=_COMPARED)


async def project(call: Call) -> Response:
    """GET /api/projects/{id}."""
    return answer(_show(call, call.project()))


async def create_project(call: Call) -> Response:
    """POST /api/projects."""
    given = await call.body()
    labels = checked_labels(given)
    chosen = call.organization()
    made = Project(
        id=call.state.new_id("project"),
        name=given["name"],
        owner=call.user,
        organization_id=chosen.id if chosen else None,
        bug_tracker=given.get("bug_tracker", ""),
    )
    call.state.projects[made.id] = made
    for spec in labels:
        call.state.add_label(spec, project_id=made.id)
    shown = _show(call, made)
    return answer(shown, 201, {"location": shown["url"]})


async def update_project(call: Call) -> Response:
    """PATCH /api/projects/{id}; the real server fails on an unknown assignee."""
    found = call.project()
    given = await call.body()
    if given.get("assignee_id") is not None and given["assignee_id"] not in call.state.users:
        return server_error()
    if "assignee_id" in given:
        call.assign(found, given["assignee_id"])
    for name in ("name", "bug_tracker"):
        if name in given:
            setattr(found, name, given[name])
    change_labels(call, given, project_id=found.id)
    found.updated = now()
    return answer(_show(call, found))


async def remove_project(call: Call) -> Response:
    """DELETE /api/projects/{id}."""
    call.state.remove_project(call.project())
    return Response(status_code=204)


ROUTES: Routes = {
    "projects": {"GET": projects, "POST": create_project},
    "projects/{id:int}": {"GET": project, "PATCH": update_project, "DELETE": remove_project},
}
