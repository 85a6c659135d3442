"""Python source of the annotation structs, field by field, without defaults."""

from __future__ import annotations

from typing import Any

import msgspec

from generator.names import literal


def struct_source(value: Any) -> str:
    """A constructor call that makes the value again."""
    if isinstance(value, msgspec.Struct):
        fields = []
        for info in msgspec.structs.fields(type(value)):
            item = getattr(value, info.name)
            if item != info.default and not (
                info.default_factory is not msgspec.NODEFAULT and not item
            ):
                fields.append(f"{info.name}={struct_source(item)}")
        return f"{type(value).__name__}({', '.join(fields)})"
    if isinstance(value, tuple):
        inner = ", ".join(struct_source(item) for item in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, dict):
        items = (f"{literal(key)}: {struct_source(item)}" for key, item in value.items())
        return "{" + ", ".join(items) + "}"
    return literal(value)
