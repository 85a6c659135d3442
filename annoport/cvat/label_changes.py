"""What must change so that a task or project has certain labels."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from annoport.core import UNSET, Unset
from annoport.cvat.label_specs import LabelLike, label_requests
from annoport.errors import InvalidArgumentError
from annoport_cvat import models


def label_changes(
    present: Sequence[models.Label], labels: Sequence[LabelLike], delete: Collection[str]
) -> list[models.PatchedLabelRequest]:
    """Return the changes, for the PATCH of the task or project; none if all is as it should be.

    Args:
        present: The labels that it has.
        labels: Those that it is to have, too, or otherwise than now.
        delete: Names of labels to delete.

    Raises:
        InvalidArgumentError: A name is given twice, to be deleted and to be kept, or unknown.
    """
    known = {label.name: label for label in present}
    wanted = label_requests(labels, where="set_labels") if labels else []
    names = {request.name for request in wanted}
    if isinstance(delete, str):
        raise InvalidArgumentError(
            f"set_labels: delete is the text {delete!r}: expected a list, as in delete=[{delete!r}]"
        )
    for name in delete:
        if name in names:
            raise InvalidArgumentError(f"set_labels: {name!r} is to be set and to be deleted")
        if name not in known:
            there = ", ".join(map(repr, known)) or "none"
            raise InvalidArgumentError(
                f"set_labels: there is no label {name!r} to delete: the labels are {there}"
            )
    changes = [_change(request, known.get(str(request.name))) for request in wanted]
    gone = [models.PatchedLabelRequest(id=known[name].id, deleted=True) for name in delete]
    return [change for change in (*changes, *gone) if change is not None]


def _change(
    wanted: models.PatchedLabelRequest, present: models.Label | None
) -> models.PatchedLabelRequest | None:
    """Return how to make a label what it is to be; None if it is that."""
    if present is None:
        return wanted
    there = {each.name: each for each in present.attributes or ()}
    attributes = [
        each for each in wanted.attributes or () if not _is_same(each, there.get(each.name))
    ]
    color = wanted.color if wanted.color != present.color else UNSET
    kind = wanted.type if wanted.type not in (present.type, models.LabelType.ANY) else UNSET
    if not attributes and isinstance(color, Unset) and isinstance(kind, Unset):
        return None
    return models.PatchedLabelRequest(
        id=present.id, color=color, type=kind, attributes=attributes or UNSET
    )


def _is_same(wanted: models.AttributeRequest, present: models.Attribute | None) -> bool:
    if present is None:
        return False
    given = (wanted.input_type, wanted.mutable, wanted.values)
    there = (present.input_type, present.mutable, present.values)
    return given == there and wanted.default_value in (UNSET, present.default_value)
