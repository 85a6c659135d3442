"""Endpoints for annotation functions: the events of their queues."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator

import anyio
from starlette.responses import Response, StreamingResponse

from annoport.testing.cvat.answers import unknown
from annoport.testing.cvat.call import Call, Routes
from annoport.testing.cvat.function_queues import FunctionQueue

_LOOK_SECONDS = 0.01


async def watch(call: Call) -> Response:
    """GET /api/functions/queues/{id}/watch: an event for each request that is new from now on."""
    queue = call.backend.function_queues.get(call.request.path_params["queue_id"])
    if queue is None:
        unknown("AnnotationFunction")
    headers = {"cache-control": "no-cache", "x-accel-buffering": "no"}
    # Subscribed before the answer begins, so that nothing is missed once the client has it.
    events = _events(queue, len(queue.announced))
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


async def _events(queue: FunctionQueue, sent: int) -> AsyncIterator[str]:
    queue.watchers += 1
    try:
        yield f"retry: {round(queue.retry_seconds * 1000)}\n\n"
        alive = time.monotonic()
        while not queue.closed:
            for category in queue.announced[sent:]:
                data = json.dumps({"request_category": category})
                yield f"event: newrequest\ndata: {data}\n\n"
                sent, alive = sent + 1, time.monotonic()
            if time.monotonic() - alive >= queue.heartbeat_seconds:
                yield ": keep-alive\n\n"
                alive = time.monotonic()
            await anyio.sleep(_LOOK_SECONDS)
    finally:
        queue.watchers -= 1


ROUTES: Routes = {"functions/queues/{queue_id}/watch": {"GET": watch}}
