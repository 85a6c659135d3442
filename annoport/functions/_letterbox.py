"""Pictures as a detector takes them, and its boxes back in the picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from attrs import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

    Figures: TypeAlias = NDArray[Any]

Fit: TypeAlias = Literal["letterbox", "stretch"]
"""How a picture becomes as large as the model takes it: with grey borders, or stretched."""

_GREY = (114, 114, 114)


@frozen(kw_only=True)
class Placed:
    """Where a picture is in the input of a model.

    Attributes:
        left: Where its left edge is, in pixels of the input.
        top: Where its top edge is.
        width: How wide it is there.
        height: How high it is there.
        size: Its own width and height.
    """

    left: int
    top: int
    width: int
    height: int
    size: tuple[int, int]

    def undo(self, places: Figures) -> Figures:
        """Return places in pixels of the picture.

        Args:
            places: N x 2 x any: x and y in turn, in pixels of the input, such as the corners of
                boxes.
        """
        import numpy as np

        pairs = places.reshape(*places.shape[:-1], places.shape[-1] // 2, 2)
        # Each axis by its own ratio: after rounding to whole pixels, they are not the same.
        ratios = np.array([self.size[0] / self.width, self.size[1] / self.height])
        moved: Figures = (pairs - np.array([self.left, self.top])) * ratios
        return moved.reshape(places.shape)

    def within(self, bounds: Sequence[float], room: tuple[int, int]) -> list[float]:
        """Return where a part of the picture is in the input, in shares of the input.

        Args:
            bounds: Left, top, right and bottom, in pixels of the picture.
            room: Width and height of the input.
        """
        sides = (self.width, self.height)
        return [
            (start + place * side / whole) / length
            for place, start, side, whole, length in zip(
                bounds, (self.left, self.top) * 2, sides * 2, self.size * 2, room * 2, strict=True
            )
        ]


def place(size: tuple[int, int], room: tuple[int, int], fit: Fit) -> Placed:
    """Return where a picture goes in the input of a model.

    Args:
        size: Width and height of the picture.
        room: Width and height of the input.
        fit: How it becomes as large.
    """
    if fit == "stretch":
        return Placed(left=0, top=0, width=room[0], height=room[1], size=size)
    scale = min(room[0] / size[0], room[1] / size[1])
    width, height = (max(1, round(side * scale)) for side in size)
    left, top = (room[0] - width) // 2, (room[1] - height) // 2
    return Placed(left=left, top=top, width=width, height=height, size=size)


def draw(image: Image.Image, placed: Placed, room: tuple[int, int]) -> Image.Image:
    """Return the input of a model: the picture in its place, and grey around it.

    Args:
        image: The picture.
        placed: Where it goes.
        room: Width and height of the input.
    """
    from PIL import Image

    scaled = image.convert("RGB")
    if scaled.size != (placed.width, placed.height):
        scaled = scaled.resize((placed.width, placed.height), Image.Resampling.BILINEAR)
    if scaled.size == room:
        return scaled
    drawn = Image.new("RGB", room, _GREY)
    drawn.paste(scaled, (placed.left, placed.top))
    return drawn
