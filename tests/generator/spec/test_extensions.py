"""The extensions belong on kinds of nodes that specs have."""

from __future__ import annotations

from generator.spec.extensions import EXTENSIONS
from generator.spec.walk import walk
from tests.generator.sample_spec import SPEC


def test_extensions_stand_on_nodes_that_there_are() -> None:
    reached = {node.kind for node in walk(SPEC)}
    assert {place for extension in EXTENSIONS.values() for place in extension.places} <= reached
