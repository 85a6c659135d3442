"""pyarrow, imported on first use; without it, an error says which extra brings it."""

from __future__ import annotations

import functools
import importlib
from typing import Any, TypeAlias

Table: TypeAlias = Any
"""A `pyarrow.Table`: pyarrow comes without types."""


@functools.cache
def arrow(module: str = "pyarrow") -> Any:
    """Return pyarrow, or one of its modules.

    Args:
        module: The name of the module.

    Raises:
        ImportError: pyarrow is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "pyarrow":
            raise
        raise ImportError(
            "annoport.tables needs pyarrow, which is not installed: pip install 'annoport[tables]'",
            name=error.name,
        ) from None
