"""Which label of a task stands for each label of a function."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from annoport.core import Unset
from annoport.errors import InvalidArgumentError
from annoport_cvat import models

FunctionMapping: TypeAlias = Mapping[str, str | models.LabelMappingEntryRequest]
"""From labels of a function to those of the task: a name, or more to say."""


def function_mapping(
    function: models.LambdaFunction, labels: Sequence[models.Label], mapping: FunctionMapping | None
) -> dict[str, models.LabelMappingEntryRequest]:
    """Return the labels of a function that count, and what each is in the task.

    Args:
        function: The function.
        labels: The labels of the task.
        mapping: What the caller says; None takes those that are called the same.

    Raises:
        InvalidArgumentError: The function or the task has no such label, or they have none in
            common.
    """
    given = [] if isinstance(function.labels_v2, Unset) else function.labels_v2
    own = [label.name for label in given]
    names = {label.name for label in labels}
    if mapping is None:
        mapping = {name: name for name in own if name in names}
        if not mapping and own:
            raise InvalidArgumentError(
                f"run_function: no label of the function is called like one of the task: it has "
                f"{_listed(own)}, the task {_listed(sorted(names))}; mapping= says which is which"
            )
    elif not mapping:
        raise InvalidArgumentError("run_function: mapping is empty: no label would count")
    entries = {name: _entry(target) for name, target in mapping.items()}
    for name, entry in entries.items():
        if name not in own:
            raise InvalidArgumentError(
                f"run_function: mapping[{name!r}]: the function has {_listed(own)}"
            )
        if entry.name not in names:
            raise InvalidArgumentError(
                f"run_function: mapping[{name!r}] is {entry.name!r}: the task has "
                f"{_listed(sorted(names))}"
            )
    return entries


def _entry(target: str | models.LabelMappingEntryRequest) -> models.LabelMappingEntryRequest:
    return models.LabelMappingEntryRequest(name=target) if isinstance(target, str) else target


def _listed(names: Iterable[str]) -> str:
    shown = ", ".join(map(repr, names))
    return f"the labels {shown} only" if shown else "no labels"
