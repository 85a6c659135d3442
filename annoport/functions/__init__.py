"""Functions that annotate pictures, such as models, and what applies them to any platform.

    from annoport import cvat, functions
    from annoport.vision import Box

    class Crabs:
        spec = functions.Spec(labels=functions.make_labels(["crab"], type="box"))

        def detect(self, context, image):
            return [Box(label="crab", left=10, top=10, right=30, bottom=30, score=0.9)]

    report = functions.annotate(cvat.task(client, 42), Crabs())

Names load on first use. Pictures need the extra `images`.
"""

from typing import TYPE_CHECKING

from annoport.core.support.lazy import lazy_exports

if TYPE_CHECKING:
    from annoport.functions.cvat_sdk import from_cvat_sdk
    from annoport.functions.driver import annotate
    from annoport.functions.loading import LoadedFunction, load, parse_parameters
    from annoport.functions.protocol import (
        AnyFunction,
        BatchFunction,
        Context,
        Function,
        Spec,
        make_labels,
        make_skeleton,
    )
    from annoport.functions.report import Report

__all__ = [
    "AnyFunction",
    "BatchFunction",
    "Context",
    "Function",
    "LoadedFunction",
    "Report",
    "Spec",
    "annotate",
    "from_cvat_sdk",
    "load",
    "make_labels",
    "make_skeleton",
    "parse_parameters",
]

if not TYPE_CHECKING:
    # At run time only, so that type checkers know no names but those above.
    _MODULES = {
        "cvat_sdk": ("from_cvat_sdk",),
        "driver": ("annotate",),
        "loading": ("LoadedFunction", "load", "parse_parameters"),
        "protocol": (
            *("AnyFunction", "BatchFunction", "Context", "Function", "Spec"),
            *("make_labels", "make_skeleton"),
        ),
        "report": ("Report",),
    }
    __getattr__, __dir__ = lazy_exports(
        __name__, {name: module for module, names in _MODULES.items() for name in names}
    )
