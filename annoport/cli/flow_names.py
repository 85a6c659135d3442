"""The names of the flows of a platform, which are told without loading them."""

from __future__ import annotations

import importlib
from typing import Any, Final

from annoport.cli.index import word

_WITHOUT_TWIN: Final = ("check_bundle", "pull")
"""Flows that send no request themselves, so that there is no async version of them."""


def flow_names(platform: str) -> list[str]:
    """Return the names of a platform's flows; a platform may have none.

    A flow is a function of `annoport.<platform>` that has an async twin, or needs none.

    Args:
        platform: The name of the platform.
    """
    module = flow_module(platform)
    names = [] if module is None else dir(module)
    return [name for name in names if f"async_{name}" in names or name in _WITHOUT_TWIN]


def flow_words(platform: str) -> dict[str, str]:
    """Return the names of a platform's flows by their words on the command line.

    Args:
        platform: The name of the platform.
    """
    return {word(name): name for name in flow_names(platform)}


def flow_module(platform: str) -> Any:
    """Return the module with the flows of a platform; None if it has none.

    Args:
        platform: The name of the platform.
    """
    try:
        return importlib.import_module(f"annoport.{platform}")
    except ModuleNotFoundError:
        return None
