"""How modules depend on each other; `lint-imports` holds the layers, this what it cannot say."""

from __future__ import annotations

import sys
from graphlib import CycleError, TopologicalSorter

import grimp
import pytest

from tests.shared import ROOT

HAND_WRITTEN = ("annoport", "generator", "benchmarks", "tests")


def circle(graph: grimp.ImportGraph) -> list[str]:
    """Return the modules of one import cycle; empty if there is none."""
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        modules: list[str] = error.args[1]
        return modules
    return []


def test_no_import_cycle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])
    # Imports under TYPE_CHECKING count: who reads one module must read the other.
    graph = grimp.build_graph(*HAND_WRITTEN, cache_dir=None)
    assert len(graph.modules) > 300
    assert circle(graph) == []


def test_a_cycle_would_be_found() -> None:
    graph = grimp.ImportGraph()
    for importer, imported in (("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")):
        graph.add_import(importer=importer, imported=imported)
    assert set(circle(graph)) == {"a", "b", "c"}
