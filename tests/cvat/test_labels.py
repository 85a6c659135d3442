"""Labels that a task or project is given."""

from __future__ import annotations

from typing import Any

import pytest

from annoport import cvat, vision
from annoport.errors import InvalidArgumentError
from tests.cvat.conftest import CAMERA_TRAPS, MEADOW, Flows

AGE = vision.Attribute(name="age", kind="select", values=("adult", "young"), default="adult")


def shown(labels: list[cvat.models.Label]) -> list[tuple[str, Any, list[str]]]:
    return [
        (label.name, label.color, [each.name for each in label.attributes or ()])
        for label in labels
    ]


def test_labels_are_added_and_changed_by_name(flows: Flows) -> None:
    project = flows.client.projects.retrieve(CAMERA_TRAPS)
    before = {label.name: label.id for label in flows.client.labels.list(project_id=project.id)}
    annotations = flows.client.tasks.retrieve_annotations(MEADOW)
    sex = vision.Attribute(name="sex", kind="text")
    labels = [vision.Label(name="fox", color="#000000", attributes=[sex]), "owl", "deer"]
    found = flows.call("set_labels", project, labels)
    assert shown(found)[:3] == [
        ("deer", "#8a5a2b", ["age"]),
        ("fox", "#000000", ["sex"]),
        ("badger", "#555555", []),
    ]
    assert [label.name for label in found[3:]] == ["owl"]
    assert {label.name: label.id for label in found[:3]} == before
    assert flows.client.tasks.retrieve_annotations(MEADOW) == annotations


def test_labels_that_are_as_they_should_be_send_nothing(flows: Flows) -> None:
    project = flows.client.projects.retrieve(CAMERA_TRAPS)
    present = list(flows.client.labels.list(project_id=project.id))
    for labels in (present, ["deer"], [vision.Label(name="deer", attributes=[AGE])], []):
        flows.call("set_labels", project, labels)
    assert flows.sent("PATCH") == []


def test_an_attribute_that_differs_is_changed(flows: Flows) -> None:
    project = flows.client.projects.retrieve(CAMERA_TRAPS)
    wider = vision.Attribute(name="age", kind="select", values=("adult", "young", "calf"))
    found = flows.call("set_labels", project, [vision.Label(name="deer", attributes=[wider])])
    assert found[0].attributes
    (attribute,) = found[0].attributes
    assert (attribute.name, attribute.values) == ("age", ["adult", "young", "calf"])
    assert attribute.default_value == "adult"


def test_labels_are_deleted_only_by_name(flows: Flows) -> None:
    task = flows.client.tasks.retrieve(12)
    found = flows.call("set_labels", task, ["ship"], delete=["boat"])
    assert [label.name for label in found] == ["ship"]
    found = flows.call("set_labels", task, [], delete=["ship"])
    assert found == []


REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "an unknown one to delete": (
        ("set_labels: there is no label 'wolf' to delete: the labels are 'deer', 'fox', 'badger'"),
        {"labels": [], "delete": ["wolf"]},
    ),
    "set and deleted": (
        "set_labels: 'fox' is to be set and to be deleted",
        {"labels": ["fox"], "delete": ["fox"]},
    ),
    "a text": (
        "set_labels: delete is the text 'fox': expected a list, as in delete=['fox']",
        {"labels": [], "delete": "fox"},
    ),
    "labels as a text": (
        "set_labels: labels is the text 'owl': expected a list of labels, as in labels=['owl']",
        {"labels": "owl"},
    ),
    "equal names": (
        "set_labels: there are several labels 'owl': names must differ",
        {"labels": ["owl", "owl"]},
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_changes_nothing(flows: Flows, name: str) -> None:
    message, keywords = REFUSED[name]
    project = flows.client.projects.retrieve(CAMERA_TRAPS)
    with pytest.raises(InvalidArgumentError) as caught:
        flows.call("set_labels", project, **keywords)
    assert str(caught.value) == message
    assert flows.sent("PATCH") == []


def test_the_labels_of_a_task_in_a_project_are_those_of_the_project(flows: Flows) -> None:
    task = flows.client.tasks.retrieve(MEADOW)
    with pytest.raises(InvalidArgumentError) as caught:
        flows.call("set_labels", task, ["owl"])
    assert str(caught.value) == (
        "set_labels: task 1 has the labels of project 1: pass that, as projects.retrieve() "
        "returns it"
    )
    with pytest.raises(InvalidArgumentError) as wrong:
        flows.call("set_labels", 1, ["owl"])
    assert str(wrong.value) == (
        "set_labels: owner is 1: expected a task or project, as retrieve() returns it"
    )
