"""Labels as callers of flows give them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TypeAlias

from annoport.core import Unset
from annoport.cvat.labels import from_label, to_label
from annoport.errors import InvalidArgumentError
from annoport.vision import Label
from annoport_cvat import models

LabelLike: TypeAlias = str | Label | models.Label | models.PatchedLabelRequest
"""A name, a label that knows no platform, one that the server sent, or one as CVAT takes it."""


def label_requests(labels: Iterable[LabelLike], *, where: str) -> list[models.PatchedLabelRequest]:
    """Return labels as CVAT takes them, for something new.

    Args:
        labels: The labels.
        where: The function that was called, for messages.

    Raises:
        InvalidArgumentError: There is none, one has no name, or two have the same.
    """
    if isinstance(labels, str):
        raise InvalidArgumentError(
            f"{where}: labels is the text {labels!r}: expected a list of labels, as in "
            f"labels=[{labels!r}]"
        )
    requests = [_request(label, where) for label in labels]
    if not requests:
        raise InvalidArgumentError(f"{where}: labels is empty: name at least one")
    names = [request.name for request in requests]
    if not all(isinstance(name, str) and name for name in names):
        raise InvalidArgumentError(f"{where}: a label has no name")
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        shown = ", ".join(map(repr, twice))
        raise InvalidArgumentError(f"{where}: there are several labels {shown}: names must differ")
    return requests


def _request(label: LabelLike, where: str) -> models.PatchedLabelRequest:
    match label:
        case str():
            return models.PatchedLabelRequest(name=label)
        case Label():
            return to_label(label)
        case models.Label():
            return to_label(from_label(label))
        case models.PatchedLabelRequest():
            return label
        case _:
            raise InvalidArgumentError(
                f"{where}: {label!r} is no label: expected a name, an annoport.vision.Label, or a "
                "label of CVAT"
            )


def label_names(requests: Iterable[models.PatchedLabelRequest]) -> list[str]:
    """Return the names of labels."""
    return [request.name for request in requests if not isinstance(request.name, Unset)]


def neutral_label(request: models.PatchedLabelRequest) -> Label:
    """Return a label as CVAT takes it as one that knows no platform.

    Args:
        request: The label.
    """
    return from_label(
        models.Label(
            id=0,
            name=_text(request.name),
            attributes=_attributes(request.attributes),
            type=request.type,
            sublabels=[_sublabel(part) for part in request.sublabels or ()],
        )
    )


def _sublabel(part: models.SublabelRequest) -> models.Sublabel:
    return models.Sublabel(
        id=0, name=_text(part.name), attributes=_attributes(part.attributes), type=part.type
    )


def _attributes(given: list[models.AttributeRequest] | Unset) -> list[models.Attribute]:
    return [
        models.Attribute(
            input_type=each.input_type, mutable=each.mutable, name=each.name, values=each.values
        )
        for each in given or ()
    ]


def _text(name: str | Unset) -> str:
    return "" if isinstance(name, Unset) else name
