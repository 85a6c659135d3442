"""Endpoints for serverless functions and the automatic annotations by them."""

from __future__ import annotations

from starlette.responses import Response

from annoport.testing.cvat.answers import Refused, answer, unknown
from annoport.testing.cvat.call import Call, Routes
from annoport.testing.cvat.function_calls import Function, FunctionCall

_REQUIRED = ("function", "task")
_TRACEBACK = (
    "Traceback (most recent call last):\n"
    '  File "/opt/cvat/rq/worker.py", line 1431, in perform_job\n'
    "    return_value = job.perform()\n"
)


def _function(call: Call, name: str) -> Function:
    if name not in call.backend.functions:
        raise Refused(answer(f"{name} lambda function is not found", 404))
    return call.backend.functions[name]


async def functions(call: Call) -> Response:
    """GET /api/lambda/functions."""
    return answer([known.show() for known in call.backend.functions.values()])


async def function(call: Call) -> Response:
    """GET /api/lambda/functions/{func_id}."""
    return answer(_function(call, call.request.path_params["func_id"]).show())


def _settle(call: Call) -> dict[str, FunctionCall]:
    for known in call.backend.function_calls.values():
        known.settle(call.state, call.backend.went_wrong)
    return call.backend.function_calls


async def requests(call: Call) -> Response:
    """GET /api/lambda/requests."""
    return answer([known.show() for known in _settle(call).values()])


async def create(call: Call) -> Response:
    """POST /api/lambda/requests: only one may run on a task."""
    given = await call.body()
    absent = {name: ["This field is required."] for name in _REQUIRED if name not in given}
    if absent:
        return answer(absent, 400)
    chosen = _function(call, given["function"])
    if given["task"] not in call.state.tasks:
        unknown("Task")
    task = call.state.tasks[given["task"]]
    rq_id = f"action=autoannotate&target=task&target_id={task.id}"
    running = _settle(call).get(rq_id)
    if running is not None and not running.done:
        message = f"Only one running request is allowed for the same task #{task.id}"
        return answer(message, 409)
    frames = range(len(task.images))
    if given.get("job") is not None:
        job = call.state.jobs[given["job"]]
        frames = range(job.start, job.stop + 1)
    backend = call.backend
    failing, backend.next_job = backend.next_job == "failed", "finished"
    begun = backend.clock.monotonic()
    made = FunctionCall(
        id=rq_id,
        function=chosen,
        task=task,
        frames=frames,
        given=given,
        clock=backend.clock,
        starts=begun + backend.queue_seconds,
        ends=begun + backend.queue_seconds + backend.job_seconds,
        error=f"{_TRACEBACK}{backend.failure}" if failing else None,
    )
    backend.function_calls[rq_id] = made
    return answer({**made.show(), "status": "queued", "started": None, "ended": None})


def _found(call: Call) -> FunctionCall:
    name = call.request.path_params["id"]
    known = _settle(call).get(name)
    if known is None:
        raise Refused(answer(f"{name} lambda job is not found", 404))
    return known


async def request(call: Call) -> Response:
    """GET /api/lambda/requests/{id}."""
    return answer(_found(call).show())


async def remove(call: Call) -> Response:
    """DELETE /api/lambda/requests/{id}."""
    del call.backend.function_calls[_found(call).id]
    return Response(status_code=204)


ROUTES: Routes = {
    "lambda/functions": {"GET": functions},
    "lambda/functions/{func_id}": {"GET": function},
    "lambda/requests": {"GET": requests, "POST": create},
    "lambda/requests/{id}": {"GET": request, "DELETE": remove},
}
