"""Endpoints for background requests."""

from __future__ import annotations

from starlette.responses import Response

from annoport.testing.cvat.answers import Json, answer, empty
from annoport.testing.cvat.call import Call, Routes
from annoport.testing.cvat.lists import listed

_COMPARED = (
    "status", "action", "target", "subresource", "project_id", "task_id", "job_id", "format",
)  # fmt: skip


async def requests(call: Call) -> Response:
    """GET /api/requests."""
    queue = call.backend.queue
    shown: list[Json] = []
    for known in queue.all():
        action, _, subresource = known.plan.operation.partition(":")
        item = queue.show(known, call.base)
        shown.append({**item, "action": action, "subresource": subresource})
    return listed(
        call,
        shown,
        simple=_COMPARED,
        search=("id",),
        sort="-created_date",
        hidden=("action", "subresource"),
        terms=_COMPARED,
    )


async def request(call: Call) -> Response:
    """GET /api/requests/{rq_id}."""
    queue = call.backend.queue
    return answer(queue.show(queue.find(call.request.path_params["rq_id"]), call.base))


async def cancel(call: Call) -> Response:
    """POST /api/requests/{rq_id}/cancel."""
    call.backend.queue.cancel(call.request.path_params["rq_id"])
    return empty(200)


ROUTES: Routes = {
    "requests": {"GET": requests},
    "requests/{rq_id}": {"GET": request},
    "requests/{rq_id}/cancel": {"POST": cancel},
}
