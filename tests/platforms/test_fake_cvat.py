"""The fake CVAT answers as the real server does."""

from __future__ import annotations

import base64
import io
import json
import time
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from annoport.testing import FakeServer, serve
from annoport.testing.cvat import FakeCvat
from annoport.testing.images import png

Server = FakeServer[FakeCvat]


@pytest.fixture
def server() -> Iterator[Server]:
    with serve("cvat", job_seconds=0.02) as running:
        yield running


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    with authorized(server) as client:
        yield client


def authorized(server: Server) -> httpx.Client:
    headers = {"authorization": f"Token {server.token}", "accept": "application/vnd.cvat+json"}
    return httpx.Client(base_url=f"{server.url}/api", headers=headers)


def wait(http: httpx.Client, rq_id: str) -> Any:
    while True:
        found = http.get(f"/requests/{quote(rq_id, safe='')}")
        if found.status_code != 200 or found.json()["status"] in ("finished", "failed"):
            return http.get(f"/requests/{quote(rq_id, safe='')}").json()
        time.sleep(0.005)


def export(http: httpx.Client, **query: str) -> Any:
    query = {"format": "COCO 1.0", **query}
    started = http.post("/tasks/1/dataset/export", params=query)
    assert started.status_code == 202
    return wait(http, started.json()["rq_id"])


def test_every_way_to_log_in(server: Server) -> None:
    url = f"{server.url}/api/users/self"
    basic = httpx.get(url, auth=(server.username, server.password))
    bearer = httpx.get(url, headers={"authorization": f"Bearer {server.fake.personal_token}"})
    token = httpx.get(url, headers={"authorization": f"Token {server.token}"})
    assert [r.json()["username"] for r in (basic, bearer, token)] == [server.username] * 3


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({}, "Authentication credentials were not provided."),
        ({"authorization": "Token wrong"}, "Invalid token."),
        ({"authorization": "Bearer wrong"}, "Invalid token."),
        ({"authorization": "Basic d3Jvbmc6eA=="}, "Invalid username/password."),
    ],
)
def test_wrong_credentials_are_401(server: Server, headers: dict[str, str], message: str) -> None:
    refused = httpx.get(f"{server.url}/api/tasks", headers=headers)
    assert refused.status_code == 401
    assert refused.json() == {"detail": message}


def test_a_session_needs_the_csrf_token_to_write(server: Server) -> None:
    with httpx.Client(base_url=f"{server.url}/api") as http:
        credentials = {"username": server.username, "password": server.password}
        login = http.post("/auth/login", json=credentials)
        assert login.json() == {"key": server.token}
        assert http.get("/users/self").status_code == 200
        refused = http.post("/projects", json={"name": "x"})
        assert (refused.status_code, refused.json()["detail"]) == (
            403,
            "CSRF Failed: CSRF token missing.",
        )
        headers = {"x-csrftoken": http.cookies["csrftoken"]}
        assert http.post("/projects", json={"name": "x"}, headers=headers).status_code == 201


def test_bad_logins_have_two_shapes(server: Server) -> None:
    url = f"{server.url}/api/auth/login"
    wrong = httpx.post(url, json={"username": server.username, "password": "no"})
    assert wrong.json() == {"non_field_errors": ["Unable to log in with provided credentials."]}
    missing = httpx.post(url, json={})
    assert missing.json() == ['Must include either "username" or "email" and "password".']


def test_logout_revokes_the_token_for_every_client(server: Server, http: httpx.Client) -> None:
    old = server.token
    assert http.post("/auth/logout").json() == {"detail": "Successfully logged out."}
    assert http.get("/users/self").status_code == 401
    credentials = {"username": server.username, "password": server.password}
    new = http.post("/auth/login", json=credentials, headers={"authorization": ""}).json()["key"]
    assert new == server.token != old


def test_a_personal_token_is_shown_once_and_can_be_revoked(http: httpx.Client) -> None:
    made = http.post("/auth/access_tokens", json={"name": "night"}).json()
    bearer = {"authorization": f"Bearer {made['value']}"}
    itself = http.get("/auth/access_tokens/self", headers=bearer).json()
    assert itself["id"] == made["id"]
    assert "value" not in itself
    assert http.get("/auth/access_tokens/self").status_code == 401
    assert http.delete(f"/auth/access_tokens/{made['id']}").status_code == 204
    assert http.get("/users/self", headers=bearer).status_code == 401


def test_anonymous_requests_are_throttled() -> None:
    with serve("cvat", anonymous_per_minute=2) as server:
        about = [httpx.get(f"{server.url}/api/server/about") for _ in range(3)]
        assert [r.status_code for r in about] == [200, 200, 429]
        assert int(about[2].headers["retry-after"]) > 0
        assert about[2].json()["detail"].startswith("Request was throttled.")
        with authorized(server) as http:
            assert http.get("/server/about").status_code == 200


def test_plain_json_is_not_acceptable(http: httpx.Client) -> None:
    refused = http.get("/tasks", headers={"accept": "application/json"})
    assert refused.status_code == 406
    assert refused.headers["content-type"] == "application/vnd.cvat+json"
    anything = http.get("/tasks", headers={"accept": "*/*"})
    assert anything.headers["content-type"] == "application/vnd.cvat+json"


def test_error_bodies_come_in_five_shapes(http: httpx.Client) -> None:
    assert http.get("/tasks/99").json() == {"detail": "No Task matches the given query."}
    assert http.post("/tasks", json={}).json() == {"name": ["This field is required."]}
    assert http.post("/tasks", json={"name": "x", "project_id": 99}).json() == [
        "Project matching query does not exist."
    ]
    assert http.post("/tasks/1/data/").json() == "Adding more data is not supported"
    sentence = http.get("/requests/zzz")
    assert sentence.status_code == 404
    assert sentence.text == "There is no request with specified id"
    page = http.get("/tasks/1/")
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "<h1>Not Found</h1>" in page.text
    broken = http.post("/tasks", content=b"{")
    assert broken.json()["detail"].startswith("JSON parse error")
    assert http.put("/tasks/1").json() == {"detail": 'Method "PUT" not allowed.'}


def test_a_page_links_to_the_next_one_by_the_host_header(http: httpx.Client) -> None:
    page = http.get("/tasks?page_size=5&sort=id", headers={"host": "cvat.example.org"}).json()
    assert page["count"] == 12
    assert page["next"] == "http://cvat.example.org/api/tasks?page=2&page_size=5&sort=id"
    last = http.get("/tasks?page_size=5&sort=id&page=3").json()
    assert last["next"] is None
    assert len(last["results"]) == 2
    second = http.get("/tasks?page_size=5&sort=id&page=2").json()
    assert second["previous"].endswith("/api/tasks?page_size=5&sort=id")


def test_paging_traps(http: httpx.Client) -> None:
    assert len(http.get("/tasks").json()["results"]) == 10
    everything = http.get("/tasks?page_size=all").json()
    assert len(everything["results"]) == everything["count"] == 12
    assert http.get("/tasks?page=9").json() == {"detail": "Invalid page."}
    assert http.get("/tasks?page=0").status_code == 404
    assert http.get("/tasks?sort=nonsense").status_code == 200
    assert http.get("/requests?status=nonsense").json()["results"] == []


def test_lists_are_filtered(http: httpx.Client) -> None:
    rule = json.dumps({"and": [{"==": [{"var": "name"}, "Pond, week 13"]}]})
    assert [t["id"] for t in http.get("/tasks", params={"filter": rule}).json()["results"]] == [2]
    bad = http.get("/tasks?filter={bad")
    assert bad.status_code == 400
    assert bad.json()[0].startswith("filter: can't parse filter expression")
    assert http.get("/tasks?search=hedge").json()["count"] == 8
    assert http.get("/tasks?project_id=2").json()["count"] == 1
    assert [job["id"] for job in http.get("/jobs?task_id=1&sort=id").json()["results"]] == [1, 2, 3]
    names = [label["name"] for label in http.get("/labels?task_id=1").json()["results"]]
    assert names == ["deer", "fox", "badger"]


def test_an_organization_is_chosen_by_header_or_query(http: httpx.Client) -> None:
    inside = http.get("/tasks", headers={"x-organization": "marsh-watch"}).json()
    assert inside["count"] == http.get("/tasks?org_id=1").json()["count"] == 1
    unknown = http.get("/tasks?org=nowhere")
    assert (unknown.status_code, unknown.json()["detail"]) == (
        404,
        "nowhere organization does not exist.",
    )
    both = http.get("/tasks?org=marsh-watch&org_id=1")
    assert both.status_code == 400
    assert isinstance(both.json(), list)
    assert http.get("/tasks?org=").json()["count"] == 11
    taken = http.post("/organizations", json={"slug": "marsh-watch"})
    assert taken.json() == {"slug": ["organization with this slug already exists."]}


@pytest.mark.parametrize(
    ("slug", "message"),
    [
        ("", "This field is required."),
        ("marsh-watch", "organization with this slug already exists."),
        (
            "bad slug!",
            'Enter a valid "slug" consisting of letters, numbers, underscores or hyphens.',
        ),
    ],
)
def test_bad_slugs_are_refused(http: httpx.Client, slug: str, message: str) -> None:
    refused = http.post("/organizations", json={"slug": slug})
    assert (refused.status_code, refused.json()) == (400, {"slug": [message]})


def test_objects_can_be_created_changed_and_deleted(http: httpx.Client) -> None:
    labels = [{"name": "otter"}]
    project = http.post("/projects", json={"name": "River", "labels": labels})
    assert project.headers["location"] == project.json()["url"]
    number = project.json()["id"]
    task = http.post("/tasks", json={"name": "Bank", "project_id": number}).json()
    assert "size" not in task
    changed = http.patch(f"/tasks/{task['id']}", json={"name": "Bend", "assignee_id": 2}).json()
    assert (changed["name"], changed["assignee"]["username"]) == ("Bend", "grace")
    assert http.patch(f"/projects/{number}", json={"assignee_id": 99}).status_code == 500
    assert http.patch("/jobs/1", json={"state": "completed"}).json()["state"] == "completed"
    assert http.patch("/jobs/1", json={"state": "odd"}).status_code == 400
    assert http.delete("/jobs/1").json() == ["Only ground truth jobs can be removed"]
    label = http.get(f"/labels?project_id={number}").json()["results"][0]
    assert http.delete(f"/labels/{label['id']}").status_code == 204
    assert http.delete(f"/projects/{number}").status_code == 204
    assert http.get(f"/tasks/{task['id']}").status_code == 404


def test_annotations_are_kept_by_frame(http: httpx.Client) -> None:
    whole = http.get("/tasks/1/annotations/").json()
    assert http.get("/tasks/1/annotations").json() == whole
    part = http.get("/jobs/1/annotations/").json()
    assert {shape["frame"] for shape in part["shapes"]} == {0, 1}
    box = {"type": "rectangle", "frame": 2, "label_id": 2, "points": [1, 2, 3, 4]}
    made = http.patch("/tasks/1/annotations/?action=create", json={"shapes": [box]}).json()
    shape = made["shapes"][0]
    assert (shape["source"], shape["occluded"]) == ("manual", False)
    moved = {**shape, "points": [2, 2, 4, 4]}
    assert http.patch("/jobs/2/annotations?action=update", json={"shapes": [moved]}).json()[
        "shapes"
    ] == [moved]
    gone = {"shapes": [moved]}
    assert http.patch("/tasks/1/annotations/?action=delete", json=gone).status_code == 200
    assert http.get("/tasks/1/annotations/").json() == whole
    replaced = http.put("/jobs/1/annotations/", json={"shapes": [{**box, "frame": 0}]}).json()
    assert len(replaced["shapes"]) == 1
    assert http.delete("/jobs/1/annotations/").status_code == 204
    assert http.get("/jobs/1/annotations/").json()["shapes"] == []


def test_a_skeleton_has_points_only_when_it_is_read(http: httpx.Client) -> None:
    part = {"type": "points", "frame": 0, "label_id": 2, "points": [1, 2]}
    skeleton: dict[str, Any] = {"type": "skeleton", "frame": 0, "label_id": 2, "elements": [part]}
    track = {
        "frame": 0,
        "label_id": 2,
        "shapes": [{"type": "skeleton", "frame": 0}],
        "elements": [{"frame": 0, "label_id": 2, "shapes": [{**part, "points": [3, 4]}]}],
    }
    sent = {"shapes": [skeleton], "tracks": [track]}
    for answer in (
        http.put("/tasks/1/annotations/", json=sent).json(),
        http.patch("/tasks/1/annotations/?action=create", json=sent).json(),
    ):
        (shape,), (moving,) = answer["shapes"], answer["tracks"]
        assert "points" not in shape
        assert "points" not in moving["shapes"][0]
        assert shape["elements"][0]["points"] == [1, 2]
        assert shape["elements"][0]["id"] != shape["id"]
        assert moving["elements"][0]["shapes"][0]["id"]
    read = http.get("/tasks/1/annotations/").json()
    assert [shape["points"] for shape in read["shapes"]] == [[], []]
    assert [track["shapes"][0]["points"] for track in read["tracks"]] == [[], []]
    given: dict[str, Any] = {**skeleton, "points": []}
    assert (
        http.put("/tasks/1/annotations/", json={"shapes": [given]}).json()["shapes"][0]["points"]
        == []
    )
    box = {"type": "rectangle", "frame": 0, "label_id": 2, "points": [1, 2, 3, 4], "id": 99}
    gone = http.patch("/tasks/1/annotations/?action=delete", json={"shapes": [box]}).json()
    assert gone["shapes"][0]["source"] == "manual"
    assert "elements" not in gone["shapes"][0]


def test_a_skeleton_without_parts_or_with_points_is_refused(http: httpx.Client) -> None:
    skeleton: dict[str, Any] = {"type": "skeleton", "frame": 0, "label_id": 2, "elements": []}
    empty = http.put("/tasks/1/annotations/", json={"shapes": [skeleton]})
    assert empty.json() == {"shapes": [{"elements": ["at least one required for skeleton shape"]}]}
    pointed: dict[str, Any] = {**skeleton, "points": [1, 2], "elements": [{}]}
    refused = http.put("/tasks/1/annotations/", json={"shapes": [pointed]})
    assert refused.status_code == 400
    assert refused.json() == {"shapes": [{"points": ["invalid length for shape type 'skeleton'"]}]}


def test_bad_annotations_are_refused(http: httpx.Client) -> None:
    missing = http.put("/tasks/1/annotations/", json={"shapes": [{"type": "rectangle"}]})
    assert missing.status_code == 400
    assert missing.json()["shapes"][0]["frame"] == ["This field is required."]
    foreign = {"type": "rectangle", "frame": 0, "label_id": 4, "points": [1, 2, 3, 4]}
    assert http.put("/tasks/1/annotations/", json={"shapes": [foreign]}).status_code == 400
    assert http.patch("/tasks/1/annotations/", json={}).status_code == 400
    assert http.get("/tasks/1/annotations/?format=COCO 1.0").status_code == 410
    assert http.get("/tasks/1/dataset").status_code == 410


def test_an_export_goes_from_queued_to_finished() -> None:
    with serve("cvat", queue_seconds=0.2, job_seconds=0.2) as server, authorized(server) as http:
        query = {"format": "COCO 1.0", "save_images": "true"}
        rq_id = http.post("/tasks/1/dataset/export", params=query).json()["rq_id"]
        assert rq_id == (
            "action=export&target=task&target_id=1&user_id=1&format=COCO_1~0&subresource=dataset"
        )
        shown: dict[str, Any] = {"status": ""}
        seen: list[str] = []
        while shown["status"] != "finished":
            shown = http.get(f"/requests/{quote(rq_id, safe='')}").json()
            if shown["status"] not in seen:
                seen.append(shown["status"])
        assert seen == ["queued", "started", "finished"]
        assert shown["finished_date"] is None  # the first read comes too early
        again = http.get(f"/requests/{quote(rq_id, safe='')}").json()
        assert again["finished_date"] < again["expiry_date"]
        assert again["operation"]["type"] == "export:dataset"
        listed = http.get("/requests?action=export&task_id=1").json()["results"]
        assert listed == [again]


def test_the_same_export_can_be_joined() -> None:
    with serve("cvat", job_seconds=60) as server, authorized(server) as http:
        first = http.post("/tasks/1/dataset/export?format=COCO 1.0")
        second = http.post("/tasks/1/dataset/export?format=COCO 1.0")
        assert (first.status_code, second.status_code) == (202, 409)
        assert first.json() == second.json()
        early = http.get("/tasks/1/dataset/download", params=first.json())
        assert (early.status_code, early.text) == (400, "The export process is not finished")
        path = quote(first.json()["rq_id"], safe="")
        refused = http.post(f"/requests/{path}/cancel")
        assert (refused.status_code, refused.headers["content-type"]) == (
            400,
            "text/html; charset=utf-8",
        )


def test_a_cancelled_request_is_forgotten() -> None:
    with serve("cvat", queue_seconds=60) as server, authorized(server) as http:
        started = http.post("/tasks/1/backup/export").json()
        path = f"/requests/{quote(started['rq_id'], safe='')}"
        cancelled = http.post(f"{path}/cancel")
        assert (cancelled.status_code, cancelled.content) == (200, b"")
        assert http.get(path).status_code == 404
        assert http.post(f"{path}/cancel").status_code == 404
        late = http.get("/tasks/1/backup/download", params=started)
        assert (late.status_code, late.text) == (400, "Unknown export request id")


def test_a_failed_export_shows_a_traceback_first(server: Server, http: httpx.Client) -> None:
    server.fake.next_job = "failed"
    rq_id = http.post("/tasks/1/dataset/export?format=COCO 1.0").json()["rq_id"]
    path = f"/requests/{quote(rq_id, safe='')}"
    while (shown := http.get(path).json())["status"] != "failed":
        time.sleep(0.005)
    assert shown["message"].startswith("Traceback")
    again = http.get(path).json()
    assert again["message"] == server.fake.failure
    assert again["result_url"] is None


def test_some_exports_fail_by_themselves(http: httpx.Client) -> None:
    assert "MotSeqGtExporter" in export(http, format="MOT 1.1")["message"]
    empty = http.post("/tasks/3/dataset/export?format=COCO 1.0").json()["rq_id"]
    assert wait(http, empty)["status"] == "failed"
    unknown = http.post("/tasks/1/dataset/export?format=Nope")
    assert unknown.json() == ["Unknown format specified for the request"]


def test_a_request_can_get_lost_or_stuck(server: Server, http: httpx.Client) -> None:
    server.fake.next_job = "lost"
    lost = http.post("/tasks/1/backup/export").json()["rq_id"]
    server.fake.next_job = "stuck"
    stuck = http.post("/tasks/2/backup/export").json()["rq_id"]
    while http.get(f"/requests/{quote(lost, safe='')}").status_code == 200:
        time.sleep(0.005)
    assert http.get(f"/requests/{quote(stuck, safe='')}").json()["status"] == "started"


def test_ended_requests_and_files_expire(server: Server, http: httpx.Client) -> None:
    url = export(http)["result_url"]
    server.fake.forget_files()
    assert http.get(url).status_code == 404
    server.fake.keep_seconds = 0
    assert http.get("/requests").json()["count"] == 0


@pytest.mark.parametrize(
    ("name", "member"),
    [
        ("COCO 1.0", "annotations/instances_train.json"),
        ("CVAT for images 1.1", "annotations.xml"),
        ("YOLO 1.1", "obj_train_data/meadow_000.txt"),
    ],
)
def test_an_export_is_a_whole_zip(http: httpx.Client, name: str, member: str) -> None:
    with_images = export(http, format=name, save_images="true")
    with zipfile.ZipFile(io.BytesIO(http.get(with_images["result_url"]).content)) as archive:
        assert archive.testzip() is None
        assert member in archive.namelist()
        pictures = [n for n in archive.namelist() if n.endswith(".png")]
        assert len(pictures) == 5
        assert archive.read(pictures[0]).startswith(b"\x89PNG")
    without = export(http, format=name)
    with zipfile.ZipFile(io.BytesIO(http.get(without["result_url"]).content)) as archive:
        assert not any(n.endswith(".png") for n in archive.namelist())


def test_coco_holds_the_shapes(http: httpx.Client) -> None:
    rq_id = http.post("/projects/1/dataset/export?format=COCO 1.0").json()["rq_id"]
    content = http.get(wait(http, rq_id)["result_url"]).content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        train = json.loads(archive.read("annotations/instances_train.json"))
        checked = json.loads(archive.read("annotations/instances_validation.json"))
    assert train["annotations"][0]["bbox"] == [6.5, 8.0, 23.75, 32.0]
    assert len(checked["annotations"]) == 3  # a box, and two frames of a track
    assert {c["name"] for c in train["categories"]} == {"deer", "fox", "badger"}


def test_a_download_keeps_its_validators(server: Server, http: httpx.Client) -> None:
    server.fake.export_bytes = 100_000
    url = export(http)["result_url"]
    whole = http.get(url)
    etag, size = whole.headers["etag"], len(whole.content)
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["content-length"] == str(size)
    assert "last-modified" in whole.headers
    assert whole.headers["content-disposition"].endswith('_coco 1.0.zip"')
    for header, begin, end in (
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, size),
        ("bytes=-10", size - 10, size),
        ("bytes=5-999999999", 5, size),
    ):
        part = http.get(url, headers={"range": header})
        assert part.status_code == 206
        assert part.content == whole.content[begin:end]
        assert part.headers["content-range"] == f"bytes {begin}-{end - 1}/{size}"
    for header in ("items=0-1", "bytes=9-2", "bytes=-"):
        assert http.get(url, headers={"range": header}).status_code == 200
    past = http.get(url, headers={"range": f"bytes={size}-"})
    assert (past.status_code, past.headers["content-range"]) == (416, f"bytes */{size}")
    two = http.get(url, headers={"range": "bytes=0-1,5-6"})
    assert two.status_code == 206
    assert two.headers["content-type"].startswith("multipart/byteranges; boundary=")
    assert whole.content[5:7] in two.content
    same = http.get(url, headers={"range": "bytes=10-", "if-range": etag})
    other = http.get(url, headers={"range": "bytes=10-", "if-range": '"0-0"'})
    assert (same.status_code, other.status_code) == (206, 200)
    assert http.get(url, headers={"if-none-match": etag}).status_code == 304
    assert http.head(url).status_code == 500
    assert httpx.get(url).status_code == 401


def test_a_new_export_has_a_new_etag(server: Server, http: httpx.Client) -> None:
    server.fake.export_bytes = 50_000
    first = http.get(export(http)["result_url"])
    second = http.get(export(http)["result_url"])
    assert first.headers["etag"] != second.headers["etag"]
    assert first.content != second.content


def test_download_mistakes(http: httpx.Client) -> None:
    malformed = http.get("/tasks/1/dataset/download?rq_id=action%3Dexport")
    assert malformed.json() == ["Invalid export request id"]
    cloud = export(http, location="cloud_storage", cloud_storage_id="1")
    assert (cloud["status"], cloud["result_url"]) == ("finished", None)


def test_a_file_name_that_is_not_ascii(http: httpx.Client) -> None:
    disposition = http.get(export(http, filename="mine ü.zip")["result_url"]).headers[
        "content-disposition"
    ]
    assert disposition == "attachment; filename=\"mine u.zip\"; filename*=UTF-8''mine%20%C3%BC.zip"


def test_cut_and_slow_downloads(server: Server, http: httpx.Client) -> None:
    server.fake.export_bytes = 60_000
    url = export(http)["result_url"]
    server.fake.link.cuts.append(1000)
    with pytest.raises(httpx.RemoteProtocolError):
        http.get(url)
    server.fake.link.bytes_per_second = 600_000
    begin = time.monotonic()
    assert len(http.get(url).content) >= 60_000
    assert time.monotonic() - begin > 0.08


def test_failures_can_be_arranged(server: Server, http: httpx.Client) -> None:
    server.fake.fail_next(503, 2, path="/api/tasks")
    server.fake.throttle_next(seconds=7, path="/api/jobs")
    assert http.get("/projects").status_code == 200
    assert [http.get("/tasks").status_code for _ in range(3)] == [503, 503, 200]
    throttled = http.get("/jobs")
    assert (throttled.status_code, throttled.headers["retry-after"]) == (429, "7")
    assert "7 seconds" in throttled.json()["detail"]


def new_task(http: httpx.Client) -> int:
    made = http.post("/tasks", json={"name": "New", "labels": [{"name": "deer"}]})
    return int(made.json()["id"])


def test_images_in_one_request(http: httpx.Client) -> None:
    number = new_task(http)
    files = {f"client_files[{i}]": (f"i{i}.png", png(8, 6), "image/png") for i in range(3)}
    data = {"image_quality": "70"}
    started = http.post(f"/tasks/{number}/data/", files=files, data=data)
    assert started.json() == {"rq_id": f"action=create&target=task&target_id={number}"}
    assert wait(http, started.json()["rq_id"])["status"] == "finished"
    assert http.get(f"/tasks/{number}").json()["size"] == 3
    meta = http.get(f"/tasks/{number}/data/meta").json()
    assert (meta["frames"][0]["width"], meta["stop_frame"]) == (8, 2)
    assert http.get(f"/tasks/{number}/status").json()["state"] == "Finished"


def test_images_in_three_steps(http: httpx.Client) -> None:
    number = new_task(http)
    path = f"/tasks/{number}/data/"
    start = http.post(path, headers={"upload-start": "true"})
    assert (start.status_code, start.content) == (202, b"")
    files = {"client_files[0]": ("a.png", png(8, 6), "image/png")}
    data = {"image_quality": "60"}
    several = http.post(path, headers={"upload-multiple": "true"}, files=files, data=data)
    assert (several.status_code, several.content) == (200, b"")
    finish = http.post(path, headers={"upload-finish": "true"}, json={"image_quality": 60})
    assert wait(http, finish.json()["rq_id"])["status"] == "finished"
    assert http.get(f"/tasks/{number}").json()["image_quality"] == 60


def test_a_broken_image_fails_the_task(http: httpx.Client) -> None:
    path = f"/tasks/{new_task(http)}/data/"
    files = {"client_files[0]": ("a.png", b"not an image", "image/png")}
    data = {"image_quality": "70"}
    failed = wait(http, http.post(path, files=files, data=data).json()["rq_id"])
    assert failed["message"].startswith("PIL.UnidentifiedImageError")
    nothing = wait(http, http.post(path, json={"image_quality": 70}).json()["rq_id"])
    assert nothing["status"] == "failed"


def test_folders_are_cut_off_and_of_equal_names_the_first_is_kept(http: httpx.Client) -> None:
    task = http.post("/tasks", json={"name": "T", "labels": [{"name": "a"}]}).json()["id"]
    path = f"/tasks/{task}/data/"
    http.post(path, headers={"upload-start": "true"})

    def group(*names: str) -> int:
        files = {
            f"client_files[{at}]": (name, png(8, 8 + len(name))) for at, name in enumerate(names)
        }
        data = {"image_quality": "60"}
        several = {"upload-multiple": "true"}
        return http.post(path, headers=several, files=files, data=data).status_code

    assert (group("a/x.png", "y.png"), group("deeper/x.png"), group("p/z", "q/z")) == (
        200,
        500,
        500,
    )
    metadata = f"filename {base64.b64encode(b'x.png').decode()}"
    headers = {"upload-length": "5", "upload-metadata": metadata, "origin": "http://cvat.test"}
    again = http.post(path, headers=headers)
    assert (again.status_code, again.json()) == (409, "File with same name already exists")
    http.post(path, headers={"upload-finish": "true"}, json={"image_quality": 60})
    while http.get(f"/tasks/{task}/status").json()["state"] != "Finished":
        time.sleep(0.01)
    frames = http.get(f"/tasks/{task}/data/meta").json()["frames"]
    assert [(frame["name"], frame["height"]) for frame in frames] == [("x.png", 15), ("y.png", 13)]


def test_a_resumable_upload(http: httpx.Client) -> None:
    path = f"/tasks/{new_task(http)}/data/"
    http.post(path, headers={"upload-start": "true"})
    content = png(8, 6)
    name = base64.b64encode(b"tus.png").decode()
    create = {
        "tus-resumable": "1.0.0",
        "upload-length": str(len(content)),
        "upload-metadata": f"filename {name}",
    }
    assert http.post(path, headers=create).status_code == 500  # an Origin header is required
    made = http.post(path, headers={**create, "origin": "http://cvat.example.org"})
    assert (made.status_code, made.headers["upload-filename"]) == (201, "tus.png")
    url = made.headers["location"]

    def chunk(begin: int, end: int) -> httpx.Response:
        headers = {"upload-offset": str(begin), "tus-resumable": "1.0.0"}
        return http.patch(url, content=content[begin:end], headers=headers)

    assert http.head(url).headers["upload-offset"] == "0"
    assert chunk(0, 20).headers["upload-offset"] == "20"
    wrong = chunk(0, 20)
    assert wrong.status_code == 409
    assert "upload-offset" not in wrong.headers
    assert http.head(url).headers["upload-offset"] == "20"
    assert chunk(20, len(content)).status_code == 204
    assert http.head(url).status_code == 500
    finish = http.post(path, headers={"upload-finish": "true"}, json={"image_quality": 70})
    assert wait(http, finish.json()["rq_id"])["status"] == "finished"


def test_annotations_come_back_through_an_upload(http: httpx.Client) -> None:
    before = http.get("/tasks/1/annotations/").json()["shapes"]
    content = http.get(export(http, save_images="true")["result_url"]).content
    http.delete("/tasks/1/annotations/")
    path = "/tasks/1/annotations/"
    http.post(path, params={"format": "COCO 1.0"}, headers={"upload-start": ""})
    headers = {"upload-length": str(len(content)), "origin": "http://cvat.example.org"}
    made = http.post(path, headers=headers)
    http.patch(made.headers["location"], content=content, headers={"upload-offset": "0"})
    query = {"format": "COCO 1.0", "filename": made.headers["upload-filename"]}
    finish = http.post(path, params=query, headers={"upload-finish": ""})
    assert wait(http, finish.json()["rq_id"])["status"] == "finished"
    after = http.get("/tasks/1/annotations/").json()["shapes"]
    assert [s["points"] for s in after] == [s["points"] for s in before]
    files = {"annotation_file": ("a.zip", b"nonsense", "application/zip")}
    bad = http.post(path, params={"format": "COCO 1.0"}, files=files)
    assert wait(http, bad.json()["rq_id"])["message"].startswith("zipfile.BadZipFile")
    unknown = http.post(path, params={"format": "Nope"}, files=files)
    assert unknown.json() == ["Unknown input format 'Nope'"]


@pytest.mark.parametrize("kind", ["task", "project"])
def test_a_backup_becomes_a_copy(http: httpx.Client, kind: str) -> None:
    rq_id = http.post(f"/{kind}s/1/backup/export").json()["rq_id"]
    content = http.get(wait(http, rq_id)["result_url"]).content
    files = {f"{kind}_file": ("b.zip", content, "application/zip")}
    started = http.post(f"/{kind}s/backup/", files=files)
    done = wait(http, started.json()["rq_id"])
    assert done["operation"]["type"] == "import:backup"
    copy = http.get(f"/{kind}s/{done['result_id']}").json()
    assert copy["name"] == http.get(f"/{kind}s/1").json()["name"]
    nothing = http.post(f"/{kind}s/backup/", json={})
    assert nothing.json() == {f"{kind}_file": ["No file was submitted."]}


def test_a_dataset_becomes_a_task_of_the_project(http: httpx.Client) -> None:
    content = http.get(export(http, save_images="true")["result_url"]).content
    files = {"dataset_file": ("d.zip", content, "application/zip")}
    started = http.post("/projects/1/dataset/?format=COCO 1.0", files=files)
    assert wait(http, started.json()["rq_id"])["status"] == "finished"
    assert http.get("/projects/1").json()["tasks"]["count"] == 11
    wrong = http.post("/projects/2/dataset/?format=COCO 1.0", files=files)
    assert "does not have label" in wait(http, wrong.json()["rq_id"])["message"]


def test_a_task_is_as_far_as_the_job_that_is_least_far(http: httpx.Client) -> None:
    jobs = [job["id"] for job in http.get("/jobs", params={"task_id": 1}).json()["results"]]
    seen: list[str] = []
    for stage, moved in (("validation", jobs[:1]), ("validation", jobs), ("acceptance", jobs)):
        for job in moved:
            assert http.patch(f"/jobs/{job}", json={"stage": stage}).json()["stage"] == stage
        seen.append(http.get("/tasks/1").json()["status"])
    assert seen == ["annotation", "validation", "completed"]
    found = http.get("/tasks", params={"status": "completed"}).json()["results"]
    assert [task["id"] for task in found] == [1]


def test_frames_and_previews(http: httpx.Client) -> None:
    original = http.get(
        "/tasks/1/data/?type=frame&quality=original&number=0", headers={"accept": "*/*"}
    )
    assert original.headers["content-type"] == "image/png"
    compressed = http.get("/tasks/1/data/?type=frame&quality=compressed&number=0")
    assert compressed.headers["content-type"] == "image/jpeg"
    assert compressed.content.startswith(b"\xff\xd8\xff")
    assert http.get("/jobs/2/data?type=chunk&number=0").headers["content-type"] == "application/zip"
    assert http.get("/tasks/1/preview").headers["content-type"] == "image/jpeg"
    past = http.get("/tasks/1/data/?type=frame&number=99")
    assert past.json() == "Invalid frame '99'. The frame number should be in the [0, 5] range"
    assert http.get("/tasks/1/data/").json() == ["Data type not specified or has wrong value"]
    wrong = http.patch("/tasks/1/data/meta", json={"deleted_frames": ["x"]})
    assert wrong.json() == {"deleted_frames": {"0": ["A valid integer is required."]}}


def test_large_bodies_are_compressed(http: httpx.Client) -> None:
    coded = http.get("/tasks/1")
    assert coded.headers["content-encoding"] == "gzip"
    plain = http.get("/tasks/1", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.json() == coded.json()
