"""Serverless functions that annotate a task."""

from __future__ import annotations

from typing import Any

import pytest

from annoport.errors import (
    ConflictError,
    InvalidArgumentError,
    JobFailedError,
    JobTimeoutError,
    NotFoundError,
)
from tests.cvat.conftest import MEADOW, POND, Flows

DETECTOR = "animal-detector"


def found(flows: Flows, task: int) -> list[tuple[str, int]]:
    names = {label.id: label.name for label in flows.client.labels.list(task_id=task)}
    shapes = flows.client.tasks.retrieve_annotations(task).shapes
    return [(names[shape.label_id], shape.frame) for shape in shapes if shape.source == "auto"]


def test_labels_of_the_same_name_count(flows: Flows) -> None:
    job = flows.call("run_function", DETECTOR, POND)
    assert (job.id, job.kind) == (f"action=autoannotate&target=task&target_id={POND}", "function")
    state = flows.wait(job)
    assert (str(state.status), job.progress) == ("finished", 1.0)
    assert found(flows, POND) == [(name, frame) for frame in range(3) for name in ("deer", "fox")]


def test_a_mapping_says_what_counts(flows: Flows) -> None:
    function = flows.client.lambda_.retrieve_functions(DETECTOR)
    job = flows.call(
        "run_function", function, POND, mapping={"owl": "badger"}, cleanup=True, threshold=0.5
    )
    flows.wait(job)
    assert found(flows, POND) == [("badger", frame) for frame in range(3)]
    assert len(flows.client.tasks.retrieve_annotations(POND).shapes) == 3


def test_only_the_frames_of_a_job(flows: Flows) -> None:
    part = flows.client.jobs.list(task_id=MEADOW, sort="id").first()
    flows.wait(flows.call("run_function", DETECTOR, part, mapping={"fox": "fox"}))
    assert found(flows, MEADOW) == [("fox", 0), ("fox", 1)]


def test_a_failure_is_told_as_its_last_line(flows: Flows) -> None:
    flows.fake.next_job = "failed"
    job = flows.call("run_function", DETECTOR, POND)
    with pytest.raises(JobFailedError) as caught:
        flows.wait(job)
    assert str(caught.value) == (
        f"job action=autoannotate&target=task&target_id={POND} (function) failed: "
        "datumaro.components.errors.DatasetError: the annotations cannot be read "
        "(worker.py, line 1431, in perform_job)"
    )


def test_one_that_runs_can_be_cancelled_and_taken_up(flows: Flows) -> None:
    flows.fake.job_seconds = 3600
    job = flows.call("run_function", DETECTOR, POND)
    with pytest.raises(JobTimeoutError):
        flows.shell.run(job.wait(timeout=0.01))
    with pytest.raises(ConflictError, match="Only one running request is allowed"):
        flows.call("run_function", DETECTOR, POND)
    again = flows.client.job(job.to_token())
    assert again.refresh().status == "started"
    again.cancel()
    assert found(flows, POND) == []
    with pytest.raises(NotFoundError):
        flows.client.lambda_.retrieve_requests(str(job.id))


def test_an_answer_that_is_lost_is_looked_up(flows: Flows) -> None:
    flows.fake.lose_next(path="/lambda/requests", method="POST")
    job = flows.call("run_function", DETECTOR, POND)
    flows.wait(job)
    assert len(flows.sent("POST")) == 1
    assert len(found(flows, POND)) == 6


REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "no label of the function": (
        ("run_function: mapping['wolf']: the function has the labels 'deer', 'fox', 'owl' only"),
        {"mapping": {"wolf": "fox"}},
    ),
    "no label of the task": (
        (
            "run_function: mapping['owl'] is 'bird': the task has the labels 'badger', 'deer', "
            "'fox' only"
        ),
        {"mapping": {"owl": "bird"}},
    ),
    "an empty mapping": ("run_function: mapping is empty: no label would count", {"mapping": {}}),
    "a threshold in percent": (
        "run_function: threshold is 50: expected a number from 0 to 1",
        {"threshold": 50},
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_starts_nothing(flows: Flows, name: str) -> None:
    message, keywords = REFUSED[name]
    with pytest.raises(InvalidArgumentError) as caught:
        flows.call("run_function", DETECTOR, POND, **keywords)
    assert str(caught.value) == message
    assert flows.sent("POST") == []


def test_a_function_that_has_no_label_of_the_task(flows: Flows) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        flows.call("run_function", DETECTOR, 12)
    assert str(caught.value) == (
        "run_function: no label of the function is called like one of the task: it has the labels "
        "'deer', 'fox', 'owl' only, the task the labels 'boat' only; mapping= says which is which"
    )
    with pytest.raises(NotFoundError):
        flows.call("run_function", "no-such-function", POND)
