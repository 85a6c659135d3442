"""Lazy exports of a package (PEP 562): a submodule is imported when its names are first used."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any


def lazy_exports(
    package: str, modules: Mapping[str, str | None]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return `__getattr__` and `__dir__` for a package whose names live in its submodules.

    Args:
        package: Dotted name of the package.
        modules: The submodule that defines each exported name, or None if the name is itself a
            submodule.
    """

    def get(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        source = modules[name]
        if source is None:
            value: Any = importlib.import_module(f"{package}.{name}")
        else:
            value = getattr(importlib.import_module(f"{package}.{source}"), name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        own = vars(sys.modules[package])
        defined = (name for name, value in own.items() if _is_defined_in(package, name, value))
        return sorted({*own.get("__all__", ()), *defined, *modules})

    return get, names


def _is_defined_in(package: str, name: str, value: object) -> bool:
    """Whether the package defines a name, rather than importing it."""
    return name.startswith("__") or (
        not name.startswith("_") and getattr(value, "__module__", None) == package
    )
