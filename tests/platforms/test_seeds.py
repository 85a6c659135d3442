"""Every function named in the seed documents exists under its name, sync and async."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from generator.python.names import snake_case
from tests.shared import SHARED, needs_shared

SEEDS = SHARED / "seeds"


def ecotaxa_functions() -> list[tuple[str | None, str]]:
    names: list[str] = []
    for name in ("ecotaxa-jobs-api.md", "ecotaxa-objects-api.md"):
        text = (SEEDS / name).read_text(encoding="utf-8")
        names += re.findall(r"^(?:\| )?\[\*\*([a-z]\w+)\*\*\]", text, re.MULTILINE)
    text = (SEEDS / "ecotaxa-projects-api.txt").read_text(encoding="utf-8")
    names += re.findall(r"^(\w+) (?:GET|PUT|POST|PATCH|DELETE) /", text, re.MULTILINE)
    return [(None, name) for name in names]


def tator_functions() -> list[tuple[str | None, str]]:
    text = (SEEDS / "tator-python-api.txt").read_text(encoding="utf-8")
    names = re.findall(r"^tator\.api\.(\w+)\(self", text, re.MULTILINE)
    return [(None, name) for name in dict.fromkeys(names)]


def cvat_functions() -> list[tuple[str | None, str]]:
    text = (SEEDS / "cvat-api-and-sdk.txt").read_text(encoding="utf-8")
    rows = re.findall(r"^(\w+)Api (\w+) (?:GET|PUT|POST|PATCH|DELETE) /", text, re.MULTILINE)
    return [(snake_case(resource), name) for resource, name in rows]


SEEDED = {
    "ecotaxa": (ecotaxa_functions, 39),
    "tator": (tator_functions, 207),
    "cvat": (cvat_functions, 152),
}


def methods(platform: str, prefix: str) -> dict[str, dict[str, Any]]:
    """Resource -> method name -> function, of the sync or the async classes."""
    package = importlib.import_module(f"annoport_{platform}")
    client = getattr(package, f"{prefix}Client")
    found: dict[str, dict[str, Any]] = {}
    for resource in Path(next(iter(package.resources.__path__))).glob("[!_]*.py"):
        module = importlib.import_module(f"annoport_{platform}.resources.{resource.stem}")
        classes = [
            member
            for name, member in inspect.getmembers(module, inspect.isclass)
            if member.__module__ == module.__name__ and name.startswith("Async") == bool(prefix)
        ]
        assert len(classes) == 1
        assert hasattr(client, resource.stem)
        found[resource.stem] = dict(inspect.getmembers(classes[0], inspect.isfunction))
    return found


@needs_shared
@pytest.mark.parametrize("prefix", ["", "Async"], ids=["sync", "async"])
@pytest.mark.parametrize("platform", SEEDED)
def test_seed_functions_exist(platform: str, prefix: str) -> None:
    read, expected = SEEDED[platform]
    functions = read()
    assert len(functions) == expected
    found = methods(platform, prefix)
    everywhere = {name for names in found.values() for name in names}
    missing = [
        (resource, name)
        for resource, name in functions
        if name not in (everywhere if resource is None else found.get(resource, {}))
        # `lambda` is a keyword, so that resource has an underscore.
        and name not in found.get(f"{resource}_", {})
    ]
    assert missing == []
