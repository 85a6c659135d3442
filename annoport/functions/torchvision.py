"""Models of torchvision as functions: detection, instance segmentation, keypoints, classification.

It needs the extra `torchvision`, which is imported when a function is made.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from attrs import define, field

from annoport.core.errors import InvalidArgumentError
from annoport.core.values.type_guards import is_mapping
from annoport.functions import _predictions as predictions
from annoport.functions._class_names import Names, class_names
from annoport.functions._predictions import Drawn
from annoport.functions.protocol import Context, Spec
from annoport.vision.annotations import Annotation
from annoport.vision.labels import Label

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

    Figures: TypeAlias = NDArray[Any]
    Outputs: TypeAlias = Mapping[str, Figures]

__all__ = ["create"]

Kind: TypeAlias = Literal["detection", "segmentation", "keypoints", "classification"]
"""What a model finds: boxes, masks or polygons, skeletons, or a tag of the whole picture."""

_MODELS: Final = "torchvision.models."
_KINDS: Final[dict[str, Kind]] = {
    "detection.mask_rcnn": "segmentation",
    "detection.keypoint_rcnn": "keypoints",
    "detection.": "detection",
}
_OTHERS: Final = ("segmentation.", "video.", "optical_flow.")
_TYPES: Final[dict[Kind, str]] = {
    "detection": "box",
    "segmentation": "any",  # masks or polygons, as each call wants them
    "keypoints": "skeleton",
    "classification": "tag",
}
_NO_OBJECTS: Final = ("__background__", "no person", "N/A")
"""What torchvision calls classes that it never finds."""


@define(kw_only=True, slots=False)
class TorchvisionFunction:
    """A function that runs a model of torchvision; `create` makes one.

    Attributes:
        name: What it is called in messages.
        kind: What the model finds.
        names: The label of each class that it may find, by its index.
        parts: The labels of the parts of a skeleton, in the order of the model.
    """

    name: str
    kind: Kind
    names: Mapping[int, str] = field(repr=False)
    parts: Sequence[str] = field(default=(), repr=False)
    _run: Callable[[Sequence[Any]], Sequence[Outputs]] = field(repr=False, alias="run")

    @cached_property
    def spec(self) -> Spec:
        """The labels of what it finds. Classes of one name are one label."""
        sublabels = [Label(name=part, type="points") for part in self.parts]
        names = dict.fromkeys(self.names.values())
        return Spec(
            labels=[Label(name=name, type=_TYPES[self.kind], sublabels=sublabels) for name in names]
        )

    def detect_batch(
        self, contexts: Sequence[Context], images: Sequence[Image.Image]
    ) -> list[list[Annotation]]:
        """Return what is on each picture.

        Args:
            contexts: The context of each picture.
            images: The pictures.

        Raises:
            InvalidArgumentError: The model's scores are not numbers from 0 to 1.
            InvalidAnnotationError: A figure that the model gives is not finite.
        """
        return [
            [*self._found(context, outputs, image.size)]
            for context, outputs, image in zip(contexts, self._run(images), images, strict=True)
        ]

    def _found(
        self, context: Context, outputs: Outputs, size: tuple[int, int]
    ) -> Sequence[Annotation]:
        names, threshold = self.names, context.threshold
        if self.kind == "classification":
            return predictions.top(outputs["logits"], names=names, threshold=threshold)
        classes, scores = outputs["labels"], outputs["scores"]
        if self.kind == "detection":
            return predictions.boxes(
                outputs["boxes"], classes, scores, names=names, threshold=threshold, size=size
            )
        if self.kind == "segmentation":
            return predictions.instances(
                lambda place: _drawn(outputs["masks"][place]),
                classes,
                scores,
                names=names,
                threshold=threshold,
                polygons=context.polygons,
            )
        return predictions.skeletons(
            outputs["keypoints"],
            classes,
            scores,
            names=names,
            parts=self.parts,
            threshold=threshold,
            size=size,
        )


def create(
    model: str,
    weights: str | None = "DEFAULT",
    *,
    labels: Names | None = None,
    parts: Sequence[str] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    device: str | None = None,
    **parameters: Any,
) -> TorchvisionFunction:
    """Return a function that runs a model of torchvision.

    What it finds is told by the model: `maskrcnn_...` finds masks, or polygons if the call wants
    these; `keypointrcnn_...` finds skeletons, whose invisible parts are occluded; other models of
    `torchvision.models.detection` find boxes; those of `torchvision.models` give the most likely
    class as a tag.

    Args:
        model: Name of the model, such as "fasterrcnn_resnet50_fpn_v2".
        weights: Name of its weights, such as "COCO_V1", which are downloaded once; None or "none"
            for none, which makes sense with a `checkpoint`.
        labels: Names of the classes in the model's order, without a background, by their indexes if
            some have none, or a file with a name in each line; by default those of the weights.
            Without weights, the model is made for so many classes.
        parts: Names of the parts of a skeleton; likewise.
        checkpoint: A file with the state of a model that you trained, as `torch.save` wrote it.
        device: Where it runs, such as "cuda:1"; by default on a CUDA device if there is one.
        parameters: What else the model takes, such as `box_score_thresh=0.5`.

    Raises:
        ImportError: torch or torchvision is not installed.
        InvalidArgumentError: There is no such model or no such weights, or a label is of a class
            that the weights do not know.
    """
    torch, torchvision = _module("torch"), _module("torchvision")
    zoo = torchvision.models
    kind = _kind(zoo, model)
    chosen = _weights(zoo, model, weights)
    # They describe the model's classes and what its pictures have to be like, without a download.
    described = chosen if chosen is not None else zoo.get_model_weights(model).DEFAULT
    names = _names(kind, described.meta["categories"], labels)
    skeleton = _parts(kind, described.meta.get("keypoint_names", ()), parts)
    if chosen is None:
        # What a model without weights is made for. A backbone would be downloaded after all.
        parameters = _untrained(kind, names, skeleton) | parameters
    elif max(names) >= len(described.meta["categories"]):
        raise InvalidArgumentError(
            f"labels: there is one of class {max(names)}, but the weights of {model} are for "
            f"{len(described.meta['categories'])} classes"
        )
    network = zoo.get_model(model, weights=chosen, **parameters)
    where = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    if checkpoint is not None:
        state = torch.load(checkpoint, map_location=where, weights_only=True)
        network.load_state_dict(_state(state))
    network.to(where).eval()
    return TorchvisionFunction(
        name=f"torchvision {model} {checkpoint or weights}",
        kind=kind,
        names=names,
        parts=skeleton,
        run=_runner(torch, network, described.transforms(), where, kind),
    )


def _runner(
    torch: Any, network: Any, transforms: Any, device: Any, kind: Kind
) -> Callable[[Sequence[Any]], Sequence[Outputs]]:
    def run(images: Sequence[Any]) -> Sequence[Outputs]:
        tensors = [transforms(image.convert("RGB")).to(device) for image in images]
        with torch.inference_mode():
            if kind == "classification":
                return [{"logits": row} for row in network(torch.stack(tensors)).cpu().numpy()]
            return [
                {name: tensor.cpu().numpy() for name, tensor in outputs.items()}
                for outputs in network(tensors)
            ]

    return run


def _drawn(shares: Figures) -> Drawn:
    """Return where an object is.

    Args:
        shares: 1 x height x width: how sure the model is of a pixel.
    """
    import numpy as np

    inside = shares.reshape(shares.shape[-2:]) >= predictions.INSIDE
    return Drawn(np.ascontiguousarray(inside))


def _names(kind: Kind, categories: Sequence[str], labels: Names | None) -> dict[int, str]:
    """Return the label of each class that the model may find, by its index."""
    if labels is not None:
        return class_names(labels, first=_first_class(kind))
    return {index: name for index, name in enumerate(categories) if name not in _NO_OBJECTS}


def _first_class(kind: Kind) -> int:
    """Return the index of the first class that is not the background."""
    return 0 if kind == "classification" else 1


def _parts(kind: Kind, known: Sequence[str], given: Sequence[str] | None) -> tuple[str, ...]:
    if kind != "keypoints":
        return ()
    return tuple(known if given is None else given)


def _untrained(kind: Kind, names: Mapping[int, str], parts: Sequence[str]) -> dict[str, Any]:
    made: dict[str, Any] = {"num_classes": max(names) + 1}
    if kind != "classification":
        made["weights_backbone"] = None
    if kind == "keypoints":
        made["num_keypoints"] = len(parts)
    return made


def _kind(zoo: Any, model: str) -> Kind:
    known: list[str] = zoo.list_models()
    if model not in known:
        raise InvalidArgumentError(f"there is no model {model!r}; there is {_near(model, known)}")
    module = zoo.get_model_builder(model).__module__.removeprefix(_MODELS)
    if module.startswith(_OTHERS):
        raise InvalidArgumentError(
            f"model {model!r} is of torchvision.models.{module.partition('.')[0]}: expected one "
            "that detects, segments instances, finds keypoints or classifies pictures"
        )
    for start, kind in _KINDS.items():
        if module.startswith(start):
            return kind
    return "classification"


def _weights(zoo: Any, model: str, name: str | None) -> Any:
    if name is None or name.lower() == "none":
        return None
    known = zoo.get_model_weights(model)
    short = name.removeprefix(f"{known.__name__}.")
    if short not in known.__members__:
        raise InvalidArgumentError(
            f"there are no weights {name!r} of {model}; there is "
            f"{_near(name, list(known.__members__))}"
        )
    return known[short]


def _near(name: str, known: Sequence[str]) -> str:
    import difflib

    return ", ".join(difflib.get_close_matches(name, known, n=3) or sorted(known)[:5])


def _state(loaded: Any) -> Any:
    """Return the state of a model in what a checkpoint has beside it."""
    for name in ("model", "state_dict"):
        if is_mapping(loaded) and is_mapping(loaded.get(name)):
            return loaded[name]
    return loaded


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != name:
            raise
        raise ImportError(
            f"annoport.functions.torchvision needs {name}, which is not installed: "
            "pip install 'annoport[torchvision]'",
            name=error.name,
        ) from None
    except RuntimeError as error:
        # Of a wheel for CUDA beside torch for the processor, say.
        raise ImportError(
            f"{name} cannot be imported, perhaps because it is for another build of torch: {error}",
            name=name,
        ) from error
