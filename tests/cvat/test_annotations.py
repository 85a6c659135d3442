"""Annotations that are copied or deleted."""

from __future__ import annotations

from typing import Any

import pytest

from annoport import cvat, vision
from annoport.errors import InvalidAnnotationError, InvalidArgumentError, TransportError
from tests.cvat.conftest import MEADOW, POND, Flows


def counts(flows: Flows, task: int) -> tuple[int, int, int]:
    data = flows.client.tasks.retrieve_annotations(task)
    return len(data.tags), len(data.shapes), len(data.tracks)


@pytest.fixture
def other(flows: Flows) -> int:
    """A task with six frames of its own labels."""
    from annoport import UploadFile
    from annoport.testing.images import png

    task = cvat.create_task(
        flows.client,
        "other",
        [UploadFile(png(8, 8), name=f"meadow_{number:03d}.png") for number in (5, 4, 3, 2, 1, 0)],
        labels=["deer", "vulpes"],
    )
    flows.server.requests.clear()
    return task.id


# --------------------------------------------------------------------------- copies


def test_a_copy_has_the_labels_of_the_other_task(flows: Flows, other: int) -> None:
    mapping = {"fox": "vulpes", "deer": vision.LabelRule(name="deer", attributes={"age": None})}
    fitted = flows.call("copy_annotations", MEADOW, other, mapping={**mapping, "badger": None})
    assert fitted.dropped == ()
    converter = cvat.Converter(flows.client.labels.list(task_id=other))
    stored = converter.from_data(flows.client.tasks.retrieve_annotations(other))
    assert [(each.label, each.frame) for each in stored] == [
        ("vulpes", 1),
        ("deer", 0),
        ("vulpes", 1),
        ("deer", 3),
    ]


def test_frames_are_matched_by_the_names_of_files(flows: Flows, other: int) -> None:
    fitted = flows.call(
        "copy_annotations", MEADOW, other, frames="name", unmatched="drop", mapping={"fox": None}
    )
    assert [shape.frame for shape in fitted.data.shapes] == [5, 2]
    assert [str(error) for error in fitted.dropped] == [
        f"Box 'deer' on frame {frame} (id {number}): attributes['age']: label 'deer' has no "
        "attributes"
        for frame, number in ((5, 1), (2, 3))
    ] + [
        (
            "Polygon 'badger' on frame 1 (id 4): label: the place has the labels 'deer', 'vulpes' "
            "only; a mapping can say what it is there"
        )
    ]


def test_what_does_not_fit_is_an_error_and_nothing_is_copied(flows: Flows, other: int) -> None:
    with pytest.raises(InvalidAnnotationError):
        flows.call("copy_annotations", MEADOW, other)
    with pytest.raises(InvalidAnnotationError) as caught:
        flows.call("copy_annotations", MEADOW, POND)
    assert str(caught.value) == (
        "Box 'deer' on frame 3 (id 3): frame: the other task has no such frame"
    )
    assert flows.sent("PUT") + flows.sent("PATCH") == []


@pytest.mark.parametrize(
    ("existing", "expected"), [("keep", (1, 3, 1)), ("replace", (1, 2, 0)), ("error", (0, 1, 1))]
)
def test_what_is_there_already(flows: Flows, existing: str, expected: tuple[int, int, int]) -> None:
    given: dict[str, Any] = {"unmatched": "drop", "existing": existing}
    if existing == "error":
        with pytest.raises(InvalidArgumentError) as caught:
            flows.call("copy_annotations", MEADOW, POND, **given)
        assert str(caught.value) == (
            f"copy_annotations: task {POND} has 2 annotations already: existing='keep' adds to "
            "them, existing='replace' replaces them"
        )
    else:
        flows.call("copy_annotations", MEADOW, POND, **given)
    assert counts(flows, POND) == expected


def test_a_copy_whose_answer_is_lost_is_not_made_twice(flows: Flows, other: int) -> None:
    given: dict[str, Any] = {"unmatched": "drop"}
    flows.fake.lose_next(path="/annotations", method="PATCH")
    with pytest.raises(Exception, match="may have done it nevertheless"):
        flows.call("copy_annotations", MEADOW, other, **given)
    there = counts(flows, other)
    with pytest.raises(InvalidArgumentError, match="annotations already"):
        flows.call("copy_annotations", MEADOW, other, **given)
    assert counts(flows, other) == there != (0, 0, 0)


def test_a_task_is_not_copied_onto_itself(flows: Flows) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        flows.call("copy_annotations", MEADOW, MEADOW)
    assert str(caught.value) == (
        "copy_annotations: source and target are both task 1: expected two tasks"
    )


def test_what_was_read_can_be_sent_as_new(flows: Flows) -> None:
    data = flows.client.tasks.retrieve_annotations(POND)
    labels = list(flows.client.labels.list(task_id=POND))
    fitted = cvat.for_create(data, labels)
    stored = flows.client.tasks.update_annotations(POND, body=fitted.data)
    assert [track.label_id for track in stored.tracks] == [data.tracks[0].label_id]
    assert stored.tracks[0].id != data.tracks[0].id
    assert [shape.frame for shape in stored.tracks[0].shapes] == [0, 1, 2]


# --------------------------------------------------------------------------- deletions

DELETIONS: dict[str, tuple[dict[str, Any], int, tuple[int, int, int]]] = {
    "shapes by id": ({"shapes": [1, 3]}, 2, (1, 2, 0)),
    "a tag by id, not the shape of the same id": ({"tags": [1]}, 1, (0, 4, 0)),
    "by label": ({"labels": ["fox"]}, 2, (0, 3, 0)),
    "by several labels": ({"labels": ["fox", "badger"]}, 3, (0, 2, 0)),
    "by source": ({"source": "manual"}, 5, (0, 0, 0)),
    "by another source": ({"source": "auto"}, 0, (1, 4, 0)),
    "by id and label": ({"shapes": [1, 2], "labels": ["fox"]}, 1, (1, 3, 0)),
    "an id that is gone": ({"shapes": [99]}, 0, (1, 4, 0)),
}


@pytest.mark.parametrize("name", DELETIONS)
def test_what_is_deleted(flows: Flows, name: str) -> None:
    keywords, count, left = DELETIONS[name]
    assert flows.call("delete_annotations", MEADOW, **keywords) == count
    assert counts(flows, MEADOW) == left
    assert len(flows.sent("PATCH")) == (count > 0)
    assert flows.call("delete_annotations", MEADOW, **keywords) == 0


def test_a_deletion_whose_answer_is_lost_can_be_repeated(flows: Flows) -> None:
    flows.fake.lose_next(path="/annotations", method="PATCH")
    with pytest.raises(TransportError) as caught:
        flows.call("delete_annotations", MEADOW, labels=["deer"])
    assert caught.value.may_be_done
    assert flows.call("delete_annotations", MEADOW, labels=["deer"]) == 0
    assert counts(flows, MEADOW) == (1, 2, 0)


def test_only_those_of_a_job_are_deleted(flows: Flows) -> None:
    job = flows.client.jobs.list(task_id=MEADOW, sort="id").first()
    assert flows.call("delete_annotations", job, labels=["deer"]) == 1
    assert [shape.frame for shape in flows.client.tasks.retrieve_annotations(MEADOW).shapes] == [
        1,
        3,
        4,
    ]


ALL = (
    "delete_annotations: nothing says which annotations to delete: pass ids as tags, shapes or "
    "tracks, or labels, or source; tasks.destroy_annotations() deletes all"
)
EMPTIES: dict[str, Any] = {"tags": [], "tracks": set[int](), "labels": [], "source": ""}
REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "nothing": (ALL, {}),
    "an unknown label": (
        ("delete_annotations: there is no label 'wolf': the labels are 'deer', 'fox', 'badger'"),
        {"labels": ["fox", "wolf"]},
    ),
    "labels as a text": (
        (
            "delete_annotations: labels is the text 'fox': expected a list of names, as in "
            "labels=['fox']"
        ),
        {"labels": "fox"},
    ),
    **{
        f"no {name}": (
            (
                f"delete_annotations: {name} is empty, which would mean none of them: leave it "
                "out, or say which"
            ),
            {name: value, "labels": value if name == "labels" else ["fox"]},
        )
        for name, value in EMPTIES.items()
    },
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_deletion_that_says_nothing_deletes_nothing(flows: Flows, name: str) -> None:
    message, keywords = REFUSED[name]
    with pytest.raises(InvalidArgumentError) as caught:
        flows.call("delete_annotations", MEADOW, **keywords)
    assert str(caught.value) == message
    assert counts(flows, MEADOW) == (1, 4, 0)
