"""Endpoints for the frames of tasks and jobs: upload, metadata, images and previews."""

from __future__ import annotations

from starlette.responses import Response

from annoport.testing.cvat.answers import Json, Refused, answer, refuse_list
from annoport.testing.cvat.background import Done, Plan
from annoport.testing.cvat.call import Call, Methods, Routes
from annoport.testing.cvat.endpoints.uploads import receive
from annoport.testing.cvat.imports import images
from annoport.testing.cvat.state import Image, read_image
from annoport.testing.images import jpeg, png
from annoport.testing.payloads import zip_payload

_STATES = {"queued": "Queued", "started": "Started", "finished": "Finished", "failed": "Failed"}


def _create_id(task_id: int) -> str:
    return f"action=create&target=task&target_id={task_id}"


async def create(call: Call) -> Response:
    """POST /api/tasks/{id}/data/: a step of the upload, or its end."""
    task = call.task()
    if task.images:
        return answer("Adding more data is not supported", 400)
    received = await receive(call)
    if isinstance(received, Response):
        return received
    options = await call.fields()
    files = {**received, **_shared(options.get("server_files") or [])}

    def work() -> Done:
        call.state.attach(task, images(files))
        return Done()

    plan = Plan(
        id=_create_id(task.id),
        operation="create:task",
        target="task",
        owner=call.user,
        work=work,
        subject={"project_id": task.project_id, "task_id": task.id},
    )
    call.backend.queue.start(plan)
    task.image_quality = int(options.get("image_quality", task.image_quality))
    return answer({"rq_id": plan.id}, 202)


def _shared(names: list[str]) -> dict[str, bytes]:
    """Return files of the share, which has an image under every name."""
    return {name: png(64, 48, shade=100) for name in names}


async def status(call: Call) -> Response:
    """GET /api/tasks/{id}/status: how far the creation of the task has come."""
    task = call.task()
    try:
        found = call.backend.queue.find(_create_id(task.id))
    except Refused:
        state = "Finished" if task.images else "Unknown"
        return answer({"state": state, "message": "", "progress": 0.0})
    state = _STATES[found.status()]
    return answer({"state": state, "message": found.message, "progress": 0.0})


async def meta(call: Call) -> Response:
    """GET data/meta of a task or job."""
    part = call.part()
    frames = part.task.images[part.start : part.stop + 1]
    return answer(
        {
            "chapters": None,
            "chunks_updated_date": part.task.updated,
            "chunk_size": 72,
            "size": len(frames),
            "image_quality": part.task.image_quality,
            "start_frame": part.start,
            "stop_frame": part.stop,
            "frame_filter": "",
            "frames": [_frame_meta(image) for image in frames],
            "deleted_frames": part.task.deleted_frames,
            "included_frames": None,
            "storage": "local",
            "cloud_storage_id": None,
        }
    )


def _frame_meta(image: Image) -> Json:
    return {
        "width": image.width,
        "height": image.height,
        "name": image.name,
        "related_files": 0,
        "has_related_context": False,
    }


async def change_meta(call: Call) -> Response:
    """PATCH data/meta: changes which frames are deleted."""
    part = call.part()
    deleted = (await call.body()).get("deleted_frames", part.task.deleted_frames)
    wrong = {
        str(place): ["A valid integer is required."]
        for place, frame in enumerate(deleted)
        if not isinstance(frame, int)
    }
    if wrong:
        raise Refused(answer({"deleted_frames": wrong}, 400))
    part.task.deleted_frames = deleted
    return await meta(call)


async def retrieve(call: Call) -> Response:
    """GET data: a frame, or a chunk of frames as a zip."""
    part = call.part()
    wanted = call.query.get("type")
    if wanted not in ("chunk", "frame", "preview", "context_image"):
        refuse_list("Data type not specified or has wrong value")
    frames = part.task.images[part.start : part.stop + 1]
    compressed = call.query.get("quality", "compressed") == "compressed"
    if wanted == "chunk":
        members = [
            (f"{number:06d}.{'jpeg' if compressed else 'png'}", _content(image, small=compressed))
            for number, image in enumerate(frames)
        ]
        return Response(zip_payload(members).read(), media_type="application/zip")
    if wanted == "context_image":
        return Response(zip_payload([]).read())
    image = _frame(call, frames, part.start)
    return _image(image, small=compressed)


def _frame(call: Call, frames: list[Image], start: int) -> Image:
    number = call.query.get("number", "0")
    place = int(number) - start if number.isdigit() else -1
    if not 0 <= place < len(frames):
        message = f"The frame number should be in the [{start}, {start + len(frames)}] range"
        raise Refused(answer(f"Invalid frame '{number}'. {message}", 400))
    return frames[place]


def _content(image: Image, *, small: bool) -> bytes:
    return jpeg(image.width, image.height) if small else image.content


def _image(image: Image, *, small: bool) -> Response:
    content = _content(image, small=small)
    jpeg_magic = content.startswith(b"\xff\xd8")
    return Response(content, media_type="image/jpeg" if jpeg_magic else "image/png")


async def preview(call: Call) -> Response:
    """GET preview of a task or job."""
    part = call.part()
    image = _frame(call, part.task.images[part.start : part.stop + 1], part.start)
    return _image(read_image(image.name, _content(image, small=True)), small=True)


_META: Methods = {"GET": meta, "PATCH": change_meta}
ROUTES: Routes = {
    "tasks/{id:int}/status": {"GET": status},
    "tasks/{id:int}/preview": {"GET": preview},
    "tasks/{id:int}/data/meta": _META,
    "tasks/{id:int}/data[/]": {"GET": retrieve, "POST": create},
    "jobs/{id:int}/preview": {"GET": preview},
    "jobs/{id:int}/data/meta": _META,
    "jobs/{id:int}/data": {"GET": retrieve},
}
