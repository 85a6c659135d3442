"""The attributes that a type of Tator defines, and which values they take."""

from __future__ import annotations

from annoport.core import Unset
from annoport.vision import Attribute, AttributeKind
from annoport_tator import models

_KINDS: dict[str, AttributeKind] = {
    "bool": "checkbox",
    "int": "number",
    "float": "number",
    "enum": "select",
    "geopos": "list",
    "float_array": "list",
}


def to_attribute(kind: models.AttributeType) -> Attribute:
    """Return an attribute of a type as one that knows no platform.

    Args:
        kind: The attribute, as the server sends it.
    """
    dtype = str(kind.dtype)
    return Attribute(
        name=str(kind.name),
        kind=_KINDS.get(dtype, "text"),
        values=tuple(kind.choices or ()),
        default=None if isinstance(kind.default, Unset) else kind.default,
        mutable=True,
        minimum=None if isinstance(kind.minimum, Unset) else kind.minimum,
        maximum=None if isinstance(kind.maximum, Unset) else kind.maximum,
        step=1 if dtype == "int" else None,
    )
