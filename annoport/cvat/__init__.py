"""CVAT: every public name of `annoport_cvat`, its annotations in neutral form, and datasets.

Names load on first use.
"""

from typing import TYPE_CHECKING

from annoport._platform_module import platform_exports

if TYPE_CHECKING:
    from annoport.cvat.annotations import Converter as Converter
    from annoport.cvat.labels import from_label as from_label
    from annoport.cvat.labels import to_label as to_label
    from annoport.cvat.sources import job as job
    from annoport.cvat.sources import project as project
    from annoport.cvat.sources import task as task
    from annoport_cvat import *  # noqa: F403 - its __all__ lists them
else:
    # Only at run time: for a type checker, a name that is not above does not exist.
    _FLOWS = {
        "Converter": "annotations",
        "from_label": "labels",
        "job": "sources",
        "project": "sources",
        "task": "sources",
        "to_label": "labels",
    }
    __getattr__, __dir__ = platform_exports("cvat", _FLOWS)
