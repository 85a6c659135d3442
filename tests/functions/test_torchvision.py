"""Functions that run models of torchvision, without torch: a stub gives what each kind returns."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import evolve
from numpy.typing import NDArray
from PIL import Image

from annoport.errors import InvalidAnnotationError, InvalidArgumentError
from annoport.functions import Context, torchvision
from annoport.functions.rules import checked
from annoport.functions.torchvision import Kind, TorchvisionFunction
from annoport.vision import Box, Label, Mask, Points, Polygon, Skeleton, Tag, masks

_SIZE = (40, 30)


class _Model:
    """A model that returns what it is told, and remembers how it was called."""

    def __init__(self, *outputs: Mapping[str, Any]) -> None:
        self.outputs = outputs
        self.calls: list[int] = []

    def __call__(self, images: Sequence[Any]) -> Sequence[Mapping[str, NDArray[Any]]]:
        self.calls.append(len(images))
        return [
            {name: np.asarray(value) for name, value in each.items()}
            for each in self.outputs[: len(images)]
        ]


def function(
    kind: Kind, *outputs: Mapping[str, Any], parts: Sequence[str] = ()
) -> TorchvisionFunction:
    return TorchvisionFunction(
        name="stub", kind=kind, names={1: "crab", 3: "cod"}, parts=parts, run=_Model(*outputs)
    )


def found(each: TorchvisionFunction, **context: Any) -> list[Any]:
    image = Image.new("RGB", _SIZE)
    (annotations,) = each.detect_batch([Context(frame_name="a.png", **context)], [image])
    return annotations


def _detected(scores: Sequence[float] = (0.9, 0.7, 0.2), **more: Any) -> dict[str, Any]:
    return {
        "labels": [1, 3, 1],
        "scores": np.array(scores, np.float32),
        "boxes": np.array([[1, 2, 11, 12], [-0.5, 5, 40.25, 31], [1, 1, 2, 2]], np.float32),
        **more,
    }


def test_boxes_with_their_scores() -> None:
    assert found(function("detection", _detected())) == [
        Box(label="crab", left=1, top=2, right=11, bottom=12, score=0.9),
        Box(label="cod", left=0, top=5, right=40, bottom=30, score=0.7),  # cut to the picture
        Box(label="crab", left=1, top=1, right=2, bottom=2, score=0.2),
    ]


def test_a_threshold_is_in_the_precision_of_the_model() -> None:
    assert float(np.float32(0.7)) < 0.7
    kept = found(function("detection", _detected()), threshold=0.7)
    assert [(each.label, each.score) for each in kept] == [("crab", 0.9), ("cod", 0.7)]


def test_classes_without_a_label_and_empty_boxes_are_left_out() -> None:
    boxes = [[1, 2, 11, 12], [50, 5, 60, 6], [1, 1, 2, 2]]
    outputs = _detected(labels=[2, 3, 1]) | {"boxes": np.array(boxes, np.float32)}
    assert [(each.label, each.score) for each in found(function("detection", outputs))] == [
        ("crab", 0.2)
    ]


def test_a_score_beyond_1_by_rounding() -> None:
    (first, *_) = found(function("detection", _detected((1.0000001, 0.5, 0.5))))
    assert first.score == 1.0


@pytest.mark.parametrize("wrong", [math.nan, 7.5, -2.0])
def test_scores_that_are_none(wrong: float) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        found(function("detection", _detected((0.5, wrong, 0.5))), threshold=0.3)
    low, high = (wrong, wrong) if math.isnan(wrong) else sorted((0.5, wrong))
    assert str(caught.value) == (
        f"the model gives scores from {low:g} to {high:g}: expected 0 to 1"
    )


def test_a_box_that_is_not_finite() -> None:
    outputs = _detected() | {"boxes": np.full((3, 4), math.nan)}
    with pytest.raises(InvalidAnnotationError, match="nan is not a finite number"):
        found(function("detection", outputs))


def _segmented() -> dict[str, Any]:
    sure = np.zeros((3, 1, 30, 40), np.float32)
    sure[0, 0, 3:9, 5:11] = 0.5
    sure[0, 0, 20:24, 30:36] = 0.8
    sure[0, 0, 3:9, 11:30] = 0.49  # not half sure
    sure[2, 0] = 0.1
    return _detected(masks=sure)


def test_masks_of_what_the_model_is_half_sure_of() -> None:
    (mask,) = found(function("segmentation", _segmented()))
    pixels = np.zeros((30, 40), np.bool_)
    pixels[3:9, 5:11] = pixels[20:24, 30:36] = True
    assert isinstance(mask, Mask)
    assert mask == masks.from_array(pixels, label="crab", score=0.9)


def test_polygons_if_they_are_wanted() -> None:
    pieces = found(function("segmentation", _segmented()), polygons=True)
    assert all(isinstance(each, Polygon) for each in pieces)
    assert sorted(each.bounds() for each in pieces) == [(5, 3, 11, 9), (30, 20, 36, 24)]
    assert {(each.label, each.score) for each in pieces} == {("crab", 0.9)}


def test_skeletons_whose_invisible_parts_are_occluded() -> None:
    points = np.array([[[3, 4, 1], [41, 6.5, 0]]] * 3, np.float32)
    each = function("keypoints", _detected(keypoints=points), parts=("eye", "tail"))
    kept = found(each, threshold=0.8)
    assert kept == [
        Skeleton(
            label="crab",
            score=0.9,
            elements=[
                Points(label="eye", points=[(3, 4)]),
                Points(label="tail", points=[(40, 6.5)], occluded=True),
            ],
        )
    ]
    assert each.spec.labels[0].sublabels == (
        Label(name="eye", type="points"),
        Label(name="tail", type="points"),
    )


def test_the_most_likely_class_with_its_score() -> None:
    logits = {"logits": np.log(np.array([0.1, 0.2, 0.1, 0.6]))}
    (tag,) = found(function("classification", logits))
    assert (type(tag), tag.label) == (Tag, "cod")
    assert tag.score == pytest.approx(0.6)
    assert found(function("classification", logits), threshold=0.61) == []
    unnamed = {"logits": np.array([0.0, 0.0, 9.0, 0.0])}
    assert found(function("classification", unnamed)) == []


@pytest.mark.parametrize(
    ("kind", "type_"),
    [
        ("detection", "box"),
        ("segmentation", "any"),
        ("keypoints", "skeleton"),
        ("classification", "tag"),
    ],
)
def test_the_spec_has_a_label_for_each_name(kind: Kind, type_: str) -> None:
    # ImageNet has two classes that are called "crane".
    each = TorchvisionFunction(
        name="stub", kind=kind, names={0: "crane", 1: "crab", 2: "crane"}, run=_Model()
    )
    assert each.spec.labels == (Label(name="crane", type=type_), Label(name="crab", type=type_))


def test_several_pictures_in_one_call_each_with_its_threshold() -> None:
    model = _Model(_detected(), _detected())
    each = TorchvisionFunction(
        name="stub", kind="detection", names={1: "crab", 3: "cod"}, run=model
    )
    contexts = [Context(frame_name="a.png", threshold=0.8), Context(frame_name="b.png")]
    batch = each.detect_batch(contexts, [Image.new("RGB", _SIZE)] * 2)
    assert [len(one) for one in batch] == [1, 3]
    assert model.calls == [2]


@pytest.mark.parametrize("missing", ["torch", "torchvision"])
def test_without_the_extra(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("torch", "torchvision"):
        monkeypatch.setitem(sys.modules, name, sys)  # there, whatever it is
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ImportError) as caught:
        torchvision.create("fasterrcnn_resnet50_fpn_v2")
    assert str(caught.value) == (
        f"annoport.functions.torchvision needs {missing}, which is not installed: "
        "pip install 'annoport[torchvision]'"
    )


@pytest.mark.parametrize("polygons", [True, False])
@pytest.mark.parametrize("kind", ["detection", "segmentation", "keypoints", "classification"])
def test_what_it_finds_keeps_the_rules(kind: Kind, polygons: bool) -> None:
    points = np.array([[[3, 4, 1], [41, 6.5, 0]]] * 3, np.float32)
    outputs = _segmented() | {"keypoints": points, "logits": np.array([0, 0, 0, 1.0])}
    each = function(kind, outputs, parts=("eye", "tail") if kind == "keypoints" else ())
    context = Context(frame_name="a.png", threshold=0.2, polygons=polygons)
    (annotations,) = each.detect_batch([context], [Image.new("RGB", _SIZE)])
    kept = checked(annotations, each.spec, context, _SIZE)
    assert [evolve(one, source=None) for one in kept if not isinstance(one, Skeleton)] == [
        one for one in annotations if not isinstance(one, Skeleton)
    ]
    assert len(kept) == len(annotations) > 0


def test_torchvision_for_another_build_of_torch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = 'raise RuntimeError("operator torchvision::nms does not exist")'
    (tmp_path / "torchvision.py").write_text(broken, encoding="utf-8")
    monkeypatch.setitem(sys.modules, "torch", sys)  # there, whatever it is
    monkeypatch.delitem(sys.modules, "torchvision", raising=False)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    with pytest.raises(ImportError) as caught:
        torchvision.create("fasterrcnn_resnet50_fpn_v2")
    assert str(caught.value) == (
        "torchvision cannot be imported, perhaps because it is for another build of torch: "
        "operator torchvision::nms does not exist"
    )
