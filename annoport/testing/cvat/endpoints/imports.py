"""Endpoints for importing datasets and backups."""

from __future__ import annotations

from starlette.responses import Response

from annoport.testing.cvat import imports
from annoport.testing.cvat.answers import Refused, answer, refuse_list
from annoport.testing.cvat.background import Done, Plan
from annoport.testing.cvat.call import Call, Routes
from annoport.testing.cvat.endpoints.uploads import receive
from annoport.testing.cvat.exports import IMPORT_FORMATS


async def import_backup(call: Call) -> Response:
    """POST /api/tasks/backup/ or /api/projects/backup/: a new object from a backup."""
    target = call.request.url.path.split("/")[2].removesuffix("s")
    received = await receive(call)
    if isinstance(received, Response):
        return received
    if not received:
        raise Refused(answer({f"{target}_file": ["No file was submitted."]}, 400))
    content = next(iter(received.values()))
    user, state = call.user, call.state

    def work() -> Done:
        members = imports.unzip(content)
        if target == "task":
            return Done(result_id=imports.task_backup(state, user, members).id)
        return Done(result_id=imports.project_backup(state, user, members).id)

    plan = Plan(
        id=f"action=import&target={target}&id={call.backend.new_uuid()}&subresource=backup",
        operation="import:backup",
        target=target,
        owner=user,
        work=work,
        subject={},
    )
    call.backend.queue.start(plan)
    return answer({"rq_id": plan.id}, 202)


async def import_dataset(call: Call) -> Response:
    """POST /api/projects/{id}/dataset/: a new task from images and annotations."""
    project = call.project()
    received = await receive(call)
    if isinstance(received, Response):
        return received
    wanted = call.query.get("format", "")
    if wanted not in IMPORT_FORMATS:
        refuse_list(f"Unknown input format '{wanted}'")
    if not received:
        raise Refused(answer({"dataset_file": ["No file was submitted."]}, 400))
    content = next(iter(received.values()))
    user, state = call.user, call.state

    def work() -> Done:
        imports.project_dataset(state, user, project, content)
        return Done()

    plan = Plan(
        id=f"action=import&target=project&target_id={project.id}&subresource=dataset",
        operation="import:dataset",
        target="project",
        owner=call.user,
        work=work,
        subject={"project_id": project.id},
    )
    call.backend.queue.start(plan)
    return answer({"rq_id": plan.id}, 202)


ROUTES: Routes = {
    "projects/backup[/]": {"POST": import_backup},
    "projects/{id:int}/dataset[/]": {"POST": import_dataset},
    "tasks/backup[/]": {"POST": import_backup},
}
