"""A strict client reads what the servers answer to requests that have changed data."""

from __future__ import annotations

import json
from typing import Any

import annoport
import annoport_cvat as cvat
import annoport_tator as tator
from annoport import testing
from annoport.core.contract.operation import Operation
from annoport.core.http.parsing import parse
from annoport.core.http.response import Headers, RawResponse
from tests.shared import SHARED, needs_shared

_SHAPE = cvat.models.ShapeType


def parsed(operation: Operation[Any], status: int, answer: object) -> Any:
    """The value of an answer, as a strict client reads it."""
    content = json.dumps(answer).encode()
    headers = Headers({"content-type": "application/json"})
    raw = RawResponse(status, headers, content, "http://annotate.test", 0.0)
    return parse(operation, raw, strict=True).value


def test_a_skeleton_that_was_written_has_no_points() -> None:
    part = cvat.models.SubLabeledShapeRequest(
        frame=0, label_id=2, type=_SHAPE.POINTS, points=[1.0, 2.0]
    )
    skeleton = cvat.models.LabeledShapeRequest(
        frame=0, label_id=2, type=_SHAPE.SKELETON, elements=[part]
    )
    track = cvat.models.LabeledTrackRequest(
        frame=0,
        label_id=2,
        shapes=[cvat.models.TrackedShapeRequest(frame=0, type=_SHAPE.SKELETON)],
        elements=[],
    )
    with (
        testing.serve("cvat") as server,
        cvat.Client(server.url, token=server.token, strict=True) as client,
    ):
        body = cvat.models.LabeledDataRequest(shapes=[skeleton], tracks=[track])
        written = client.tasks.update_annotations(1, body=body)
        assert written.shapes[0].points == written.tracks[0].shapes[0].points == []
        assert written.shapes[0].elements[0].points == [1.0, 2.0]
        read = client.tasks.retrieve_annotations(1)
        assert read == written
        box = {"frame": 0, "label_id": 2, "type": "rectangle", "points": [1, 2, 3, 4], "id": 99}
        gone = client.tasks.partial_update_annotations(1, action="delete", body={"shapes": [box]})
        assert gone.shapes[0].elements == []


@needs_shared
def test_every_recorded_answer_about_skeletons_is_read() -> None:
    truth = json.loads((SHARED / "truth" / "cvat" / "skeletons.json").read_text(encoding="utf-8"))
    writes = [
        case[request]["answer"]
        for case in [*truth["cases"], *truth["tracks"]]
        for request in ("put", "patch_create", "put_job")
        if case.get(request, {}).get("status") == 200
    ]
    for answer in writes:
        parsed(cvat.operations.TASKS_UPDATE_ANNOTATIONS, 200, answer)
    assert len(writes) > 10


def test_the_log_of_changes_holds_values_of_any_kind() -> None:
    values = [{"fps": 30, "codec": None}, None, [{"path": "a"}], "x", 1]
    change = {
        "id": 1,
        "user": 1,
        "project": 1,
        "modified_datetime": "2026-11-26T12:00:00Z",
        "description_of_change": {
            "old": [{"name": "media_files", "value": value} for value in values],
            "new": [{"name": "media_files", "value": value} for value in values],
        },
    }
    logs = parsed(tator.operations.GET_CHANGE_LOG_LIST, 200, [change])
    assert annoport.to_builtins(logs) == [change]


def test_further_keys_of_an_encoding_survive_an_update() -> None:
    encode = tator.models.EncodeConfig(crf=20, additional_properties={"profile:v": "high"})
    given = {"name": "Video", "dtype": "video", "archive_config": [{"encode": encode}]}
    with (
        testing.serve("tator") as server,
        tator.Client(server.url, token=server.token, strict=True) as client,
    ):
        made = client.media_types.create(1, body=given)
        kind = client.media_types.retrieve(made.id)
        assert kind.archive_config
        assert kind.archive_config[0].encode == encode
        client.media_types.update(
            made.id, body=tator.models.MediaTypeUpdate(archive_config=kind.archive_config)
        )
        assert client.media_types.retrieve(made.id) == kind
        raw = client.media_types.update(
            made.id, body={"archive_config": [{"encode": {"crf": 1, "profile:v": "main"}}]}
        )
        assert raw
