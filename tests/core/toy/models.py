"""The models of the toy platform."""

from __future__ import annotations

from typing import Annotated

from annoport.core.values.models import UNSET, Model, Unset, UploadFile, Wire, model


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
