"""`python -m generator lint`: the effective specs are valid OpenAPI, and overlays say why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import openapi_spec_validator

from annoport.core.annotations import Download, JobKind, JobStart, Pagination, Platform, Upload
from generator import documents, effective
from generator.operations import iterate

SCHEMA_FILE = effective.SPECS / "annotations.schema.json"
_SHOWN = 200

_EXTENSION_TYPES: dict[str, Any] = {
    "x-annoport-platform": Platform,
    "x-annoport-job-kinds": dict[str, JobKind],
    "x-annoport-job": JobStart,
    "x-annoport-pagination": Pagination,
    "x-annoport-download": Download,
    "x-annoport-upload": Upload,
}


def lint(platform: str, specs: Path = effective.SPECS) -> Iterator[str]:
    """Every fault of a platform's documents, in words."""
    # Only a correction needs a reason: the other overlays are facts and words.
    overlay = documents.load(specs / platform / "overlay.yaml")
    for number, action in enumerate(overlay["actions"], start=1):
        if not action.get("description"):
            yield f"{platform}/overlay.yaml: action {number} does not say why"
    spec = effective.load(platform, specs)
    _add_descriptions(spec)
    for error in openapi_spec_validator.OpenAPIV30SpecValidator(spec).iter_errors():
        place = "/".join(str(part) for part in error.absolute_path)
        yield f"{platform}: effective spec: {place}: {error.message.splitlines()[0][:_SHOWN]}"


def annotations_schema() -> str:
    """The JSON Schema of every annotation, as it stands in specs/annotations.schema.json."""
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


def _add_descriptions(spec: dict[str, Any]) -> None:
    """Give each response the description that OpenAPI asks for and the contract drops as prose."""
    for _, _, operation in iterate(spec):
        responses: dict[str, dict[str, Any]] = operation.get("responses", {})
        for response in responses.values():
            response.setdefault("description", "")
