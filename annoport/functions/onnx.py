"""A detector in ONNX form as a function: it finds boxes, masks or polygons, or skeletons.

It needs the extra `onnx`, which is imported when a function is made.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from attrs import define, evolve, field, frozen

from annoport.core.errors import ConfigurationError, InvalidArgumentError
from annoport.functions import _detections as detections
from annoport.functions import _letterbox as letterbox
from annoport.functions import _metadata as metadata
from annoport.functions import _predictions as predictions
from annoport.functions._class_names import Names
from annoport.functions._detections import Form, Outputs, outputs_of
from annoport.functions._letterbox import Fit, Placed
from annoport.functions._prototypes import Mixed
from annoport.functions.protocol import Context, Spec
from annoport.vision.annotations import Annotation
from annoport.vision.labels import Label

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

    Figures: TypeAlias = NDArray[Any]

__all__ = ["create"]

Colours: TypeAlias = Literal["shares", "imagenet", "bytes"]
"""What the model takes for a colour: 0 to 1, that less ImageNet's mean and by its deviation, or 0
to 255."""

_IMAGENET: Final = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
_TYPES: Final = {
    "tensor(float)": "float32",
    "tensor(float16)": "float16",
    "tensor(double)": "float64",
    "tensor(uint8)": "uint8",
}


@frozen(kw_only=True)
class Input:
    """What a model takes.

    Attributes:
        room: Width and height of a picture in it.
        batch: How many pictures it takes at once; None for any number.
        type: The NumPy type of a colour.
        colours: What it takes for a colour.
        last: Whether colours are the last axis, rather than the one before rows.
        fit: How a picture becomes as large.
    """

    room: tuple[int, int]
    batch: int | None = None
    type: str = "float32"
    colours: Colours = "shares"
    last: bool = False
    fit: Fit = "letterbox"

    def place(self, image: Image.Image) -> Placed:
        """Return where a picture goes."""
        return letterbox.place(image.size, self.room, self.fit)

    def array(self, images: Sequence[Image.Image], placed: Sequence[Placed]) -> Figures:
        """Return pictures as the model takes them.

        Args:
            images: The pictures.
            placed: Where each goes.
        """
        import numpy as np

        drawn = [
            np.asarray(letterbox.draw(image, where, self.room))
            for image, where in zip(images, placed, strict=True)
        ]
        # What is missing of a batch of a fixed size is black.
        blanks = [np.zeros_like(drawn[0])] * ((self.batch or len(drawn)) - len(drawn))
        figures: Figures = np.stack([*drawn, *blanks])
        if self.colours != "bytes":
            figures = figures.astype(np.float32) / 255
        if self.colours == "imagenet":
            mean, deviation = (np.array(each, np.float32) for each in _IMAGENET)
            figures = (figures - mean) / deviation
        if not self.last:
            figures = figures.transpose(0, 3, 1, 2)
        return np.ascontiguousarray(figures, np.dtype(self.type))


@define(kw_only=True, slots=False)
class OnnxFunction:
    """A function that runs a detector in ONNX form; `create` makes one.

    Attributes:
        name: What it is called in messages.
        names: The label of each class, by its index.
        parts: The labels of the parts of a skeleton, in the order of the model; empty for none.
        input: What the model takes.
        outputs: How to read what it returns.
        threshold: The least score to keep where a call does not say one.
        overlap: How much boxes of one class may overlap, as intersection over union.
        most: How many boxes to keep of a picture.
    """

    name: str
    names: Mapping[int, str] = field(repr=False)
    parts: Sequence[str] = field(default=(), repr=False)
    input: Input
    outputs: Outputs
    threshold: float = 0.25
    overlap: float = 0.7
    most: int = 300
    _run: Callable[[Figures], Sequence[Figures]] = field(repr=False, alias="run")

    @cached_property
    def spec(self) -> Spec:
        """The labels of what it finds. Classes of one name are one label."""
        sublabels = [Label(name=part, type="points") for part in self.parts]
        names = dict.fromkeys(self.names.values())
        return Spec(
            labels=[Label(name=name, type=self._type, sublabels=sublabels) for name in names]
        )

    @property
    def _type(self) -> str:
        if self.outputs.prototypes is not None:
            return "any"  # masks or polygons, as each call wants them
        return "skeleton" if self.outputs.of_point else "box"

    def detect_batch(
        self, contexts: Sequence[Context], images: Sequence[Image.Image]
    ) -> list[list[Annotation]]:
        """Return what is on each picture.

        Args:
            contexts: The context of each picture.
            images: The pictures.

        Raises:
            InvalidArgumentError: What the model returns is not of the form that it should be.
            InvalidAnnotationError: A figure that the model gives is not finite.
        """
        together = self.input.batch or len(images)
        found: list[list[Annotation]] = []
        for start in range(0, len(images), max(together, 1)):
            some = slice(start, start + together)
            found += self._detect(contexts[some], images[some])
        return found

    def _detect(
        self, contexts: Sequence[Context], images: Sequence[Image.Image]
    ) -> list[list[Annotation]]:
        placed = [self.input.place(image) for image in images]
        outputs = self._run(self.input.array(images, placed))
        count = self.input.batch or len(images)
        everything = self.outputs.read(outputs, count)
        prototypes = self._prototypes(outputs, count)
        # Pictures that filled up the batch are at its end.
        return [
            [*self._drawn(self._best(found, context), context, where, mixed)]
            for found, context, where, mixed in zip(
                everything, contexts, placed, prototypes, strict=False
            )
        ]

    def _prototypes(self, outputs: Sequence[Figures], count: int) -> Sequence[Figures | None]:
        """Return the prototypes of masks of each picture."""
        place = self.outputs.prototypes
        return [None] * count if place is None else list(outputs[place])

    def _best(self, found: detections.Found, context: Context) -> detections.Found:
        threshold = self.threshold if context.threshold is None else context.threshold
        overlap = self.overlap if self.outputs.suppresses else None
        return detections.chosen(found, threshold, overlap=overlap, most=self.most)

    def _drawn(
        self, best: detections.Found, context: Context, placed: Placed, prototypes: Figures | None
    ) -> Sequence[Annotation]:
        corners, more, names, size = placed.undo(best.corners), best.more, self.names, placed.size
        classes, scores = best.classes, best.scores
        if more is None:
            return predictions.boxes(
                corners, classes, scores, names=names, threshold=None, size=size
            )
        if prototypes is None:
            return predictions.skeletons(
                self._points(more, placed),
                classes,
                scores,
                names=names,
                parts=self.parts,
                threshold=None,
                size=size,
            )
        room = self.input.room
        mixed = Mixed(prototypes=prototypes, shares=more, corners=corners, placed=placed, room=room)
        polygons = context.polygons
        return predictions.instances(
            mixed.draw, classes, scores, names=names, threshold=None, polygons=polygons
        )

    def _points(self, more: Figures, placed: Placed) -> Figures:
        """Return key points in pixels of the picture, each with how sure the model is of it."""
        import numpy as np

        points = more.reshape(len(more), len(self.parts), self.outputs.of_point)
        sure = points[..., 2:] if self.outputs.of_point > 2 else np.ones_like(points[..., :1])
        return np.concatenate([placed.undo(points[..., :2]), sure], axis=2)


def create(
    model: str | os.PathLike[str],
    *,
    labels: Names | None = None,
    form: Form | None = None,
    threshold: float = 0.25,
    overlap: float = 0.7,
    most: int = 300,
    size: int | None = None,
    fit: Fit | None = None,
    colours: Colours | None = None,
    normalized: bool | None = None,
    parts: Sequence[str] | None = None,
    providers: Sequence[str] | str | None = None,
) -> OnnxFunction:
    """Return a function that runs a detector in ONNX form.

    The outputs may be those of YOLO, with or without objectness or suppression of its own, or of
    the DETR family; which is found out. A picture is scaled and gets grey borders, or is stretched
    for the DETR family, and what is found comes back in its own pixels.

    It finds boxes. A YOLO that segments finds masks, or polygons if the call wants these; one for
    poses finds skeletons, and a part that it is less than half sure of is occluded.

    Args:
        model: The file.
        labels: Names of the classes in the model's order, by their indexes if some have none, or a
            file with a name in each line; by default `names` of the model's metadata.
        form: How the outputs say what was found, if it cannot be found out: "yolo",
            "yolo-objectness", "queries", "nms", "detr" or "boxes".
        threshold: The least score to keep where a call does not say one.
        overlap: How much boxes of one class may overlap, as intersection over union, for models
            that leave this to us.
        most: How many boxes to keep of a picture.
        size: Side of a picture in the model, in pixels, if it takes any; by default what its
            metadata says, or 640.
        fit: "letterbox" scales a picture and adds grey borders, "stretch" does not keep its
            proportions; by default what is usual for the form.
        colours: What the model takes for a colour: "shares", 0 to 1; "imagenet", that less
            ImageNet's mean and by its deviation; "bytes", 0 to 255. By default what is usual.
        normalized: Whether boxes are in shares of the input rather than pixels, if it cannot be
            found out.
        parts: Names of the parts of a skeleton in the model's order; by default `kpt_names` of the
            model's metadata.
        providers: What onnxruntime runs it on, such as "CUDAExecutionProvider", several with
            commas between; by default CUDA if it is there, and the processor.

    Raises:
        ImportError: onnxruntime is not installed.
        ConfigurationError: The file cannot be read as a model.
        InvalidArgumentError: The model takes or returns what has no form here, or has no labels or
            names of parts.
    """
    runtime = _runtime()
    session = _session(runtime, model, providers)
    described: dict[str, str] = session.get_modelmeta().custom_metadata_map
    names = metadata.names(described, labels)
    first, *others = session.get_inputs()
    given = _input(first.shape, first.type, (size, size) if size else metadata.room(described))
    points = metadata.points(described)
    outputs = outputs_of(
        [one.name for one in session.get_outputs()],
        [_lengths(one.shape) for one in session.get_outputs()],
        classes=max(names) + 1,
        room=given.room,
        form=form,
        normalized=normalized,
        points=points,
    )
    return OnnxFunction(
        name=f"ONNX model {os.fspath(model)}",
        names=names,
        parts=metadata.parts(described, parts, points),
        input=_usual(given, outputs, fit, colours),
        outputs=outputs,
        threshold=threshold,
        overlap=overlap,
        most=most,
        run=_runner(session, first.name, others, given),
    )


def _session(
    runtime: Any, model: str | os.PathLike[str], providers: Sequence[str] | str | None
) -> Any:
    path = Path(model)
    if not path.is_file():
        raise ConfigurationError(f"{path}: there is no such file")
    if providers is None:
        known = runtime.get_available_providers()
        providers = [one for one in _PROVIDERS if one in known]
    elif isinstance(providers, str):
        providers = [one.strip() for one in providers.split(",")]
    try:
        return runtime.InferenceSession(str(path), providers=list(providers))
    except Exception as error:  # its errors have no base but this
        raise ConfigurationError(f"{path}: onnxruntime cannot load it: {error}") from error


_PROVIDERS: Final = ("CUDAExecutionProvider", "CPUExecutionProvider")


def _input(shape: Sequence[Any], type_: str, room: tuple[int, int]) -> Input:
    """Return what the input of a model says of itself."""
    lengths = _lengths(shape)
    if len(lengths) != 4 or 3 not in (lengths[1], lengths[3]) or type_ not in _TYPES:
        raise InvalidArgumentError(
            f"the model takes {type_} of {list(shape)}: expected pictures x 3 x height x width, or "
            f"pictures x height x width x 3, as one of {', '.join(_TYPES)}"
        )
    last = lengths[1] != 3
    height, width = lengths[1:3] if last else lengths[2:]
    return Input(
        room=(width or room[0], height or room[1]),
        batch=lengths[0],
        type=_TYPES[type_],
        colours="bytes" if _TYPES[type_] == "uint8" else "shares",
        last=last,
    )


def _usual(given: Input, outputs: Outputs, fit: Fit | None, colours: Colours | None) -> Input:
    """Return how to make pictures for a model, as is usual where nothing else is said."""
    if colours is None:
        colours = "imagenet" if outputs.no_object and given.colours == "shares" else given.colours
    return evolve(
        given,
        fit=fit or ("letterbox" if outputs.form in _LETTERBOXED else "stretch"),
        colours=colours,
        batch=1 if outputs.alone else given.batch,
    )


_LETTERBOXED: Final = ("yolo", "yolo-objectness", "nms")


def _lengths(shape: Sequence[Any]) -> list[int | None]:
    """Return the lengths of axes; onnxruntime has names for those that are not fixed."""
    return [each if isinstance(each, int) and each > 0 else None for each in shape]


def _runner(
    session: Any, name: str, others: Sequence[Any], given: Input
) -> Callable[[Figures], Sequence[Figures]]:
    unknown = [one.name for one in others if one.name not in ("pixel_mask", "orig_target_sizes")]
    if unknown:
        raise InvalidArgumentError(
            f"the model takes {', '.join(unknown)} beside pictures, which is not known here"
        )

    def run(pictures: Figures) -> Sequence[Figures]:
        count = len(pictures)
        more = {one.name: _more(one.name, one.shape, count, given.room) for one in others}
        outputs: Sequence[Figures] = session.run(None, {name: pictures, **more})
        return outputs

    return run


def _more(name: str, shape: Sequence[Any], count: int, room: tuple[int, int]) -> Figures:
    """Return what models of the DETR family take beside pictures."""
    import numpy as np

    if name == "orig_target_sizes":
        return np.array([room] * count, np.int64)
    _, height, width = _lengths(shape)
    return np.ones((count, height or room[1], width or room[0]), np.int64)


def _runtime() -> Any:
    try:
        return importlib.import_module("onnxruntime")
    except ModuleNotFoundError as error:
        if error.name != "onnxruntime":
            raise
        raise ImportError(
            "annoport.functions.onnx needs onnxruntime, which is not installed: "
            "pip install 'annoport[onnx]'",
            name=error.name,
        ) from None
