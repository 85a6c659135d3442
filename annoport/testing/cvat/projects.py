"""Endpoints of projects, tasks, jobs and labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from annoport.testing.cvat.answers import (
    Json,
    answer,
    refuse_field,
    refuse_list,
    server_error,
    unknown,
)
from annoport.testing.cvat.paging import listed
from annoport.testing.cvat.state import Job, Project, Task, now

if TYPE_CHECKING:
    from annoport.testing.cvat.call import Call

_STAGES = ("annotation", "validation", "acceptance")
_STATES = ("new", "in progress", "completed", "rejected")
_SIMPLE = ("name", "owner", "assignee", "status", "id")


def show_project(call: Call, project: Project) -> Json:
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


def show_task(call: Call, task: Task) -> Json:
    """Show a task; one without data lacks the fields about them."""
    jobs = call.state.jobs_of(task)
    data: Json = {
        "data_chunk_size": 72,
        "data_original_chunk_type": "imageset",
        "data_compressed_chunk_type": "imageset",
        "data_cloud_storage_id": None,
        "size": len(task.images),
        "image_quality": task.image_quality,
        "data": task.id,
    }
    return {
        "url": f"{call.base}/api/tasks/{task.id}",
        "id": task.id,
        "name": task.name,
        "project_id": task.project_id,
        "mode": "annotation" if task.images else "",
        "owner": task.owner.basic(call.base),
        "assignee": task.assignee.basic(call.base) if task.assignee else None,
        "bug_tracker": task.bug_tracker,
        "created_date": task.created,
        "updated_date": task.updated,
        "overlap": task.overlap,
        "segment_size": task.segment_size,
        "status": task.status,
        **(data if task.images else {}),
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
    }


def show_job(call: Call, job: Job) -> Json:
    """Show a job."""
    task = call.state.tasks[job.task_id]
    return {
        "url": f"{call.base}/api/jobs/{job.id}",
        "id": job.id,
        "task_id": task.id,
        "project_id": task.project_id,
        "assignee": job.assignee.basic(call.base) if job.assignee else None,
        "guide_id": None,
        "dimension": "2d",
        "bug_tracker": task.bug_tracker,
        "status": job.status,
        "stage": job.stage,
        "state": job.state,
        "mode": "annotation",
        "frame_count": job.stop - job.start + 1,
        "start_frame": job.start,
        "stop_frame": job.stop,
        "data_chunk_size": 72,
        "data_compressed_chunk_type": "imageset",
        "data_original_chunk_type": "imageset",
        "created_date": job.created,
        "updated_date": job.updated,
        "issues": {"url": f"{call.base}/api/issues?job_id={job.id}", "count": 0},
        "labels": {"url": f"{call.base}/api/labels?job_id={job.id}"},
        "type": "annotation",
        "organization": task.organization_id,
        "target_storage": None,
        "source_storage": None,
        "assignee_updated_date": job.assignee_updated,
        "parent_job_id": None,
        "consensus_replicas": 0,
    }


async def projects(call: Call) -> Response:
    """GET /api/projects."""
    found = [p for p in call.state.projects.values() if call.visible(p.organization_id)]
    return listed(call, [show_project(call, project) for project in found], simple=_SIMPLE)


async def project(call: Call) -> Response:
    """GET /api/projects/{id}."""
    return answer(show_project(call, call.project()))


async def create_project(call: Call) -> Response:
    """POST /api/projects."""
    given = await call.body()
    labels = _new_labels(given)
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
    shown = show_project(call, made)
    return answer(shown, 201, {"location": shown["url"]})


def _new_labels(given: Json) -> list[Json]:
    """Check what a project and a task must have; return the labels."""
    if not given.get("name"):
        refuse_field("name", "This field is required.")
    labels: list[Json] = given.get("labels") or []
    for label in labels:
        if not label.get("name"):
            refuse_field("labels", "This field is required.")
    if len({label["name"] for label in labels}) != len(labels):
        refuse_list("All label names must be unique")
    return labels


async def update_project(call: Call) -> Response:
    """PATCH /api/projects/{id}; the real server fails on an unknown assignee."""
    found = call.project()
    given = await call.body()
    if given.get("assignee_id") is not None and given["assignee_id"] not in call.state.users:
        return server_error()
    _assign(call, found, given)
    for name in ("name", "bug_tracker"):
        if name in given:
            setattr(found, name, given[name])
    _change_labels(call, given, project_id=found.id)
    found.updated = now()
    return answer(show_project(call, found))


def _assign(call: Call, target: Project | Task, given: Json) -> None:
    if "assignee_id" in given:
        target.assignee = call.assignee(given)
        target.assignee_updated = now()


def _change_labels(
    call: Call, given: Json, *, project_id: int | None = None, task_id: int | None = None
) -> None:
    """Add, change or remove labels, as a PATCH of their project or task asks."""
    for spec in given.get("labels") or ():
        known = call.state.labels.get(spec.get("id", 0))
        if known is None:
            call.state.add_label(spec, project_id=project_id, task_id=task_id)
        elif spec.get("deleted"):
            del call.state.labels[known.id]
        else:
            known.name = spec.get("name", known.name)
            known.color = spec.get("color", known.color)


async def remove_project(call: Call) -> Response:
    """DELETE /api/projects/{id}."""
    call.state.remove_project(call.project())
    return Response(status_code=204)


async def tasks(call: Call) -> Response:
    """GET /api/tasks."""
    found = [task for task in call.state.tasks.values() if call.visible(task.organization_id)]
    simple = (*_SIMPLE, "project_id", "subset", "mode")
    return listed(call, [show_task(call, task) for task in found], simple=simple)


async def task(call: Call) -> Response:
    """GET /api/tasks/{id}."""
    return answer(show_task(call, call.task()))


async def create_task(call: Call) -> Response:
    """POST /api/tasks."""
    given = await call.body()
    labels = _new_labels(given)
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
    shown = show_task(call, made)
    return answer(shown, 201, {"location": shown["url"]})


async def update_task(call: Call) -> Response:
    """PATCH /api/tasks/{id}."""
    found = call.task()
    given = await call.body()
    _assign(call, found, given)
    for name in ("name", "bug_tracker", "subset", "project_id"):
        if name in given:
            setattr(found, name, given[name])
    _change_labels(call, given, task_id=found.id)
    found.updated = now()
    return answer(show_task(call, found))


async def remove_task(call: Call) -> Response:
    """DELETE /api/tasks/{id}."""
    call.state.remove_task(call.task())
    return Response(status_code=204)


async def jobs(call: Call) -> Response:
    """GET /api/jobs."""
    found = [
        job
        for job in call.state.jobs.values()
        if call.visible(call.state.tasks[job.task_id].organization_id)
    ]
    simple = ("id", "task_id", "project_id", "assignee", "stage", "state", "type", "dimension")
    return listed(call, [show_job(call, job) for job in found], simple=simple, search=("id",))


async def job(call: Call) -> Response:
    """GET /api/jobs/{id}."""
    return answer(show_job(call, call.job()))


async def update_job(call: Call) -> Response:
    """PATCH /api/jobs/{id}; the assignee is a number here."""
    found = call.job()
    given = await call.body()
    for name, choices in (("stage", _STAGES), ("state", _STATES)):
        if name in given:
            if given[name] not in choices:
                refuse_field(name, f'"{given[name]}" is not a valid choice.')
            setattr(found, name, given[name])
    if "assignee" in given:
        found.assignee = call.assignee({"assignee_id": given["assignee"]})
        found.assignee_updated = now()
    found.updated = now()
    return answer(show_job(call, found))


async def keep_job(call: Call) -> Response:
    """DELETE /api/jobs/{id}: refused, for there are annotation jobs only."""
    call.job()
    refuse_list("Only ground truth jobs can be removed")


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
    found = call.find(call.state.labels, "Label")
    del call.state.labels[found.id]
    return Response(status_code=204)
