"""Endpoints for the frames of tasks and jobs: upload, metadata, images and previews."""

from __future__ import annotations

import urllib.request
import zlib
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from starlette.responses import Response

from annoport.testing.cvat.answers import (
    Json,
    Refused,
    answer,
    refuse_detail,
    refuse_field,
    refuse_list,
    server_error,
    text,
)
from annoport.testing.cvat.background import Done, Plan, WorkError
from annoport.testing.cvat.call import Call, Methods, Routes
from annoport.testing.cvat.endpoints.uploads import receive
from annoport.testing.cvat.exports import Part
from annoport.testing.cvat.frames import Chunks, Selection
from annoport.testing.cvat.imports import images
from annoport.testing.cvat.state import Image, read_image
from annoport.testing.images import jpeg, png
from annoport.testing.payloads import zip_payload

_KINDS = {b"\xff\xd8": "jpeg", b"BM": "bmp", b"GIF8": "gif", b"II*\0": "tiff"}
_STATES = {"queued": "Queued", "started": "Started", "finished": "Finished", "failed": "Failed"}


def _create_id(task_id: int) -> str:
    return f"action=create&target=task&target_id={task_id}"


async def create(call: Call) -> Response:
    """POST /api/tasks/{id}/data/: a step of the upload, or its end."""
    task = call.task()
    if task.images:
        return answer("Adding more data is not supported", 400)
    task.has_data = True
    _check_media_type(call)
    options = await call.fields()
    begins = {"upload-start", "upload-length"} & set(call.request.headers)
    if not begins and "image_quality" not in options:
        await call.request.close()
        refuse_field("image_quality", "This field is required.")
    received = await receive(call)
    if isinstance(received, Response):
        return received
    selection, key = Selection.of(options), call.request.url.path.rstrip("/")
    promised = call.backend.uploads.promised.get(key, set())
    try:
        selection.check([*received, *promised])
    except Refused:
        # The order may be corrected; what has arrived stays.
        call.backend.uploads.staged[key] = received
        raise
    call.backend.uploads.promised.pop(key, None)
    storage_id = options.get("cloud_storage_id")

    def work() -> Done:
        files = {
            **received,
            **_on_server(call, options.get("server_files") or [], storage_id),
            **_fetched(options.get("remote_files") or []),
        }
        for name in promised:
            raise WorkError(f"FileNotFoundError: [Errno 2] No such file or directory: {name!r}")
        task.chunk_size, task.frame_step = selection.chunk_size, selection.step
        task.first_frame, task.cloud_storage_id = selection.first, storage_id
        call.state.attach(task, images(files, selection))
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
    task.image_quality = int(options["image_quality"])
    return answer({"rq_id": plan.id}, 202)


def _check_media_type(call: Call) -> None:
    kind = call.request.headers.get("content-type", "").partition(";")[0]
    if kind == "application/x-www-form-urlencoded":
        refuse_detail(f'Unsupported media type "{kind}" in request.', 415)


def _on_server(call: Call, names: list[str], storage_id: int | None) -> dict[str, bytes]:
    """Return files of a storage or of the share, which has an image under every name."""
    if storage_id is None:
        return {name: png(64, 48, shade=100) for name in names}
    bucket = call.backend.buckets.of(storage_id)
    for name in names:
        if name not in bucket:
            raise WorkError(f"FileNotFoundError: [Errno 2] No such file or directory: {name!r}")
    return {name: bucket[name] for name in names}


def _fetched(urls: list[str]) -> dict[str, bytes]:
    """Download files, as the server does when it makes a task of them."""
    found: dict[str, bytes] = {}
    for url in urls:
        try:
            with urllib.request.urlopen(url, timeout=10) as answered:  # noqa: S310
                found[PurePosixPath(urlsplit(url).path).name] = answered.read()
        except OSError as error:
            raise WorkError(f"requests.exceptions.ConnectionError: {error}") from None
    return found


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
    task = part.task
    if not task.has_data:
        return server_error()
    frames = task.images[part.start : part.stop + 1]
    first, step = task.first_frame, task.frame_step
    return answer(
        {
            "chapters": None,
            "chunks_updated_date": task.chunks_updated,
            "chunk_size": task.chunk_size if frames else None,
            "size": len(frames),
            "image_quality": task.image_quality,
            # Unlike everywhere else, these count the uploaded files.
            "start_frame": first + part.start * step,
            "stop_frame": first + part.stop * step,
            "frame_filter": f"step={step}" if step > 1 else "",
            "frames": [_frame_meta(image) for image in frames[: 1 if task.film else None]],
            "deleted_frames": task.deleted_frames,
            "included_frames": None,
            "storage": "local",
            "cloud_storage_id": task.cloud_storage_id,
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
    quality = call.query.get("quality", "compressed")
    if quality not in ("compressed", "original"):
        refuse_list("Wrong quality value")
    number = _number(call) if wanted != "preview" else 0
    if not part.task.has_data:
        return server_error()
    if wanted == "preview":
        return _preview(call, part)
    if wanted == "chunk":
        return _chunk(call, part, number, small=quality == "compressed")
    if wanted == "context_image":
        return Response(zip_payload([]).read())
    is_small = quality == "compressed" and part.task.film is None
    return _image(_frame(call, part, number), small=is_small)


def _number(call: Call) -> int:
    """Return the number of a frame or chunk; that of a job's chunk may be an index."""
    given = call.query.get("number")
    if _of_job(call) and "index" in call.query:
        if given is not None:
            refuse_list("Number and Index cannot be used together")
        given = call.query["index"]
    if given is None:
        refuse_list("Number is not specified")
    if not given.removeprefix("-").isdigit():
        raise Refused(server_error())
    return int(given)


def _of_job(call: Call) -> bool:
    return call.request.url.path.startswith("/api/jobs/")


def _chunk(call: Call, part: Part, number: int, *, small: bool) -> Response:
    chunks = Chunks(start=part.start, stop=part.stop, size=part.task.chunk_size)
    by_index = _of_job(call) and "index" in call.query
    frames = chunks.indexed(number) if by_index else chunks.numbered(number)
    if frames is None:
        first, last = (0, chunks.last_index) if by_index else chunks.numbers
        message = f"The chunk number should be in the [{first}, {last}] range"
        error = f"Invalid chunk number '{number}'. {message}"
        raise Refused(answer([error] if _of_job(call) else error, 400))
    images = [part.task.images[frame] for frame in frames]
    members = [
        (f"{place:06d}{'.jpeg' if small else PurePosixPath(image.name).suffix}", image)
        for place, image in enumerate(images)
    ]
    if part.task.film is not None:
        return Response(part.task.film(frames), media_type="video/mp4")
    content = zip_payload(
        [(name, _content(image, small=small)) for name, image in members], stored=True
    ).read()
    headers = {"x-checksum": str(zlib.crc32(content)), "x-updated-date": part.task.chunks_updated}
    return Response(content, media_type="application/zip", headers=headers)


def _frame(call: Call, part: Part, number: int) -> Image:
    if part.start <= number <= part.stop and part.task.images:
        return part.task.images[number]
    if _of_job(call):
        raise Refused(answer(f"Incorrect requested frame number: {number}", 400))
    # The end of the range is not in it.
    message = f"The frame number should be in the [0, {len(part.task.images)}] range"
    raise Refused(answer(f"Invalid frame '{number}'. {message}", 400))


def _content(image: Image, *, small: bool) -> bytes:
    return jpeg(image.width, image.height) if small else image.content


def _image(image: Image, *, small: bool) -> Response:
    content = _content(image, small=small)
    kinds = (kind for magic, kind in _KINDS.items() if content.startswith(magic))
    return Response(content, media_type=f"image/{next(kinds, 'png')}")


async def preview(call: Call) -> Response:
    """GET preview of a task or job."""
    part = call.part()
    if not part.task.has_data:
        return text("Task image preview not found", 404)
    return _preview(call, part)


def _preview(call: Call, part: Part) -> Response:
    image = _frame(call, part, part.start)
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
