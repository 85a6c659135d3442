"""A small platform, to be broken by one overlay action at a time."""

from __future__ import annotations

from typing import Any

from generator.python import build
from generator.python.package import Package
from generator.spec import overlay

_POT: dict[str, Any] = {
    "type": "object",
    "required": ["id", "state"],
    "properties": {
        "id": {"type": "integer"},
        "state": {"$ref": "#/components/schemas/PotState"},
        "lid-size": {"type": "number", "nullable": True},
        "made_by": {"allOf": [{"$ref": "#/components/schemas/Cook"}], "nullable": True},
    },
}
_POTS: dict[str, Any] = {
    "type": "object",
    "required": ["count", "results"],
    "properties": {
        "count": {"type": "integer"},
        "results": {"type": "array", "items": {"$ref": "#/components/schemas/Pot"}},
    },
}
_ID: dict[str, Any] = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}


def _answers(name: str) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{name}"}
    return {"200": {"content": {"application/json": {"schema": schema}}}}


SPEC: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Sample", "version": "1"},
    "paths": {
        "/pots": {
            "get": {
                "operationId": "pots_list",
                "tags": ["pots"],
                "parameters": [
                    {"name": "page", "in": "query", "schema": {"type": "integer"}},
                    {"name": "page-size", "in": "query", "schema": {"type": "integer"}},
                ],
                "responses": _answers("Pots"),
                "x-annoport-pagination": {
                    "style": "page",
                    "items": "/results",
                    "total": "/count",
                    "page_parameter": "page",
                    "size_parameter": "page-size",
                    "default_size": 10,
                },
            },
            "post": {
                "operationId": "pots_cook",
                "tags": ["pots"],
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Pot"}}
                    }
                },
                "responses": _answers("Pot"),
                "x-annoport-job": {"kind": "cooking", "id": "/id"},
            },
        },
        "/pots/{id}": {
            "get": {
                "operationId": "pots_retrieve",
                "tags": ["pots"],
                "parameters": [_ID],
                "responses": _answers("Pot"),
            }
        },
    },
    "components": {
        "schemas": {
            "Cook": {"type": "object", "properties": {"name": {"type": "string"}}},
            "Pot": _POT,
            "PotState": {"type": "string", "enum": ["raw", "done"]},
            "Pots": _POTS,
        }
    },
    "x-annoport-platform": {
        "title": "Sample",
        "env_prefix": "SAMPLE",
        "example_url": "https://sample.example.org",
        "credentials": {"token": {}},
    },
    "x-annoport-job-kinds": {
        "cooking": {
            "poll": "pots_retrieve",
            "status": "/state",
            "states": {"running": ["raw"], "done": ["done"]},
        }
    },
}

POTS = "$.paths['/pots']"
POT = "$.paths['/pots/{id}']"
SCHEMAS = "$.components.schemas"


def spoilt(target: str, update: Any) -> dict[str, Any]:
    """Return the spec after an update."""
    action = {"target": target, "update": update}
    return overlay.apply(SPEC, {"overlay": "1.1.0", "actions": [action]}, origin="test")


def built(spec: dict[str, Any] = SPEC) -> Package:
    """Return the package of a spec."""
    return build.build("sample", spec, release="1")
