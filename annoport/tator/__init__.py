"""Tator: every public name of `annoport_tator`, and functions that take several requests.

Names load on first use.
"""

from typing import TYPE_CHECKING

from annoport._platform_module import platform_exports

if TYPE_CHECKING:
    from annoport.tator.stored import stored_file as stored_file
    from annoport_tator import *  # noqa: F403 - its __all__ lists them
else:
    # Only at run time: for a type checker, a name that is not above does not exist.
    __getattr__, __dir__ = platform_exports("tator", {"stored_file": "stored"})
