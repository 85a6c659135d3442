"""The models of the platform with jobs."""

from __future__ import annotations

from typing import Any

from annoport.core.values.models import UNSET, Model, Unset, model


@model
class Crate(Model):
    """What a packing job makes."""

    number: int
    rows: int | Unset = UNSET


@model
class State(Model):
    """The state of a job."""

    state: str
    crate: Crate | Unset = UNSET
    percent: float | Unset | None = UNSET
    text: str | Unset | None = UNSET
    errors: list[str] | Unset = UNSET
    question: dict[str, Any] | Unset = UNSET
    result: dict[str, Any] | Unset = UNSET


@model
class Started(Model):
    """The answer that starts a job."""

    job_id: int | str | list[int] | Unset | None = UNSET
    errors: list[str] | Unset = UNSET
