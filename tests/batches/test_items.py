"""Items of a batch: their names, what tells them apart, and plans made of lists."""

from __future__ import annotations

import pickle
from types import SimpleNamespace
from typing import Any

import pytest

from annoport import UNSET, batches, cvat
from annoport.batches import Item
from annoport.core.jobs.tokens import JobToken
from annoport.errors import InvalidArgumentError, InvalidBodyError, JobTokenError

COCO = {"format": "COCO 1.0"}
TOKEN = JobToken(
    platform="CVAT", url="https://cvat.example.org", kind="request", id="action=export&target=task"
).to_text()


@pytest.mark.parametrize(
    ("item", "name"),
    [
        (Item("tasks.download_dataset", [42], COCO), "tasks-42"),
        (Item("jobs.download_results", [1, "x"], {}), "jobs-1-x"),
        (Item("job", [TOKEN]), "job-action=export&target=task"),
        (Item("tasks.download_dataset", [1], COCO, name="north/dive 42"), "north/dive 42"),
        (Item("tasks.download_dataset", [1], COCO, name="/a//../b:c/.d/"), "a/item/b_c/d"),
        (Item("tasks.download_dataset", [1], COCO, name="//"), "item"),
        (Item("tasks.download_dataset", [1], COCO, name="nul"), "_nul"),
    ],
)
def test_names_are_folders_whatever_they_were(item: Item, name: str) -> None:
    assert item.name == name


def test_an_item_without_arguments_is_named_by_what_it_asks_for() -> None:
    one, other = (Item("objects.download_general", keywords={"body": {"id": n}}) for n in (1, 2))
    assert one.name.startswith("objects-")
    assert one.name != other.name
    assert one.name == Item("objects.download_general", keywords={"body": {"id": 1}}).name


def test_what_tells_items_apart() -> None:
    item = Item("tasks.download_dataset", [1], {**COCO, "save_images": True})
    same = [
        Item("tasks.download_dataset", (1,), {"save_images": True, **COCO}, name="other"),
        Item("tasks.download_dataset", [1], {**item.keywords, "timeout": 5, "take_up": 0}),
        Item("tasks.download_dataset", [1], {**item.keywords, "filename": UNSET}),
    ]
    others = [
        Item("tasks.download_backup", [1], item.keywords),
        Item("tasks.download_dataset", [2], item.keywords),
        Item("tasks.download_dataset", [1], COCO),
        Item("tasks.download_dataset", [1], item.keywords, server="other"),
    ]
    assert {each.key for each in same} == {item.key}
    assert len({item.key, *(each.key for each in others)}) == 5


def test_models_are_told_apart_as_they_are_sent() -> None:
    model = cvat.models.PatchedTaskWriteRequest(name="a")
    one, plain = (
        Item("tasks.download_dataset", [1], {"body": body}) for body in (model, {"name": "a"})
    )
    assert one.key == plain.key
    with pytest.raises(InvalidBodyError):
        _ = Item("tasks.download_dataset", [1], {"body": object()}).key


def test_an_item_can_be_sent_to_another_process() -> None:
    item = Item("tasks.download_dataset", [1], COCO, name="x", server="y")
    assert pickle.loads(pickle.dumps(item)) == item


BAD: list[tuple[dict[str, Any], str]] = [
    (
        {"call": "tasks.list"},
        (
            "call is 'tasks.list': expected a download_... method of a client, such as "
            "'tasks.download_dataset', or 'job'"
        ),
    ),
    *(
        (
            {"call": "tasks.download_dataset", "arguments": [1], "keywords": {name: True}},
            f"keywords of 'tasks.download_dataset' have '{name}': pass {instead} to run_exports",
        )
        for name, instead in (
            ("target", "to="),
            ("progress", "progress="),
            ("storage_options", "storage_options="),
        )
    ),
]


@pytest.mark.parametrize(("given", "message"), BAD)
def test_an_item_that_cannot_work(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        Item(**given)
    assert str(caught.value) == message


def test_a_damaged_token() -> None:
    with pytest.raises(JobTokenError, match="not a complete job token"):
        Item("job", [TOKEN[:-3]])


# --------------------------------------------------------------------------- plans


def test_a_plan_of_ids_and_of_things_with_ids() -> None:
    things: list[Any] = [7, SimpleNamespace(id=8), "nine"]
    plan = batches.plan(things, "tasks.download_dataset", keywords=COCO)
    assert plan == [Item("tasks.download_dataset", [part], COCO) for part in (7, 8, "nine")]


def test_a_plan_says_for_each_thing_what_to_ask_for() -> None:
    plan = batches.plan(
        [SimpleNamespace(projid=3, title="A/B"), SimpleNamespace(projid=4, title="C")],
        "objects.download_general",
        arguments=lambda _: (),
        keywords=lambda project: {"body": {"request": {"project_id": project.projid}}},
        name=lambda project: f"{project.projid} {project.title.replace('/', '-')}",
        server="zoo",
    )
    assert [(item.name, item.arguments, item.server) for item in plan] == [
        ("3 A-B", (), "zoo"),
        ("4 C", (), "zoo"),
    ]
    assert plan[1].keywords == {"body": {"request": {"project_id": 4}}}


def test_a_thing_without_an_id() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        batches.plan([SimpleNamespace(projid=3)], "objects.download_general")
    assert str(caught.value) == (
        "a SimpleNamespace has no id: pass arguments=, which returns what the method takes before "
        "its target"
    )


@pytest.mark.parametrize("thing", [7, "seven"])
def test_without_a_call_only_jobs_will_do(thing: object) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        batches.plan([thing])
    assert str(caught.value) == (
        f"{thing!r} is neither a job nor what Job.to_token() returned: to export it, say with "
        "which method, such as call='tasks.download_dataset'"
    )
    assert batches.plan([TOKEN]) == [Item("job", [TOKEN])]
