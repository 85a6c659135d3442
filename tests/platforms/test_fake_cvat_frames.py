"""The fake CVAT makes frames of uploads, and serves them, as the real server does."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from annoport.testing import serve
from annoport.testing.images import png
from generator.json_values import is_list, is_object
from tests.shared import SHARED

UPLOADS = SHARED / "truth" / "cvat" / "uploads.jsonl"
FRAMES = SHARED / "truth" / "cvat" / "frames.jsonl"
NAMES = ("b.png", "a.png", "img10.png", "img2.png", "A1.png")


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with serve("cvat", job_seconds=0.02) as server:
        headers = {"authorization": f"Token {server.token}", "accept": "*/*"}
        with httpx.Client(base_url=server.url, headers=headers) as client:
            yield client


def new_task(http: httpx.Client, **options: object) -> int:
    made = http.post("/api/tasks", json={"name": "New", "labels": [], **options})
    return int(made.json()["id"])


def finished(http: httpx.Client, rq_id: str) -> Any:
    while True:
        found = http.get(f"/api/requests/{quote(rq_id, safe='')}").json()
        if found["status"] in ("finished", "failed"):
            return found


def numbered(names: tuple[str, ...]) -> dict[str, tuple[str, bytes]]:
    return {f"client_files[{n}]": (name, png(8, 6, shade=n)) for n, name in enumerate(names)}


def upload(http: httpx.Client, number: int, names: tuple[str, ...], **options: Any) -> None:
    path = f"/api/tasks/{number}/data/"
    several = {"upload-multiple": "true"}
    data = {"image_quality": "70"}
    assert http.post(path, headers=several, files=numbered(names), data=data).status_code == 200
    body = {"image_quality": 70, **options}
    done = http.post(path, headers={"upload-finish": "true"}, json=body)
    assert finished(http, done.json()["rq_id"])["status"] == "finished"


def names_of(http: httpx.Client, number: int) -> list[str]:
    meta = http.get(f"/api/tasks/{number}/data/meta").json()
    return [frame["name"] for frame in meta["frames"]]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["A1.png", "a.png", "b.png", "img10.png", "img2.png"]),
        ({"sorting_method": "natural"}, ["a.png", "A1.png", "b.png", "img2.png", "img10.png"]),
        ({"sorting_method": "predefined"}, list(NAMES)),
        (
            {"sorting_method": "predefined", "upload_file_order": sorted(NAMES, reverse=True)},
            sorted(NAMES, reverse=True),
        ),
        (
            {"upload_file_order": sorted(NAMES, reverse=True)},
            ["A1.png", "a.png", "b.png", "img10.png", "img2.png"],
        ),
    ],
)
def test_frames_are_sorted(
    http: httpx.Client, options: dict[str, object], expected: list[str]
) -> None:
    number = new_task(http)
    upload(http, number, NAMES, **options)
    assert names_of(http, number) == expected


def test_an_order_of_other_files_can_be_corrected(http: httpx.Client) -> None:
    number = new_task(http)
    path = f"/api/tasks/{number}/data/"
    data = {"image_quality": "70"}
    http.post(path, headers={"upload-multiple": ""}, files=numbered(("b.png", "a.png")), data=data)
    body = {"image_quality": 70, "sorting_method": "predefined", "upload_file_order": ["x.png"]}
    refused = http.post(path, headers={"upload-finish": ""}, json=body)
    assert refused.status_code == 400
    assert refused.json()[0].endswith(
        "Mismatching files: b.png (extra), a.png (extra), x.png (missing)"
    )
    body["upload_file_order"] = ["b.png", "a.png"]
    done = http.post(path, headers={"upload-finish": ""}, json=body)
    assert finished(http, done.json()["rq_id"])["status"] == "finished"
    assert names_of(http, number) == ["b.png", "a.png"]


def test_the_second_of_two_equal_names_is_refused(http: httpx.Client) -> None:
    path = f"/api/tasks/{new_task(http)}/data/"
    data = {"image_quality": "70"}
    several = {"upload-multiple": ""}
    assert http.post(path, headers=several, files=numbered(("a/x.png",)), data=data).is_success
    for names in (("b/x.png",), ("y.png", "y.png")):
        again = http.post(path, headers=several, files=numbered(names), data=data)
        assert again.status_code == 500
    create = {"upload-length": "5", "upload-metadata": "filename eC5wbmc=", "origin": "http://a"}
    again = http.post(path, headers=create)
    assert (again.status_code, again.json()) == (409, "File with same name already exists")
    assert http.post(path, headers={"upload-start": ""}).status_code == 202
    done = http.post(path, headers={"upload-finish": ""}, json={"image_quality": 70})
    assert finished(http, done.json()["rq_id"])["status"] == "finished"


def test_some_of_the_files_become_frames(http: httpx.Client) -> None:
    number = new_task(http, segment_size=2)
    names = tuple(f"f{place}.png" for place in range(10))
    chosen = {"start_frame": 1, "stop_frame": 8, "frame_filter": "step=3"}
    upload(http, number, names, chunk_size=2, **chosen)
    meta = http.get(f"/api/tasks/{number}/data/meta").json()
    assert [frame["name"] for frame in meta["frames"]] == ["f1.png", "f4.png", "f7.png"]
    assert (meta["size"], meta["chunk_size"], meta["frame_filter"]) == (3, 2, "step=3")
    assert (meta["start_frame"], meta["stop_frame"]) == (1, 7)
    jobs = http.get(f"/api/jobs?task_id={number}&sort=id").json()["results"]
    assert [(job["start_frame"], job["stop_frame"]) for job in jobs] == [(0, 1), (2, 2)]
    meta = http.get(f"/api/jobs/{jobs[1]['id']}/data/meta").json()
    assert (meta["start_frame"], meta["stop_frame"], meta["size"]) == (7, 7, 1)


def test_a_task_without_data_has_no_frames(http: httpx.Client) -> None:
    number = new_task(http)
    assert http.get(f"/api/tasks/{number}/data/meta").status_code == 500
    assert http.get(f"/api/tasks/{number}/data/?type=frame&number=0").status_code == 500
    preview = http.get(f"/api/tasks/{number}/preview")
    assert (preview.status_code, preview.text) == (404, "Task image preview not found")
    failed = http.post(f"/api/tasks/{number}/data/", json={"image_quality": 70}).json()
    assert finished(http, failed["rq_id"])["status"] == "failed"
    for path in ("data/?type=frame&number=0", "data/?type=preview", "preview"):
        none = http.get(f"/api/tasks/{number}/{path}")
        message = "Invalid frame '0'. The frame number should be in the [0, 0] range"
        assert (none.status_code, none.json()) == (400, message)


def members(answer: httpx.Response) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return archive.namelist()


def test_chunks_have_numbers_and_those_of_jobs_indexes(http: httpx.Client) -> None:
    number = new_task(http, segment_size=6)
    upload(http, number, tuple(f"f{place}.png" for place in range(10)), chunk_size=4)
    task = f"/api/tasks/{number}/data/?type=chunk&quality=original"
    assert members(http.get(f"{task}&number=2")) == ["000000.png", "000001.png"]
    past = http.get(f"{task}&number=3")
    assert past.json() == "Invalid chunk number '3'. The chunk number should be in the [0, 2] range"
    assert http.get(f"{task}&index=0").json() == ["Number is not specified"]
    jobs = http.get(f"/api/jobs?task_id={number}&sort=id").json()["results"]
    job = f"/api/jobs/{jobs[1]['id']}/data?type=chunk"
    assert len(members(http.get(f"{job}&index=0"))) == 4
    assert len(members(http.get(f"{job}&number=1"))) == 2
    before = http.get(f"{job}&number=0").json()
    assert before == ["Invalid chunk number '0'. The chunk number should be in the [1, 2] range"]
    both = http.get(f"{job}&number=1&index=0").json()
    assert both == ["Number and Index cannot be used together"]
    frame = f"/api/jobs/{jobs[1]['id']}/data?type=frame"
    assert http.get(f"{frame}&number=6").status_code == 200
    assert http.get(f"{frame}&number=5").json() == "Incorrect requested frame number: 5"


# ----------------------------------------------------------------------------- ground truth


def cases() -> dict[str, list[dict[str, Any]]]:
    """Return the recorded uploads by case."""
    if not UPLOADS.is_file():
        return {}
    lines = map(json.loads, UPLOADS.read_text(encoding="utf-8").splitlines())
    grouped = groupby(lines, lambda line: str(GO_ON.get(line["case"], line["case"])))
    return {name: list(steps) for name, steps in grouped if name not in LEFT_OUT}


GO_ON = {  # with the task of the case before
    "finish_repeated": "grouped_default",
    "start_repeated": "grouped_default",
    "multiple_after_finish": "grouped_default",
    "finish_empty_then_again": "finish_empty",
    "options": "tus_wrong_offset",
}
LEFT_OUT = {
    "group_5000": "its names are not recorded",
    "group_1100": "its names are not recorded",
    "group_150": "its names are not recorded",
    "part_index_over_ten": "its names are not recorded",
    "unknown_task": "has no task",
    "server_files_unknown": "the share of the fake has every file",
    "remote_files_unreachable": "the fake fetches nothing",
    "single_form_150": "its names are not recorded",
    "request_object": "is about what follows",
}


def content(part: Mapping[str, Any], place: int) -> bytes:
    whole = png(8, 6, shade=place)
    return whole[: part["size"]] if part["size"] < len(whole) else whole


NONE = pytest.param("", marks=pytest.mark.skip("needs the uploads in ../shared/truth"))


@pytest.mark.parametrize("name", cases() or [NONE])
def test_recorded_uploads(http: httpx.Client, name: str) -> None:
    number = new_task(http)
    rq_id, place = "", ""
    for step in cases()[name]:
        answer = step.get("answer")
        if step.get("method") in ("PATCH", "HEAD", "OPTIONS"):
            own = f"/api/tasks/{number}/data/" if step["method"] == "OPTIONS" else place
            check_chunk(http, own, step)
        elif step.get("method") == "POST":
            made = post(http, number, step)
            place = made.headers.get("location", place)
            assert made.status_code == step["status"], (step, made.text)
            if made.status_code == 202 and made.content:
                rq_id = made.json()["rq_id"]
            elif made.status_code == 400:
                check_refusal(made.json(), answer)
        elif is_object(answer) and answer.get("status") in ("finished", "failed"):
            finished(http, rq_id)
            # The message of a failure is a whole traceback at first.
            found = finished(http, rq_id)
            ended = (found["status"], found["message"].partition(":")[0])
            assert ended == (answer["status"], answer["message"].partition(":")[0])
        elif "frames" in step.get("answer_cut", {}):
            # No seed of the random order is known.
            ours, theirs = names_of(http, number), step["answer_cut"]["frames"]
            assert (sorted(ours) == sorted(theirs)) if "random" in name else (ours == theirs)


def check_chunk(http: httpx.Client, place: str, step: Mapping[str, Any]) -> None:
    """Send a step of TUS; the bytes of a file are not recorded, only how many they were."""
    (sent,) = step.get("form") or [{"body_bytes": 0}]
    start = int(step.get("headers", {}).get("Upload-Offset", 0))
    body = content({"size": start + sent["body_bytes"]}, 0).ljust(start + sent["body_bytes"])
    answer = http.request(
        step["method"], place, headers=step.get("headers", {}), content=body[start:]
    )
    assert answer.status_code == step["status"], step
    told = step.get("answer_headers", {})
    assert answer.headers.get("upload-offset") == told.get("upload-offset"), step


def post(http: httpx.Client, number: int, step: Mapping[str, Any]) -> httpx.Response:
    path = f"/api/tasks/{number}/data/"
    headers = {**step.get("headers", {}), "origin": "http://cvat.test"}
    fields: dict[str, Any] = step.get("fields") or {}
    kind = step.get("content_type", "")
    if kind == "multipart/form-data":
        files = [
            (part["part"], (part["filename"], content(part, place)))
            for place, part in enumerate(step["form"])
        ]
        return http.post(path, headers=headers, files=files, data=fields)
    if kind == "application/x-www-form-urlencoded":
        return http.post(path, headers=headers, data=fields)
    return (
        http.post(path, headers=headers, json=fields) if kind else http.post(path, headers=headers)
    )


def check_refusal(ours: Any, theirs: Any) -> None:
    """The server lists mismatching files in no order."""
    if is_list(theirs) and "Mismatching files: " in str(theirs[0]):
        assert words(str(ours[0])) == words(str(theirs[0]))
    else:
        assert ours == theirs


def words(message: str) -> tuple[str, list[str]]:
    head, _, names = message.partition("Mismatching files: ")
    return head, sorted(names.split(", "))


def frame_case(name: str) -> list[dict[str, Any]]:
    lines = map(json.loads, FRAMES.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line["case"] == name and "path" in line]


@pytest.mark.skipif(not FRAMES.is_file(), reason="needs the frames in ../shared/truth")
@pytest.mark.parametrize(
    ("name", "options", "size", "jobs"),
    [
        ("png_images", {"chunk_size": 4}, 6, [129, 130]),
        (
            "images_step2_from1",
            {"chunk_size": 2, "start_frame": 1, "frame_filter": "step=2"},
            0,
            [141],
        ),
    ],
)
def test_recorded_frames(
    http: httpx.Client, name: str, options: dict[str, Any], size: int, jobs: list[int]
) -> None:
    number = new_task(http, segment_size=size)
    upload(http, number, tuple(f"f{place}.png" for place in range(10)), **options)
    made = http.get(f"/api/jobs?task_id={number}&sort=id").json()["results"]
    own = {str(theirs): str(job["id"]) for theirs, job in zip(jobs, made, strict=True)}
    for line in frame_case(name):
        _, _, kind, old, *rest = line["path"].split("/")
        path = "/".join(["", "api", kind, own.get(old, str(number)), *rest])
        got = http.get(path, params=line["query"], headers=line["request_headers"])
        assert got.status_code == line["status"], line
        if line["status"] == 400:
            assert got.json() == json.loads(line["answer"])
        elif line.get("body", {}).get("kind") == "zip":
            theirs = [member for member, _, _ in line["body"]["members"]]
            assert members(got) == theirs, line
        if "headers" in line:
            assert got.headers.get("content-type") == line["headers"].get("content-type"), line


# ----------------------------------------------------------------------------- skeletons


def test_a_skeleton_label_has_sublabels(http: httpx.Client) -> None:
    node = '<circle data-element-id="1" data-label-{}></circle>'
    skeleton: dict[str, Any] = {
        "name": "crab",
        "type": "skeleton",
        "attributes": [],
        "svg": node.format('name="eye"'),
        "sublabels": [{"name": "eye", "type": "points", "attributes": [], "color": "#112233"}],
    }
    number = new_task(http, labels=[skeleton, {"name": "sea star"}])
    crab, star = http.get(f"/api/labels?task_id={number}").json()["results"]
    (eye,) = crab["sublabels"]
    assert set(eye) == {"id", "name", "color", "attributes", "type", "has_parent"}
    assert (eye["name"], eye["color"], eye["has_parent"]) == ("eye", "#112233", True)
    assert crab["svg"] == node.format(f'id="{eye["id"]}"')
    assert (star["sublabels"], "svg" in star) == ([], False)
    twice = {**skeleton, "sublabels": skeleton["sublabels"] * 2}
    refused = http.post("/api/tasks", json={"name": "New", "labels": [twice]})
    assert (refused.status_code, refused.json()) == (400, ["All label names must be unique"])


def test_the_points_of_a_skeleton_are_read_but_not_echoed(http: httpx.Client) -> None:
    sublabels: list[Any] = [{"name": "eye", "type": "points", "attributes": []}]
    spec: dict[str, Any] = {
        "name": "crab",
        "type": "skeleton",
        "attributes": [],
        "sublabels": sublabels,
    }
    number = new_task(http, labels=[spec])
    (crab,) = http.get(f"/api/labels?task_id={number}").json()["results"]
    eye = {"type": "points", "label_id": crab["sublabels"][0]["id"], "frame": 0, "points": [1, 2]}
    shape: dict[str, Any] = {
        "type": "skeleton",
        "label_id": crab["id"],
        "frame": 0,
        "elements": [eye],
    }
    path = f"/api/tasks/{number}/annotations"

    def put(**changes: object) -> httpx.Response:
        return http.put(path, json={"shapes": [{**shape, **changes}]})

    (echoed,) = put().json()["shapes"]
    assert "points" not in echoed
    assert echoed["elements"][0]["points"] == [1, 2]
    assert echoed["elements"][0]["id"] > 0
    assert put(points=[]).json()["shapes"][0]["points"] == []
    (read,) = http.get(path).json()["shapes"]
    assert (read["points"], read["elements"][0]["points"]) == ([], [1, 2])
    given = put(points=[1, 2])
    assert given.status_code == 400
    assert given.json() == {"shapes": [{"points": ["invalid length for shape type 'skeleton'"]}]}
    none = put(elements=[])
    message = "at least one required for skeleton shape"
    assert none.json() == {"shapes": [{"elements": [message]}]}
    step = {"type": "skeleton", "frame": 0}
    track: dict[str, Any] = {"label_id": crab["id"], "frame": 0, "shapes": [step], "elements": []}
    (echoed,) = http.put(path, json={"tracks": [track]}).json()["tracks"]
    assert "points" not in echoed["shapes"][0]
    assert http.get(path).json()["tracks"][0]["shapes"][0]["points"] == []
