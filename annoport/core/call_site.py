"""Where, outside of annoport, the running call began: the place that a warning names."""

from __future__ import annotations

import inspect


def stacklevel(package: str) -> int:
    """The `stacklevel` for a `warnings.warn` in the caller that names its first user's line.

    package: import name of a generated package, whose frames are passed over like our own.
    """
    level = 1
    here = inspect.currentframe()
    frame = here.f_back if here is not None else None
    while frame is not None and _is_ours(frame.f_globals.get("__name__", ""), package):
        frame = frame.f_back
        level += 1
    return level


def _is_ours(module: str, package: str) -> bool:
    return module.partition(".")[0] in ("annoport", package)
