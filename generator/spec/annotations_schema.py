"""The JSON Schema of all extensions, for editors and reviewers of overlays."""

from __future__ import annotations

from typing import Annotated

import msgspec

from generator.paths import SPECS
from generator.spec.extensions import EXTENSIONS, Extension

SCHEMA_FILE = SPECS / "annotations.schema.json"


def annotations_schema() -> str:
    """Return the text that belongs into specs/annotations.schema.json."""
    schemas, components = msgspec.json.schema_components(
        [
            Annotated[extension.type, msgspec.Meta(description=_words(extension))]
            for extension in EXTENSIONS.values()
        ],
        ref_template="#/$defs/{name}",
    )
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What an overlay can say",
        "properties": dict(zip(EXTENSIONS, schemas, strict=True)),
        "$defs": components,
    }
    return (
        msgspec.json.format(msgspec.json.encode(document, order="sorted"), indent=2).decode() + "\n"
    )


def _words(extension: Extension) -> str:
    return f"{extension.doc} Stands on: {', '.join(extension.places)}."
