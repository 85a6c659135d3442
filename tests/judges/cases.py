"""Random annotations, and what ours makes of them, in a form that a judge can be compared in."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

from annoport import cvat, from_json, to_builtins, to_json
from annoport.cvat.annotations import points_of
from annoport.cvat.labels import text_of
from annoport.vision import Points, Skeleton, masks
from annoport.vision.cvat_format import value_of

Json = dict[str, Any]


@attrs.frozen
class Kind:
    """A kind of case.

    Attributes:
        make: Returns a random case, which JSON can hold.
        ours: Returns what ours makes of it, as JSON has it.
    """

    make: Callable[[random.Random], Json]
    ours: Callable[[Json], Json]


def within(expected: Any, ours: Any) -> bool:
    """Whether ours says all that theirs does."""
    if _is(expected, dict):
        return all(within(value, ours.get(key)) for key, value in expected.items())
    if _is(expected, list):
        return len(expected) == len(ours) and all(map(within, expected, ours))
    return bool(expected == ours)


def _is(value: object, kind: type[object]) -> bool:
    """Whether a value is of a type, which a checker is not to conclude from."""
    return isinstance(value, kind)


# --------------------------------------------------------------------------- masks


def _mask(dice: random.Random) -> Json:
    width, height = dice.randint(1, 60), dice.randint(1, 60)
    pixels = np.zeros((height, width), np.bool_)
    top, left = dice.randrange(height), dice.randrange(width)
    part = pixels[top : dice.randint(top + 1, height), left : dice.randint(left + 1, width)]
    share = dice.choice([0.1, 0.5, 0.95, 1])
    part[:] = np.random.default_rng(dice.randrange(2**32)).random(part.shape) <= share
    pixels[top, left] = True
    return {"rows": ["".join("#" if pixel else "." for pixel in row) for row in pixels]}


def pixels_of(case: Json) -> Any:
    """Return the pixels of a mask as an array."""
    return np.array([[sign == "#" for sign in row] for row in case["rows"]])


def _mask_of_ours(case: Json) -> Json:
    pixels = pixels_of(case)
    height, width = pixels.shape
    mask = masks.from_array(pixels, label="a")
    coco = masks.to_coco(mask, width, height)
    assert np.array_equal(masks.to_array(mask, width, height), pixels)
    assert masks.from_coco(coco, label="a") == mask
    return {"points": points_of(mask), "coco": coco}


# --------------------------------------------------------------------------- attribute values

_VALUES: tuple[Any, ...] = (
    *(True, False, "true", "yes", "", "a", "b", "ü", "7"),
    *(0, 1, 4, -3, 11, 12, 100, 1.5, 7.0),
)


def _attribute(dice: random.Random) -> Json:
    kind = dice.choice(["number", "select", "radio", "checkbox", "text"])
    step = dice.randint(1, 4)
    low = dice.randint(-5, 5)
    values = dice.choice([["a"], ["a", "b"], ["ü", "7"]])
    if kind == "number":
        values = [str(number) for number in (low, low + step * dice.randint(0, 9), step)]
    spec = {"id": 1, "name": "x", "mutable": False, "input_type": kind, "values": values}
    return {"spec": spec, "value": dice.choice(_VALUES)}


def _attribute_of_ours(case: Json) -> Json:
    label = {"id": 2, "name": "a", "attributes": [case["spec"]]}
    (ours,) = cvat.from_label(from_json(to_json(label), cvat.models.Label)).attributes
    value = value_of(text_of(case["value"]), ours)
    return {"text": text_of(value), "good": ours.broken_rule(value) is None}


# --------------------------------------------------------------------------- skeletons

_FIRST_SUBLABEL = 3
_LABEL = {
    "id": 2,
    "name": "sk",
    "type": "skeleton",
    "attributes": [],
    "sublabels": [{"id": _FIRST_SUBLABEL + at, "name": name} for at, name in enumerate("abcd")],
}
_CONVERTER = cvat.Converter([from_json(to_json(_LABEL), cvat.models.Label)])


def _skeleton(dice: random.Random) -> Json:
    elements = [
        {
            "name": name,
            "label_id": _FIRST_SUBLABEL + "abcd".index(name),
            "point": [dice.uniform(-9, 999), dice.uniform(-9, 999)],
            "occluded": dice.random() < 0.3,
            "outside": dice.random() < 0.3,
        }
        for name in dice.sample("abcd", dice.randint(1, 4))
    ]
    return {"label_id": _LABEL["id"], "elements": elements}


def _skeleton_of_ours(case: Json) -> Json:
    elements = [
        Points(
            label=one["name"],
            points=[tuple(one["point"])],
            occluded=one["occluded"],
            outside=one["outside"],
        )
        for one in case["elements"]
    ]
    data = _CONVERTER.to_data([Skeleton(label="sk", elements=elements)])
    (shape,) = to_builtins(data)["shapes"]
    return dict(shape)


KINDS: dict[str, Kind] = {
    "masks": Kind(_mask, _mask_of_ours),
    "attribute values": Kind(_attribute, _attribute_of_ours),
    "skeletons": Kind(_skeleton, _skeleton_of_ours),
}
