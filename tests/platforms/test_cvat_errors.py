"""What the errors of CVAT say, against the fake and against recorded answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

import annoport_cvat
from annoport import errors
from annoport.core.contract.extensions import Platform
from annoport.core.http.api_errors import api_error
from annoport.core.http.response import Headers, RawResponse
from annoport.testing import FakeServer, serve
from annoport_cvat import operations as ops
from tests.shared import SHARED, needs_shared

STEP: dict[str, Any] = {"type": "rectangle", "frame": 0, "points": [1, 2, 3, 4]}
BOX: dict[str, Any] = {**STEP, "label_id": 1}


@pytest.fixture
def server() -> Iterator[FakeServer[Any]]:
    with serve("cvat", job_seconds=0.02) as running:
        yield running


@pytest.fixture
def client(server: FakeServer[Any]) -> Iterator[annoport_cvat.Client]:
    with annoport_cvat.Client(server.url, token=server.token) as made:
        yield made


@pytest.fixture
def task(client: annoport_cvat.Client) -> int:
    """The id of a task without data."""
    made = client.tasks.create(body={"name": "empty", "labels": [{"name": "fish"}]})
    return made.id


@pytest.mark.parametrize("version", ["2.52.0", "2.72.0"])
def test_a_server_without_an_operation(version: str) -> None:
    with (
        serve("cvat", version=version) as server,
        annoport_cvat.Client(server.url, token=server.token) as client,
    ):
        with pytest.raises(errors.NoSuchOperationError) as caught:
            list(client.functions.list())
        assert str(caught.value) == (
            "functions_list: 404 the server has no such operation (Not Found): "
            f"it is in app.cvat.ai only; this server is {version}"
        )
        with pytest.raises(errors.NotFoundError, match="No Task matches the given query"):
            client.tasks.retrieve(9999)


def test_a_server_without_a_stream_and_one_that_is_not_asked() -> None:
    with (
        serve("cvat", version="2.52.0") as server,
        annoport_cvat.Client(server.url, token=server.token, check_server_version=False) as client,
        client.functions.queues_watch("function:1") as events,
        pytest.raises(errors.NoSuchOperationError) as caught,
    ):
        next(iter(events))
    assert str(caught.value) == (
        "functions_queues_watch: 404 the server has no such operation (Not Found): "
        "it is in app.cvat.ai only"
    )


def test_an_operation_that_the_server_gave_up(client: annoport_cvat.Client) -> None:
    unchecked = client.with_options(check_server_version=False)
    with pytest.raises(errors.NoSuchOperationError) as caught:
        unchecked.tasks.retrieve_dataset(1, format="COCO 1.0")
    assert str(caught.value) == (
        "tasks_retrieve_dataset: 410 the server has no such operation (This endpoint is no longer "
        "supported. Use POST dataset/export or backup/export for /api/tasks/1/dataset.): "
        "it is in CVAT before 2.32"
    )
    assert unchecked.server_version() == "2.80.0"  # known from now on
    with pytest.raises(
        errors.NoSuchOperationError, match=r"before 2\.32; this server is 2\.80\.0$"
    ):
        unchecked.tasks.retrieve_dataset(1, format="COCO 1.0")


def test_an_operation_that_editions_had_at_different_times() -> None:
    with (
        serve("cvat", version="2.52.0") as server,
        annoport_cvat.Client(server.url, token=server.token) as client,
        pytest.raises(errors.NoSuchOperationError) as caught,
    ):
        client.call(ops.ANALYTICS_GET_REPORTS, {})
    assert str(caught.value) == (
        "analytics_get_reports: 404 the server has no such operation (Not Found): "
        "it is in app.cvat.ai, open source 2.31 and older; this server is 2.52.0"
    )
    assert caught.value.known_by == "app.cvat.ai, open source 2.31 and older"
    assert caught.value.server_version == "2.52.0"


def test_a_server_that_has_other_methods_at_the_path(client: annoport_cvat.Client) -> None:
    content = b'{"detail":"Method \\"PATCH\\" not allowed."}'
    headers = Headers({"content-type": "application/vnd.cvat+json"})
    answer = RawResponse(405, headers, content, "http://h/", 0.1, "PATCH")
    operation = ops.INVITATIONS_PARTIAL_UPDATE
    error = api_error(client.platform, operation.id, answer, is_call=True)
    assert isinstance(error, errors.NoSuchOperationError)
    client.explain(error, operation)
    assert str(error) == (
        "invitations_partial_update: 405 the server has no such operation "
        '(Method "PATCH" not allowed.): it is in CVAT before 2.70; this server is 2.80.0'
    )


def test_ids_in_annotations_are_told_once(client: annoport_cvat.Client) -> None:
    track = {"frame": 0, "label_id": 1, "shapes": [{**STEP, "id": 3}]}
    body = {"shapes": [{**BOX, "id": number} for number in range(1, 9)], "tracks": [track]}
    said = (
        "shapes[0].id, shapes[1].id, shapes[2].id and 6 more: must be absent: annotations that "
        'were read carry ids, which the server gives anew; leave out every "id" of tags, shapes, '
        "tracks and what is in them"
    )
    with pytest.raises(errors.ValidationError) as caught:
        client.tasks.update_annotations(1, body=body)
    assert str(caught.value) == f"tasks_update_annotations: 400 {said}"
    with pytest.raises(errors.ValidationError) as caught:
        client.jobs.partial_update_annotations(1, action="create", body=body)
    assert caught.value.message == said


def test_data_of_a_task_without_data(client: annoport_cvat.Client, task: int) -> None:
    said = (
        "500 Server Error (500): this server answers so for a task without data; "
        "upload_data() gives it some"
    )
    with pytest.raises(errors.ConflictError) as caught:
        client.tasks.retrieve_data(task, type="frame", number=0).read()
    assert str(caught.value) == f"tasks_retrieve_data: {said}"
    with pytest.raises(errors.ConflictError) as caught:
        client.tasks.retrieve_data_meta(task)
    assert str(caught.value) == f"tasks_retrieve_data_meta: {said}"


def test_an_unknown_format_names_the_method_that_lists_them(client: annoport_cvat.Client) -> None:
    advice = "client.server.retrieve_annotation_formats() lists the formats of this server"
    with pytest.raises(errors.ValidationError) as caught:
        client.tasks.create_dataset_export(1, format="Nope 1.0")
    assert str(caught.value) == (
        f"tasks_create_dataset_export: 400 Unknown format specified for the request: {advice}"
    )
    with pytest.raises(errors.ValidationError) as caught:
        client.projects.upload_dataset(1, b"{}", format="Nope")
    assert str(caught.value) == (
        f"projects_create_dataset: 400 Unknown input format 'Nope': {advice}"
    )
    assert "COCO 1.0" in [one.name for one in client.server.retrieve_annotation_formats().exporters]


def test_an_unknown_project_is_not_found(client: annoport_cvat.Client) -> None:
    with pytest.raises(errors.NotFoundError) as caught:
        client.tasks.create(body={"name": "x", "project_id": 999999})
    assert str(caught.value) == "tasks_create: 400 Project matching query does not exist."


def recorded(platform: Platform, operation_id: str, text: str) -> errors.ApiError:
    """Return the error for the first recorded answer of an operation that has that text."""
    for line in (SHARED / "recordings" / "cvat.jsonl").read_text().splitlines():
        exchange = json.loads(line)
        if exchange["operation_id"] == operation_id and text in str(exchange["response_body"]):
            headers = Headers({k: str(v) for k, v in exchange["response_headers"].items()})
            content = json.dumps(exchange["response_body"]).encode()
            answer = RawResponse(exchange["status"], headers, content, "http://h/", 0.1, "POST")
            return api_error(platform, operation_id, answer, is_call=True)
    raise AssertionError(f"no recorded answer of {operation_id} says {text!r}")


@needs_shared
def test_an_invitation_that_was_accepted_is_a_conflict(client: annoport_cvat.Client) -> None:
    error = recorded(client.platform, ops.INVITATIONS_ACCEPT.id, "already accepted")
    assert type(error) is errors.ConflictError
    assert str(error) == "invitations_accept: 400 Your invitation is already accepted."


def test_a_fault_in_a_list_is_told_with_its_position(client: annoport_cvat.Client) -> None:
    skeleton: dict[str, Any] = {**BOX, "type": "skeleton", "elements": []}
    with pytest.raises(errors.ValidationError) as caught:
        client.call(
            ops.TASKS_UPDATE_ANNOTATIONS,
            {"id": 1},
            body={"shapes": [BOX, BOX, BOX, skeleton], "tags": [], "tracks": []},
        )
    assert str(caught.value) == (
        "tasks_update_annotations: 400 shapes[3].points: invalid length for shape type 'skeleton'"
    )
