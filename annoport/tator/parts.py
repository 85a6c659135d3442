"""What is to be created, cut into parts that one request takes, and found again by its ids."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar, cast

import attrs
from attrs import frozen

from annoport.core import UNSET, Model, Operation, Unset
from annoport.core.errors import again
from annoport.core.http.request import Request, build
from annoport.errors import AnnoportError, InvalidBodyError, PartialWriteError
from annoport.tator.checks import Noun, Spec, value

SpecT = TypeVar("SpecT", bound=Spec)
ModelT = TypeVar("ModelT", bound=Model)

MOST = 500
"""Items that the server takes at once."""


class Row(Protocol):
    """What was created, as the server lists it."""

    @property
    def id(self) -> int:
        """Its id."""
        ...

    @property
    def elemental_id(self) -> str | Unset | None:
        """Its persistent id."""
        ...


@frozen
class Part:
    """What one request creates.

    Attributes:
        start: Place of the first item in the whole input.
        specs: The items.
        request: What creates them.
    """

    start: int
    specs: Sequence[Spec]
    request: Request

    @property
    def stop(self) -> int:
        """Place after the last item."""
        return self.start + len(self.specs)


def marked(specs: Iterable[Spec]) -> list[Spec]:
    """Return specs that all have an elemental id, so that each can be found again by it.

    Args:
        specs: The specs; they are not changed, and ids that they have stay.
    """
    listed = list(specs)
    return [
        spec if value(spec, "elemental_id") else with_field(spec, "elemental_id", made)
        for spec, made in zip(listed, _uuids(len(listed)), strict=True)
    ]


def _uuids(count: int) -> Iterator[str]:
    """Yield random UUIDs (version 4), which `uuid.uuid4` takes three times as long for."""
    digits = os.urandom(16 * count).hex()
    for at in range(0, len(digits), 32):
        one = digits[at : at + 32]
        variant = "89ab"[int(one[16], 16) % 4]
        yield f"{one[:8]}-{one[8:12]}-4{one[13:16]}-{variant}{one[17:20]}-{one[20:]}"


def with_field(spec: SpecT, name: str, given: Any) -> SpecT:
    """Return a spec with another value of one field.

    Args:
        spec: The spec; it is not changed.
        name: The field.
        given: Its value.
    """
    if isinstance(spec, Model):
        twin = _twin(spec)
        setattr(twin, name, given)
        return twin
    fields: Mapping[str, Any] = spec
    return cast("SpecT", {**fields, name: given})


def _twin(model: ModelT) -> ModelT:
    """Return a copy of a model, for which `copy.copy` takes four times as long."""
    kind: Any = type(model)
    twin: ModelT = object.__new__(kind)
    for name in _fields(kind):
        setattr(twin, name, getattr(model, name))
    return twin


@functools.cache
def _fields(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in attrs.fields(kind))


def cut(
    noun: Noun, operation: Operation[Any], project: int, groups: Sequence[Sequence[Spec]]
) -> list[Part]:
    """Return the requests that create specs; all are made before the first is sent.

    Args:
        noun: What the specs are.
        operation: What creates them.
        project: Id of the project.
        groups: The specs in their order; those of one group may share a request.

    Raises:
        InvalidBodyError: A spec is no such thing. The message says which part it is in.
    """
    parts: list[Part] = []
    start = 0
    for group in groups:
        for at in range(0, len(group), MOST):
            specs = group[at : at + MOST]
            # A medium alone may be a video, which is not taken in a list.
            body = specs[0] if noun == "media" and len(group) == 1 else specs
            try:
                request = build(operation, {"project": project}, body)
            except InvalidBodyError as error:
                raise InvalidBodyError(f"{noun}[{start}:{start + len(specs)}]: {error}") from error
            parts.append(Part(start, specs, request))
            start += len(specs)
    return parts


def ids_in(specs: Sequence[Spec], rows: Iterable[Row]) -> list[int] | None:
    """Return the ids of specs among rows, in the order of the specs; None if one is not there.

    Args:
        specs: The specs, which have elemental ids.
        rows: What the server has.
    """
    newest: dict[tuple[object, object], int] = {}
    for row in sorted(rows, key=lambda row: row.id):
        for version in (UNSET, getattr(row, "version", UNSET)):
            newest[row.elemental_id, version] = row.id
    keys = [(value(spec, "elemental_id"), value(spec, "version")) for spec in specs]
    found = [newest.get(key) for key in keys]
    return [one for one in found if one is not None] if None not in found else None


def half_way(
    noun: Noun, done: Sequence[int], total: int, part: Part, cause: AnnoportError
) -> PartialWriteError:
    """Return the error of a call that ends after some of its requests.

    Args:
        noun: What was to be created.
        done: Ids of what was.
        total: How many there are in all.
        part: What the last request was to create.
        cause: What it ended with.
    """
    made, left = len(done), total - len(done)
    told = "" if cause.may_be_done else f"; {type(cause).__name__}: {cause}"
    error = PartialWriteError(
        f"{made:,} of {total:,} {noun} are stored, the other {left:,} are not: "
        f"{again(cause, f' with {noun}[{made}:] only')}{told}",
        done=tuple(done),
        left=left,
    )
    if cause.may_be_done:
        lost = f"{noun}[{part.start}:{part.stop}]"
        error.doubt(f"{lost} were not found there; look for them before you call again")
    return error
