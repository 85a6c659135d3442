"""Server versions become sentences wherever they may be."""

from __future__ import annotations

from generator.spec.version_notes import described
from generator.spec.walk import walk


def test_versions_are_told_wherever_they_may_stand() -> None:
    mark = {"type": "string", "x-annoport-since": "2.1"}
    body = {"content": {"application/json": {"schema": {"properties": {"lid": mark}}}}}
    spec = {"paths": {"/a": {"get": {"requestBody": body}}}}
    (lid,) = (node.data for node in walk(described(spec, "X")) if node.kind == "property")
    assert lid == {"type": "string", "description": "X 2.1 and later."}
