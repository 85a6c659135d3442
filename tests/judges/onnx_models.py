"""Small detectors that onnxruntime runs, made here; run in an environment of its own.

Each sees what is white, and tells it in one of the forms that detectors have.
"""

from __future__ import annotations

import importlib
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

import attrs

from annoport import cvat
from annoport.errors import ConfigurationError, InvalidArgumentError
from annoport.functions import Context, annotate, load
from annoport.functions._detections import FORMS, Form
from annoport.functions.onnx import create
from annoport.testing import serve
from annoport.vision import Annotation, Box, Mask, Points, Shape, Skeleton
from tests.functions import seeing

# Their types are not ours to check: neither is in the environment of the tests.
ONNX: Any = importlib.import_module("onnx")
_HELPER: Any = importlib.import_module("onnx.helper")
_NUMPY: Any = importlib.import_module("onnx.numpy_helper")
_TYPES: Final = ("float32", "float16", "uint8")
_OPERATORS, _VERSION = 17, 9
_NAMES: Final = ("crab", "cod", "shrimp")
_PARTS: Final = ("head", "tail")
_SURE: Final = (0.125, 0.875, 0.25)
_FINDS: Final[tuple[Literal["boxes", "masks", "skeletons"], ...]] = ("boxes", "masks", "skeletons")
_WITH_MORE: Final = ("yolo", "yolo-objectness", "queries", "nms")
_MORE: Final = {"boxes": 0, "masks": 1, "skeletons": 6}
"""Figures of a box beside its score and class."""


@attrs.frozen(kw_only=True)
class Case:
    """A detector, what it finds, and how it takes pictures."""

    form: Form
    finds: Literal["boxes", "masks", "skeletons"] = "boxes"
    room: tuple[int, int]
    batch: int | None
    any_size: bool
    type: str
    last: bool

    @classmethod
    def of(cls, dice: random.Random) -> Case:
        """Return a random one."""
        form = dice.choice(FORMS)
        return cls(
            form=form,
            finds=dice.choice(_FINDS) if form in _WITH_MORE else "boxes",
            room=(8 * dice.randint(4, 16), 8 * dice.randint(4, 16)),
            batch=dice.choice([None, 1, 3]),
            any_size=dice.random() < 0.5,
            type=dice.choice(_TYPES),
            last=dice.random() < 0.3,
        )


class Graph:
    """The nodes of a model that is being made; what they give goes by name."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def __call__(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add a node, and return the name of what it gives."""
        name = f"v{len(self.nodes)}"
        self.nodes.append(_HELPER.make_node(kind, list(inputs), [name], **attributes))
        return name

    def constant(self, value: Any, kind: str = "float32") -> str:
        """Return the name of a constant."""
        numpy = importlib.import_module("numpy")
        name = f"c{len(self.constants)}"
        self.constants.append(_NUMPY.from_array(numpy.array(value, kind), name))
        return name

    def like(self, boxes: str, value: Sequence[float]) -> str:
        """Return the name of the same figures for each picture."""
        first = self("Slice", boxes, *(self.constant([each], "int64") for each in (0, 1, 1)))
        none = self("Mul", first, self.constant([0.0]))
        return self("Add", none, self.constant([list(value)]))

    def rows(self, *parts: str) -> str:
        """Return the name of one row for each picture."""
        return self.apart(self("Concat", *parts, axis=1))

    def apart(self, figures: str) -> str:
        """Return the name of figures with an axis for rows."""
        return self("Unsqueeze", figures, self.constant([1], "int64"))


def seeing_graph(graph: Graph, case: Case) -> tuple[str, str]:
    """Add what finds the box of what is white; return the names of its corners and of the white."""
    pictures = "images"
    if case.type != "float32":
        pictures = graph("Cast", pictures, to=ONNX.TensorProto.FLOAT)
    if case.last:
        pictures = graph("Transpose", pictures, perm=[0, 3, 1, 2])
    dark = 1.0 if _is_imagenet(case) else 0.75 * (255 if case.type == "uint8" else 1)
    least = graph("ReduceMin", pictures, axes=[1], keepdims=0)
    white = graph("Cast", graph("Greater", least, graph.constant(dark)), to=ONNX.TensorProto.FLOAT)
    columns = graph("ReduceMax", white, axes=[1], keepdims=0)
    lines = graph("ReduceMax", white, axes=[2], keepdims=0)
    sides: list[str] = []
    for last in (0, 1):
        for along in (columns, lines):
            place = graph("ArgMax", along, axis=1, keepdims=1, select_last_index=last)
            side = graph("Cast", place, to=ONNX.TensorProto.FLOAT)
            sides.append(graph("Add", side, graph.constant([float(last)])))
    return graph("Concat", *sides, axis=1), white


def further_graph(graph: Graph, case: Case, corners: str, first: str, last: str) -> list[str]:
    """Add what is said of a box beside its score and class, and return the names of its columns.

    The mask is the one prototype; of the two key points, at opposite corners, one is hidden.
    """
    if case.finds == "masks":
        return [graph.like(corners, (1.0,))]
    if case.finds == "skeletons":
        if case.form == "queries":  # as its boxes, in shares of the input
            room = graph.constant([*case.room])
            first, last = graph("Div", first, room), graph("Div", last, room)
        return [first, graph.like(corners, (0.75,)), last, graph.like(corners, (0.25,))]
    return []


def _is_imagenet(case: Case) -> bool:
    return case.form == "detr" and case.type != "uint8"


def telling_graph(graph: Graph, case: Case, corners: str) -> list[str]:
    """Add what tells the box as the form has it, and return the names of the outputs."""
    first, last = (
        graph("Slice", corners, *(graph.constant([each], "int64") for each in (start, stop, 1)))
        for start, stop in ((0, 2), (2, 4))
    )
    middle = graph("Mul", graph("Add", first, last), graph.constant([0.5]))
    middles = graph("Concat", middle, graph("Sub", last, first), axis=1)
    shares = graph("Div", middles, graph.constant([*case.room, *case.room]))
    sure = graph.like(corners, _SURE)
    nothing = graph.like(corners, (0.0, 0.0, *map(float, case.room)))
    unsure = graph.like(corners, (0.0,) * len(_SURE))
    one, best = graph.like(corners, (1.0,)), _SURE.index(max(_SURE))
    further = further_graph(graph, case, corners, first, last)
    zeros = [graph.like(corners, (0.0,) * _MORE[case.finds])] if further else []
    match case.form:
        case "yolo":
            both = (graph.rows(middles, sure, *further), graph.rows(nothing, unsure, *zeros))
            return [graph("Transpose", graph("Concat", *both, axis=1), perm=[0, 2, 1])]
        case "yolo-objectness":
            none = graph.rows(nothing, graph.like(corners, (0.0,)), unsure, *zeros)
            return [graph("Concat", graph.rows(middles, one, sure, *further), none, axis=1)]
        case "queries":
            return [graph.rows(shares, sure, *further)]
        case "nms":
            score = graph.like(corners, (max(_SURE), float(best)))
            none = graph.rows(graph.like(corners, (0.0,) * 6), *zeros)
            return [graph("Concat", graph.rows(corners, score, *further), none, axis=1)]
        case "detr":
            # Whose softmax it is, with what is left for no object, which is less than nothing.
            rest = graph.like(corners, (2.0**-12,))
            return [graph("Log", graph.rows(sure, rest)), graph.apart(shares)]
        case "boxes":
            label = graph("Cast", graph.like(corners, (float(best),)), to=ONNX.TensorProto.INT64)
            return [label, graph.apart(corners), graph.like(corners, (max(_SURE),))]


_OUTPUTS: Final[dict[Form, list[str]]] = {
    "detr": ["logits", "pred_boxes"],
    "boxes": ["labels", "boxes", "scores"],
}


def model(case: Case, *, named: bool = True) -> Any:
    """Return a model that sees what is white."""
    graph = Graph()
    corners, white = seeing_graph(graph, case)
    told = telling_graph(graph, case, corners)
    names = [*_OUTPUTS.get(case.form, ["output0"])]
    if case.finds == "masks":
        told.append(graph.apart(graph("Sub", white, graph.constant([0.5]))))
        names.append("output1")
    renamed = [
        _HELPER.make_node("Identity", [one], [name]) for one, name in zip(told, names, strict=True)
    ]
    batch = "batch" if case.batch is None else case.batch
    width, height = ("width", "height") if case.any_size else case.room
    shape = [batch, height, width, 3] if case.last else [batch, 3, height, width]
    kind = getattr(
        ONNX.TensorProto, {"float32": "FLOAT", "float16": "FLOAT16", "uint8": "UINT8"}[case.type]
    )
    inputs = [_HELPER.make_tensor_value_info("images", kind, shape)]
    if case.form == "boxes":
        sizes = _HELPER.make_tensor_value_info(
            "orig_target_sizes", ONNX.TensorProto.INT64, [batch, 2]
        )
        inputs.append(sizes)
    if case.form == "detr":
        mask = _HELPER.make_tensor_value_info(
            "pixel_mask", ONNX.TensorProto.INT64, [batch, "height", "width"]
        )
        inputs.append(mask)
    outputs = [
        _HELPER.make_tensor_value_info(name, kind, shape)
        for name, (kind, shape) in zip(names, _shapes(case, batch), strict=True)
    ]
    made = _HELPER.make_model(
        _HELPER.make_graph([*graph.nodes, *renamed], "sees", inputs, outputs, graph.constants),
        opset_imports=[_HELPER.make_opsetid("", _OPERATORS)],
        ir_version=_VERSION,
    )
    metadata = {"imgsz": str([case.room[1], case.room[0]])}
    if named:
        metadata["names"] = str(dict(enumerate(_NAMES)))
    if case.finds == "skeletons":
        metadata["kpt_shape"] = "[2, 3]"
        metadata["kpt_names"] = str({index: [*_PARTS] for index in range(len(_NAMES))})
    _HELPER.set_model_props(made, metadata)
    ONNX.checker.check_model(made)
    return made


def _shapes(case: Case, batch: Any) -> list[tuple[int, list[Any]]]:
    kind, classes, more = ONNX.TensorProto.FLOAT, len(_NAMES), _MORE[case.finds]
    width, height = ("width", "height") if case.any_size else case.room
    prototypes = [(kind, [batch, 1, height, width])] if case.finds == "masks" else []
    match case.form:
        case "yolo":
            return [(kind, [batch, 4 + classes + more, 2]), *prototypes]
        case "yolo-objectness":
            return [(kind, [batch, 2, 5 + classes + more]), *prototypes]
        case "queries":
            return [(kind, [batch, 1, 4 + classes + more]), *prototypes]
        case "nms":
            return [(kind, [batch, 2, 6 + more]), *prototypes]
        case "detr":
            return [(kind, [batch, 1, classes + 1]), (kind, [batch, 1, 4])]
        case "boxes":
            apart = [[batch, 1], [batch, 1, 4], [batch, 1]]
            kinds = [ONNX.TensorProto.INT64, kind, kind]
            return list(zip(kinds, apart, strict=True))


def judge(dice: random.Random, folder: Path) -> None:
    """What is white is found where it is, in pictures of any size, one or several at a time."""
    case = Case.of(dice)
    path = folder / "model.onnx"
    ONNX.save(model(case), str(path))
    function = load("annoport.functions.onnx", model=str(path))
    sizes = [(dice.randint(20, 400), dice.randint(20, 400)) for _ in range(dice.randint(1, 7))]
    boxes = [
        (width // 4, height // 4, width - dice.randint(1, width // 4), height * 3 // 4)
        for width, height in sizes
    ]
    pictures = [seeing.picture(size, box) for size, box in zip(sizes, boxes, strict=True)]
    contexts = [Context(frame_name="a.png", threshold=0.5)] * len(sizes)
    found = function.detect_batch(contexts, pictures)
    assert function.spec.labels[1].name == "cod"
    for size, wanted, (box,) in zip(sizes, boxes, found, strict=True):
        assert (box.label, round(box.score or 0, 3)) == ("cod", _score(case)), case
        # To a pixel of the input, or of the picture, whichever is larger.
        off = max(1.0, *(side / room for side, room in zip(size, case.room, strict=True)))
        for one, other in zip(_bounds(box), wanted, strict=True):
            assert abs(one - other) <= 1.01 * off, (case, size, wanted, _bounds(box))
    strict = [Context(frame_name="a.png", threshold=0.9)] * len(sizes)
    assert function.detect_batch(strict, pictures) == [[] for _ in sizes], case


def _bounds(found: Annotation) -> tuple[float, ...]:
    """Return the bounds of a box or mask, or of a skeleton whose tail is hidden."""
    if isinstance(found, Skeleton):
        head, tail = found.elements
        assert (head.label, head.occluded, tail.label, tail.occluded) == (
            "head",
            False,
            "tail",
            True,
        )
        return (*_place(head), *_place(tail))
    assert isinstance(found, Box | Mask)
    return found.bounds()


def _place(part: Shape) -> tuple[float, float]:
    assert isinstance(part, Points)
    ((across, down),) = part.points
    return across, down


def judge_task(folder: Path) -> None:
    """What is white in the pictures of a task has a box there, in batches of any size."""
    case = Case(form="yolo", room=(64, 64), batch=None, any_size=True, type="float32", last=False)
    path = folder / "model.onnx"
    ONNX.save(model(case), str(path))
    boxes = [(10 + number, 5, 40, 30 + number) for number in range(11)]
    for number, box in enumerate(boxes):
        seeing.picture((64, 64), box).save(folder / f"{number:02d}.png")
    pictures = sorted(folder.glob("*.png"))
    with (
        serve("cvat", job_seconds=0.0) as server,
        cvat.Client(server.url, token=server.token) as client,
    ):
        task = cvat.create_task(client, "dive", pictures, labels=list(_NAMES))
        function = load("annoport.functions.onnx", model=str(path))
        report = annotate(
            cvat.task(client, task), function, progress=False, checkpoints=folder / "notes"
        )
        shapes = client.tasks.retrieve_annotations(task.id).shapes or []
    assert report.annotations == {"cod": len(boxes)}
    found = {shape.frame: shape.points for shape in shapes}
    assert found == {number: list(map(float, box)) for number, box in enumerate(boxes)}, found
    for picture in pictures:
        picture.unlink()


def _score(case: Case) -> float:
    sure = max(_SURE)
    return round(sure / (sum(_SURE) + 2.0**-12), 3) if case.form == "detr" else sure


def judge_faults(folder: Path) -> None:
    """What cannot be used is an error that says why."""
    broken = folder / "broken.onnx"
    broken.write_bytes(b"no model")
    case = Case(form="nms", room=(64, 64), batch=1, any_size=False, type="float32", last=False)
    unnamed = folder / "unnamed.onnx"
    ONNX.save(model(case, named=False), str(unnamed))
    assert f"{broken}: onnxruntime cannot load it: " in _said(ConfigurationError, broken)
    assert _said(InvalidArgumentError, unnamed) == (
        "the model has no `names` in its metadata: say them by labels="
    )
    labels = folder / "labels.txt"
    labels.write_text("crab\ncod\nshrimp\n", encoding="utf-8")
    named = create(unnamed, labels=labels)
    assert [label.name for label in named.spec.labels] == list(_NAMES)


def _said(kind: type[Exception], path: Path) -> str:
    try:
        create(path)
    except kind as error:
        return str(error)
    raise AssertionError(path)


def main() -> None:
    """See as many random cases as the first argument says."""
    runs = int(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        judge_faults(Path(folder))
        judge_task(Path(folder))
        for seed in range(runs):
            judge(random.Random(seed), Path(folder))
    print(f"onnx: {runs} models found what they see")


if __name__ == "__main__":
    main()
