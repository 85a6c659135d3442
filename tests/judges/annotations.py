"""Compare ours with cvat-sdk and pycocotools; run in their environment by `__main__`.

`python -m tests.judges annotations --runs 1000` compares that many cases of each kind. It also
writes what the judges said of the first ones to `annotations.json`, which the tests compare with.
"""

from __future__ import annotations

import importlib
import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.judges.cases import KINDS, Json, pixels_of, within

# Their types are not ours to check: neither is in the environment of the tests.
SDK: Any = importlib.import_module("cvat_sdk.auto_annotation")
SDK_ATTRIBUTES: Any = importlib.import_module("cvat_sdk.attributes")
SDK_MASKS: Any = importlib.import_module("cvat_sdk.masks")
SDK_MODELS: Any = importlib.import_module("cvat_sdk.models")
COCO: Any = importlib.import_module("pycocotools.mask")

SAMPLE = Path(__file__).with_suffix(".json")
_SAMPLED = 25


def _mask(case: Json, ours: Json) -> Json:
    """An array is the same list for cvat-sdk and the same text for pycocotools, and comes back."""
    pixels = pixels_of(case)
    height, width = pixels.shape
    theirs = SDK_MASKS.decode_mask(ours["points"], image_width=width, image_height=height)
    assert np.array_equal(pixels, theirs), case
    assert np.array_equal(COCO.decode(ours["coco"]).astype(bool), pixels), case
    coco = COCO.encode(np.asfortranarray(pixels.astype(np.uint8)))
    return {
        "points": SDK_MASKS.encode_mask(pixels),
        "coco": {**coco, "counts": coco["counts"].decode()},
    }


def _attribute(case: Json, ours: Json) -> Json:
    """A value is good for both or for neither, in the form in which it is sent."""
    fields = {name: value for name, value in case["spec"].items() if name != "id"}
    judge = SDK_ATTRIBUTES.attribute_value_validator(SDK_MODELS.AttributeRequest(**fields))
    return {"good": judge(ours["text"])}


def _skeleton(case: Json, _ours: Json) -> Json:
    """A skeleton is what cvat-sdk's own functions make of the same key points."""
    elements = [
        SDK.keypoint(
            one["label_id"], one["point"], occluded=one["occluded"], outside=one["outside"]
        )
        for one in case["elements"]
    ]
    shape: Json = SDK.skeleton(case["label_id"], elements=elements).to_dict()
    return shape


JUDGES: dict[str, Callable[[Json, Json], Json]] = {
    "masks": _mask,
    "attribute values": _attribute,
    "skeletons": _skeleton,
}


def main() -> None:
    """Let each judge see as many random cases as the first argument says."""
    runs = int(sys.argv[1])
    sample: list[Json] = []
    for name, judge in JUDGES.items():
        for seed in range(runs):
            case = KINDS[name].make(random.Random(seed))
            ours = KINDS[name].ours(case)
            theirs = json.loads(json.dumps(judge(case, ours), default=str))
            assert within(theirs, json.loads(json.dumps(ours))), (name, case, theirs, ours)
            if seed < _SAMPLED:
                sample.append({"kind": name, "case": case, "theirs": theirs})
        print(f"{name}: {runs} cases alike")
    if runs >= _SAMPLED:
        lines = ",\n".join(map(json.dumps, sample))
        SAMPLE.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
