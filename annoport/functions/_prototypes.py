"""Masks that a detector mixes from a few prototypes, as those of YOLO do.

It takes arrays, so that it needs no framework.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import frozen

from annoport.core.errors import InvalidAnnotationError
from annoport.functions._letterbox import Placed
from annoport.functions._predictions import Drawn

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Figures: TypeAlias = NDArray[Any]


@frozen(kw_only=True)
class Mixed:
    """The masks of what was found in one picture; each is as large as its box.

    Attributes:
        prototypes: M x height x width: figures for the whole input of the model.
        shares: N x M: how much of each prototype is in the mask of an object. Where the sum is
            above 0, the model is more than half sure.
        corners: N x 4: left, top, right and bottom of each box, in pixels of the picture.
        placed: Where the picture is in the input.
        room: Width and height of the input.
    """

    prototypes: Figures
    shares: Figures
    corners: Figures
    placed: Placed
    room: tuple[int, int]

    def draw(self, place: int) -> Drawn:
        """Return where the object of a box is: pixels whose middles are in the box.

        Args:
            place: Which box it is.

        Raises:
            InvalidAnnotationError: The box is not finite.
        """
        import numpy as np
        from PIL import Image

        if not np.isfinite(self.corners[place]).all():
            raise InvalidAnnotationError(
                f"Mask {place}", "box", f"must be finite, not {self.corners[place].tolist()}"
            )
        ends = np.clip(self.corners[place], 0, self.placed.size * 2)
        left, top, right, bottom = (int(end) for end in np.ceil(ends - 0.5))
        if right <= left or bottom <= top:
            return Drawn(np.zeros((0, 0), np.bool_))
        count, height, width = self.prototypes.shape
        flat = self.prototypes.reshape(count, -1)
        whole = (self.shares[place] @ flat).reshape(height, width).astype(np.float32)
        shares = self.placed.within((left, top, right, bottom), self.room)
        # Rounding must not carry it beyond the edge.
        where = np.clip(shares, 0, 1) * [width, height, width, height]
        scaled = Image.fromarray(whole).resize(
            (right - left, bottom - top), Image.Resampling.BILINEAR, box=tuple(where.tolist())
        )
        return Drawn(np.ascontiguousarray(np.asarray(scaled) > 0), left, top)
