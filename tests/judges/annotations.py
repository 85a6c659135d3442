"""Compare ours with cvat-sdk and pycocotools; run in an environment of its own by `__main__`."""

from __future__ import annotations

import importlib
import random
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from annoport import cvat, from_json, to_builtins, to_json
from annoport.cvat.annotations import points_of
from annoport.cvat.labels import text_of, value_of
from annoport.vision import Points, Skeleton, masks

# Their types are not ours to check: neither is in the environment of the tests.
SDK: Any = importlib.import_module("cvat_sdk.auto_annotation")
SDK_ATTRIBUTES: Any = importlib.import_module("cvat_sdk.attributes")
SDK_MASKS: Any = importlib.import_module("cvat_sdk.masks")
SDK_MODELS: Any = importlib.import_module("cvat_sdk.models")
COCO: Any = importlib.import_module("pycocotools.mask")


def judge_mask(dice: random.Random) -> None:
    """An array is the same list for cvat-sdk and the same text for pycocotools, and comes back."""
    width, height = dice.randint(1, 60), dice.randint(1, 60)
    pixels = np.zeros((height, width), np.bool_)
    top, left = dice.randrange(height), dice.randrange(width)
    part = pixels[top : dice.randint(top + 1, height), left : dice.randint(left + 1, width)]
    share = dice.choice([0.1, 0.5, 0.95, 1])
    part[:] = np.random.default_rng(dice.randrange(2**32)).random(part.shape) <= share
    pixels[top, left] = True
    mask = masks.from_array(pixels, label="a")
    points = SDK_MASKS.encode_mask(pixels)
    assert points_of(mask) == points, (pixels, mask, points)
    theirs = SDK_MASKS.decode_mask(points_of(mask), image_width=width, image_height=height)
    assert np.array_equal(masks.to_array(mask, width, height), theirs)
    coco = COCO.encode(np.asfortranarray(pixels.astype(np.uint8)))
    ours = masks.to_coco(mask, width, height)
    assert ours == {**coco, "counts": coco["counts"].decode()}, (pixels, ours, coco)
    assert masks.from_coco(coco, label="a") == mask
    assert np.array_equal(COCO.decode(ours).astype(bool), pixels)


_VALUES: tuple[Any, ...] = (
    *(True, False, "true", "yes", "", "a", "b", "ü", "7"),
    *(0, 1, 4, -3, 11, 12, 100, 1.5, 7.0),
)


def judge_attribute(dice: random.Random) -> None:
    """A value is good for both or for neither, in the form in which it is sent."""
    kind = dice.choice(["number", "select", "radio", "checkbox", "text"])
    step = dice.randint(1, 4)
    low = dice.randint(-5, 5)
    values = dice.choice([["a"], ["a", "b"], ["ü", "7"]])
    if kind == "number":
        values = [str(number) for number in (low, low + step * dice.randint(0, 9), step)]
    spec = SDK_MODELS.AttributeRequest(name="x", mutable=False, input_type=kind, values=values)
    wire = {"id": 1, "name": "x", "mutable": False, "input_type": kind, "values": values}
    label = {"id": 2, "name": "a", "attributes": [wire]}
    ours = cvat.from_label(from_json(to_json(label), cvat.models.Label)).attributes[0]
    value = value_of(text_of(dice.choice(_VALUES)), ours)
    good = SDK_ATTRIBUTES.attribute_value_validator(spec)(text_of(value))
    assert (ours.broken_rule(value) is None) == good, (wire, value, good)


_LABEL = {
    "id": 2,
    "name": "sk",
    "type": "skeleton",
    "attributes": [],
    "sublabels": [{"id": 3 + index, "name": name} for index, name in enumerate("abcd")],
}
_CONVERTER = cvat.Converter([from_json(to_json(_LABEL), cvat.models.Label)])


def judge_skeleton(dice: random.Random) -> None:
    """A skeleton is what cvat-sdk's own functions make of the same key points."""
    elements: list[Points] = []
    theirs: list[Any] = []
    for name in dice.sample("abcd", dice.randint(1, 4)):
        x, y = dice.uniform(-9, 999), dice.uniform(-9, 999)
        hidden, outside = dice.random() < 0.3, dice.random() < 0.3
        elements.append(Points(label=name, points=[(x, y)], occluded=hidden, outside=outside))
        number = 3 + "abcd".index(name)
        theirs.append(SDK.keypoint(number, [x, y], occluded=hidden, outside=outside))
    expected = SDK.skeleton(2, elements=theirs).to_dict()
    data = _CONVERTER.to_data([Skeleton(label="sk", elements=elements)])
    (ours,) = to_builtins(data)["shapes"]
    assert _within(expected, ours), (expected, ours)


def _within(expected: Any, ours: Any) -> bool:
    """Whether ours says all that theirs does."""
    if _is(expected, dict):
        return all(_within(value, ours.get(key)) for key, value in expected.items())
    if _is(expected, list):
        return len(expected) == len(ours) and all(map(_within, expected, ours))
    return bool(expected == ours)


def _is(value: object, kind: type[object]) -> bool:
    """Whether a value is of a type, which a checker is not to conclude from."""
    return isinstance(value, kind)


JUDGES: dict[str, Callable[[random.Random], None]] = {
    "masks": judge_mask,
    "attribute values": judge_attribute,
    "skeletons": judge_skeleton,
}


def main() -> None:
    """Let each judge see as many random cases as the first argument says."""
    runs = int(sys.argv[1])
    for name, judge in JUDGES.items():
        for seed in range(runs):
            judge(random.Random(seed))
        print(f"{name}: {runs} cases alike")


if __name__ == "__main__":
    main()
