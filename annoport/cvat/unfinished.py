"""Errors of flows that ended half way, when something is on the server already."""

from __future__ import annotations

from typing import Any

from annoport.errors import PartialWriteError


class UnfinishedTaskError(PartialWriteError):
    """A task was made, but not all that belongs to it: its frames or annotations are missing.

    What to do: put right what `__cause__` says, then make the same call again with `into=`, as the
    message says; or delete the task.

    Attributes:
        task (int): Id of the task that is not finished.
    """

    def __init__(self, message: str, *, task: int, done: tuple[Any, ...], left: int) -> None:
        super().__init__(message, done=done, left=left)
        self.task = task


class UnfinishedProjectError(PartialWriteError):
    """A project was made, but its dataset is not in it.

    What to do: put right what `__cause__` says, then make the same call again with `into=`, as the
    message says; or delete the project.

    Attributes:
        project (int): Id of the project that is not finished.
    """

    def __init__(self, message: str, *, project: int, done: tuple[Any, ...], left: int) -> None:
        super().__init__(message, done=done, left=left)
        self.project = project


class UnfinishedTasksError(PartialWriteError):
    """Of several tasks, some were made.

    What to do: put right what `__cause__` says, then make the same call again with `into=`, as the
    message says.

    Attributes:
        task (int | None): Id of the task that was made but is not finished; None if there is none.
        done (tuple[int, ...]): Ids of all tasks that were made, in order; that one is among them.
        left (int): How many tasks are not ready.
    """

    def __init__(self, message: str, *, task: int | None, done: tuple[int, ...], left: int) -> None:
        super().__init__(message, done=done, left=left)
        self.task = task
