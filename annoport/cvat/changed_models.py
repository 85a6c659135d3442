"""Models with some fields changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

import attrs

from annoport.core import Model

ModelT = TypeVar("ModelT", bound=Model)


def changed(model: ModelT, fields: Mapping[str, Any]) -> ModelT:
    """Return a model with other values in some fields; it stays as it is itself.

    Args:
        model: The model.
        fields: The values, by the names of the fields.
    """
    # A type checker does not see that models are attrs classes.
    evolved: ModelT = attrs.evolve(cast("Any", model), **fields)
    return evolved
