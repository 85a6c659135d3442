"""What the metadata of a model in ONNX form says of it, in the words of Ultralytics."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Final

from annoport.core.errors import InvalidArgumentError
from annoport.functions._class_names import Names, class_names

_SIDE: Final = 640


def names(metadata: Mapping[str, str], given: Names | None) -> dict[int, str]:
    """Return the label of each class, by its index.

    Args:
        metadata: The metadata.
        given: What the caller says in place of it.

    Raises:
        ConfigurationError: A file with names cannot be read.
        InvalidArgumentError: There are none.
    """
    known = metadata.get("names") if given is None else given
    if known is None:
        raise InvalidArgumentError("the model has no `names` in its metadata: say them by labels=")
    return class_names(known)


def room(metadata: Mapping[str, str]) -> tuple[int, int]:
    """Return width and height of the pictures that the model was made for."""
    try:
        height, width = ast.literal_eval(metadata["imgsz"])
        return int(width), int(height)
    except (KeyError, TypeError, ValueError, SyntaxError):
        return _SIDE, _SIDE


def points(metadata: Mapping[str, str]) -> tuple[int, int] | None:
    """Return how many key points an object has, and how many figures each of them has."""
    try:
        count, of_point = ast.literal_eval(metadata["kpt_shape"])
        return int(count), int(of_point)
    except (KeyError, TypeError, ValueError, SyntaxError):
        return None


def parts(
    metadata: Mapping[str, str], given: Sequence[str] | None, shape: tuple[int, int] | None
) -> tuple[str, ...]:
    """Return the label of each key point; none for a model that finds no key points.

    Args:
        metadata: The metadata.
        given: What the caller says in place of it.
        shape: What `points` returned.

    Raises:
        InvalidArgumentError: There are more or fewer than the model has key points, or given ones
            for a model that finds none.
    """
    if shape is None:
        if given is not None:
            raise InvalidArgumentError("parts= names key points, but the model finds none")
        return ()
    found = tuple(_parts(metadata) if given is None else given)
    if len(found) != shape[0]:
        known = "its metadata" if given is None else "parts="
        raise InvalidArgumentError(
            f"the model finds {shape[0]} key points, and {known} names {len(found)}: "
            "name each of them by parts="
        )
    return found


def _parts(metadata: Mapping[str, str]) -> Sequence[str]:
    """Return the names of key points; each class has its own, but as many, and the first counts."""
    try:
        by_class = ast.literal_eval(metadata["kpt_names"])
        return [str(name) for name in by_class[min(by_class)]]
    except (KeyError, TypeError, ValueError, SyntaxError):
        return ()
