"""What models of the usual kinds return, as annotations.

It takes arrays, so that it needs no framework: only what runs a model knows torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import evolve, frozen

from annoport.core.errors import InvalidArgumentError
from annoport.vision import masks
from annoport.vision.annotations import Tag
from annoport.vision.shapes import Box, Mask, Points, Polygon, Skeleton

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Figures: TypeAlias = NDArray[Any]

INSIDE = 0.5
"""How sure a model is, at least, of a pixel of an object."""


@frozen
class Drawn:
    """A part of a picture with an object in it.

    Attributes:
        pixels: Height x width of the part, True where the object is.
        left: Where the part is in the picture, in pixels.
        top: Where its top edge is.
    """

    pixels: NDArray[np.bool_]
    left: int = 0
    top: int = 0


def kept(scores: Figures, threshold: float | None) -> Figures:
    """Return which predictions to keep.

    Args:
        scores: A score for each, as the model computed it.
        threshold: The least score to keep; None keeps all.

    Raises:
        InvalidArgumentError: A score is not a number from 0 to 1.
    """
    import numpy as np

    if scores.size and not (scores.min() >= -_ROUNDING and scores.max() <= 1 + _ROUNDING):
        raise InvalidArgumentError(
            f"the model gives scores from {scores.min():g} to {scores.max():g}: expected 0 to 1"
        )
    # In the precision of the model: 0.7 is more than float32 has for it.
    return np.ones(len(scores), np.bool_) if threshold is None else scores >= threshold


_ROUNDING = 1e-3


def score(value: Any) -> float:
    """Return a score that rounding has not carried beyond 0 or 1.

    Args:
        value: The score as a NumPy scalar; 0.7 of float32 becomes the 0.7 that a threshold is.
    """
    return min(max(float(str(value)), 0.0), 1.0)


def boxes(
    corners: Figures,
    classes: Figures,
    scores: Figures,
    *,
    names: Mapping[int, str],
    threshold: float | None,
    size: tuple[int, int],
) -> list[Box]:
    """Return boxes, cut to the picture; one that is empty then is left out.

    Args:
        corners: N x 4: left, top, right and bottom, in pixels.
        classes: N indexes of classes.
        scores: N scores.
        names: The label of each class; what has no label is left out.
        threshold: The least score to keep; None keeps all.
        size: Width and height of the picture in pixels.
    """
    import numpy as np

    width, height = size
    # NaN stays what it is, and is an error of the box.
    inside = np.clip(corners.astype(np.float64), 0, [width, height, width, height])
    return [
        Box(
            label=names[index],
            score=score(scores[place]),
            left=left,
            top=top,
            right=right,
            bottom=bottom,
        )
        for place, index in _chosen(classes, scores, names, threshold)
        for left, top, right, bottom in [inside[place].tolist()]
        if not (right <= left or bottom <= top)
    ]


def instances(
    drawn: Callable[[int], Drawn],
    classes: Figures,
    scores: Figures,
    *,
    names: Mapping[int, str],
    threshold: float | None,
    polygons: bool,
) -> list[Mask | Polygon]:
    """Return masks, or their outlines.

    Args:
        drawn: Draws one of N objects.
        classes: N indexes of classes.
        scores: N scores.
        names: The label of each class; what has no label is left out.
        threshold: The least score to keep; None keeps all.
        polygons: Whether to give polygons, one for each piece, in place of a mask.
    """
    found: list[Mask | Polygon] = []
    for place, index in _chosen(classes, scores, names, threshold):
        one = drawn(place)
        if not one.pixels.any():
            continue
        mask = masks.from_array(one.pixels, label=names[index], score=score(scores[place]))
        mask = evolve(mask, left=mask.left + one.left, top=mask.top + one.top)
        found += masks.to_polygons(mask) if polygons else [mask]
    return found


def skeletons(
    points: Figures,
    classes: Figures,
    scores: Figures,
    *,
    names: Mapping[int, str],
    parts: Sequence[str],
    threshold: float | None,
    size: tuple[int, int],
) -> list[Skeleton]:
    """Return skeletons; a part that the model holds for invisible is occluded.

    Args:
        points: N x parts x 3: x and y in pixels, and how sure the model is that it is visible.
        classes: N indexes of classes.
        scores: N scores.
        names: The label of each class; what has no label is left out.
        parts: The label of each part.
        threshold: The least score to keep; None keeps all.
        size: Width and height of the picture in pixels.
    """
    import numpy as np

    places = np.clip(points[..., :2].astype(np.float64), 0, size)
    return [
        Skeleton(
            label=names[index],
            score=score(scores[place]),
            elements=[
                Points(label=part, points=[place_of_part], occluded=visible < INSIDE)
                for part, place_of_part, visible in zip(
                    parts, places[place].tolist(), points[place, :, 2].tolist(), strict=True
                )
            ],
        )
        for place, index in _chosen(classes, scores, names, threshold)
    ]


def top(logits: Figures, *, names: Mapping[int, str], threshold: float | None) -> list[Tag]:
    """Return a tag of the class that the model holds for the most likely one.

    Args:
        logits: What the model returns for a picture, a figure for each class; their softmax is how
            sure it is.
        names: The label of each class.
        threshold: The least score to keep; None keeps it in any case.
    """
    import numpy as np

    shares = softmax(logits.astype(np.float64))
    best = int(shares.argmax())
    if best not in names or not kept(shares[best : best + 1], threshold)[0]:
        return []
    return [Tag(label=names[best], score=score(shares[best]))]


def softmax(figures: Figures) -> Figures:
    """Return what a model is sure of, along the last axis."""
    import numpy as np

    powers = np.exp(figures - figures.max(axis=-1, keepdims=True))
    shares: Figures = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def _chosen(
    classes: Figures, scores: Figures, names: Mapping[int, str], threshold: float | None
) -> Iterator[tuple[int, int]]:
    """Yield the places of what is kept, and their classes."""
    import numpy as np

    for place in np.flatnonzero(kept(scores, threshold)).tolist():
        index = int(classes[place])
        if index in names:
            yield place, index
