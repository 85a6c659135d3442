"""Targets as tensors: labels, boxes, masks and key points, and torchvision's kinds of them."""

from __future__ import annotations

import importlib
import pickle
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from annoport import errors, vision
from annoport import torch as ours
from annoport.vision import (
    Annotation,
    Box,
    Ellipse,
    Label,
    Mask,
    Points,
    Polygon,
    Polyline,
    Skeleton,
    Tag,
)
from tests.torch.libraries import needs_torchvision, torch, torchvision

WIDTH, HEIGHT = 20, 10
LABELS = [
    Label(name="crab"),
    Label(name="cod"),
    Label(name="pair", sublabels=[Label(name="left"), Label(name="right")]),
]


def target(*annotations: Annotation, labels: Sequence[Label] = LABELS) -> ours.Target:
    return ours.Target(
        annotations=annotations,
        label_index={label.name: 10 + place for place, label in enumerate(labels)},
        labels=tuple(labels),
        image_size=(WIDTH, HEIGHT),
        frame=vision.Frame(number=3, name="a.png"),
        part="task 1",
        subset=None,
    )


BOX = Box(label="cod", left=1, top=2, right=4.5, bottom=6)
POLYGON = Polygon(label="crab", points=[(2, 1), (8, 1), (8, 4), (2, 4)])
MASK = Mask(label="cod", left=3, top=5, width=2, height=2, runs=(1, 2, 1))
ELLIPSE = Ellipse(label="crab", x=10, y=5, radius_x=4, radius_y=2)
LINE = Polyline(label="cod", points=[(1, 1), (5, 3)])
POINTS = Points(label="crab", points=[(4, 4), (6, 8)])


def skeleton(*parts: Points) -> Skeleton:
    return Skeleton(label="pair", elements=parts)


LEFT = Points(label="left", points=[(1, 2)], occluded=True)
RIGHT = Points(label="right", points=[(5, 7)])


class TestLabel:
    def test_of_the_only_tag(self) -> None:
        found = ours.ToLabel()(target(Tag(label="cod"), BOX))
        assert torch.equal(found, torch.tensor(11))
        assert (found.dtype, found.shape) == (torch.int64, ())

    @pytest.mark.parametrize(
        ("tags", "have"), [([], "there is none"), (["crab", "cod"], "there are 2 ('crab', 'cod')")]
    )
    def test_of_none_or_several(self, tags: list[str], have: str) -> None:
        with pytest.raises(errors.InvalidAnnotationError) as caught:
            ours.ToLabel()(target(*(Tag(label=tag) for tag in tags), BOX))
        assert str(caught.value) == (
            f"task 1, frame 3 (a.png): tags: {have}, and a single label takes exactly one"
        )
        assert isinstance(caught.value, ValueError)


class TestBoxes:
    def test_of_all_shapes(self) -> None:
        shapes = [BOX, POLYGON, MASK, ELLIPSE, LINE, POINTS, skeleton(LEFT, RIGHT)]
        found = ours.ToBoxes()(target(Tag(label="cod"), *shapes))
        assert found["boxes"].tolist() == [
            [1, 2, 4.5, 6],
            [2, 1, 8, 4],
            [3, 5, 5, 7],
            [6, 3, 14, 7],
            [1, 1, 5, 3],
            [4, 4, 6, 8],
            [1, 2, 5, 7],
        ]
        assert found["labels"].tolist() == [11, 10, 11, 10, 11, 10, 12]
        assert (found["boxes"].dtype, found["labels"].dtype) == (torch.float32, torch.int64)

    def test_of_some_kinds(self) -> None:
        found = ours.ToBoxes(shapes=["ellipse", "points"])(target(BOX, POINTS, ELLIPSE))
        assert found["boxes"].tolist() == [[4, 4, 6, 8], [6, 3, 14, 7]]
        assert ours.ToBoxes(shapes="box")(target(BOX, POINTS))["labels"].tolist() == [11]

    def test_of_a_turned_shape_is_the_upright_one_around_it(self) -> None:
        turned = Box(label="cod", left=4, top=4, right=8, bottom=6, rotation=90)
        (found,) = ours.ToBoxes()(target(turned))["boxes"].tolist()
        assert found == pytest.approx([5, 3, 7, 7])

    def test_of_nothing(self) -> None:
        found = ours.ToBoxes()(target(Tag(label="cod")))
        assert (found["boxes"].shape, found["labels"].shape) == ((0, 4), (0,))
        assert (found["boxes"].dtype, found["labels"].dtype) == (torch.float32, torch.int64)

    def test_a_skeleton_out_of_view_has_none(self) -> None:
        away = skeleton(Points(label="left", points=[(1, 2)], outside=True))
        assert ours.ToBoxes()(target(away, BOX))["labels"].tolist() == [11]

    def test_an_unknown_kind(self) -> None:
        with pytest.raises(errors.InvalidArgumentError) as caught:
            ours.ToBoxes(shapes=["rectangle"])
        assert str(caught.value) == (
            "shapes: 'rectangle' is none of 'box', 'polygon', 'polyline', 'points', 'ellipse', "
            "'mask', 'skeleton'"
        )

    def test_it_says_what_it_does_and_travels(self) -> None:
        conversion = pickle.loads(pickle.dumps(ours.ToBoxes(shapes="box")))
        assert repr(conversion) == "ToBoxes(shapes=('box',))"
        assert conversion(target(BOX, POINTS))["labels"].tolist() == [11]
        assert repr(ours.ToLabel()) == "ToLabel()"


class TestMasks:
    def test_what_is_inside(self) -> None:
        found = ours.ToMasks()(target(POLYGON, LINE, MASK, BOX))
        assert found["labels"].tolist() == [10, 11, 11]
        assert found["masks"].shape == (3, HEIGHT, WIDTH)
        assert found["masks"].dtype == torch.uint8
        polygon, mask, box = (torch.as_tensor(each) for each in found["masks"])
        assert polygon.sum() == polygon[1:4, 2:8].sum() == 18
        assert mask.nonzero().tolist() == [[5, 4], [6, 3]]
        assert box.sum() == box[2:6, 1:4].sum() == 12
        assert found["boxes"].tolist()[1] == [3, 5, 5, 7]

    def test_an_ellipse_and_what_is_outside_the_picture(self) -> None:
        wide = Polygon(label="cod", points=[(-5, -5), (5, -5), (5, 5), (-5, 5)])
        found = ours.ToMasks()(target(ELLIPSE, wide))
        ellipse, corner = (torch.as_tensor(each) for each in found["masks"])
        assert ellipse.sum() == pytest.approx(3.1416 * 4 * 2, abs=3)
        assert corner.sum() == corner[:5, :5].sum() == 25

    def test_what_has_no_pixel(self) -> None:
        tiny = Polygon(label="cod", points=[(1, 1), (1.2, 1), (1.2, 1.2)])
        found = ours.ToMasks(shapes="polygon")(target(tiny, MASK))
        assert found["masks"].shape == (1, HEIGHT, WIDTH)
        assert found["masks"].sum() == 0
        assert ours.ToMasks()(target())["masks"].shape == (0, HEIGHT, WIDTH)

    def test_a_mask_that_is_not_inside(self) -> None:
        beyond = Mask(label="cod", left=19, top=0, width=2, height=1, runs=(0, 2))
        with pytest.raises(errors.InvalidAnnotationError) as caught:
            ours.ToMasks()(target(beyond))
        assert str(caught.value) == (
            "Mask 'cod' on frame 0: bounds: (19, 0, 21, 1) is not inside the picture of 20 x 10 "
            "pixels"
        )


class TestKeypoints:
    def test_of_skeletons(self) -> None:
        found = ours.ToKeypoints()(target(skeleton(RIGHT, LEFT), BOX, skeleton(RIGHT)))
        assert found["keypoints"].tolist() == [[[1, 2, 1], [5, 7, 2]], [[0, 0, 0], [5, 7, 2]]]
        assert found["boxes"].tolist() == [[1, 2, 5, 7], [5, 7, 5, 7]]
        assert found["labels"].tolist() == [12, 12]
        assert found["keypoints"].dtype == torch.float32

    def test_visibility_apart(self) -> None:
        found = ours.ToKeypoints(visibility="apart")(target(skeleton(LEFT, RIGHT)))
        assert found["keypoints"].tolist() == [[[1, 2], [5, 7]]]
        assert found["visibility"].tolist() == [[1, 2]]
        assert found["visibility"].dtype == torch.int64

    def test_named_parts(self) -> None:
        found = ours.ToKeypoints(parts=["right"])(target(skeleton(LEFT, RIGHT)))
        assert found["keypoints"].tolist() == [[[5, 7, 2]]]

    def test_of_points(self) -> None:
        found = ours.ToKeypoints(shapes="points")(target(POINTS, skeleton(LEFT, RIGHT)))
        assert found["keypoints"].tolist() == [[[4, 4, 2], [6, 8, 2]]]
        both = ours.ToKeypoints(shapes=["points", "skeleton"])(
            target(POINTS, skeleton(LEFT, RIGHT))
        )
        assert both["keypoints"].shape == (2, 2, 3)

    def test_of_nothing(self) -> None:
        assert ours.ToKeypoints()(target(BOX))["keypoints"].shape == (0, 2, 3)

    def test_different_numbers_of_points(self) -> None:
        three = Points(label="crab", points=[(4, 4), (6, 8), (1, 1)], id=7)
        with pytest.raises(errors.InvalidAnnotationError) as caught:
            ours.ToKeypoints(shapes="points")(target(POINTS, three))
        assert str(caught.value) == (
            "Points 'crab' on frame 0 (id 7): points: there are 3, but 2 of the first shape on "
            "this picture"
        )

    def test_a_part_that_is_no_point(self) -> None:
        part = Points(label="left", points=[(1, 1), (2, 2)])
        with pytest.raises(errors.InvalidAnnotationError) as caught:
            ours.ToKeypoints()(target(skeleton(part)))
        assert str(caught.value) == (
            "Points 'left' on frame 0: kind: a key point is a single point"
        )

    def test_skeletons_with_different_parts(self) -> None:
        labels = [*LABELS, Label(name="one", sublabels=[Label(name="only")])]
        with pytest.raises(errors.InvalidArgumentError) as caught:
            ours.ToKeypoints()(target(skeleton(LEFT), labels=labels))
        assert str(caught.value) == (
            "parts: the skeletons 'pair' and 'one' have different parts: name those to have, in "
            "order"
        )
        named = ours.ToKeypoints(parts=["left", "right"])
        assert named(target(skeleton(LEFT), labels=labels))["keypoints"].shape == (1, 2, 3)

    def test_an_unknown_place(self) -> None:
        place: Any = "first"
        with pytest.raises(errors.InvalidArgumentError) as caught:
            ours.ToKeypoints(visibility=place)
        assert str(caught.value) == "visibility is 'first'; expected one of 'third', 'apart'"


@needs_torchvision
class TestTorchvision:
    def test_its_kinds_of_tensors(self) -> None:
        kinds = torchvision.tv_tensors
        boxes = ours.ToMasks()(target(POLYGON))
        assert type(boxes["boxes"]) is kinds.BoundingBoxes
        assert boxes["boxes"].format == kinds.BoundingBoxFormat.XYXY
        assert boxes["boxes"].canvas_size == (HEIGHT, WIDTH)
        assert type(boxes["masks"]) is kinds.Mask
        points = ours.ToKeypoints(visibility="apart")(target(skeleton(LEFT, RIGHT)))
        assert type(points["keypoints"]) is kinds.KeyPoints
        assert points["keypoints"].canvas_size == (HEIGHT, WIDTH)
        assert type(ours.ToKeypoints()(target())["keypoints"]) is torch.Tensor

    def test_transforms_move_all_together(self) -> None:
        v2: Any = importlib.import_module("torchvision.transforms.v2")
        flip = v2.RandomHorizontalFlip(p=1)
        image = Image.new("L", (WIDTH, HEIGHT))
        image.putpixel((3, 5), 255)
        flipped, found = v2.Compose([ours.ToMasks(), flip])(image, target(POLYGON, MASK))
        assert flipped.getpixel((WIDTH - 4, 5)) == 255
        assert found["boxes"].tolist() == [[12, 1, 18, 4], [15, 5, 17, 7]]
        assert found["masks"][1].nonzero().tolist() == [[5, 15], [6, 16]]
        assert found["labels"].tolist() == [10, 11]
        pose = v2.Compose([ours.ToKeypoints(visibility="apart"), flip])
        _, found = pose(image, target(skeleton(LEFT, RIGHT)))
        assert found["keypoints"][0, :, 1].tolist() == [2, 7]
        assert found["keypoints"][0, 0, 0] > found["keypoints"][0, 1, 0] >= 14


def test_a_torchvision_of_another_build(tmp_path: Path) -> None:
    broken = 'raise RuntimeError("operator torchvision::nms does not exist")'
    (tmp_path / "torchvision.py").write_text(broken, encoding="utf-8")
    code = f"""
import sys
from annoport.torch import Target, ToBoxes
from annoport.vision import Frame
sys.path.insert(0, {str(tmp_path)!r})
target = Target(
    annotations=(), label_index={{}}, labels=(), image_size=(1, 1),
    frame=Frame(number=0, name="a"), part="", subset=None,
)
try:
    ToBoxes()(target)
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == (
        "torchvision is for another build of torch: operator torchvision::nms does not exist; "
        "install those that go together, or only torch\n"
    )


def test_without_torchvision_they_are_plain_tensors() -> None:
    code = """
import sys
sys.modules["torchvision"] = None
from tests.torch.test_targets import POLYGON, target
from annoport.torch import ToMasks
print([type(each).__name__ for each in ToMasks()(target(POLYGON)).values()])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['Tensor', 'Tensor', 'Tensor']\n"
