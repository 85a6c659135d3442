"""Annotations from files in the form of COCO, and what does not have that form."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import evolve, field, frozen

from annoport import errors
from annoport.testing.images import png
from annoport.vision import (
    Annotation,
    Attribute,
    Box,
    Content,
    Dataset,
    FileAnnotations,
    Frame,
    Label,
    Media,
    Picture,
    Points,
    Polygon,
    Shape,
    Skeleton,
    WriteMode,
    from_coco,
    masks,
    to_coco,
)

WIDTH, HEIGHT, FRAMES = 40, 30, 4
PARTS = ("nose", "left eye", "right eye")
PERSON = Label(
    name="person", type="skeleton", sublabels=[Label(name=one, type="points") for one in PARTS]
)


@frozen
class Shelf:
    """A source of one part, with the annotations that it is made of."""

    stored: Sequence[Annotation] = ()
    names: Sequence[str] = tuple(f"{number}.png" for number in range(FRAMES))
    name: str = "shelf"
    key: str = "memory"
    subset: str | None = None
    annotations_revision: str | None = None
    written: list[Annotation] = field(factory=list[Annotation])

    def account(self) -> str:
        return "1"

    def describe(self) -> bytes:
        return b""

    def open(self, description: bytes) -> Content:
        return Content(labels=[Label(name="crab"), PERSON, Label(name="fish")], parts=[self])

    def fetch_media(self) -> bytes:
        return b""

    def media_of(self, document: bytes) -> Media:
        frames = [
            Frame(number=number, name=name, width=WIDTH, height=HEIGHT)
            for number, name in enumerate(self.names)
        ]
        return Media(revision="1", frames=frames, size=len(frames))

    def fetch_annotations(self) -> bytes:
        return b""

    def annotations_of(self, document: bytes) -> Sequence[Annotation]:
        return [*self.stored, *self.written]

    def read_block(self, block: int, frames: Sequence[Frame]) -> Iterator[Picture]:
        for frame in frames:
            yield Picture(frame=frame.number, suffix=".png", content=png(WIDTH, HEIGHT))

    def write(
        self, annotations: Sequence[Annotation], *, frames: Sequence[int], mode: WriteMode
    ) -> None:
        self.written.extend(annotations)


def some_shape(dice: random.Random) -> Shape:
    """Return a random shape of those that COCO holds."""
    place: dict[str, Any] = {"frame": dice.randrange(FRAMES)}
    common: dict[str, Any] = {
        "label": dice.choice(["crab", "fish"]),
        "score": dice.choice([None, 0.25, 1.0]),
        "attributes": dice.choice([{}, {"length": 3, "alive": True, "name": "ü"}]),
        "occluded": dice.random() < 0.3,
    }

    def point() -> tuple[float, float]:
        return dice.uniform(1, WIDTH), dice.uniform(1, HEIGHT)

    kind = dice.choice(["box", "polygon", "mask", "skeleton", "points"])
    if kind == "box":
        # In binary fractions, because the file has the width and not the right edge.
        left, top, width, height = (dice.randrange(64) / 4 for _ in range(4))
        return Box(**common, **place, left=left, top=top, right=left + width, bottom=top + height)
    if kind == "polygon":
        return Polygon(**common, **place, points=[point() for _ in range(dice.randint(3, 9))])
    if kind == "mask":
        pixels = np.random.default_rng(dice.randrange(2**32)).random((HEIGHT, WIDTH)) < 0.4
        hidden = common.pop("occluded")
        return evolve(masks.from_array(pixels, **common, **place), occluded=hidden)
    if kind == "points":
        return Points(**common, **place, points=[point() for _ in range(dice.randint(1, 5))])
    elements = [
        Points(label=name, points=[point()], occluded=dice.random() < 0.5, **place)
        for name in dice.sample(PARTS, dice.randint(1, 3))
    ]
    hidden_part = Points(label=PARTS[0], points=[point()], outside=True, **place)
    if all(element.label != PARTS[0] for element in elements):
        elements.append(hidden_part)
    in_order = sorted(elements, key=lambda one: PARTS.index(one.label))
    return Skeleton(**{**common, "label": "person"}, **place, elements=in_order)


def on_frame_0(shape: Annotation) -> Annotation:
    if isinstance(shape, Skeleton):
        return evolve(shape, frame=0, elements=[evolve(one, frame=0) for one in shape.elements])
    return evolve(shape, frame=0)


def test_what_to_coco_writes_is_read_back(tmp_path: Path) -> None:
    dice = random.Random(15)
    shapes = [some_shape(dice) for _ in range(300)]
    dataset = Dataset(Shelf(shapes), cache=tmp_path / "cache")
    to_coco(dataset, tmp_path)
    found = from_coco(tmp_path / "annotations.json")
    for number, on_picture in enumerate(found.pictures.values()):
        on_frame = [on_frame_0(shape) for shape in shapes if shape.frame == number]
        assert list(on_picture) == on_frame
    assert [(one.name, one.type, one.sublabels) for one in found.labels] == [
        ("crab", "any", ()),
        ("person", "skeleton", PERSON.sublabels),
        ("fish", "any", ()),
    ]
    assert found.labels[0].attributes == (
        Attribute(name="length", kind="number"),
        Attribute(name="alive", kind="checkbox"),
        Attribute(name="name", kind="text"),
    )
    # And onto the pictures that they were read from, whose names the folder does not have.
    source = Shelf()
    empty = Dataset(source, cache=tmp_path / "other", images="demand")
    empty.write(found.on(empty))
    assert sorted(map(repr, source.written)) == sorted(map(repr, shapes))


def written(folder: Path, document: object, name: str = "labels.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def coco(*annotations: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a document with a picture and a category for each kind of shape."""
    return {
        "images": [{"id": 7, "file_name": "a.jpg", "width": 4, "height": 3}],
        "categories": [
            {"id": 1, "name": "crab"},
            {"id": 2, "name": "person", "keypoints": list(PARTS)},
        ],
        "annotations": [{"image_id": 7, "category_id": 1, **one} for one in annotations],
        **more,
    }


def only(found: FileAnnotations) -> Annotation:
    ((annotation,),) = found.pictures.values()
    return annotation


BOX = {"bbox": [1, 2, 3, 4]}
OUTLINE = [1, 1, 3, 1, 3, 2]
CORNERS = ((1, 1), (3, 1), (3, 2))


def test_outlines_and_crowds(tmp_path: Path) -> None:
    parts = {**BOX, "id": 5, "segmentation": [OUTLINE, OUTLINE]}
    crowd = {"id": 6, "iscrowd": 1, "segmentation": {"size": [3, 4], "counts": [4, 1, 2, 1, 4]}}
    path = written(tmp_path, coco(parts, crowd))
    first, second, mask = from_coco(path).pictures["a.jpg"]
    raw = {"coco": {"id": 5, "iscrowd": 0}}
    assert first == second == Polygon(label="crab", points=CORNERS, raw=raw)
    pixels = np.array([[0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]]) == 1
    pixels[1, 2] = True
    expected = masks.from_array(pixels, label="crab")
    assert mask == evolve(expected, raw={"coco": {"id": 6, "iscrowd": 1}})
    del parts["id"]
    path = written(tmp_path, coco(parts))
    box = Box(label="crab", left=1, top=2, right=4, bottom=6)
    assert only(from_coco(path, shapes="box")) == box


def test_key_points(tmp_path: Path) -> None:
    body = {"category_id": 2, **BOX, "segmentation": [OUTLINE]}
    seen = {**body, "keypoints": [1, 2, 2, 3, 2.5, 1, 0, 0, 0], "attributes": {"age": 3}}
    path = written(tmp_path, coco(seen))
    skeleton = Skeleton(
        label="person",
        attributes={"age": 3},
        elements=[
            Points(label="nose", points=[(1, 2)]),
            Points(label="left eye", points=[(3, 2.5)], occluded=True),
        ],
    )
    assert only(from_coco(path)) == skeleton
    outline = Polygon(label="person", points=CORNERS, attributes={"age": 3})
    assert only(from_coco(path, shapes="segmentation")) == outline
    path = written(tmp_path, coco({**seen, "keypoints": [0] * 9}))
    assert only(from_coco(path)) == outline
    path = written(tmp_path, coco({**seen, "category_id": 1, "keypoints": [1, 2, 1, 0, 0, 0]}))
    points = Points(label="crab", points=[(1, 2)], occluded=True, attributes={"age": 3})
    assert only(from_coco(path)) == points
    path = written(tmp_path, coco({"keypoints": [1, 2, 1, 3, 2, 2]}))
    assert only(from_coco(path)) == Points(label="crab", points=[(1, 2), (3, 2)])


def test_attributes_that_cvat_writes_are_fields(tmp_path: Path) -> None:
    said = {"occluded": True, "rotation": 30.0, "track_id": 4, "keyframe": True, "age": "adult"}
    path = written(tmp_path, coco({**BOX, "attributes": said}))
    assert only(from_coco(path)) == Box(
        label="crab",
        left=1,
        top=2,
        right=4,
        bottom=6,
        occluded=True,
        rotation=30,
        track=4,
        attributes={"age": "adult"},
    )


def test_results_of_a_model(tmp_path: Path) -> None:
    path = written(tmp_path, {**coco(), "annotations": None})
    listed = [
        {"image_id": 7, "category_id": 1, **BOX, "score": 0.5},
        {"image_id": 7, "category_id": 2, "keypoints": [1, 2, 0.9, 0, 0, 0.1, 2, 2, 0], "score": 1},
    ]
    results = written(tmp_path, listed, "results.json")
    box, skeleton = from_coco(path, results=results).pictures["a.jpg"]
    assert box == Box(label="crab", left=1, top=2, right=4, bottom=6, score=0.5)
    in_view = [("nose", (1, 2)), ("right eye", (2, 2))]
    elements = [Points(label=name, points=[point]) for name, point in in_view]
    assert skeleton == Skeleton(label="person", score=1, elements=elements)
    for wrong, message in (
        (
            [*listed, {**listed[0], "image_id": 8}],
            "[2].image_id: no image of the file has the id 8",
        ),
        ([*listed, {**listed[0], "score": "0"}], "[2].score: Expected `float | null`, got `str`"),
    ):
        written(tmp_path, wrong, "results.json")
        with pytest.raises(errors.InvalidAnnotationError) as caught:
            from_coco(path, results=results)
        assert str(caught.value) == f"{results}: {message}"


IMAGE = {"id": 8, "file_name": "b.jpg"}
THIRTEEN = "Mask 'crab' on frame 0: counts: they fill 13 pixels of 12 in the picture"
OF_PERSON = "are not x, y and visibility of the 3 key points of 'person'"
A_LIST = (
    "is a list, as the results of a model are: pass it as results=, after the file with the images "
    "and categories"
)
TEXT_OF_RUNS = "Mask 'crab' on frame 0: counts: is not COCO's text of run lengths"


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (
            coco(BOX, {**BOX, "image_id": 9}),
            "annotations[1].image_id: no image of the file has the id 9",
        ),
        (
            coco(BOX, {**BOX, "category_id": 3}),
            "annotations[1].category_id: no category of the file has the id 3",
        ),
        (coco({"bbox": [1, 2, -3, 4]}), "annotations[0].bbox: its width, -3, is less than 0"),
        (coco({"bbox": [1, 2, 3, -0.5]}), "annotations[0].bbox: its height, -0.5, is less than 0"),
        (
            coco({"bbox": [1, 2, 3]}),
            "annotations[0].bbox: 3 numbers are not left, top, width and height",
        ),
        (coco(BOX, {}), "annotations[1]: has no bbox, segmentation or keypoints"),
        (coco(BOX, {"bbox": "x"}), "annotations[1].bbox: Expected `array | null`, got `str`"),
        (
            coco(BOX, BOX, {"bbox": [1, 2, None, 4]}),
            "annotations[2].bbox[2]: Expected `float`, got `null`",
        ),
        (
            coco({"segmentation": [OUTLINE, [1, 2, 3, 4, 5, 6, 7]]}),
            "annotations[0].segmentation[1]: 7 numbers are not x and y of three points or more",
        ),
        (
            coco({"segmentation": [[1, 2, 3, 4]]}),
            "annotations[0].segmentation[0]: 4 numbers are not x and y of three points or more",
        ),
        (
            coco({"segmentation": {"size": [4, 3], "counts": [0, 12]}}),
            "annotations[0].segmentation.size: [4, 3] is not height and width of the image, [3, 4]",
        ),
        (
            coco({"segmentation": {"size": [3, 4], "counts": [0, 13]}}),
            f"annotations[0]: {THIRTEEN}",
        ),
        (coco({"segmentation": {"size": [3, 4], "counts": ""}}), f"annotations[0]: {TEXT_OF_RUNS}"),
        (
            coco({"segmentation": {"size": [3, 4], "counts": "ü"}}),
            f"annotations[0]: {TEXT_OF_RUNS}",
        ),
        (
            coco({"segmentation": {"size": [3, 4], "counts": "0<T"}}),
            f"annotations[0]: {TEXT_OF_RUNS}",
        ),
        (
            coco({"category_id": 2, "keypoints": [1, 2, 2]}),
            f"annotations[0].keypoints: 3 numbers {OF_PERSON}",
        ),
        (
            coco({"keypoints": [1, 2]}),
            "annotations[0].keypoints: 2 numbers are not x, y and visibility of key points",
        ),
        (coco({"keypoints": [1, 2, 3]}), "annotations[0].keypoints[2]: 3 is not 0, 1 or 2"),
        (
            coco({**BOX, "score": 2}),
            "annotations[0]: Box 'crab' on frame 0: score: 2.0 is not between 0 and 1",
        ),
        (
            {**coco(), "images": [IMAGE, {**IMAGE, "id": 9}]},
            "images[1].file_name: 'b.jpg' is that of images[0], too",
        ),
        (
            {**coco(), "images": [IMAGE, {**IMAGE, "file_name": "c.jpg"}]},
            "images[1].id: 8 is that of images[0], too",
        ),
        (
            {**coco(), "categories": [{"id": 1, "name": "a"}, {"id": 2, "name": "a"}]},
            "categories[1].name: 'a' is that of categories[0], too",
        ),
        ({**coco(), "images": [IMAGE, {}]}, "images[1]: Object missing required field `id`"),
        ({"images": []}, "document: Object missing required field `categories`"),
        ([BOX], f"document: {A_LIST}"),
    ],
)
def test_what_cannot_be_is_told_with_its_place(
    tmp_path: Path, document: object, message: str
) -> None:
    path = written(tmp_path, document)
    with pytest.raises(errors.InvalidAnnotationError) as caught:
        from_coco(path)
    assert str(caught.value) == f"{path}: {message}"


def test_what_is_no_json(tmp_path: Path) -> None:
    path = tmp_path / "labels.json"
    path.write_bytes(b"\xef\xbb\xbf{]")
    with pytest.raises(errors.InvalidAnnotationError) as caught:
        from_coco(path)
    assert str(caught.value) == (
        f"{path}: document: is not JSON: JSON is malformed: object keys must be strings (byte 1)"
    )


def test_what_cannot_be_is_left_out_on_demand(tmp_path: Path) -> None:
    path = written(tmp_path, coco({"bbox": [1, 2, -3, 4]}, BOX))
    found = from_coco(path, unfit="drop")
    assert only(found) == Box(label="crab", left=1, top=2, right=4, bottom=6)
    (dropped,) = found.dropped
    assert str(dropped) == f"{path}: annotations[0].bbox: its width, -3, is less than 0"


class TestOn:
    def test_names_may_have_other_folders(self, tmp_path: Path) -> None:
        box = Box(label="crab", left=1, top=2, right=4, bottom=6)
        pictures = {"images/a.png": (box,), "b.png": (), "sub\\c.png": (), "d.png": ()}
        names = ("a.png", "deep/down/b.png", "sub/c.png", "e.png")
        dataset = Dataset(Shelf(names=names), images="demand", cache=tmp_path)
        found = FileAnnotations(pictures, ())
        assert [(sample.frame.name, one) for sample, one in found.on(dataset)] == [
            ("a.png", (box,)),
            ("deep/down/b.png", ()),
            ("sub/c.png", ()),
        ]
        assert found.on(dataset[3:], unmatched="drop") == []

    def test_names_that_fit_none_or_several(self, tmp_path: Path) -> None:
        box = Box(label="crab", left=1, top=2, right=4, bottom=6)

        def refused(pictures: Sequence[str], *names: str) -> str:
            cache = tmp_path / "-".join(names).replace("/", "_")
            dataset = Dataset(Shelf(names=names), images="demand", cache=cache)
            found = FileAnnotations(dict.fromkeys(pictures, (box,)), ())
            with pytest.raises(errors.InvalidArgumentError) as caught:
                found.on(dataset)
            return str(caught.value)

        assert refused(["a.png"], "b.png") == (
            "no sample is called 'a.png': give samples that have the pictures of the file, or "
            'leave out what is on the others with unmatched="drop"'
        )
        assert refused(["b.png", "a.png", "c.png"], "b.png") == (
            "no sample is called 'a.png' and 1 more pictures: give samples that have the pictures "
            'of the file, or leave out what is on the others with unmatched="drop"'
        )
        assert refused(["a.png"], "x/a.png", "y/a.png") == (
            "'a.png' is frame 0 of shelf (x/a.png) as well as frame 1 of shelf (y/a.png): give the "
            "samples of one of them"
        )
        assert refused(["x/a.png", "y/a.png"], "a.png") == (
            "frame 0 of shelf (a.png) may be 'x/a.png' or 'y/a.png': the names of the file must "
            "tell them apart"
        )
