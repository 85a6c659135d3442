"""Pictures that a flow returns, as files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any


def save_pictures(
    pictures: Iterable[Any], folder: Path, numbers: Sequence[int] | None = None
) -> Iterator[Path]:
    """Save pictures in a folder as they come, and yield their paths.

    Args:
        pictures: Pictures of Pillow.
        folder: The folder; made if it does not exist.
        numbers: The number of each; without, they are counted from 0.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for place, picture in enumerate(pictures):
        number = place if numbers is None else numbers[place]
        path = folder / f"frame_{number:06d}.png"
        picture.save(path)
        yield path
