"""Models with every kind of field that generated models can have."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from annoport.core.values.models import (
    CUT,
    NO_ITEMS,
    NO_KEYS,
    UNSET,
    Model,
    OneOf,
    OpenIntEnum,
    OpenStrEnum,
    Unset,
    UploadFile,
    UtcDatetime,
    Wire,
    model,
)


class Color(OpenStrEnum):
    RED = "red"
    BLUE = "blue"


class Level(OpenIntEnum):
    LOW = 1
    HIGH = 2


@model
class Circle(Model):
    radius: float
    name: str | Unset | None = UNSET


@model
class Square(Model):
    side: float
    made_by: Annotated[str | Unset, Wire("made-by")] = UNSET


@model
class Timed(Model):
    """Times of a server that writes UTC without an offset."""

    made: UtcDatetime
    ended: UtcDatetime | Unset | None = UNSET
    seen: datetime | Unset = UNSET


@model
class Drawing(Model):
    """Nested unions, a type that refers to itself, and a renamed field deep inside."""

    value: OneOf[Circle, Square, None]
    many: list[OneOf[Circle, Square]] | Unset = UNSET
    named: dict[str, OneOf[Circle, Square]] | Unset = UNSET
    inner: list[Drawing] | Unset = UNSET


@model
class Node(Model):
    """No renamed field, so msgspec alone can decode it."""

    id: int
    color: Color | Unset = UNSET
    level: Level | Unset | None = UNSET
    weight: float | Unset = UNSET
    when: datetime | Unset | None = UNSET
    day: date | Unset = UNSET
    uid: UUID | Unset = UNSET
    tags: list[str] | Unset = UNSET
    counts: dict[str, int] | Unset = UNSET
    extra: Any | Unset = UNSET
    next: Node | Unset | None = UNSET
    either: int | str | Unset = UNSET


@model
class Anything(Model):
    """Further keys may hold anything."""

    id: int
    additional_properties: dict[str, Any] = NO_KEYS


@model
class Counted(Model):
    """Further keys hold a figure, or such a model again."""

    name: str | Unset = UNSET
    additional_properties: dict[str, OneOf[int, Circle, Counted]] = NO_KEYS


@model
class Holder(Model):
    """A list that a server leaves out where it is empty, and notes that a call can leave out."""

    items: list[int] = NO_ITEMS
    notes: dict[str, int] = CUT
    one: Anything | Unset | None = UNSET


@model
class UploadForm(Model):
    file: UploadFile
    title: str | Unset = UNSET
    quality: int | Unset = UNSET
    public: bool | Unset = UNSET
    files: list[UploadFile] | Unset = UNSET
    ids: list[int] | Unset = UNSET
    owner: Circle | Unset = UNSET
