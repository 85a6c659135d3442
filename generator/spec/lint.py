"""`python -m generator lint`: effective specs are valid OpenAPI, and overlays are in order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openapi_spec_validator

from generator import documents
from generator.openapi import iterate
from generator.spec import effective, overlay, sections

_EXCERPT = 200


def lint(platform: str, specs: Path = effective.SPECS) -> Iterator[str]:
    """Yield a message for each fault in a platform's documents."""
    # Only a correction needs a reason: the other overlays hold facts and words.
    name = f"{platform}/overlay.yaml"
    actions = overlay.actions(documents.load(specs / name), origin=name)
    for number, action in enumerate(actions, start=1):
        if not action.get("description"):
            yield f"{name}: action {number} has no description; say why the correction is needed"
    yield from sections.faults((specs / name).read_text(encoding="utf-8"), actions, name)
    spec = effective.load(platform, specs)
    _add_descriptions(spec)
    for error in openapi_spec_validator.OpenAPIV30SpecValidator(spec).iter_errors():
        place = "/".join(str(part) for part in error.absolute_path)
        yield f"{platform}: effective spec: {place}: {error.message.splitlines()[0][:_EXCERPT]}"


def _add_descriptions(spec: dict[str, Any]) -> None:
    """Add the description that OpenAPI requires of a response and the contract drops as prose."""
    for _, _, operation in iterate(spec):
        responses: dict[str, dict[str, Any]] = operation.get("responses", {})
        for response in responses.values():
            response.setdefault("description", "")
