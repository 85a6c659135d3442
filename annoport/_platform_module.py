"""What makes `annoport.cvat` a module with all names of the package `annoport_cvat`."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any

from annoport.core import lazy_exports


def platform_exports(
    platform: str, flows: Mapping[str, str] | None = None
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return the `__getattr__` and `__dir__` of `annoport.<platform>`.

    Args:
        platform: The platform's name; its generated package is `annoport_<platform>`.
        flows: What the hand-written layer adds: name -> submodule that defines it.

    Returns:
        Two functions, which load a name of the generated package or a flow on first use.

    Raises:
        ImportError: if the generated package is not installed.
    """
    module = f"annoport.{platform}"
    package = _package(platform)
    own = flows or {}
    load_flow, _ = lazy_exports(module, own)

    def load(name: str) -> Any:
        if name in own or name not in package.__all__:
            return load_flow(name)
        value = getattr(package, name)
        setattr(sys.modules[module], name, value)
        return value

    def names() -> list[str]:
        special = (name for name in vars(sys.modules[module]) if name.startswith("__"))
        return sorted({*special, *package.__all__, *own})

    return load, names


def _package(platform: str) -> Any:
    name = f"annoport_{platform}"
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise ImportError(
            f"annoport.{platform} needs {name}, which is not installed: "
            f"pip install 'annoport[{platform}]'",
            name=name,
        ) from None
