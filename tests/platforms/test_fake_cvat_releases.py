"""A fake CVAT has the endpoints of its release, ignores what that lacks, and says no more."""

from __future__ import annotations

import functools
import io
import json
import re
import time
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from annoport.testing import FakeServer, serve
from annoport.testing.cvat import FakeCvat, releases
from annoport.testing.cvat.endpoints import ROUTES
from generator import documents
from generator.json_values import is_list, is_object
from tests.shared import SHARED, needs_shared

Spec = Mapping[str, Any]
BOX: dict[str, Any] = {"type": "rectangle", "frame": 0, "label_id": 1, "points": [1, 2, 3, 4]}
LABEL: dict[str, Any] = {"name": "a", "attributes": []}
# Of app.cvat.ai, and in no open-source release.
HOSTED = {("GET", "functions/queues/{}/watch")}
# Parts of uploads and downloads, which the servers' documents leave out.
UNTOLD = re.compile(r".+/(download|backup/{}|dataset/{}|data/{}|annotations/{})")


def authorized(server: FakeServer[FakeCvat]) -> httpx.Client:
    headers = {"authorization": f"Token {server.token}"}
    return httpx.Client(base_url=f"{server.url}/api", headers=headers)


@functools.cache
def contract(release: str) -> Spec:
    return documents.load(SHARED / "recovered" / "cvat-open-source" / f"{release}.yaml")


def declared(release: str) -> dict[tuple[str, str], Spec]:
    """Return the operations of a release by method and path below /api/, parameters unnamed."""
    return {
        (method.upper(), _unnamed(path.removeprefix("/api/"))): operation
        for path, item in contract(release)["paths"].items()
        for method, operation in item.items()
    }


def _unnamed(path: str) -> str:
    return re.sub("{[^}]*}", "{}", path.removesuffix("[/]")).rstrip("/")


@needs_shared
@pytest.mark.parametrize("release", ["2.24.0", "2.47.0", "2.48.1", "2.52.0", "2.71.0", "2.80.0"])
def test_endpoints_are_those_of_the_release(release: str) -> None:
    backend = FakeCvat(version=release)
    told = declared(release)
    wrong: list[str] = []
    for pattern, methods in ROUTES.items():
        lacked = releases.lacked(releases.OPERATIONS.get(pattern, {}), backend.is_since)
        for method in set(methods) - {"HEAD", "OPTIONS"}:
            key = method, _unnamed(pattern)
            gone = methods[method].__name__ == "export_by_get"  # after 2.31 it only says so
            if key in HOSTED or gone or UNTOLD.fullmatch(key[1]):
                continue
            if (method not in lacked) != (key in told):
                wrong.append(" ".join(key))
    assert wrong == []


@needs_shared
@pytest.mark.parametrize("release", ["2.24.0", "2.55.0", "2.56.1", "2.64.0", "2.65.0", "2.80.0"])
def test_arguments_and_fields_are_those_of_the_release(release: str) -> None:
    backend, told = FakeCvat(version=release), declared(release)
    for pattern, methods in releases.ARGUMENTS.items():
        for method, names in methods.items():
            parameters = told[method, _unnamed(pattern)]["parameters"]
            known = {one["name"] for one in parameters} & set(names)
            assert known == set(names) - releases.lacked(names, backend.is_since), (
                f"{method} {pattern}"
            )
    schemas = contract(release)["components"]["schemas"]
    assert ("score" in schemas["LabeledShapeRequest"]["properties"]) is not bool(
        releases.lacked(releases.FIELDS["tasks/{id:int}/annotations[/]"], backend.is_since)
    )


@pytest.mark.parametrize(
    ("method", "path", "since"),
    [
        ("GET", "/auth/access_tokens", "2.48.0"),
        ("POST", "/auth/access_tokens", "2.48.0"),
        ("GET", "/functions/queues/function:1/watch", "2.61.0"),
    ],
)
def test_a_newer_endpoint_is_not_routed(method: str, path: str, since: str) -> None:
    older = f"2.{int(since.split('.')[1]) - 1}.9"
    with serve("cvat", version=older) as server, authorized(server) as http:
        answer = http.request(method, path, json={"name": "x"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    with (
        serve("cvat", version=since) as server,
        authorized(server) as http,
        http.stream(method, path, json={"name": "x"}) as known,
    ):
        assert known.status_code in (200, 201)


def test_an_older_server_ignores_personal_tokens() -> None:
    answers: list[Any] = []
    for version in ("2.47.0", "2.48.0"):
        with serve("cvat", version=version) as server:
            headers = {"authorization": f"Bearer {server.fake.personal_token}"}
            answers.append(httpx.get(f"{server.url}/api/users/self", headers=headers))
    assert [answer.status_code for answer in answers] == [401, 200]
    assert answers[0].json() == {"detail": "Authentication credentials were not provided."}


@pytest.mark.parametrize(("version", "kept"), [("2.55.0", False), ("2.56.0", True)])
def test_a_field_of_a_body_is_ignored_by_older_servers(version: str, kept: bool) -> None:
    skeleton = {**BOX, "type": "skeleton", "points": [], "elements": [{**BOX, "score": 0.5}]}
    body = {"shapes": [{**BOX, "score": 0.5}, skeleton]}
    with serve("cvat", version=version) as server, authorized(server) as http:
        assert http.put("/tasks/1/annotations/", json=body).status_code == 200
        box, stored = http.get("/tasks/1/annotations/").json()["shapes"]
    assert ["score" in box, "score" in stored["elements"][0]] == [kept, kept]


@pytest.mark.parametrize(("version", "expected"), [("2.64.0", 1), ("2.65.0", 2)])
def test_an_argument_is_ignored_by_older_servers(version: str, expected: int) -> None:
    with serve("cvat", version=version, job_seconds=0) as server, authorized(server) as http:
        task = server.fake.state.tasks[1]
        (label, *_) = server.fake.state.labels_of(task)
        document = {
            "categories": [{"id": 1, "name": label.name}],
            "images": [{"id": 1, "file_name": task.images[0].name}],
            "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}],
        }
        http.put("/tasks/1/annotations/", json={"shapes": [{**BOX, "label_id": label.id}]})
        sent = http.post(
            "/tasks/1/annotations/?format=COCO%201.0&import_mode=append",
            files={"annotation_file": ("a.json", json.dumps(document).encode())},
        )
        assert sent.status_code == 202
        _settled(http)
        assert len(http.get("/tasks/1/annotations/").json()["shapes"]) == expected


def _settled(http: httpx.Client) -> None:
    while any(
        one["status"] in ("queued", "started") for one in http.get("/requests").json()["results"]
    ):
        time.sleep(0.005)


# --------------------------------------------------------------------------- answers

READS = (
    "server/about",
    *("tasks", "tasks/1", "jobs", "jobs/1", "projects", "projects/1", "labels", "users/self"),
    *("tasks/1/data/meta", "jobs/1/data/meta", "tasks/1/annotations", "requests", "organizations"),
)


@needs_shared
@pytest.mark.parametrize("release", ["2.24.0", "2.52.0", "2.80.0"])
def test_answers_say_no_more_than_the_release(release: str) -> None:
    told = declared(release)
    found: set[str] = set()
    with serve("cvat", version=release, job_seconds=0) as server, authorized(server) as http:
        http.put("/tasks/1/annotations/", json={"shapes": [BOX]})
        http.post("/tasks/1/dataset/export?format=COCO%201.0")
        http.post("/tasks", json={"name": "x", "labels": [LABEL]})
        for path in READS:
            (content,) = told["GET", re.sub(r"\d+", "{}", path)]["responses"]["200"][
                "content"
            ].values()
            answer = http.get(f"/{path}").json()
            found |= {
                f"{path}{place}"
                for place in _undeclared(contract(release), answer, content["schema"], "")
            }
    assert found == set()


def _undeclared(spec: Spec, value: Any, schema: Spec, place: str) -> Iterator[str]:
    """Yield the places of the keys that a schema does not name."""
    parts = list(_parts(spec, schema))
    if is_list(value):
        for items in [part["items"] for part in parts if "items" in part][:1]:
            for item in value:
                yield from _undeclared(spec, item, items, f"{place}[]")
    elif is_object(value):
        known = {name: data for part in parts for name, data in part.get("properties", {}).items()}
        for name, inner in value.items():
            if name in known:
                yield from _undeclared(spec, inner, known[name], f"{place}.{name}")
            elif known:
                yield f"{place}.{name}"


def _parts(spec: Spec, schema: Spec) -> Iterator[Spec]:
    """Yield a schema and those that it consists of."""
    while "$ref" in schema:
        schema = spec["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    yield schema
    for key in ("allOf", "oneOf", "anyOf"):
        for part in schema.get(key, ()):
            yield from _parts(spec, part)


# --------------------------------------------------------------------------- exports by GET


@pytest.mark.parametrize(
    "path",
    ["/tasks/1/dataset", "/tasks/1/annotations", "/jobs/1/dataset", "/projects/1/annotations"],
)
def test_an_old_server_exports_by_get(path: str) -> None:
    query = {"format": "COCO 1.0"}
    with serve("cvat", version="2.24.0", job_seconds=0.02) as server, authorized(server) as http:
        assert http.get(path, params=query).status_code == 202
        _settled(http)
        assert http.get(path, params=query).status_code == 201
        answer = http.get(path, params={**query, "action": "download"})
    assert answer.status_code == 200
    assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None


@pytest.mark.parametrize("path", ["/tasks/1/backup", "/projects/1/backup"])
def test_an_old_server_makes_backups_by_get(path: str) -> None:
    with serve("cvat", version="2.31.0", job_seconds=0.02) as server, authorized(server) as http:
        assert http.get(f"{path}?action=download").status_code == 202
        _settled(http)
        answer = http.get(f"{path}?action=download")
    assert "task.json" in " ".join(zipfile.ZipFile(io.BytesIO(answer.content)).namelist())


def test_later_servers_say_that_this_is_gone() -> None:
    with serve("cvat", version="2.32.0") as server, authorized(server) as http:
        answers = [http.get(f"/tasks/1/{path}") for path in ("dataset?format=x", "backup")]
    assert [answer.status_code for answer in answers] == [410, 410]
    assert answers[0].text == (
        "This endpoint is no longer supported.\n"
        "Use POST dataset/export or backup/export for /api/tasks/1/dataset.\n"
    )
