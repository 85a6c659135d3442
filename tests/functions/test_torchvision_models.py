"""Functions that run real models of torchvision, without weights: `make test-torchvision`."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from annoport.errors import InvalidArgumentError
from annoport.functions import Context
from annoport.functions._detections import Found, chosen
from annoport.functions.torchvision import TorchvisionFunction, create
from annoport.vision import Box, Mask, Polygon, Skeleton, Tag
from tests.functions.operators import has_own_operators
from tests.torch.libraries import needs_torchvision, torch, torchvision

pytestmark = needs_torchvision

_LABELS = ["crab", "cod", "shrimp"]
_SMALL = {
    "min_size": 64,
    "max_size": 96,
    "box_score_thresh": 0.0,
    "box_detections_per_img": 5,
    "rpn_pre_nms_top_n_test": 40,
    "rpn_post_nms_top_n_test": 10,
}


@pytest.fixture(scope="module")
def pictures() -> list[Image.Image]:
    dice = np.random.default_rng(0)
    sizes = [(90, 60), (48, 80)]
    return [
        Image.fromarray(dice.integers(0, 256, (height, width, 3), np.uint8))
        for width, height in sizes
    ]


def made(name: str, **parameters: Any) -> tuple[TorchvisionFunction, Any]:
    """Return a function, and the model that it has."""
    torch.manual_seed(0)
    function = create(name, None, labels=_LABELS, device="cpu", **parameters)
    torch.manual_seed(0)
    backbone = {} if name == "mobilenet_v3_small" else {"weights_backbone": None}
    classes = len(_LABELS) + bool(backbone)
    if "parts" in parameters:
        parameters["num_keypoints"] = len(parameters.pop("parts"))
    network = torchvision.models.get_model(name, num_classes=classes, **backbone, **parameters)
    return function, network.eval()


def returned(network: Any, pictures: list[Image.Image]) -> list[dict[str, Any]]:
    to_tensor = importlib.import_module("torchvision.transforms.functional").to_tensor
    with torch.inference_mode():
        outputs = network([to_tensor(picture) for picture in pictures])
    return [{name: value.numpy() for name, value in each.items()} for each in outputs]


def found(
    function: TorchvisionFunction, pictures: list[Image.Image], **context: Any
) -> list[list[Any]]:
    contexts = [Context(frame_name="a.png", **context) for _ in pictures]
    return [list(each) for each in function.detect_batch(contexts, pictures)]


def test_boxes(pictures: list[Image.Image]) -> None:
    function, network = made("fasterrcnn_mobilenet_v3_large_320_fpn", **_SMALL)
    for boxes, outputs in zip(found(function, pictures), returned(network, pictures), strict=True):
        assert boxes
        assert all(isinstance(box, Box) for box in boxes)
        assert [box.bounds() for box in boxes] == [
            pytest.approx(corners) for corners in outputs["boxes"].tolist()
        ]
        assert [box.label for box in boxes] == [
            _LABELS[number - 1] for number in outputs["labels"].tolist()
        ]
        assert [box.score for box in boxes] == pytest.approx(outputs["scores"].tolist())
    assert [label.name for label in function.spec.labels] == _LABELS


def test_masks_and_polygons(pictures: list[Image.Image]) -> None:
    function, network = made("maskrcnn_resnet50_fpn", **_SMALL)
    outputs = returned(network, pictures)
    wanted = [sum(bool((one >= 0.5).any()) for one in each["masks"]) for each in outputs]
    masks = found(function, pictures)
    assert [len(each) for each in masks] == wanted
    assert sum(wanted) > 0
    first = next(one for each in masks for one in each)
    assert isinstance(first, Mask)
    areas = sorted(one.area for each in masks for one in each)
    assert areas == sorted(
        int((one >= 0.5).sum()) for each in outputs for one in each["masks"] if one.max() >= 0.5
    )
    polygons = found(function, pictures, polygons=True)
    assert all(isinstance(one, Polygon) for each in polygons for one in each)
    assert all(len(some) >= len(of) for some, of in zip(polygons, masks, strict=True))


def test_skeletons(pictures: list[Image.Image]) -> None:
    function, network = made("keypointrcnn_resnet50_fpn", parts=["eye", "tail"], **_SMALL)
    for skeletons, outputs in zip(
        found(function, pictures), returned(network, pictures), strict=True
    ):
        assert skeletons
        assert all(isinstance(one, Skeleton) for one in skeletons)
        assert [
            [(*part.points[0], not part.occluded) for part in one.elements] for one in skeletons
        ] == [
            [(pytest.approx(x), pytest.approx(y), bool(seen)) for x, y, seen in points]
            for points in outputs["keypoints"].tolist()
        ]


def test_classes(pictures: list[Image.Image]) -> None:
    function, network = made("mobilenet_v3_small")
    transforms = torchvision.models.get_model_weights("mobilenet_v3_small").DEFAULT.transforms()
    with torch.inference_mode():
        sure = network(torch.stack([transforms(each) for each in pictures])).softmax(dim=1)
    for (tag,), row in zip(found(function, pictures), sure, strict=True):
        assert isinstance(tag, Tag)
        assert tag.label == _LABELS[int(row.argmax())]
        assert tag.score == pytest.approx(float(row.max()))


def test_pictures_without_three_colours() -> None:
    function, _ = made("mobilenet_v3_small")
    for mode in ("L", "RGBA", "P"):
        assert len(found(function, [Image.new(mode, (40, 30))])[0]) == 1


@pytest.mark.parametrize("around", [None, "model", "state_dict"])
def test_a_model_that_you_trained(
    around: str | None, tmp_path: Path, pictures: list[Image.Image]
) -> None:
    torch.manual_seed(7)
    network = torchvision.models.get_model("mobilenet_v3_small", num_classes=3)
    state = network.state_dict()
    torch.save(state if around is None else {around: state, "epoch": 3}, tmp_path / "mine.pt")
    torch.manual_seed(8)  # another model, but for the file
    function = create("mobilenet_v3_small", "none", labels=_LABELS, checkpoint=tmp_path / "mine.pt")
    transforms = torchvision.models.get_model_weights("mobilenet_v3_small").DEFAULT.transforms()
    with torch.inference_mode():
        sure = network.eval()(torch.stack([transforms(each) for each in pictures])).softmax(dim=1)
    assert [tag.score for (tag,) in found(function, pictures)] == pytest.approx(
        sure.max(dim=1).values.tolist()
    )
    assert function.name == f"torchvision mobilenet_v3_small {tmp_path}/mine.pt"


def test_labels_of_the_default_weights() -> None:
    function = create("keypointrcnn_resnet50_fpn", None)
    (person,) = function.spec.labels
    assert person.name == "person"
    assert [part.name for part in person.sublabels][:3] == ["nose", "left_eye", "right_eye"]
    names = create("ssdlite320_mobilenet_v3_large", None).names
    assert (names[1], names[90], len(names)) == ("person", "toothbrush", 80)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("fasterrcnn_resnet50_fpn_v3",),
            (
                "there is no model 'fasterrcnn_resnet50_fpn_v3'; there is "
                "fasterrcnn_resnet50_fpn_v2, fasterrcnn_resnet50_fpn, maskrcnn_resnet50_fpn_v2"
            ),
        ),
        (
            ("maskrcnn_resnet50_fpn", "COCO_V2"),
            "there are no weights 'COCO_V2' of maskrcnn_resnet50_fpn; there is COCO_V1",
        ),
        (
            ("fcn_resnet50",),
            (
                "model 'fcn_resnet50' is of torchvision.models.segmentation: expected one that "
                "detects, segments instances, finds keypoints or classifies pictures"
            ),
        ),
    ],
)
def test_models_that_cannot_be_had(arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        create(*arguments)
    assert str(caught.value) == said


def test_a_label_that_the_weights_do_not_know() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        create("resnet18", "IMAGENET1K_V1", labels={1000: "crab"})
    assert str(caught.value) == (
        "labels: there is one of class 1000, but the weights of resnet18 are for 1000 classes"
    )


@pytest.mark.skipif(not has_own_operators, reason="torchvision is for another build of torch")
def test_each_object_once_as_torchvision_has_it() -> None:
    for seed in range(50):
        dice = np.random.default_rng(seed)
        corner = dice.uniform(0, 60, (300, 2))
        corners = np.concatenate([corner, corner + dice.uniform(5, 40, (300, 2))], axis=1)
        found = Found(corners, dice.permutation(300) / 300, dice.integers(0, 3, 300))
        overlap = float(dice.uniform(0.2, 0.8))
        kept = chosen(found, 0.0, overlap=overlap, most=300)
        given = (found.corners, found.scores, found.classes)
        places = torchvision.ops.batched_nms(*map(torch.tensor, given), overlap)
        assert kept.scores.tolist() == found.scores[places.numpy()].tolist()
