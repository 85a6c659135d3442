"""Endpoints for jobs, the parts that tasks are split into."""

from __future__ import annotations

from starlette.responses import Response

from annoport.testing.cvat.answers import Json, answer, refuse_field, refuse_list
from annoport.testing.cvat.call import Call, Routes
from annoport.testing.cvat.lists import listed
from annoport.testing.cvat.state import Job, now

_STAGES = ("annotation", "validation", "acceptance")
_STATES = ("new", "in progress", "completed", "rejected")
_STATUSES = ("annotation", "validation", "completed")

_COMPARED = ("id", "task_id", "project_id", "assignee", "stage", "state", "type", "dimension")


def _show(call: Call, job: Job) -> Json:
    """Show a job."""
    task = call.state.tasks[job.task_id]
    project = call.state.projects.get(task.project_id or 0)
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
        "mode": task.mode,
        "frame_count": job.stop - job.start + 1,
        "start_frame": job.start,
        "stop_frame": job.stop,
        "data_chunk_size": task.chunk_size,
        "data_compressed_chunk_type": task.chunk_type,
        "data_original_chunk_type": task.chunk_type,
        "created_date": job.created,
        "updated_date": job.updated,
        "issues": {"url": f"{call.base}/api/issues?job_id={job.id}", "count": 0},
        "labels": {"url": f"{call.base}/api/labels?job_id={job.id}"},
        "type": job.type,
        "organization": task.organization_id,
        "target_storage": None,
        "source_storage": None,
        "assignee_updated_date": job.assignee_updated,
        "parent_job_id": None,
        "consensus_replicas": 0,
        "replicas_count": 0,
        "task_name": task.name,
        "project_name": project.name if project else None,
        "media_type": "image",
    }


async def jobs(call: Call) -> Response:
    """GET /api/jobs."""
    found = [
        job
        for job in call.state.jobs.values()
        if call.visible(call.state.tasks[job.task_id].organization_id)
    ]
    return listed(call, [_show(call, job) for job in found], simple=_COMPARED, search=("id",))


async def job(call: Call) -> Response:
    """GET /api/jobs/{id}."""
    return answer(_show(call, call.job()))


async def update_job(call: Call) -> Response:
    """PATCH /api/jobs/{id}; here the assignee is an id."""
    found = call.job()
    given = await call.body()
    for name, choices in (("stage", _STAGES), ("state", _STATES)):
        if name in given:
            if given[name] not in choices:
                refuse_field(name, f'"{given[name]}" is not a valid choice.')
            setattr(found, name, given[name])
    if "assignee" in given:
        call.assign(found, given["assignee"])
    found.updated = now()
    task = call.state.tasks[found.task_id]
    # A task is as far as the job that is least far.
    task.status = min((job.status for job in call.state.jobs_of(task)), key=_STATUSES.index)
    return answer(_show(call, found))


async def keep_job(call: Call) -> Response:
    """DELETE /api/jobs/{id}: refused, as all jobs are annotation jobs."""
    call.job()
    refuse_list("Only ground truth jobs can be removed")


ROUTES: Routes = {
    "jobs": {"GET": jobs},
    "jobs/{id:int}": {"GET": job, "PATCH": update_job, "DELETE": keep_job},
}
