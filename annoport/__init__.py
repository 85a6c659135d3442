"""Jobs, downloads and typed clients for annotation platforms.

The clients are `annoport.ecotaxa`, `annoport.tator` and `annoport.cvat`; each comes with the extra
of its name.
"""

from typing import TYPE_CHECKING

from annoport.core.lazy import lazy_exports

if TYPE_CHECKING:
    from annoport import errors
    from annoport.convert import from_json, to_builtins, to_json
    from annoport.core._async.waiting import async_wait_all
    from annoport.core._sync.waiting import wait_all
    from annoport.core.types import UNSET, UploadFile

__all__ = [
    "UNSET",
    "UploadFile",
    "async_wait_all",
    "errors",
    "from_json",
    "to_builtins",
    "to_json",
    "wait_all",
]

if not TYPE_CHECKING:
    # Only at run time: for a type checker, a name that is not above does not exist.
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "UNSET": "core.types",
            "UploadFile": "core.types",
            "async_wait_all": "core._async.waiting",
            "errors": None,
            "from_json": "convert",
            "to_builtins": "convert",
            "to_json": "convert",
            "wait_all": "core._sync.waiting",
        },
    )
