"""CVAT: every public name of `annoport_cvat`.

Names load on first use.
"""

from typing import TYPE_CHECKING

from annoport._platform_module import platform_exports

if TYPE_CHECKING:
    from annoport_cvat import *  # noqa: F403 - its __all__ lists them
else:
    # Only at run time: for a type checker, a name that is not above does not exist.
    __getattr__, __dir__ = platform_exports("cvat")
