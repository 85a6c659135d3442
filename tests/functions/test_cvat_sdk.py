"""Detection functions for cvat-sdk, whose models are read by their attributes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from annoport.errors import InvalidAnnotationError, InvalidFunctionError
from annoport.functions import Context, LoadedFunction, from_cvat_sdk
from annoport.functions.loading import prepared
from annoport.vision import Annotation, Attribute, Box, Label, Mask, Points, Skeleton, Tag

Model = SimpleNamespace
LENGTH = Model(name="length", id=4, input_type=Model(value="number"), values=["0", "10", "2"])
AGE = Model(name="age", id=5, input_type="select", values=["young", "old"], mutable=True)
ALIVE = Model(name="alive", id=6, input_type="checkbox", values=[])
LABELS = [
    Model(name="crab", id=0, type="rectangle", attributes=[LENGTH, AGE, ALIVE]),
    Model(name="cod", id=3),
    Model(
        name="fish",
        id=7,
        type="skeleton",
        sublabels=[Model(name="nose", id=0, type="points"), Model(name="tail", id=1)],
    ),
]
CONTEXT = Context(frame_name="a.png", threshold=0.5)


class Theirs:
    """A function as its author would write it."""

    spec: Any = Model(labels=LABELS)

    def __init__(self, *found: Any) -> None:
        self.found = found
        self.told: Any = None

    def detect(self, context: Any, image: Any) -> list[Any]:
        self.told = (context, image)
        return list(self.found)


def shape(label_id: int, kind: str = "rectangle", points: Any = (1, 2, 3, 4), **more: Any) -> Any:
    return Model(label_id=label_id, frame=0, type=Model(value=kind), points=points, **more)


def detect(*found: Any, context: Context = CONTEXT) -> list[Annotation]:
    return list(from_cvat_sdk(Theirs(*found)).detect(context, "image"))


def test_the_spec() -> None:
    function = from_cvat_sdk(Theirs())
    assert function.name == "Theirs"
    assert function.spec.labels == (
        Label(
            name="crab",
            id=0,
            type="box",
            attributes=(
                Attribute(name="length", id=4, kind="number", minimum=0, maximum=10, step=2),
                Attribute(name="age", id=5, kind="select", values=("young", "old"), mutable=True),
                Attribute(name="alive", id=6, kind="checkbox"),
            ),
        ),
        Label(name="cod", id=3),
        Label(
            name="fish",
            id=7,
            type="skeleton",
            sublabels=(
                Label(name="nose", id=0, type="points"),
                Label(name="tail", id=1, type="points"),
            ),
        ),
    )


def test_what_the_function_is_told() -> None:
    theirs = Theirs()
    from_cvat_sdk(theirs).detect(Context(frame_name="a.png", threshold=0.5, polygons=True), "image")
    context, image = theirs.told
    assert (context.frame_name, context.conf_threshold, context.conv_mask_to_poly, image) == (
        *("a.png", 0.5, True),
        "image",
    )


def test_what_it_returns() -> None:
    values = [
        Model(spec_id=4, value="6"),
        Model(spec_id=5, value="old"),
        Model(spec_id=6, value="true"),
    ]
    found = detect(
        shape(0, attributes=values, rotation=30, z_order=2, score=0.75),
        Model(label_id=3, frame=0),
        shape(3, "mask", [0, 4, 1, 1, 2, 2]),
        Model(
            label_id=7,
            frame=0,
            type="skeleton",
            points=[],
            elements=[shape(0, "points", [1, 1]), shape(1, "points", [2, 2], outside=True)],
        ),
    )
    assert found == [
        Box(
            label="crab",
            left=1,
            top=2,
            right=3,
            bottom=4,
            rotation=30,
            score=0.75,
            attributes={"length": 6, "age": "old", "alive": True},
            raw={"cvat": {"z_order": 2, "points": [1, 2, 3, 4]}},
        ),
        Tag(label="cod", raw={"cvat": {}}),
        Mask(
            label="cod",
            left=1,
            top=1,
            width=2,
            height=2,
            runs=(0, 4),
            raw={"cvat": {"points": [0, 4, 1, 1, 2, 2]}},
        ),
        Skeleton(
            label="fish",
            elements=[
                Points(label="nose", points=[(1, 1)], raw={"cvat": {"points": [1, 1]}}),
                Points(
                    label="tail", points=[(2, 2)], outside=True, raw={"cvat": {"points": [2, 2]}}
                ),
            ],
            raw={"cvat": {"points": []}},
        ),
    ]


WRONG: list[tuple[Any, str]] = [
    (shape(9), "what it returned: label_id: no label of the spec has the id 9"),
    (
        Model(id=3),
        (
            "what it returned: type: expected LabeledShapeRequest or LabeledImageRequest, got "
            "SimpleNamespace"
        ),
    ),
    (shape(0, id=3), "rectangle 'crab': id: must not be set by a function"),
    (shape(0, source="auto"), "rectangle 'crab': source: must not be set by a function"),
    (
        shape(0, attributes=[Model(spec_id=9, value="6")]),
        "rectangle 'crab': attributes: no attribute of 'crab' has the id 9",
    ),
    (
        shape(0, attributes=[Model(spec_id=4, value="6"), Model(spec_id=4, value="8")]),
        "rectangle 'crab': attributes: 'length' is there twice",
    ),
    (
        shape(7, "skeleton", [], elements=[shape(9, "points", [1, 1])]),
        "skeleton 'fish': elements: no sublabel of 'fish' has the id 9",
    ),
    (
        shape(0, elements=[shape(0, "points", [1, 1])]),
        "rectangle 'crab': elements: only a skeleton has some",
    ),
    (shape(3, "cuboid"), "cuboid 'cod' on frame 0 (id None): type: there is no such shape here"),
]


@pytest.mark.parametrize(("found", "message"), WRONG)
def test_a_broken_rule_of_that_protocol(found: Any, message: str) -> None:
    with pytest.raises(InvalidAnnotationError) as caught:
        detect(found)
    assert str(caught.value) == message


def test_masks_though_polygons_were_asked_for() -> None:
    context = Context(frame_name="a.png", polygons=True)
    with pytest.raises(InvalidAnnotationError) as caught:
        detect(shape(3, "mask", [0, 4, 1, 1, 2, 2]), context=context)
    assert (
        str(caught.value) == "Mask 'cod' on frame 0: type: a mask, though conv_mask_to_poly is true"
    )


def test_what_is_no_such_function() -> None:
    with pytest.raises(InvalidFunctionError) as caught:
        from_cvat_sdk(object())
    assert str(caught.value) == (
        "function object: expected spec, a DetectionFunctionSpec, and detect(context, image)"
    )
    theirs = Theirs()
    theirs.spec = Model(labels=[Model(name="crab")])
    with pytest.raises(InvalidAnnotationError) as wrong:
        from_cvat_sdk(theirs)
    assert str(wrong.value) == "spec, label 'crab': id: is missing"


def test_it_is_known_by_the_type_of_its_spec() -> None:
    spec_type: Any = type("DetectionFunctionSpec", (), {"__module__": "cvat_sdk.auto_annotation"})
    theirs = Theirs(shape(0))
    theirs.spec = spec_type()
    theirs.spec.labels = LABELS
    function = prepared(theirs)
    assert isinstance(function, LoadedFunction)
    ((box,),) = function.detect_batch([CONTEXT], ["image"])
    assert (box.kind, box.label) == ("box", "crab")
