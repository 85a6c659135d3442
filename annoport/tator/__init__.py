"""Tator: every public name of `annoport_tator`, and functions that take several requests.

Names load on first use.
"""

from typing import TYPE_CHECKING

from annoport._platform_module import platform_exports

if TYPE_CHECKING:
    from annoport.tator._async.stored import async_stored_file as async_stored_file
    from annoport.tator._sync.stored import stored_file as stored_file
    from annoport.tator.annotations import Converter as Converter
    from annoport.tator.fingerprints import fingerprint as fingerprint
    from annoport_tator import *  # noqa: F403 - its __all__ lists them
else:
    # Only at run time: for a type checker, a name that is not above does not exist.
    _FLOWS = {
        "Converter": "annotations",
        "async_stored_file": "_async.stored",
        "fingerprint": "fingerprints",
        "stored_file": "_sync.stored",
    }
    __getattr__, __dir__ = platform_exports("tator", _FLOWS)
