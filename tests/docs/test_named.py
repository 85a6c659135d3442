"""A piece of code on a page is looked up, not run; what it names wrongly is told."""

from __future__ import annotations

import pytest

from tests.docs.named import Names, UnknownNameError


@pytest.mark.parametrize(
    "source",
    [
        "client.tasks.list(project_id=3).first()",
        "client.tasks.retrieve_data_meta(task.id).frames",
        "client.tasks.list(filter=F['status'].in_(['completed']))",
        "functions.torchvision.create('fasterrcnn_resnet50_fpn')",
        "vision.Dataset(cvat.task(client, 3), update='never')",
        "VisionDataset(cvat.task(client, 3), target_transform=ToLabel())",
        "anything(path).else_",
    ],
)
def test_names_that_are_there(source: str) -> None:
    Names("cvat").check(source)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("client.tusks.list()", "client has no tusks"),
        ("client.tasks.lists()", "client.tasks has no lists"),
        ("client.tasks.list().second()", "client.tasks.list() has no second"),
        ("client.tasks.retrieve(42).nome", "client.tasks.retrieve(42) has no nome"),
        ("wait(client.tasks.lists())", "client.tasks has no lists"),
        ("[vision.Boxes]", "annoport.vision has no Boxes"),
        ("F['status'].one_of()", "F['status'] has no one_of"),
        (
            "client.tasks.retrieve(42, name='dive')",
            "client.tasks.retrieve(42, name='dive'): got an unexpected keyword argument 'name'",
        ),
        ("client.tasks.retrieve()", "client.tasks.retrieve(): missing a required argument: 'id'"),
        ("ToLable()", "there is no ToLable: write where it is from"),
        ("cvat.task(client)", "cvat.task(client): missing a required argument: 'task'"),
    ],
)
def test_names_that_are_not_there(source: str, message: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        Names("cvat").check(source)
    assert str(caught.value) == message
