"""Compare what our functions leave on CVAT with what cvat-sdk's do; run by `__main__`.

Random functions of cvat-sdk's detection protocol are applied by its driver and, as they are, by
`annotate`. Its own example functions run through `from_cvat_sdk`, on a stand-in for torchvision.
"""

from __future__ import annotations

import importlib
import random
import sys
import tempfile
import types
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from annoport import cvat, functions
from annoport.errors import InvalidFunctionError
from annoport.testing import FakeServer, serve
from annoport.testing.cvat import FakeCvat
from annoport.testing.cvat.state import Image, Task
from annoport.testing.images import png

# Their types are not ours to check: neither is in the environment of the tests.
SDK: Any = importlib.import_module("cvat_sdk")
AA: Any = importlib.import_module("cvat_sdk.auto_annotation")
SDK_MASKS: Any = importlib.import_module("cvat_sdk.masks")
SDK_ATTRIBUTES: Any = importlib.import_module("cvat_sdk.attributes")
NUMPY: Any = importlib.import_module("numpy")

WIDTH, HEIGHT = 64, 48
_PASSING = ("id", "created", "updated")
_ATTRIBUTES: dict[str, dict[str, Any]] = {
    "age": {"input_type": "select", "values": ["young", "old"]},
    "length": {"input_type": "number", "values": ["0", "20", "2"]},
    "alive": {"input_type": "checkbox", "values": []},
    "note": {"input_type": "text", "values": []},
}
_KINDS = ("any", "rectangle", "polygon", "polyline", "points", "ellipse", "mask", "tag")
_PARTS = ("nose", "tail", "fin")


# --------------------------------------------------------------------------- random functions


@attrs.frozen
class Author:
    """Writes a function for cvat-sdk, and the labels of a task that it is for.

    Attributes:
        dice: Decides.
        labels: The labels of the function, as the task has them.
    """

    dice: random.Random
    labels: list[dict[str, Any]]

    @classmethod
    def of(cls, seed: int) -> Author:
        """Return an author."""
        dice = random.Random(seed)
        labels: list[dict[str, Any]] = [
            {"name": name, "type": dice.choice(_KINDS), "attributes": _attributes(dice)}
            for name in dice.sample(["crab", "cod", "krill", "worm"], dice.randint(1, 3))
        ]
        if dice.random() < 0.5:
            parts = dice.sample(_PARTS, dice.randint(1, 3))
            sublabels = [{"name": part, "type": "points"} for part in parts]
            labels.append(
                {"name": "fish", "type": "skeleton", "sublabels": sublabels, "attributes": []}
            )
        return cls(dice, labels)

    def spec(self, *, unknown: bool) -> Any:
        """Return the function's specification, perhaps with a label that the task does not have."""
        ids = self.dice.sample(range(50), len(self.labels) + 1)
        labels = [self._label(*each) for each in zip(self.labels, ids, strict=False)]
        if unknown:
            labels.append(AA.label_spec("unknown", ids[-1]))
        return AA.DetectionFunctionSpec(labels=labels)

    def _label(self, label: Mapping[str, Any], number: int) -> Any:
        attributes = [
            AA.attribute_spec(each["name"], place, each["input_type"], each["values"])
            for place, each in enumerate(label["attributes"])
        ]
        if label["type"] == "skeleton":
            parts = [
                AA.keypoint_spec(part["name"], place)
                for place, part in enumerate(label["sublabels"])
            ]
            return AA.skeleton_label_spec(label["name"], number, parts)
        return AA.label_spec(label["name"], number, type=label["type"], attributes=attributes)

    def annotation(self, label: Any, dice: random.Random) -> Any:
        """Return a random annotation of a label."""
        kind = str(getattr(label, "type", "any"))
        if kind == "any":
            kind = dice.choice(_KINDS[1:])
        more: dict[str, Any] = {}
        if getattr(label, "attributes", None):
            values = {each.id: _value(each, dice) for each in label.attributes}
            more["attributes"] = SDK_ATTRIBUTES.attribute_vals_from_dict(values)
        if kind == "tag":
            return AA.tag(label.id, **more)
        if dice.random() < 0.3:
            more["score"] = dice.random()
        if dice.random() < 0.3:
            more |= {"z_order": dice.randint(-2, 2), "occluded": True}
        if kind == "skeleton":
            elements = [
                AA.keypoint(part.id, _points(dice, 1), occluded=dice.random() < 0.5)
                for part in dice.sample(list(label.sublabels), len(label.sublabels))
            ]
            return AA.skeleton(label.id, elements, **more)
        if kind in ("rectangle", "ellipse") and dice.random() < 0.3:
            more["rotation"] = dice.uniform(0, 360)
        return AA.shape(label.id, type=kind, points=_drawn(kind, dice), **more)


class Random:
    """A function whose annotations depend on the seed and the picture only."""

    def __init__(self, seed: int, *, unknown: bool) -> None:
        self.author = Author.of(seed)
        self.spec = self.author.spec(unknown=unknown)
        self._seed = seed

    def detect(self, context: Any, image: Any) -> Sequence[Any]:
        """Return some annotations."""
        assert image.size == (WIDTH, HEIGHT)
        said = (self._seed, context.frame_name, context.conf_threshold)
        dice = random.Random(repr(said))
        labels = [dice.choice(self.spec.labels) for _ in range(dice.randrange(5))]
        return [self.author.annotation(label, dice) for label in labels]


def _attributes(dice: random.Random) -> list[dict[str, Any]]:
    chosen = dice.sample(sorted(_ATTRIBUTES), dice.randrange(3))
    return [{"name": name, "mutable": False, **_ATTRIBUTES[name]} for name in chosen]


def _value(attribute: Any, dice: random.Random) -> Any:
    kind = attribute.input_type.value
    if kind == "select":
        return dice.choice(attribute.values)
    if kind == "checkbox":
        return dice.random() < 0.5
    return dice.randrange(0, 21, 2) if kind == "number" else dice.choice(["", "ä b", "7"])


def _points(dice: random.Random, count: int) -> list[float]:
    return [round(dice.uniform(0, size), 2) for _ in range(count) for size in (WIDTH, HEIGHT)]


def _drawn(kind: str, dice: random.Random) -> list[float]:
    left, top = dice.uniform(0, 30), dice.uniform(0, 20)
    if kind == "rectangle":
        return [left, top, left + dice.uniform(0, 30), top + dice.uniform(0, 20)]
    if kind == "ellipse":
        across, down = dice.uniform(1, 15), dice.uniform(1, 10)
        return [20 + left / 3, 20 + top / 3, 20 + left / 3 + across, 20 + top / 3 - down]
    if kind == "mask":
        pixels = NUMPY.random.default_rng(dice.randrange(2**32)).random((HEIGHT, WIDTH)) < 0.3
        encoded: list[float] = SDK_MASKS.encode_mask(pixels)
        return encoded
    return _points(dice, {"polygon": 3, "polyline": 2, "points": 1}[kind] + dice.randrange(3))


# --------------------------------------------------------------------------- both drivers


@attrs.frozen
class Both:
    """One server with a client of each."""

    server: FakeServer[FakeCvat]
    ours: cvat.Client
    theirs: Any

    def task(self, labels: Sequence[Mapping[str, Any]], frames: int) -> int:
        """Make a task with old annotations."""
        state = self.server.fake.state
        number = state.new_id("task")
        state.tasks[number] = Task(id=number, name="frames", owner=state.users[1])
        for label in [*labels, {"name": "old"}]:
            state.add_label(dict(label), task_id=number)
        pictures = [
            Image(f"{frame}.png", png(WIDTH, HEIGHT, shade=frame), WIDTH, HEIGHT)
            for frame in range(frames)
        ]
        state.attach(state.tasks[number], pictures)
        body = {
            "version": 0,
            "tags": [{"frame": 0, "label_id": state.labels_of(state.tasks[number])[-1].id}],
            "shapes": [],
            "tracks": [],
        }
        self.ours.tasks.partial_update_annotations(number, action="create", body=body)
        return number

    def left(self, task: int) -> Any:
        """Return what is stored of a task, without ids and times."""
        state = self.server.fake.state
        found = state.tasks[task]
        names = {
            one.id: one.name
            for label in state.labels_of(found)
            for one in (label, *label.sublabels)
        }
        attributes = {
            spec["id"]: spec["name"]
            for label in state.labels_of(found)
            for one in (label, *label.sublabels)
            for spec in one.attributes
        }
        return [
            _lasting(shape, names, attributes)
            for kind in (found.tags, found.shapes, found.tracks)
            for shape in kind
        ]


def _lasting(
    stored: Mapping[str, Any], names: Mapping[int, str], attributes: Mapping[int, str]
) -> Any:
    kept = {name: value for name, value in stored.items() if name not in _PASSING}
    kept["label_id"] = names[stored["label_id"]]
    kept["attributes"] = sorted(
        (attributes[each["spec_id"]], each["value"]) for each in stored.get("attributes", ())
    )
    if "elements" in kept:
        kept["elements"] = [_lasting(each, names, attributes) for each in kept["elements"]]
    return kept


def judge_random(both: Both, seed: int, folder: Path) -> None:
    """A random function leaves the same."""
    dice = random.Random(f"options {seed}")
    unknown, drop = dice.random() < 0.3, dice.random() < 0.5
    clear, threshold = dice.random() < 0.5, dice.choice([None, 0.0, 0.5])
    frames = dice.randint(1, 9)
    tasks: list[int] = []
    failed: list[bool] = []
    for run in (_theirs, _ours):
        function = Random(seed, unknown=unknown)
        function_labels = function.author.labels
        task = both.task(function_labels, frames)
        tasks.append(task)
        failed.append(
            run(both, task, function, folder, clear=clear, drop=drop, threshold=threshold)
        )
    assert failed[0] == failed[1] == (unknown and not drop), (seed, failed)
    ours, theirs = both.left(tasks[1]), both.left(tasks[0])
    if threshold is not None:
        # What has a lower score breaks that protocol; ours leaves it out.
        theirs = [one for one in theirs if (one.get("score") or 1) >= threshold]
    assert ours == theirs, (seed, ours, theirs)


def _theirs(
    both: Both, task: int, function: Any, folder: Path, *, clear: bool, drop: bool, threshold: Any
) -> bool:
    del folder
    try:
        AA.annotate_task(
            both.theirs,
            task,
            function,
            clear_existing=clear,
            allow_unmatched_labels=drop,
            conf_threshold=threshold,
        )
    except AA.BadFunctionError:
        return True
    return False


def _ours(
    both: Both, task: int, function: Any, folder: Path, *, clear: bool, drop: bool, threshold: Any
) -> bool:
    try:
        functions.annotate(
            cvat.task(both.ours, task),
            functions.from_cvat_sdk(function),
            mode="replace" if clear else "append",
            unmatched="drop" if drop else "error",
            threshold=threshold,
            progress=False,
            checkpoints=folder,
        )
    except InvalidFunctionError as error:
        if drop or "'unknown'" not in str(error):
            raise
        return True
    return False


# --------------------------------------------------------------------------- its own examples


def judge_examples(both: Both, folder: Path) -> int:
    """Its example functions leave the same; return how many there are."""
    _stand_in_for_torchvision()
    kinds = ("detection", "instance_segmentation", "keypoint_detection", "classification")
    for kind in kinds:
        name = f"cvat_sdk.auto_annotation.functions.torchvision_{kind}"
        module: Any = importlib.import_module(name)
        labels = module.create(model_name="stand_in").spec.labels
        tasks = [both.task([_task_label(each) for each in labels], 4) for _ in range(2)]
        AA.annotate_task(both.theirs, tasks[0], module.create("stand_in"), conf_threshold=0.5)
        functions.annotate(
            cvat.task(both.ours, tasks[1]),
            functions.load(name, model_name="stand_in"),
            threshold=0.5,
            progress=False,
            checkpoints=folder,
        )
        theirs = both.left(tasks[0])
        assert theirs, kind
        assert both.left(tasks[1]) == theirs, (kind, both.left(tasks[1]), theirs)
    return len(kinds)


def _task_label(label: Any) -> dict[str, Any]:
    parts = [{"name": one.name, "type": "points"} for one in getattr(label, "sublabels", ())]
    return {"name": label.name, "type": str(getattr(label, "type", "any")), "sublabels": parts}


class _Figures:
    """An array with as much of a tensor as the examples use."""

    def __init__(self, values: Any) -> None:
        self.values = NUMPY.asarray(values)

    def __iter__(self) -> Any:
        return map(_Figures, self.values)

    def __getitem__(self, place: Any) -> _Figures:
        return _Figures(self.values[place])

    def __ge__(self, other: Any) -> Any:
        return self.values >= other

    def item(self) -> Any:
        return self.values.item()

    def tolist(self) -> Any:
        return self.values.tolist()

    def unsqueeze(self, axis: int) -> _Figures:
        return _Figures(NUMPY.expand_dims(self.values, axis))

    def softmax(self, axis: int) -> _Figures:
        del axis
        powers = NUMPY.exp(self.values - self.values.max())
        return _Figures(powers / powers.sum())

    def argmax(self) -> _Figures:
        return _Figures(self.values.argmax())


class _Model:
    """Answers as models of all kinds do."""

    def eval(self) -> None:
        """Do nothing."""

    def __call__(self, images: Any) -> Any:
        if isinstance(images, _Figures):  # classification
            return _Figures([[0.1, 3.0, 0.2]])
        masks = NUMPY.zeros((2, 1, HEIGHT, WIDTH))
        masks[:, 0, 10:20, 10:30] = 0.9
        found = {
            "boxes": [[10, 10, 30, 20], [5, 5, 12.5, 9]],
            "labels": [1, 2],
            "scores": [0.75, 0.25],
            "masks": masks,
            "keypoints": [[[1, 2, 1], [3, 4, 0]], [[5, 6, 1], [7, 8, 1]]],
        }
        return [{name: _Figures(values) for name, values in found.items()} for _ in images]


class _Weights:
    meta = {  # noqa: RUF012 (as torchvision has it)
        "categories": ["N/A", "crab", "cod"],
        "keypoint_names": ["nose", "tail"],
    }

    def transforms(self) -> Callable[[Any], _Figures]:
        return lambda image: _Figures(NUMPY.asarray(image))


def _weights(_name: str) -> dict[str, _Weights]:
    return {"DEFAULT": _Weights()}


def _model(_name: str, *, weights: _Weights) -> _Model:
    del weights
    return _Model()


def _stand_in_for_torchvision() -> None:
    """Put modules in place of torch, torchvision and scikit-image, which are large."""
    modules = ("torch", "torchvision", "torchvision.models", "skimage", "skimage.measure")
    made: dict[str, Any] = {name: types.ModuleType(name) for name in modules}
    made["torch"].Tensor = _Figures
    made["torchvision"].models = made["torchvision.models"]
    made["torchvision.models"].get_model_weights = _weights
    made["torchvision.models"].get_model = _model
    made["skimage"].measure = made["skimage.measure"]
    sys.modules |= made


def main() -> None:
    """Let as many random functions annotate as the first argument says."""
    runs = int(sys.argv[1])
    with (
        serve("cvat", job_seconds=0.0, anonymous_per_minute=None) as server,
        cvat.Client(server.url, token=server.token) as ours,
        tempfile.TemporaryDirectory() as folder,
    ):
        theirs = SDK.Client(
            server.url,
            config=SDK.Config(cache_dir=Path(folder) / "cache"),
            check_server_version=False,
        )
        theirs.login((server.username, server.password))
        both = Both(server, ours, theirs)
        for seed in range(runs):
            judge_random(both, seed, Path(folder) / "notes")
        print(f"random functions: {runs} cases alike")
        print(f"examples: {judge_examples(both, Path(folder) / 'notes')} cases alike")


if __name__ == "__main__":
    main()
