"""The JSON Schema of all annotations, for editors and reviewers of overlays."""

from __future__ import annotations

from typing import Any

import msgspec

from annoport.core.annotations import Download, JobKind, JobStart, Pagination, Platform, Upload
from generator.paths import SPECS

SCHEMA_FILE = SPECS / "annotations.schema.json"

_EXTENSION_TYPES: dict[str, Any] = {
    "x-annoport-platform": Platform,
    "x-annoport-job-kinds": dict[str, JobKind],
    "x-annoport-job": JobStart,
    "x-annoport-pagination": Pagination,
    "x-annoport-download": Download,
    "x-annoport-upload": Upload,
}


def annotations_schema() -> str:
    """The schema, as it stands in specs/annotations.schema.json."""
    schemas, components = msgspec.json.schema_components(
        list(_EXTENSION_TYPES.values()), ref_template="#/$defs/{name}"
    )
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What an overlay can say",
        "properties": dict(zip(_EXTENSION_TYPES, schemas, strict=True)),
        "$defs": components,
    }
    return (
        msgspec.json.format(msgspec.json.encode(document, order="sorted"), indent=2).decode() + "\n"
    )
