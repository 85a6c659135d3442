"""The masks that the workers encode and decode: objects with a wavy outline, small and large."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 1920, 1080
_COUNT, _SEED = 12, 5


def objects() -> list[NDArray[np.bool_]]:
    """Return the arrays, the same in every process."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    dice = np.random.default_rng(_SEED)
    found: list[NDArray[np.bool_]] = []
    for _ in range(_COUNT):
        across, down = dice.uniform(200, 1700), dice.uniform(150, 900)
        wide, high = dice.uniform(30, 600), dice.uniform(30, 400)
        waves = 1 + 0.1 * np.sin(np.arctan2(y - down, x - across) * dice.integers(3, 12))
        found.append(((x - across) / wide) ** 2 + ((y - down) / high) ** 2 < waves)
    return found
