"""What detectors in ONNX form return, as boxes, scores and classes.

It takes arrays, so that it needs no framework.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from attrs import evolve, frozen

from annoport.core.errors import InvalidArgumentError
from annoport.functions._predictions import kept, softmax

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Figures: TypeAlias = NDArray[Any]

Form: TypeAlias = Literal["yolo", "yolo-objectness", "queries", "nms", "detr", "boxes"]
"""How a model says what it has found.

- "yolo": pictures x (4 + classes) x boxes, as from YOLOv8 on; x and y of the middle, width, height.
- "yolo-objectness": pictures x boxes x (5 + classes), as YOLOv5: also how sure it is that
  there is an object.
- "queries": pictures x boxes x (4 + classes), as RT-DETR of Ultralytics.
- "nms": pictures x boxes x 6, or boxes x 6: left, top, right, bottom, score, class. With 7 columns,
  the first is the picture, and the class stands before the score.
- "detr": logits and boxes apart, as the DETR family of transformers has them.
- "boxes": boxes, labels and scores apart, as RT-DETR and D-FINE have them, in pixels.
"""

FORMS: Final[tuple[Form, ...]] = ("yolo", "yolo-objectness", "queries", "nms", "detr", "boxes")
_STRIDES: Final = (8, 16, 32)
_ANCHORS: Final = 3

Shape: TypeAlias = "Sequence[int | None]"
"""The lengths of the axes of an output; None if that is not known before it runs."""


@frozen
class Found:
    """What a model has found in one picture.

    Attributes:
        corners: N x 4: left, top, right and bottom, in pixels of the input.
        scores: N scores.
        classes: N indexes of classes.
        more: N x any: what the model says of each beside that; None if nothing.
    """

    corners: Figures
    scores: Figures
    classes: Figures
    more: Figures | None = None

    def at(self, places: Figures) -> Found:
        """Return what is at some places."""
        more = None if self.more is None else self.more[places]
        return Found(self.corners[places], self.scores[places], self.classes[places], more)


@frozen(kw_only=True)
class Outputs:
    """How to read the outputs of a model.

    Attributes:
        form: How it says what it has found.
        places: Which of its outputs to read, in the order that the form names them.
        classes: Number of classes.
        room: Width and height of its input.
        normalized: Whether boxes are in shares of the input rather than pixels; None finds out.
        alone: Whether it takes one picture at a time, because it does not tell several apart.
        no_object: Whether the last of its classes is that there is none.
        more: How many figures each box has beside its score and class.
        prototypes: Which output has the prototypes of masks, which these figures mix; None for
            none.
        of_point: How many of these figures each key point has: x, y, and perhaps how sure it is;
            0 if they are none.
    """

    form: Form
    places: tuple[int, ...]
    classes: int
    room: tuple[int, int]
    normalized: bool | None = None
    alone: bool = False
    no_object: bool = False
    more: int = 0
    prototypes: int | None = None
    of_point: int = 0

    @property
    def suppresses(self) -> bool:
        """Whether the same object may be found by several boxes."""
        return self.form in ("yolo", "yolo-objectness")

    def read(self, outputs: Sequence[Figures], count: int) -> list[Found]:
        """Return what is in each picture.

        Args:
            outputs: What the model returned.
            count: Number of pictures.

        Raises:
            InvalidArgumentError: The outputs are not of this form.
        """
        import numpy as np

        read = [np.asarray(outputs[place], np.float32) for place in self.places]
        if self.form == "nms":
            return [self._rows(rows) for rows in _by_picture(read[0], count)]
        if self.form == "detr":
            return [
                self._scored(boxes, _sure(logits, self.classes))
                for logits, boxes in zip(*read, strict=True)
            ]
        if self.form == "boxes":
            return [
                Found(self._pixels(boxes), scores, labels.astype(np.int64))
                for boxes, labels, scores in zip(*_batched(read), strict=True)
            ]
        rows = read[0].transpose(0, 2, 1) if self.form == "yolo" else read[0]
        if self.form == "yolo-objectness":
            # How sure it is that there is an object, and of each class if there is.
            return [self._mixed(each[:, :4], each[:, 5:], each[:, 4:5]) for each in rows]
        return [self._mixed(each[:, :4], each[:, 4:]) for each in rows]

    def _rows(self, rows: Figures) -> Found:
        import numpy as np

        boxes, classes = rows[:, :4], rows[:, 5].astype(np.int64)
        return Found(self._pixels(boxes), rows[:, 4], classes, self._more(rows[:, _ROW:], boxes))

    def _mixed(self, boxes: Figures, figures: Figures, sure: Figures | float = 1.0) -> Found:
        """Return boxes whose columns of classes are followed by those of what else is said."""
        columns = figures.shape[1] - self.more
        found = self._scored(boxes, figures[:, :columns] * sure)
        return evolve(found, more=self._more(figures[:, columns:], _corners(boxes)))

    def _scored(self, boxes: Figures, sure: Figures) -> Found:
        """Return boxes that are given by their middles, each with its best class."""
        import numpy as np

        classes = sure.argmax(axis=1)
        corners = self._pixels(_corners(boxes))
        return Found(corners, sure[np.arange(len(sure)), classes], classes)

    def _more(self, figures: Figures, corners: Figures) -> Figures | None:
        """Return what else is said, with key points in pixels of the input."""
        if not self.more:
            return None
        if not self.of_point or not self._has_shares(corners):
            return figures
        points = figures.reshape(len(figures), -1, self.of_point).copy()
        points[..., :2] *= self.room
        return points.reshape(figures.shape)

    def _pixels(self, corners: Figures) -> Figures:
        import numpy as np

        if not self._has_shares(corners):
            return corners
        pixels: Figures = corners * np.array(self.room * 2, np.float32)
        return pixels

    def _has_shares(self, corners: Figures) -> bool:
        """Whether boxes are in shares of the input."""
        if self.normalized is not None:
            return self.normalized
        # Of all boxes that a model looks at, some reach farther than a pixel.
        return self.form == "detr" or (
            self.form in ("yolo", "yolo-objectness", "queries") and bool((corners <= 2).all())
        )


def _corners(boxes: Figures) -> Figures:
    """Return boxes that are given by their middles by their corners."""
    import numpy as np

    middles, halves = boxes[:, :2], boxes[:, 2:4] / 2
    corners: Figures = np.concatenate([middles - halves, middles + halves], axis=1)
    return corners


def outputs_of(
    names: Sequence[str],
    shapes: Sequence[Shape],
    *,
    classes: int,
    room: tuple[int, int],
    form: Form | None = None,
    normalized: bool | None = None,
    points: tuple[int, int] | None = None,
) -> Outputs:
    """Return how to read the outputs of a model.

    Args:
        names: Names of the outputs.
        shapes: Their shapes.
        classes: Number of classes.
        room: Width and height of the input.
        form: How the model says what it has found; None finds out.
        normalized: Whether boxes are in shares of the input; None finds out.
        points: How many key points each box has, and how many figures each of them has.

    Raises:
        InvalidArgumentError: The outputs have no such form, or none that is known.
    """
    apart = _apart(names, shapes)
    prototypes = _prototypes(shapes)
    count, of_point = points if points and not apart else (0, 0)
    more = count * of_point if prototypes is None else shapes[prototypes][1] or 0
    main = 1 if prototypes == 0 else 0
    found = form or _form(shapes[main], apart, classes, room, more)
    if found is None:
        said = ", ".join(
            f"{name} {_words(shape)}" for name, shape in zip(names, shapes, strict=True)
        )
        raise InvalidArgumentError(
            f"the outputs of the model, {said}, are in no form that is known for {classes} "
            f"classes: check labels=, or say the form by form=, one of {', '.join(FORMS)}"
        )
    places = apart.get(found, (main,))
    first = shapes[places[0]]
    return Outputs(
        form=found,
        places=places,
        classes=classes,
        room=room,
        normalized=normalized,
        alone=len(first) == 2 and first[1] != _WITH_PICTURE,
        no_object=found == "detr" and first[-1] == classes + 1,
        more=more,
        prototypes=prototypes,
        of_point=of_point,
    )


_ROW: Final = 6
"""Columns of a box with its score and class."""
_WITH_PICTURE: Final = 7
"""The same with the picture that it is in."""


def _apart(names: Sequence[str], shapes: Sequence[Shape]) -> dict[Form, tuple[int, ...]]:
    """Return which outputs a form with several would read, by the form."""
    by_name = {name: place for place, name in enumerate(names)}
    found: dict[Form, tuple[int, ...]] = {}
    if {"boxes", "labels", "scores"} <= {*names}:
        found["boxes"] = (by_name["boxes"], by_name["labels"], by_name["scores"])
    three = [place for place, shape in enumerate(shapes) if len(shape) == 3]
    boxes = [place for place in three if shapes[place][2] == 4]
    boxes.sort(key=lambda place: "box" not in names[place].lower())
    for box in boxes[:1]:
        others = [place for place in three if place != box and shapes[place][1] == shapes[box][1]]
        others.sort(key=lambda place: not any(word in names[place].lower() for word in _SURE))
        if others:
            found["detr"] = (others[0], box)
    return found


_SURE: Final = ("logit", "label", "class", "score")


def _prototypes(shapes: Sequence[Shape]) -> int | None:
    """Return which of two outputs has prototypes: pictures x prototypes x height x width."""
    axes = [len(shape) for shape in shapes]
    place = axes.index(4) if sorted(axes) in ([2, 4], [3, 4]) else None
    return place if place is not None and shapes[place][1] else None


def _form(
    shape: Shape, apart: Iterable[Form], classes: int, room: tuple[int, int], more: int
) -> Form | None:
    """Return the form of outputs; None if they have none that is known."""
    for form in apart:
        return form
    # What each box has beside its score and class stands at the end.
    lengths = [None if length is None else length - more for length in shape]
    if len(shape) == 2:
        known = (_ROW,) if more else (_ROW, _WITH_PICTURE)
        return "nms" if lengths[1] in known else None
    many = shape[1] == _anchors(room)
    return _form_of_three(lengths, classes, many=many) if len(shape) == 3 else None


def _form_of_three(shape: Shape, classes: int, *, many: bool) -> Form | None:
    """Return the form of an output of three axes.

    Args:
        shape: Its lengths, less what is said of a box beside its score and class.
        classes: Number of classes.
        many: Whether it has as many rows as YOLOv5 looks at boxes.
    """
    _, first, last = shape
    if first == 4 + classes:
        return "yolo"
    if last == _ROW and not many:
        return "nms"
    if last == 5 + classes:
        return "yolo-objectness"
    return "queries" if last == 4 + classes else None


def _anchors(room: tuple[int, int]) -> int:
    """Return how many boxes YOLOv5 looks at."""
    return _ANCHORS * sum((room[0] // stride) * (room[1] // stride) for stride in _STRIDES)


def _words(shape: Shape) -> str:
    return " x ".join("?" if length is None else str(length) for length in shape)


def _batched(outputs: list[Figures]) -> list[Figures]:
    """Return outputs with an axis for pictures; a model for one picture may have none."""
    return outputs if outputs[0].ndim == 3 else [output[None] for output in outputs]


def _by_picture(output: Figures, count: int) -> list[Figures]:
    """Return the rows of each picture, with six columns."""
    if output.ndim == 3:
        return list(output)
    if output.shape[1] == _WITH_PICTURE:
        rows = output[:, [1, 2, 3, 4, 6, 5]]
        return [rows[output[:, 0] == number] for number in range(count)]
    return [output]


def _sure(logits: Figures, classes: int) -> Figures:
    """Return how sure a model of the DETR family is of each class."""
    import numpy as np

    if logits.shape[1] == classes + 1:
        return softmax(logits.astype(np.float64))[:, :-1]  # the last one is "no object"
    if logits.shape[1] != classes:
        raise InvalidArgumentError(
            f"the model tells {logits.shape[1]} classes apart, but labels= has {classes}"
        )
    sure: Figures = 1 / (1 + np.exp(-logits.astype(np.float64)))
    return sure


def chosen(found: Found, threshold: float, *, overlap: float | None, most: int) -> Found:
    """Return what is sure enough, the surest first, each object once.

    Args:
        found: What the model has found.
        threshold: The least score to keep.
        overlap: Of boxes of one class whose overlap, intersection over union, is more than this,
            the surest stays; None keeps all.
        most: How many to keep.
    """
    import numpy as np

    places = np.flatnonzero(kept(found.scores, threshold))
    places = places[np.argsort(-found.scores[places], kind="stable")]
    if overlap is not None:
        places = _apart_enough(
            found.corners, found.classes, places[:_MOST_LOOKED_AT], overlap, most
        )
    places = places[:most]
    return found.at(places)


_MOST_LOOKED_AT: Final = 30_000


def _apart_enough(
    corners: Figures, classes: Figures, places: Figures, overlap: float, most: int
) -> Figures:
    import numpy as np

    left, top, right, bottom = corners[places].astype(np.float64).T
    areas = np.maximum(right - left, 0) * np.maximum(bottom - top, 0)
    kinds = classes[places]
    rest = np.arange(len(places))
    stay: list[int] = []
    while len(rest) and len(stay) < most:
        best, rest = rest[0], rest[1:]
        stay.append(int(best))
        across = np.minimum(right[best], right[rest]) - np.maximum(left[best], left[rest])
        down = np.minimum(bottom[best], bottom[rest]) - np.maximum(top[best], top[rest])
        common = np.maximum(across, 0) * np.maximum(down, 0)
        same = (kinds[rest] == kinds[best]) & (
            common > overlap * (areas[best] + areas[rest] - common)
        )
        rest = rest[~same]
    result: Figures = places[stay]
    return result
