"""EcoTaxa: every public name of `annoport_ecotaxa`, and what converts its objects.

Names load on first use.
"""

from typing import TYPE_CHECKING

from annoport._platform_module import platform_exports

if TYPE_CHECKING:
    from annoport.ecotaxa.annotations import Converter as Converter
    from annoport_ecotaxa import *  # noqa: F403 - its __all__ lists them
else:
    # Only at run time: for a type checker, a name that is not above does not exist.
    __getattr__, __dir__ = platform_exports("ecotaxa", {"Converter": "annotations"})
