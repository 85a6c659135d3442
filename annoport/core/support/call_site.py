"""The line of the user's code that a warning should point to."""

from __future__ import annotations

import inspect


def stacklevel() -> int:
    """Return the `stacklevel` with which `warnings.warn` in the caller points to the user's code.

    Frames of the core and of generated packages are skipped.
    """
    level = 1
    here = inspect.currentframe()
    frame = here.f_back if here is not None else None
    while frame is not None and _is_ours(frame.f_globals.get("__name__", "")):
        frame = frame.f_back
        level += 1
    return level


def _is_ours(module: str) -> bool:
    package = module.partition(".")[0]
    return package == "annoport" or package.startswith("annoport_")
