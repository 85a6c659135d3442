"""Conditions in one language that each platform writes in its own way."""

from __future__ import annotations

from typing import Any, Literal, Protocol, runtime_checkable

Dialect = Literal["json-logic", "attribute-search", "object-filters"]
"""A way to write a condition: JSON Logic, Tator's tree of attribute operations, or EcoTaxa's
object of named filters."""


@runtime_checkable
class Filter(Protocol):
    """A condition that can be passed where a platform takes one, as `annoport.filters` has them."""

    def compile_filter(self, dialect: Dialect) -> Any:
        """Return the condition as plain data.

        Args:
            dialect: How to write it.

        Raises:
            InvalidArgumentError: The dialect has no words for it.
        """
        ...
