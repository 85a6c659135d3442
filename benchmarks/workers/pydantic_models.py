"""The tasks, done by pydantic, with models written by hand."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel

from benchmarks.workers.protocol import Task, serve


class ShapeType(StrEnum):
    """The form of a shape."""

    RECTANGLE = "rectangle"
    POLYGON = "polygon"
    POLYLINE = "polyline"
    POINTS = "points"
    ELLIPSE = "ellipse"
    CUBOID = "cuboid"
    MASK = "mask"
    SKELETON = "skeleton"


class AttributeValue(BaseModel):
    """A value of an attribute."""

    spec_id: int
    value: str


class PartOfShape(BaseModel):
    """A part of a skeleton."""

    frame: int
    label_id: int
    type: ShapeType
    attributes: list[AttributeValue] | None = None
    group: int | None = None
    id: int | None = None
    occluded: bool | None = None
    outside: bool | None = None
    points: list[float] | None = None
    rotation: float | None = None
    score: float | None = None
    source: str | None = None
    z_order: int | None = None


class Shape(PartOfShape):
    """A shape on one frame."""

    elements: list[PartOfShape] | None = None


class Annotations(BaseModel):
    """Annotations of a task."""

    shapes: list[Shape]
    version: int | None = None


def decode(path: str) -> Task:
    """Turn JSON straight into models."""
    data = Path(path).read_bytes()
    return lambda: Annotations.model_validate_json(data)


def encode(path: str) -> Task:
    """Turn models straight into JSON."""
    value = Annotations.model_validate_json(Path(path).read_bytes())
    return value.model_dump_json


if __name__ == "__main__":
    serve({"decode": decode, "encode": encode})
