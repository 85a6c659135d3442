"""Detectors in ONNX form, without onnxruntime: a stub sees white boxes, and tells them each way."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from annoport.errors import ConfigurationError, InvalidAnnotationError, InvalidArgumentError
from annoport.functions import Context, onnx
from annoport.functions import _metadata as metadata
from annoport.functions._detections import FORMS, Form, Found, chosen, outputs_of
from annoport.functions._letterbox import Fit, Placed, draw, place
from annoport.functions._prototypes import Mixed
from annoport.functions.onnx import Input, OnnxFunction
from annoport.vision import Box, Label, Mask, Points, Skeleton, masks
from tests.functions import seeing

_ROOM = (64, 48)


def function(form: Form, given: Input, run: Any = None, **more: Any) -> OnnxFunction:
    return OnnxFunction(
        name="stub",
        names=seeing.NAMES,
        input=given,
        outputs=seeing.outputs(form, given.room),
        run=run or seeing.seeing(form, given.room),
        **more,
    )


def contexts(count: int, threshold: float | None = None) -> list[Context]:
    return [Context(frame_name=f"{number}.png", threshold=threshold) for number in range(count)]


_SIZES = [(64, 48), (640, 480), (300, 200), (200, 300), (31, 47), (20, 10), (97, 8)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("fit", ["letterbox", "stretch"])
def test_boxes_come_back_where_they_are_in_pictures_of_any_size(form: Form, fit: Fit) -> None:
    each = function(form, Input(room=_ROOM, fit=fit))
    pictures = [
        seeing.picture((width, height), (width // 4, height // 3, width // 2, height * 3 // 4))
        for width, height in _SIZES
    ]
    for image, found in zip(
        pictures, each.detect_batch(contexts(len(pictures)), pictures), strict=True
    ):
        (box,) = found
        assert isinstance(box, Box)
        sure = max(seeing.SURE) * (0.5 if form == "yolo-objectness" else 1)
        assert box.label == "cod"
        assert box.score == pytest.approx(sure, abs=1e-6)
        (width, height), pixel = image.size, _pixel(image.size)
        wanted = (width // 4, height // 3, width // 2, height * 3 // 4)
        assert box.bounds() == pytest.approx(wanted, abs=pixel)


def _pixel(size: tuple[int, int]) -> float:
    """Return how many pixels of a picture are at most in one of the input."""
    shares = [side / room for side, room in zip(size, _ROOM, strict=True)]
    return max(1.0, *shares) * 1.01


@pytest.mark.parametrize("size", _SIZES)
@pytest.mark.parametrize("fit", ["letterbox", "stretch"])
def test_placing_is_undone_exactly(size: tuple[int, int], fit: Fit) -> None:
    placed = place(size, _ROOM, fit)
    whole = [*(placed.left, placed.top), *(placed.left + placed.width, placed.top + placed.height)]
    assert placed.undo(np.array([whole], np.float64)).tolist() == [[0, 0, *size]]
    middle = [(whole[0] + whole[2]) / 2, (whole[1] + whole[3]) / 2]
    undone = placed.undo(np.array([middle * 2], np.float64))
    assert undone.tolist() == [[size[0] / 2, size[1] / 2] * 2]


def test_a_picture_is_scaled_into_grey_borders() -> None:
    image = Image.new("L", (20, 10), 255)
    placed = place(image.size, (64, 48), "letterbox")
    assert placed == Placed(left=0, top=8, width=64, height=32, size=(20, 10))
    drawn = np.asarray(draw(image, placed, (64, 48)))
    assert drawn.shape == (48, 64, 3)
    assert (drawn[8:40] == 255).all()
    assert (drawn[:8] == 114).all()
    assert (drawn[40:] == 114).all()


def test_nothing_is_sure_enough() -> None:
    image = seeing.picture((64, 48), (10, 10, 20, 20))
    each = function("yolo", Input(room=_ROOM))
    assert each.detect_batch(contexts(1, threshold=0.95), [image]) == [[]]
    low = function("yolo", Input(room=_ROOM), threshold=0.95)
    assert low.detect_batch(contexts(1), [image]) == [[]]
    # What a call says comes before what the function was made with; 0 is a threshold, too.
    assert len(low.detect_batch(contexts(1, threshold=0.0), [image])[0]) == 2


@pytest.mark.parametrize(("batch", "calls"), [(None, [5]), (1, [1] * 5), (3, [3, 3])])
def test_as_many_pictures_at_once_as_the_model_takes(batch: int | None, calls: list[int]) -> None:
    called: list[int] = []

    def run(pictures: Any) -> Any:
        called.append(len(pictures))
        blank = pictures.max(axis=(1, 2, 3)) == 0
        pictures[blank] = pictures[0]  # what fills up a batch
        return seeing.seeing("nms", _ROOM)(pictures)

    each = function("nms", Input(room=_ROOM, batch=batch), run)
    pictures = [seeing.picture(_ROOM, (left, 2, left + 4, 9)) for left in range(5)]
    found = each.detect_batch(contexts(5), pictures)
    assert [box.bounds() for (box,) in found if isinstance(box, Box)] == [
        (left, 2, left + 4, 9) for left in range(5)
    ]
    assert called == calls
    assert each.detect_batch([], []) == []


@pytest.mark.parametrize(
    ("given", "shape", "kind", "white"),
    [
        (Input(room=_ROOM), (2, 3, 48, 64), np.float32, 1.0),
        (Input(room=_ROOM, type="float16"), (2, 3, 48, 64), np.float16, 1.0),
        (Input(room=_ROOM, type="uint8", colours="bytes"), (2, 3, 48, 64), np.uint8, 255),
        (Input(room=_ROOM, last=True), (2, 48, 64, 3), np.float32, 1.0),
        (Input(room=_ROOM, colours="imagenet"), (2, 3, 48, 64), np.float32, None),
    ],
)
def test_the_input(given: Input, shape: Any, kind: Any, white: float | None) -> None:
    images = [Image.new("RGB", _ROOM, "white"), Image.new("RGB", _ROOM, (255, 0, 0))]
    figures = given.array(images, [given.place(image) for image in images])
    assert (figures.shape, figures.dtype) == (shape, np.dtype(kind))
    assert figures.flags.c_contiguous
    red = figures[1, 0, 0] if given.last else figures[1, :, 0, 0]
    if white is None:
        wanted = [(1 - 0.485) / 0.229, -0.456 / 0.224, -0.406 / 0.225]
        assert red.tolist() == pytest.approx(wanted)
    else:
        assert red.tolist() == [white, 0, 0]


@pytest.mark.parametrize(
    ("names", "shapes", "classes", "form"),
    [
        (["output0"], [(1, 84, 8400)], 80, "yolo"),
        (["output0"], [(None, 84, None)], 80, "yolo"),
        (["output0"], [(1, 5, 8400)], 1, "yolo"),
        (["output"], [(1, 25200, 85)], 80, "yolo-objectness"),
        (["output"], [(None, None, 85)], 80, "yolo-objectness"),
        (["output"], [(1, 25200, 6)], 1, "yolo-objectness"),
        (["output0"], [(1, 300, 84)], 80, "queries"),
        (["output0"], [(1, 300, 6)], 80, "nms"),
        (["output0"], [(1, 300, 6)], 1, "nms"),
        (["output0"], [(1, 300, 6)], 2, "nms"),
        (["output"], [(None, 6)], 80, "nms"),
        (["output"], [(None, 7)], 80, "nms"),
        (["logits", "pred_boxes"], [(1, 100, 92), (1, 100, 4)], 91, "detr"),
        (["dets", "labels"], [(1, 300, 4), (1, 300, 91)], 91, "detr"),
        (["labels", "boxes", "scores"], [(None, 300), (None, 300, 4), (None, 300)], 80, "boxes"),
    ],
)
def test_the_form_of_outputs(names: Any, shapes: Any, classes: int, form: Form) -> None:
    assert outputs_of(names, shapes, classes=classes, room=(640, 640)).form == form


@pytest.mark.parametrize(
    ("shape", "form"),
    [
        ((1, 116, 8400), "yolo"),
        ((1, 25200, 117), "yolo-objectness"),
        ((1, 300, 116), "queries"),
        ((1, 300, 38), "nms"),
        ((None, 38), "nms"),
    ],
)
@pytest.mark.parametrize("first", [False, True])
def test_the_form_of_outputs_with_prototypes(shape: Any, form: Form, *, first: bool) -> None:
    both = [(1, 32, 160, 160), shape] if first else [shape, (1, 32, 160, 160)]
    read = outputs_of(["output0", "output1"], both, classes=80, room=(640, 640))
    assert (read.form, read.more, read.of_point) == (form, 32, 0)
    assert (read.places, read.prototypes) == ((1,), 0) if first else ((0,), 1)


@pytest.mark.parametrize(
    ("shape", "points", "form"),
    [((1, 56, 8400), (17, 3), "yolo"), ((1, 300, 40), (17, 2), "nms"), ((57, 6), None, "nms")],
)
def test_the_form_of_outputs_with_key_points(shape: Any, points: Any, form: Form) -> None:
    read = outputs_of(["output0"], [shape], classes=1, room=(640, 640), points=points)
    count, of_point = points or (0, 0)
    assert (read.form, read.more, read.of_point) == (form, count * of_point, of_point)


def test_which_outputs_are_read() -> None:
    hidden = outputs_of(
        ["hidden", "pred_boxes", "logits"],
        [(1, 100, 256), (1, 100, 4), (1, 100, 4)],
        classes=3,
        room=(640, 640),
    )
    assert (hidden.form, hidden.places, hidden.no_object) == ("detr", (2, 1), True)
    apart = outputs_of(
        ["scores", "labels", "boxes"], [(9,), (9,), (9, 4)], classes=3, room=(640, 640)
    )
    assert (apart.form, apart.places, apart.alone) == ("boxes", (2, 1, 0), True)


@pytest.mark.parametrize(
    ("shapes", "said"),
    [
        ([(1, 84, 8400), (1, 32, 160, 160)], "0 1 x 84 x 8400, 1 1 x 32 x 160 x 160"),
        ([(None, 1000)], "0 ? x 1000"),
        ([(1, 3, 80, 80, 85)], "0 1 x 3 x 80 x 80 x 85"),
    ],
)
def test_outputs_of_no_form(shapes: Any, said: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        outputs_of([str(number) for number in range(len(shapes))], shapes, classes=80, room=_ROOM)
    assert str(caught.value) == (
        f"the outputs of the model, {said}, are in no form that is known for 80 classes: check "
        "labels=, or say the form by form=, one of yolo, yolo-objectness, queries, nms, detr, boxes"
    )


def test_rows_that_say_which_picture_they_are_of() -> None:
    read = outputs_of(["output"], [(None, 7)], classes=2, room=_ROOM)
    rows = np.array([[1, 1, 2, 3, 4, 0, 0.9], [0, 5, 6, 7, 8, 1, 0.8]])
    first, second, third = read.read([rows], 3)
    assert (first.corners.tolist(), first.classes.tolist()) == ([[5, 6, 7, 8]], [1])
    assert (second.corners.tolist(), second.scores.tolist()) == ([[1, 2, 3, 4]], [np.float32(0.9)])
    assert len(third.corners) == 0


def test_rows_of_one_picture() -> None:
    read = outputs_of(["output"], [(None, 6)], classes=2, room=_ROOM)
    assert read.alone
    (found,) = read.read([np.array([[1, 2, 3, 4, 0.9, 1]])], 1)
    assert (found.corners.tolist(), found.classes.tolist()) == ([[1, 2, 3, 4]], [1])


def test_a_class_for_no_object() -> None:
    read = outputs_of(["logits", "pred_boxes"], [(1, 2, 3), (1, 2, 4)], classes=2, room=(100, 100))
    logits = np.log(np.array([[[0.1, 0.7, 0.2], [0.1, 0.1, 0.8]]]))
    boxes = np.array([[[0.5, 0.5, 0.2, 0.4]] * 2])
    (found,) = read.read([logits, boxes], 1)
    assert found.scores.tolist() == pytest.approx([0.7, 0.1])
    assert found.classes.tolist()[0] == 1
    assert found.corners[0].tolist() == pytest.approx([40, 30, 60, 70], rel=1e-6)


def test_more_classes_than_labels() -> None:
    read = outputs_of(["logits", "pred_boxes"], [(1, 2, 9), (1, 2, 4)], classes=2, room=_ROOM)
    with pytest.raises(InvalidArgumentError) as caught:
        read.read([np.zeros((1, 2, 9)), np.zeros((1, 2, 4))], 1)
    assert str(caught.value) == "the model tells 9 classes apart, but labels= has 2"


@pytest.mark.parametrize(("said", "right"), [(None, 32.0), (True, 32.0), (False, 0.5)])
def test_shares_or_pixels(said: bool | None, right: float) -> None:
    read = outputs_of(["output"], [(1, 6, 1)], classes=2, room=_ROOM, normalized=said)
    (found,) = read.read([np.array([[[0.25], [0.5], [0.5], [1], [0.9], [0]]])], 1)
    assert found.corners[0][2] == right


# --------------------------------------------------------------------------- which boxes stay


def _slow(found: Found, threshold: float, overlap: float) -> list[int]:
    """Return the places of the boxes that stay, by the words of the rule."""
    order = sorted(
        (place for place, score in enumerate(found.scores) if score >= threshold),
        key=lambda place: -found.scores[place],
    )
    stay: list[int] = []
    for place_ in order:
        if all(
            found.classes[place_] != found.classes[other]
            or _shared(found.corners[place_], found.corners[other]) <= overlap
            for other in stay
        ):
            stay.append(place_)
    return stay


def _shared(one: Any, other: Any) -> float:
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    common = max(across, 0) * max(down, 0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return float(common / (sum(areas) - common))


@pytest.mark.parametrize("seed", range(20))
def test_each_object_once(seed: int) -> None:
    dice = np.random.default_rng(seed)
    corner = dice.uniform(0, 30, (60, 2))
    corners = np.concatenate([corner, corner + dice.uniform(5, 30, (60, 2))], axis=1)
    found = Found(corners, dice.permutation(60) / 60, dice.integers(0, 2, 60), corners * 2)
    for threshold, overlap in itertools.product((0.0, 0.3), (0.2, 0.5, 0.7)):
        kept = chosen(found, threshold, overlap=overlap, most=60)
        wanted = _slow(found, threshold, overlap)
        assert kept.scores.tolist() == found.scores[wanted].tolist()
        assert kept.corners.tolist() == found.corners[wanted].tolist()
        assert kept.more is not None
        assert kept.more.tolist() == (kept.corners * 2).tolist()
        few = chosen(found, threshold, overlap=overlap, most=3)
        assert few.scores.tolist() == found.scores[wanted[:3]].tolist()
    all_ = chosen(found, 0.0, overlap=None, most=300)
    assert all_.scores.tolist() == sorted(found.scores.tolist(), reverse=True)
    assert chosen(found, 0.0, overlap=None, most=3).scores.tolist() == all_.scores[:3].tolist()


def test_boxes_of_one_score_stay_in_the_order_of_the_model() -> None:
    corners = np.arange(160, dtype=np.float64).reshape(40, 4)
    found = Found(corners, np.full(40, 0.5), np.zeros(40, np.int64))
    kept = chosen(found, 0.5, overlap=None, most=300)
    assert kept.corners.tolist() == corners.tolist()


def test_only_models_that_leave_it_to_us_find_an_object_twice() -> None:
    corners = [[10, 10, 20, 20, 0.9, 1], [10, 10, 20, 21, 0.8, 1]]
    rows = np.array([corners])

    def run_rows(pictures: seeing.Figures) -> list[seeing.Figures]:
        return [rows]

    middles = np.array([[[15, 15, 10, 10, 0, 0.9], [15, 15.5, 10, 11, 0, 0.8]]])

    def run_middles(pictures: seeing.Figures) -> list[seeing.Figures]:
        return [middles.transpose(0, 2, 1)]

    image = [Image.new("RGB", _ROOM)]
    twice = function("nms", Input(room=_ROOM), run_rows)
    assert len(twice.detect_batch(contexts(1), image)[0]) == 2
    once = function("yolo", Input(room=_ROOM), run_middles)
    assert len(once.detect_batch(contexts(1), image)[0]) == 1
    lenient = function("yolo", Input(room=_ROOM), run_middles, overlap=0.95)
    assert len(lenient.detect_batch(contexts(1), image)[0]) == 2


# --------------------------------------------------------------------------- masks and skeletons

_FINE = (64, 48)
_COARSE = (16, 12)


def segmenting(form: Form, fit: Fit = "letterbox", **more: Any) -> OnnxFunction:
    """Return a function that draws what is white, from prototypes of which half is not meant."""

    def run(pictures: seeing.Figures) -> list[seeing.Figures]:
        boxes, *_ = seeing.told(form, seeing.seen(pictures), _FINE)
        shares = np.array([3.0, 0.0, -1.0]).reshape((1, 3, 1) if form == "yolo" else (1, 1, 3))
        axis = 1 if form == "yolo" else 2
        count = boxes.shape[2 if form == "yolo" else 1]
        further = np.repeat(np.repeat(shares, len(boxes), 0), count, 3 - axis)
        white = pictures.min(axis=1).reshape(len(pictures), 12, 4, 16, 4).mean(axis=(2, 4))
        drawn = np.stack([white, np.full_like(white, 9.0), np.full_like(white, 1.5)], axis=1)
        return [np.concatenate([boxes, further], axis=axis), drawn.astype(np.float16)]

    examples = run(np.ones((1, 3, *_FINE[::-1])))
    shapes = [[None, *each.shape[1:]] for each in examples]
    read = outputs_of(["output0", "output1"], shapes, classes=2, room=_FINE, form=form)
    given = Input(room=_FINE, fit=fit)
    return OnnxFunction(name="stub", names=seeing.NAMES, input=given, outputs=read, run=run, **more)


@pytest.mark.parametrize("form", ["yolo", "yolo-objectness", "queries", "nms"])
@pytest.mark.parametrize("fit", ["letterbox", "stretch"])
def test_masks_come_back_where_they_are_in_pictures_of_any_size(form: Form, fit: Fit) -> None:
    each = segmenting(form, fit)
    pictures = [
        seeing.picture((width, height), (width // 4, height // 3, width // 2, height * 3 // 4))
        for width, height in _SIZES[:-1]  # the last is thinner than what a prototype can show
    ]
    for image, found in zip(
        pictures, each.detect_batch(contexts(len(pictures)), pictures), strict=True
    ):
        (mask,) = found
        assert isinstance(mask, Mask)
        assert mask.label == "cod"
        (width, height), coarse = image.size, 4 * _pixel(image.size)
        wanted = (width // 4, height // 3, width // 2, height * 3 // 4)
        assert mask.bounds() == pytest.approx(wanted, abs=coarse)


def test_a_mask_is_drawn_to_the_pixel() -> None:
    image = seeing.picture(_FINE, (8, 8, 40, 32))
    image.paste((0, 0, 0), (24, 8, 40, 20))
    each = segmenting("nms")
    ((mask,),) = each.detect_batch(contexts(1), [image])
    assert isinstance(mask, Mask)
    wanted = np.asarray(image)[..., 0] > 0
    drawn = masks.to_array(mask, *_FINE)
    # Between two places of a prototype, the edge is in the middle.
    assert (drawn == wanted).mean() > 0.99
    assert drawn[10:30, 10:22].all()
    assert not drawn[10:18, 26:38].any()
    ((*polygons,),) = each.detect_batch([Context(frame_name="0.png", polygons=True)], [image])
    assert polygons == masks.to_polygons(mask)
    assert each.spec.labels == (Label(name="crab", type="any"), Label(name="cod", type="any"))


def test_a_mask_outside_the_picture_is_none() -> None:
    prototypes = np.ones((1, 12, 16))
    placed = place((64, 24), _FINE, "letterbox")
    corners = np.array([[-9, 3, 0.4, 9], [0, 0, 64, 24], [60, 20, 90, 90], [np.nan, 0, 1, 1]])
    mixed = Mixed(
        prototypes=prototypes,
        shares=np.array([[1.0], [-1.0], [1.0], [1.0]]),
        corners=corners,
        placed=placed,
        room=_FINE,
    )
    assert mixed.draw(0).pixels.size == 0
    assert not mixed.draw(1).pixels.any()
    corner = mixed.draw(2)
    assert (corner.left, corner.top, corner.pixels.shape) == (60, 20, (4, 4))
    assert corner.pixels.all()
    with pytest.raises(InvalidAnnotationError) as caught:
        mixed.draw(3)
    assert str(caught.value) == "Mask 3: box: must be finite, not [nan, 0.0, 1.0, 1.0]"


@pytest.mark.parametrize("of_point", [2, 3])
@pytest.mark.parametrize("shares", [False, True])
def test_skeletons(of_point: int, *, shares: bool) -> None:
    unit = np.array([*_FINE, 1.0][:of_point]) if shares else 1.0
    points = np.array([[8, 16, 0.9], [20, 30, 0.1], [70, 4, 0.5]])[:, :of_point] / unit
    box = np.array([16, 24, 16, 16]) / (np.array(_FINE * 2) if shares else 1.0)
    figures = np.concatenate([box, [0.1, 0.8], points.ravel()])[None, :, None]

    def run(pictures: seeing.Figures) -> list[seeing.Figures]:
        return [np.repeat(figures, len(pictures), 0)]

    each = OnnxFunction(
        name="stub",
        names=seeing.NAMES,
        parts=("head", "tail", "fin"),
        input=Input(room=_FINE),
        outputs=outputs_of(
            ["output0"], [figures.shape], classes=2, room=_FINE, points=(3, of_point)
        ),
        run=run,
    )
    ((skeleton,),) = each.detect_batch(contexts(1), [Image.new("RGB", (128, 96))])
    assert isinstance(skeleton, Skeleton)
    assert skeleton.label == "cod"
    assert skeleton.score == pytest.approx(0.8)
    hidden = of_point == 3
    parts = [part for part in skeleton.elements if isinstance(part, Points)]
    assert [(part.label, *part.points[0], part.occluded) for part in parts] == [
        ("head", 16, 32, False),
        ("tail", 40, 60, hidden),
        ("fin", 128, 8, False),
    ]
    (_, cod) = each.spec.labels
    assert (cod.type, [part.name for part in cod.sublabels]) == ("skeleton", [*each.parts])


# --------------------------------------------------------------------------- metadata


def test_names_of_key_points() -> None:
    said = {"kpt_shape": "[2, 3]", "kpt_names": "{0: ['head', 'tail'], 1: ['nose', 'fluke']}"}
    assert metadata.points(said) == (2, 3)
    assert metadata.parts(said, None, (2, 3)) == ("head", "tail")
    assert metadata.parts(said, ["a", "b"], (2, 3)) == ("a", "b")
    assert metadata.points({"kpt_shape": "17"}) is None
    assert metadata.parts({}, None, None) == ()


@pytest.mark.parametrize(
    ("said", "given", "shape", "why"),
    [
        ({}, None, (2, 3), "the model finds 2 key points, and its metadata names 0: name each"),
        ({}, ["a"], (2, 3), "the model finds 2 key points, and parts= names 1: name each"),
        ({"kpt_names": "{}"}, None, (2, 3), "the model finds 2 key points, and its metadata"),
        ({}, ["a"], None, "parts= names key points, but the model finds none"),
    ],
)
def test_key_points_without_names(said: Any, given: Any, shape: Any, why: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        metadata.parts(said, given, shape)
    assert str(caught.value).startswith(why)


def test_the_spec() -> None:
    each = function("yolo", Input(room=_ROOM))
    assert each.spec.labels == (Label(name="crab", type="box"), Label(name="cod", type="box"))


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ImportError) as caught:
        onnx.create("model.onnx")
    assert str(caught.value) == (
        "annoport.functions.onnx needs onnxruntime, which is not installed: "
        "pip install 'annoport[onnx]'"
    )


def test_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", sys)  # there, whatever it is
    with pytest.raises(ConfigurationError) as caught:
        onnx.create(tmp_path / "none.onnx")
    assert str(caught.value) == f"{tmp_path}/none.onnx: there is no such file"
