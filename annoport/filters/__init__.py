"""One language for the filters and searches of all platforms.

    from annoport.filters import F

    client.tasks.list(filter=(F["status"] == "annotation") & F["name"].contains("dive"))
    client.localizations.list(3, encoded_search=F["Species"] == "crab")
    client.objects.list(12, body=F["obj.classif_qual"] == "V")

What a platform cannot say is an error that names it; nothing is sent then.
"""

from typing import TYPE_CHECKING

from annoport.core import lazy_exports

if TYPE_CHECKING:
    from annoport.filters.expressions import AllOf, AnyOf, Comparison, Expression, Not, Operator
    from annoport.filters.fields import F, Field, Fields

__all__ = ["AllOf", "AnyOf", "Comparison", "Expression", "F", "Field", "Fields", "Not", "Operator"]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            **dict.fromkeys(__all__, "expressions"),
            **dict.fromkeys(("F", "Field", "Fields"), "fields"),
        },
    )
