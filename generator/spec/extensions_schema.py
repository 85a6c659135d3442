"""The JSON Schema of all extensions, for editors and reviewers of overlays."""

from __future__ import annotations

import inspect
from typing import Annotated, Any

import msgspec

from generator.paths import SPECS
from generator.spec.extensions import EXTENSIONS, Extension

SCHEMA_FILE = SPECS / "extensions.schema.json"


def extensions_schema() -> str:
    """Return the text of specs/extensions.schema.json."""
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
        "$defs": {name: _unindented(schema) for name, schema in components.items()},
    }
    return (
        msgspec.json.format(msgspec.json.encode(document, order="sorted"), indent=2).decode() + "\n"
    )


def _unindented(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a class; its description is the docstring, as it stands in the code."""
    return schema | {"description": inspect.cleandoc(schema["description"])}


def _words(extension: Extension) -> str:
    return f"{extension.doc} Stands on: {', '.join(extension.places)}."
