"""The parts of a form are compared whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import httpx
import pytest

import annoport_cvat
import annoport_ecotaxa
from tests.recordings.parts import Part, body, recorded, sent

_UPLOAD = annoport_cvat.operations.TASKS_CREATE_DATA
_IMAGES = {
    "image_quality": "70",
    "client_files[0]": "a.png (image/png)",
    "client_files[1]": "b.png",
}


def _send(values: dict[str, Any]) -> list[Part]:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        request.read()
        requests.append(request)
        return httpx.Response(202, json={"rq_id": "1"})

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        client = annoport_cvat.Client("https://server.test", token="t", http_client=http)
        client.call(_UPLOAD, {"id": 1}, body=values)
    return sorted(sent(requests[0]), key=lambda part: part.name)


def test_parts_arrive_as_they_were_recorded() -> None:
    parts = recorded(_UPLOAD, _IMAGES)
    assert [part.file_name for part in parts] == [None, "a.png", "b.png"]
    assert [part.media_type for part in parts] == [None, "image/png", "image/png"]
    assert parts[1].content != parts[2].content
    assert _send(body(parts)) == sorted(parts, key=lambda part: part.name)


def _cut(part: Part) -> Part:
    return attrs.evolve(part, content=part.content[:-1])


def _renamed(part: Part) -> Part:
    return attrs.evolve(part, file_name="c.png")


def _retyped(part: Part) -> Part:
    return attrs.evolve(part, file_name="a.zip")


@pytest.mark.parametrize("change", [_cut, _renamed, _retyped])
def test_any_difference_is_seen(change: Callable[[Part], Part]) -> None:
    text, first, second = recorded(_UPLOAD, _IMAGES)
    assert _send(body([text, change(first), second])) != [first, second, text]
    assert _send(body([text, first, second])) == [first, second, text]


def test_length_and_type_as_recorded() -> None:
    (file, path) = recorded(
        annoport_ecotaxa.operations.POST_USER_FILE,
        {"file": "notes.tsv (text/tab-separated-values, 8 bytes)", "path": "docs/notes.tsv"},
    )
    assert (file.file_name, file.media_type) == ("notes.tsv", "text/tab-separated-values")
    assert len(file.content) == 8
    assert path == Part("path", b"docs/notes.tsv")
