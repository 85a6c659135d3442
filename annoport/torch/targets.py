"""What is annotated on a picture, as tensors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeVar, overload

from attrs import field, frozen

from annoport.errors import InvalidAnnotationError, InvalidArgumentError
from annoport.torch import libraries
from annoport.torch.libraries import Tensor, torch
from annoport.vision import keypoints, masks
from annoport.vision.annotations import Annotation, Shape, Tag
from annoport.vision.labels import Label
from annoport.vision.outlines import outline
from annoport.vision.shapes import Mask, Points, Polygon, Skeleton
from annoport.vision.sources import Frame

ImageT = TypeVar("ImageT")


@frozen(kw_only=True)
class Target:
    """What is annotated on a picture.

    Attributes:
        annotations: The tags and shapes on it; tracks are here as the shapes that they are on it.
        label_index: Index of each label by its name, the same for all samples.
        labels: The labels of the source.
        image_size: Width and height of the picture in pixels.
        frame: The picture: its number and name.
        part: What it belongs to, such as "task 42".
        subset: The subset that it is in; None if the platform has none.
    """

    annotations: tuple[Annotation, ...]
    label_index: Mapping[str, int] = field(repr=False)
    labels: tuple[Label, ...] = field(repr=False)
    image_size: tuple[int, int]
    frame: Frame
    part: str
    subset: str | None

    @property
    def tags(self) -> list[Tag]:
        """The labels of the whole picture."""
        return [one for one in self.annotations if isinstance(one, Tag)]

    @property
    def shapes(self) -> list[Shape]:
        """The annotations that have a place in the picture."""
        return [one for one in self.annotations if isinstance(one, Shape)]

    def __str__(self) -> str:
        return f"{self.part}, frame {self.frame.number} ({self.frame.name})"


class _Conversion:
    """Makes tensors of a target, alone or beside its picture."""

    @overload
    def __call__(self, target: Target, /) -> Any: ...

    @overload
    def __call__(self, image: ImageT, target: Target, /) -> tuple[ImageT, Any]: ...

    def __call__(self, *given: Any) -> Any:
        *images, target = given
        converted = self._converted(target)
        return (*images, converted) if images else converted

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def _converted(self, target: Target) -> Any:
        raise NotImplementedError


class ToLabel(_Conversion):
    """Makes the index of the label of the only tag, for classification.

    It is a tensor of no dimension, of int64.

    Raises:
        InvalidAnnotationError: When called: the picture has no tag, or several.
    """

    def _converted(self, target: Target) -> Tensor:
        tags = target.tags
        if len(tags) != 1:
            named = ", ".join(repr(tag.label) for tag in tags)
            have = f"there are {len(tags)} ({named})" if tags else "there is none"
            raise InvalidAnnotationError(
                str(target), "tags", f"{have}, and a single label takes exactly one"
            )
        found: Tensor = torch.tensor(target.label_index[tags[0].label], dtype=torch.int64)
        return found


def _chosen(given: Iterable[str] | str | None, allowed: Sequence[str]) -> tuple[str, ...]:
    """Return the kinds of shapes that somebody asks for."""
    if given is None:
        return tuple(allowed)
    kinds = (given,) if isinstance(given, str) else tuple(given)
    for kind in kinds:
        if kind not in allowed:
            listed = ", ".join(map(repr, allowed))
            raise InvalidArgumentError(f"shapes: {kind!r} is none of {listed}")
    return kinds


class _Objects(_Conversion):
    """Makes a dict of the boxes and labels of some shapes, and more."""

    shapes: tuple[str, ...]

    def __repr__(self) -> str:
        return f"{type(self).__name__}(shapes={self.shapes})"

    def _converted(self, target: Target) -> dict[str, Tensor]:
        chosen = [one for one in target.shapes if one.kind in self.shapes and _has_place(one)]
        indexes = [target.label_index[one.label] for one in chosen]
        return {
            "boxes": libraries.boxes([one.bounds() for one in chosen], target.image_size),
            "labels": torch.tensor(indexes, dtype=torch.int64),
            **self._more(target, chosen),
        }

    def _more(self, _target: Target, _chosen: Sequence[Shape]) -> dict[str, Tensor]:
        return {}


def _has_place(shape: Shape) -> bool:
    """Whether any of it is in view: the parts of a skeleton may all be out of view."""
    return not isinstance(shape, Skeleton) or any(not one.outside for one in shape.elements)


class ToBoxes(_Objects):
    """Makes boxes and their labels, for object detection.

    It is a dict of "boxes", N x 4 of float32, which are left, top, right and bottom in pixels of
    the upright box around each shape, and "labels", N of int64. Where torchvision is installed,
    the boxes are its `tv_tensors.BoundingBoxes`, which its transforms move with the picture.

    A skeleton of which nothing is in view is left out.

    Attributes:
        shapes: The kinds of shapes.
    """

    def __init__(self, *, shapes: Iterable[str] | str | None = None) -> None:
        """Say which shapes to have.

        Args:
            shapes: Some of "box", "polygon", "polyline", "points", "ellipse", "mask" and
                "skeleton"; by default all.

        Raises:
            InvalidArgumentError: There is no such kind of shape.
        """
        kinds = ("box", "polygon", "polyline", "points", "ellipse", "mask", "skeleton")
        self.shapes = _chosen(shapes, kinds)


class ToMasks(_Objects):
    """Makes boxes, labels and masks, for instance segmentation.

    It is a dict of what `ToBoxes` makes and "masks", N x height x width of uint8: 1 where the
    middle of the pixel is inside the shape. Where torchvision is installed, the masks are its
    `tv_tensors.Mask`. Called with a mask that is partly outside its picture, it raises
    `InvalidAnnotationError`.

    Attributes:
        shapes: The kinds of shapes.
    """

    def __init__(self, *, shapes: Iterable[str] | str | None = None) -> None:
        """Say which shapes to have.

        Args:
            shapes: Some of "box", "polygon", "ellipse" and "mask"; by default all.

        Raises:
            InvalidArgumentError: Such shapes have no pixels.
        """
        self.shapes = _chosen(shapes, ("box", "polygon", "ellipse", "mask"))

    def _more(self, target: Target, chosen: Sequence[Shape]) -> dict[str, Tensor]:
        import numpy as np

        width, height = target.image_size
        pixels = np.zeros((len(chosen), height, width), np.uint8)
        for number, shape in enumerate(chosen):
            pixels[number] = _pixels(shape, width, height)
        return {"masks": libraries.masks(torch.from_numpy(pixels))}


def _pixels(shape: Shape, width: int, height: int) -> Any:
    """Return height x width of bool, or one value for all pixels."""
    if isinstance(shape, Mask):
        return masks.to_array(shape, width, height)
    around = Polygon(label=shape.label, frame=shape.frame, points=outline(shape))
    try:
        mask = masks.from_polygon(around, width, height)
    except InvalidAnnotationError:  # it is so small that no middle of a pixel is inside
        return False
    return masks.to_array(mask, width, height)


class ToKeypoints(_Objects):
    """Makes boxes, labels and key points, for the estimation of poses.

    It is a dict of what `ToBoxes` makes and "keypoints", N x K x 3 of float32, as torchvision's
    Keypoint R-CNN takes them: x and y in pixels, and 0 for a part that is out of view or absent, 1
    for a hidden one, 2 for one in view.

    torchvision's transforms move points of two numbers only, and leave others where they are. So
    with `visibility="apart"`, "keypoints" is N x K x 2, a `tv_tensors.KeyPoints` where torchvision
    has that, and "visibility" N x K of int64.

    Called with a part that is not a single point, or with shapes of different numbers of points, it
    raises `InvalidAnnotationError`.

    Attributes:
        shapes: The kinds of shapes.
        parts: Names of the parts of skeletons, in the order of K; None for those of the labels.
        visibility: Where it is.
    """

    def __init__(
        self,
        *,
        shapes: Iterable[str] | str = "skeleton",
        parts: Sequence[str] | None = None,
        visibility: Literal["third", "apart"] = "third",
    ) -> None:
        """Say which points to have.

        Args:
            shapes: "skeleton", "points", or both.
            parts: Names of the parts of skeletons, in the order of K; by default as the labels
                that are skeletons have them, which must be the same for all of these.
            visibility: "third" puts it behind x and y, "apart" into a tensor of its own.

        Raises:
            InvalidArgumentError: Such shapes have no key points, or there is no such place.
        """
        self.shapes = _chosen(shapes, ("skeleton", "points"))
        self.parts = None if parts is None else tuple(parts)
        if visibility not in ("third", "apart"):
            raise InvalidArgumentError(
                f"visibility is {visibility!r}; expected one of 'third', 'apart'"
            )
        self.visibility = visibility

    def _more(self, target: Target, chosen: Sequence[Shape]) -> dict[str, Tensor]:
        parts = self._names(target.labels)
        rows = [_keypoints(shape, parts) for shape in chosen]
        count = len(rows[0]) if rows else len(parts)
        for shape, row in zip(chosen, rows, strict=True):
            if len(row) != count:
                rule = f"there are {len(row)}, but {count} of the first shape on this picture"
                raise InvalidAnnotationError(str(shape), "points", rule)
        found: Tensor = torch.tensor(rows, dtype=torch.float32).reshape(len(rows), count, 3)
        if self.visibility == "third":
            return {"keypoints": found}
        return {
            "keypoints": libraries.keypoints(found[..., :2], target.image_size),
            "visibility": found[..., 2].to(torch.int64),
        }

    def _names(self, labels: Iterable[Label]) -> Sequence[str]:
        """Return the names of the parts; none if no skeleton is wanted."""
        if self.parts is not None or "skeleton" not in self.shapes:
            return self.parts or ()
        return _parts(labels)


def _keypoints(shape: Shape, parts: Sequence[str]) -> Sequence[keypoints.KeyPoint]:
    if isinstance(shape, Skeleton):
        return keypoints.of_skeleton(shape, parts)
    if isinstance(shape, Points):
        return keypoints.of_points(shape)
    raise TypeError(f"a {shape.kind} has no key points")


def _parts(labels: Iterable[Label]) -> Sequence[str]:
    """Return the names of the parts that all skeletons have."""
    skeletons = [label for label in labels if label.sublabels]
    kinds = {tuple(part.name for part in label.sublabels) for label in skeletons}
    if len(kinds) > 1:
        names = " and ".join(repr(label.name) for label in skeletons)
        raise InvalidArgumentError(
            f"parts: the skeletons {names} have different parts: name those to have, in order"
        )
    return next(iter(kinds), ())
