"""List anew what other clients call things, from the source of their packages; run by `__main__`.

`python -m tests.judges names` writes the public names of cvat-sdk, tator and pyecotaxa to
`tests/docs/coming_from.json`; a test holds that the pages in `docs/coming-from/` have them all.
Nothing of these packages is imported. Names of ecotaxa_py_client, which is on no package index,
stay as they are.
"""

from __future__ import annotations

import ast
import importlib.util
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

KEPT = Path(__file__).resolve().parents[1] / "docs" / "coming_from.json"

_PLAIN = (
    *("client", "exceptions", "filters", "helpers", "progress", "downloading", "uploading"),
    "utils",
)
_KINDS = {
    **dict.fromkeys(("Create", "Retrieve", "List", "BatchDelete"), "repository"),
    **dict.fromkeys(("Update", "Delete"), "entity"),
}
"""What a mixin of models is for."""


class Package:
    """The source of an installed package."""

    def __init__(self, name: str) -> None:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.submodule_search_locations is not None
        self.folder = Path(spec.submodule_search_locations[0])

    def body(self, module: str) -> list[ast.stmt]:
        """Return the statements of a module, given as a path in the package."""
        return ast.parse((self.folder / module).read_text(encoding="utf-8")).body

    def classes(self, module: str) -> list[ast.ClassDef]:
        """Return the public classes of a module."""
        found = [each for each in self.body(module) if isinstance(each, ast.ClassDef)]
        return [each for each in found if not each.name.startswith("_")]

    def functions(self, module: str) -> list[str]:
        """Return the names of the public functions of a module."""
        return _functions(self.body(module))

    def names(self, *modules: str) -> Iterator[str]:
        """Yield the names of the public classes and functions of modules."""
        for module in modules:
            yield from (each.name for each in self.classes(module))
            yield from self.functions(module)

    def members(self, module: str, *names: str) -> Iterator[str]:
        """Yield the methods and fields of some classes as CLASS.NAME."""
        for each in self.classes(module):
            if each.name in names:
                yield from (f"{each.name}.{name}" for name in _functions(each.body))
                yield from (f"{each.name}.{name}" for name in _fields(each.body))

    def imported(self, module: str) -> Iterator[str]:
        """Yield what a module imports from others of its package, to offer it."""
        for each in self.body(module):
            if isinstance(each, ast.ImportFrom):
                is_own = each.level > 0 or (each.module or "").startswith(self.folder.name)
                yield from (alias.name for alias in each.names if is_own and not alias.asname)


def _functions(body: Iterable[ast.stmt]) -> list[str]:
    names = [each.name for each in body if isinstance(each, ast.FunctionDef)]
    return [name for name in names if not name.startswith("_")]


def _fields(body: Iterable[ast.stmt]) -> list[str]:
    targets = [each.target for each in body if isinstance(each, ast.AnnAssign)]
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    return [name for name in names if not name.startswith("_")]


def cvat_sdk() -> Iterator[str]:
    """Yield the names of cvat-sdk but for its low level and its PyTorch adapter."""
    package = Package("cvat_sdk")
    yield from package.imported("__init__.py")
    yield from package.imported("exceptions.py")
    yield from package.imported("auto_annotation/__init__.py")
    yield from package.names(*(f"core/{module}.py" for module in _PLAIN))
    yield from package.members("core/client.py", "Client", "Config")
    yield from package.members("core/filters.py", "Field")
    for module in ("masks", "attributes"):
        yield from (f"{module}.{name}" for name in package.functions(f"{module}.py"))
    yield from package.names(
        *(f"datasets/{module}.py" for module in ("caching", "common", "task_dataset"))
    )
    yield from package.members("datasets/task_dataset.py", "TaskDataset")
    for name in package.members("core/proxies/annotations.py", "AnnotationCrudMixin"):
        yield f"entity.{name.partition('.')[2]}"
    for each in package.classes("core/proxies/model_proxy.py"):
        kind = _KINDS.get(each.name.removeprefix("Model").removesuffix("Mixin"), "entity")
        if each.name.endswith("Mixin"):
            yield from (f"{kind}.{method}" for method in _functions(each.body))
    yield from ("AnnotationUpdateAction", "Location", "ResourceType")  # the enums of proxies
    for module in ("issues", "jobs", "organizations", "projects", "tasks", "users"):
        for each in package.classes(f"core/proxies/{module}.py"):
            entity = each.name.lower()
            holder = f"client.{entity.removesuffix('repo')}" if entity.endswith("repo") else entity
            yield from (f"{holder}.{method}" for method in _functions(each.body))


def operations() -> Iterator[str]:
    """Yield the operations of cvat-sdk's low level as GROUP.METHOD."""
    package = Package("cvat_sdk")
    for path in sorted((package.folder / "api_client" / "api").glob("*_api.py")):
        for each in package.classes(f"api_client/api/{path.name}"):
            if each.name.endswith("Api"):
                yield from (f"{each.name}.{method}" for method in _functions(each.body))


def tator() -> Iterator[str]:
    """Yield the names of tator but for the methods of its client, which the server's schema has."""
    package = Package("tator")
    yield from package.imported("util/__init__.py")
    yield from package.members("util/media_util.py", "MediaUtil")
    yield "get_parser"


def pyecotaxa() -> Iterator[str]:
    """Yield the names of pyecotaxa."""
    package = Package("pyecotaxa")
    yield from package.names("remote.py", "archive.py")
    yield from package.members("remote.py", "Remote")
    yield from package.members("archive.py", "Archive")


def main() -> None:
    """Write the names of each package in place of those that are kept."""
    kept: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8"))
    for page, names in {"cvat-sdk": cvat_sdk, "tator": tator, "pyecotaxa": pyecotaxa}.items():
        found = sorted({*names()})
        print(page, "gone:", *sorted({*kept[page]["names"]} - {*found}))
        print(page, "new:", *sorted({*found} - {*kept[page]["names"]}))
        kept[page]["names"] = found
    # What older releases had, the pages and tests know too.
    known = kept["cvat-sdk"]["operations"]
    kept["cvat-sdk"]["operations"] = sorted({*known, *operations()})
    KEPT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
