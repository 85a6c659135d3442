"""Generated code knows one module of the core, so that moves inside it touch no generated file."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import annoport.core
from tests.shared import ROOT

FACADE = Path(annoport.core.__file__)
LATE = ("httpx", "msgspec", "attrs", "stamina", "asyncio")


def imported(path: Path) -> Iterator[str]:
    """The modules that a file imports, or imports from."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def promised() -> list[str]:
    """The names that a type checker sees in the facade."""
    (block,) = (
        node
        for node in ast.parse(FACADE.read_text(encoding="utf-8")).body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    return [
        alias.asname or alias.name
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]


def test_generated_code_imports_from_the_facade_only() -> None:
    files = sorted(ROOT.glob("generated/*/annoport_*/**/*.py"))
    deep = [
        f"{path.relative_to(ROOT)}: {module}"
        for path in files
        for module in imported(path)
        if module.startswith("annoport.core.")
    ]
    assert len(files) > 500
    assert deep == []


@pytest.mark.parametrize("name", promised())
def test_what_a_type_checker_sees_is_there(name: str) -> None:
    assert getattr(annoport.core, name) is not None
    assert name in dir(annoport.core)


def test_nothing_is_there_that_a_type_checker_does_not_see() -> None:
    code = "import annoport.core as core; print(*dir(core)); print(*vars(core))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names, at_once = map(str.split, done.stdout.splitlines())
    assert sorted({*names}.difference(at_once)) == sorted(promised())


@pytest.mark.parametrize("package", ["annoport_cvat", "annoport_ecotaxa", "annoport_tator"])
def test_importing_a_package_loads_nothing_else(package: str) -> None:
    code = f"import sys, {package}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert loaded.isdisjoint(LATE)
    assert {name for name in loaded if name.startswith(package)} == {package}
