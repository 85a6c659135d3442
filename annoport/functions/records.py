"""Annotations as plain data, for a note that the next process reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from annoport.vision.annotations import Annotation, Tag
from annoport.vision.shapes import Box, Ellipse, Mask, Points, Polygon, Polyline, Skeleton
from annoport.vision.tracks import Track

Record = Mapping[str, Any]

_KINDS: dict[str, type[Annotation]] = {
    kind.kind: kind
    for kind in (Tag, Box, Polygon, Polyline, Points, Ellipse, Mask, Skeleton, Track)
}
_NESTED = ("elements", "shapes")


def to_records(annotations: Iterable[Annotation]) -> list[Record]:
    """Return annotations as data that JSON can hold."""
    return [_record(each) for each in annotations]


def from_records(records: Sequence[Record]) -> list[Annotation]:
    """Return what `to_records` was given."""
    return [_annotation(each) for each in records]


def _record(annotation: Annotation) -> Record:
    fields = {one.name: getattr(annotation, one.name) for one in attrs.fields(type(annotation))}
    for name in _NESTED:
        if name in fields:
            fields[name] = to_records(fields[name])
    fields["attributes"] = {name: _plain(value) for name, value in fields["attributes"].items()}
    return {"kind": annotation.kind, **fields}


def _plain(value: Any) -> Any:
    """Return the value of an attribute without what numpy makes of it."""
    return value.tolist() if hasattr(value, "tolist") else value


def _annotation(record: Record) -> Annotation:
    fields = {name: value for name, value in record.items() if name != "kind"}
    for name in _NESTED:
        if name in fields:
            fields[name] = from_records(fields[name])
    return _KINDS[record["kind"]](**fields)
