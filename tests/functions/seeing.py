"""A detector for tests that sees: white things on black pictures, told in each form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from annoport.functions._detections import Form, Outputs, outputs_of

Figures = NDArray[Any]
NAMES = {0: "crab", 1: "cod"}
SURE = (0.2, 0.9)
"""How sure the detector is that what it sees is of a class."""


def picture(size: tuple[int, int], box: tuple[int, int, int, int]) -> Image.Image:
    """Return a black picture with a white box on it."""
    image = Image.new("RGB", size)
    image.paste((255, 255, 255), box)
    return image


def seen(pictures: Figures) -> Figures:
    """Return the box of what is white in each picture, of colours x rows x columns, in pixels."""
    boxes: list[list[int]] = []
    for each in pictures:
        rows, columns = np.nonzero(each.min(axis=0) > each.max() * 0.75)
        boxes.append([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    return np.array(boxes, np.float64)


def _middles(boxes: Figures) -> Figures:
    return np.concatenate([(boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]], axis=1)


def told(form: Form, boxes: Figures, room: tuple[int, int]) -> list[Figures]:
    """Return what a model of a form returns for one box on each picture, and one of nothing."""
    count = len(boxes)
    middles, shares = _middles(boxes), _middles(boxes) / [*room, *room]
    nothing = np.zeros((count, 1, 4))
    nothing[:, 0, 2:] = max(room)
    sure = np.broadcast_to(np.array(SURE), (count, 1, 2))
    unsure = np.zeros((count, 1, 2))

    def rows(boxes: Figures, *more: Figures) -> Figures:
        return np.concatenate([boxes[:, None], *more], axis=2)

    def both(first: Figures, second: Figures) -> Figures:
        return np.concatenate([second, first], axis=1)

    if form == "yolo":
        of_nothing = np.concatenate([nothing, unsure], axis=2)
        return [both(rows(middles, sure), of_nothing).transpose(0, 2, 1)]
    if form == "yolo-objectness":
        half = np.full((count, 1, 1), 0.5)
        of_nothing = np.concatenate([nothing, half * 0, unsure], axis=2)
        return [both(rows(middles, half, sure), of_nothing)]
    if form == "queries":
        return [both(rows(shares, sure), np.concatenate([nothing * 0, unsure], axis=2))]
    if form == "nms":
        best = np.broadcast_to(np.array([max(SURE), 1.0]), (count, 1, 2))
        return [both(rows(boxes, best), np.concatenate([nothing * 0, unsure], axis=2))]
    if form == "detr":
        return [np.log(sure / (1 - sure)), shares[:, None]]
    ones = np.ones((count, 1))
    return [ones.astype(np.int64), boxes[:, None], ones * max(SURE)]


def outputs(form: Form, room: tuple[int, int]) -> Outputs:
    """Return how outputs of a form are read."""
    examples = told(form, np.array([[1.0, 2.0, 3.0, 4.0]]), room)
    names = {"detr": ["logits", "pred_boxes"], "boxes": ["labels", "boxes", "scores"]}
    return outputs_of(
        names.get(form, ["output0"]),
        [[None, *each.shape[1:]] for each in examples],
        classes=len(NAMES),
        room=room,
        form=form,
    )


def seeing(form: Form, room: tuple[int, int]) -> Callable[[Figures], Sequence[Figures]]:
    """Return a model that sees, and tells it in a form."""

    def run(pictures: Figures) -> Sequence[Figures]:
        return told(form, seen(pictures), room)

    return run
