"""Endpoints for tasks."""

from __future__ import annotations

from starlette.responses import Response

from annoport.testing.cvat.answers import Json, answer, refuse_list
from annoport.testing.cvat.call import Call, Routes
from annoport.testing.cvat.endpoints.labels import change_labels, checked_labels
from annoport.testing.cvat.lists import listed
from annoport.testing.cvat.state import Task, now

_COMPARED = ("name", "owner", "assignee", "status", "id", "project_id", "subset", "mode")


def _show(call: Call, task: Task) -> Json:
    """Show a task; one without data lacks the fields about it."""
    jobs, project = call.state.jobs_of(task), call.state.projects.get(task.project_id or 0)
    data: Json = {
        "data_chunk_size": task.chunk_size if task.images else None,
        "data_original_chunk_type": task.chunk_type,
        "data_compressed_chunk_type": task.chunk_type,
        "data_cloud_storage_id": task.cloud_storage_id,
        "size": len(task.images),
        "image_quality": task.image_quality,
        "data": task.id,
    }
    return {
        "url": f"{call.base}/api/tasks/{task.id}",
        "id": task.id,
        "name": task.name,
        "project_id": task.project_id,
        "mode": task.mode if task.images else "",
        "owner": task.owner.basic(call.base),
        "assignee": task.assignee.basic(call.base) if task.assignee else None,
        "bug_tracker": task.bug_tracker,
        "created_date": task.created,
        "updated_date": task.updated,
        "overlap": task.overlap,
        "segment_size": task.segment_size,
        "status": task.status,
        **(data if task.has_data else {}),
        "guide_id": None,
        "dimension": "2d",
        "subset": task.subset,
        "organization_id": task.organization_id,
        "organization": task.organization_id,
        "target_storage": None,
        "source_storage": None,
        "jobs": {
            "count": len(jobs),
            "completed": sum(job.status == "completed" for job in jobs),
            "validation": sum(job.status == "validation" for job in jobs),
            "url": f"{call.base}/api/jobs?task_id={task.id}",
        },
        "labels": {"url": f"{call.base}/api/labels?task_id={task.id}"},
        "assignee_updated_date": task.assignee_updated,
        "validation_mode": None,
        "consensus_enabled": False,
        "initial_replicas": 0,
        "project_name": project.name if project else None,
        "media_type": "image",
    }


async def tasks(call: Call) -> Response:
    """GET /api/tasks."""
    found = [task for task in call.state.tasks.values() if call.visible(task.organization_id)]
    return listed(call, [_show(call, task) for task in found], simple=_COMPARED)


async def task(call: Call) -> Response:
    """GET /api/tasks/{id}."""
    return answer(_show(call, call.task()))


async def create_task(call: Call) -> Response:
    """POST /api/tasks."""
    given = await call.body()
    labels = checked_labels(given)
    project_id = given.get("project_id")
    if project_id is not None and project_id not in call.state.projects:
        refuse_list("Project matching query does not exist.")
    parent = call.state.projects.get(project_id or 0)
    chosen = call.organization()
    made = Task(
        id=call.state.new_id("task"),
        name=given["name"],
        owner=call.user,
        project_id=project_id,
        organization_id=parent.organization_id if parent else (chosen.id if chosen else None),
        subset=given.get("subset", ""),
        segment_size=given.get("segment_size", 0),
        overlap=given.get("overlap"),
        bug_tracker=given.get("bug_tracker", ""),
    )
    call.state.tasks[made.id] = made
    for spec in labels:
        call.state.add_label(spec, task_id=made.id)
    shown = _show(call, made)
    return answer(shown, 201, {"location": shown["url"]})


async def update_task(call: Call) -> Response:
    """PATCH /api/tasks/{id}."""
    found = call.task()
    given = await call.body()
    if "assignee_id" in given:
        call.assign(found, given["assignee_id"])
    for name in ("name", "bug_tracker", "subset", "project_id"):
        if name in given:
            setattr(found, name, given[name])
    change_labels(call, given, task_id=found.id)
    found.updated = now()
    return answer(_show(call, found))


async def remove_task(call: Call) -> Response:
    """DELETE /api/tasks/{id}."""
    call.state.remove_task(call.task())
    return Response(status_code=204)


ROUTES: Routes = {
    "tasks": {"GET": tasks, "POST": create_task},
    "tasks/{id:int}": {"GET": task, "PATCH": update_task, "DELETE": remove_task},
}
