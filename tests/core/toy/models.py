"""The models of the toy platform."""

from __future__ import annotations

from typing import Annotated

from annoport.core.contract.extensions import Releases
from annoport.core.values.models import (
    UNSET,
    Model,
    OneOf,
    OpenIntEnum,
    OpenStrEnum,
    Unset,
    UploadFile,
    Wire,
    model,
    values_known_by,
)


@model
class Thing(Model):
    """A thing."""

    id: int
    name: str | Unset = UNSET


@model
class ThingPage(Model):
    """A page of things; its list has another name in Python than on the wire."""

    count: int
    things: Annotated[list[Thing], Wire("results")]
    next: str | Unset | None = UNSET


@model
class Window(Model):
    """A window of a table."""

    ids: list[int]
    rows: list[list[object]] | Unset = UNSET
    owners: list[int] | Unset | None = UNSET
    total: int | Unset = UNSET


@model
class Sending(Model):
    """Files, and what to do with them."""

    files: list[UploadFile] | Unset = UNSET
    quality: int | Unset = UNSET
    order: list[str] | Unset = UNSET
    sorting: str | Unset = UNSET


# --------------------------------------------------------------------------- releases


@values_known_by({"pink": Releases(since="2.10"), "grey": Releases(removed="2.5")})
class Shade(OpenStrEnum):
    """A shade, of which some came and went."""

    PINK = "pink"
    GREY = "grey"
    BLUE = "blue"


@values_known_by({3: Releases(since="2.10")})
class Depth(OpenIntEnum):
    """A depth."""

    LOW = 1
    ABYSS = 3


@model
class Dot(Model):
    """A drawing, some of whose fields came later."""

    frame: int
    score: Annotated[float | Unset | None, Releases(since="2.10")] = UNSET
    level: Annotated[int | Unset, Wire("z-order"), Releases(removed="2.5")] = UNSET
    shade: Shade | Unset = UNSET
    parts: list[Dot] | Unset = UNSET


@model
class Line(Model):
    """Another drawing, which always had a score."""

    length: int
    score: float | Unset = UNSET


@model
class LaterSending(Model):
    """What goes with files, of which the server came to know one field later."""

    files: list[UploadFile] | Unset = UNSET
    quality: Annotated[int | Unset, Releases(since="2.10")] = UNSET


@model
class Sheet(Model):
    """Drawings in every kind of container."""

    dots: list[Dot] | Unset = UNSET
    named: dict[str, Dot] | Unset = UNSET
    any_of: list[OneOf[Dot, Line, str]] | Unset = UNSET
    shades: list[Shade] | Unset = UNSET
    depth: Depth | Unset | None = UNSET
    best: Shade | list[Shade] | Unset = UNSET
    free: object | Unset = UNSET
