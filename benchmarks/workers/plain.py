"""The tasks, done with the standard library, httpx and msgspec, and nothing on top: the base."""

from __future__ import annotations

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import msgspec

from benchmarks.workers.boxes import PART, PROJECT
from benchmarks.workers.boxes import new as new_boxes
from benchmarks.workers.protocol import Figures, Task, serve

_CALLS = 1000
_FORM = 16 * 1024 * 1024
_CONNECTIONS = 4
_BOUNDARY = 17 * "bare"  # long, because servers find it faster then


def decode(path: str) -> Task:
    """Turn JSON into dicts and lists."""
    data = Path(path).read_bytes()
    return lambda: json.loads(data)


def encode(path: str) -> Task:
    """Turn dicts and lists into JSON."""
    value: Any = json.loads(Path(path).read_bytes())
    return lambda: json.dumps(value)


def get(url: str) -> Task:
    """Send small GETs, and ignore the bodies."""
    client = httpx.Client(base_url=url, headers={"Authorization": "Token none"})

    def run() -> None:
        for _ in range(_CALLS):
            client.get("/api/server/about").raise_for_status()

    return run


def pages(url: str) -> Task:
    """List all tasks by the loop that a user would write by hand, into the same models."""
    from annoport_cvat.models import PaginatedTaskReadList

    client = httpx.Client(base_url=url, headers={"Authorization": "Token none"})
    decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(PaginatedTaskReadList)

    def run() -> int:
        found: int = 0
        query = ""
        while True:
            page = decoder.decode(client.get(f"/api/tasks{query}").raise_for_status().content)
            found += sum(task.id for task in page.results)
            if page.next is None:
                return found
            query = f"?{page.next.partition('?')[2]}"

    return run


def rows(url: str) -> Task:
    """List all localizations: one request, and the whole answer decoded into the same models."""
    from annoport_tator.models import Localization

    client = httpx.Client(headers={"Authorization": "Token none"})
    decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(
        list[Localization], dec_hook=lambda _, value: value
    )

    def run() -> int:
        answer = client.get(f"{url}/rest/Localizations/3").raise_for_status()
        return sum(row.id for row in decoder.decode(answer.content))

    return run


def download(url: str, folder: str, sync: str = "") -> Task:
    """Stream to a file, without a length check or a temporary name; sync it to disk if told."""
    target = Path(folder) / "plain.bin"
    client = httpx.Client()

    def run() -> Figures:
        target.unlink(missing_ok=True)
        with client.stream("GET", url) as answer, target.open("wb") as file:
            for piece in answer.iter_bytes():
                file.write(piece)
            if sync:
                file.flush()
                os.fsync(file.fileno())
        return Figures(size=target.stat().st_size)

    return run


def curl(url: str, folder: str) -> Task:
    """Download the same file by curl."""
    target = Path(folder) / "curl.bin"
    command = ["curl", "--silent", "--fail", url, "--output", str(target)]

    def run() -> None:
        target.unlink(missing_ok=True)
        subprocess.run(command, check=True)

    return run


def upload(url: str, token: str, folder: str) -> Task:
    """Make a task and send pictures that lie in memory, put together already, in large forms."""
    client = httpx.Client(base_url=url, headers={"Authorization": f"Token {token}"}, timeout=60)
    kind = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
    paths = sorted(Path(folder).iterdir())
    sizes = [path.stat().st_size for path in paths]
    count = max(_FORM // max(sizes), -(-len(paths) // _CONNECTIONS), 1)
    forms = [_form(paths[at : at + count]) for at in range(0, len(paths), count)]

    def run() -> None:
        made = client.post("/api/tasks", json={"name": "bench", "labels": [{"name": "whale"}]})
        data = f"/api/tasks/{made.raise_for_status().json()['id']}/data/"

        def send(form: bytes) -> None:
            headers = {**kind, "Upload-Multiple": "true"}
            client.post(data, content=form, headers=headers).raise_for_status()

        with ThreadPoolExecutor(_CONNECTIONS) as workers:
            list(workers.map(send, forms))
        ended = client.post(data, json={"image_quality": 70}, headers={"Upload-Finish": "true"})
        ended.raise_for_status()

    return run


def _form(paths: list[Path]) -> bytes:
    pieces: list[bytes] = [_head("image_quality"), b"70"]
    for number, path in enumerate(paths):
        pieces.append(_head(f'client_files[{number}]"; filename="{path.name}'))
        pieces.append(path.read_bytes())
    return b"".join([*pieces, f"\r\n--{_BOUNDARY}--\r\n".encode()])


def _head(name: str) -> bytes:
    described = f'Content-Disposition: form-data; name="{name}"'
    return f"\r\n--{_BOUNDARY}\r\n{described}\r\n\r\n".encode()


def write(url: str, token: str) -> Task:
    """Create localizations, as many in a request as the server takes; collect their ids."""
    client = httpx.Client(headers={"Authorization": f"Token {token}"}, timeout=60)
    address, boxes = f"{url}/rest/Localizations/{PROJECT}", new_boxes()

    def run() -> int:
        ids: list[int] = []
        for at in range(0, len(boxes), PART):
            answer = client.post(address, json=boxes[at : at + PART]).raise_for_status()
            ids += answer.json()["id"]
        return len(ids)

    return run


if __name__ == "__main__":
    serve(
        {
            "decode": decode,
            "encode": encode,
            "get": get,
            "pages": pages,
            "rows": rows,
            "download": download,
            "upload": upload,
            "curl": curl,
            "write": write,
        }
    )
