"""Types that lead to their places."""

from __future__ import annotations

import pytest

from generator.docs.linking import Linker

_LINKER = Linker(
    {"models.Task": "cvat.models.Task", "models.Job": "cvat.models.Job", "Pager": "annoport.Pager"}
)


@pytest.mark.parametrize(
    ("source", "linked"),
    [
        ("int", "`int`"),
        ("models.Task", "[`models.Task`](#cvat.models.Task)"),
        ("models.Task | None", "[`models.Task`](#cvat.models.Task) or `None`"),
        ("Pager[models.Task]", "[`Pager[models.Task]`](#cvat.models.Task)"),
        ("Job[models.Task, models.RqId]", "[`Job[models.Task, models.RqId]`](#cvat.models.Task)"),
        ("Pager[int]", "[`Pager[int]`](#annoport.Pager)"),
        ("OneOf[models.Task, models.Job]", "`OneOf[models.Task, models.Job]`"),
        ("Literal['a | b', 'c']", '`Literal["a | b", "c"]`'),
    ],
)
def test_linked(source: str, linked: str) -> None:
    assert _LINKER.linked(source) == linked
