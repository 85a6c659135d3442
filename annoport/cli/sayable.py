"""The annotation of an argument of a flow: what of it a command line can say."""

from __future__ import annotations

import re
import sys
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

from annoport.cli import kinds

_UNSAID: Final = ("Callable[", "ProgressOption", "Answer", "Job[", "Pager[", "Image")
"""What no text can stand for."""
_NOTHING: Final = ("None", "NoneType", "Unset", "UnsetType")
_KEPT: Final = ("Any", "FileSource", "Filter", "Overwrite", "ProgressOption", "Answer")
"""Names that say more than what they stand for."""
_NAME: Final = re.compile(r"(?<![\w.'\"])[A-Z]\w+(?![\w\[.])")
_MODEL: Final = re.compile(r"\bmodels\.(\w+)")


def said(annotation: object, function: Any) -> str:
    """Return the part of an annotation that a command line can say; empty if there is none.

    Args:
        annotation: The source of the annotation.
        function: The function whose argument it is: its module knows what other names stand for.
    """
    names = vars(sys.modules[function.__module__])

    def spelt(match: re.Match[str]) -> str:
        value = names.get(match[0])
        return match[0] if match[0] in _KEPT or value is None else _source(value)

    whole = _NAME.sub(spelt, str(annotation))
    parts = [
        part
        for part in kinds.alternatives(whole)
        if part not in _NOTHING and not part.startswith(_UNSAID)
    ]
    return " | ".join(parts)


def models_in(annotation: str) -> list[str]:
    """Return the names of the models that an annotation has.

    Args:
        annotation: The source of the annotation.
    """
    return _MODEL.findall(annotation)


def only_models(annotation: str) -> bool:
    """Whether nothing but models of the platform will do.

    Args:
        annotation: The source of the annotation.
    """
    return all(part.startswith("models.") for part in kinds.alternatives(annotation))


def is_condition(annotation: str) -> bool:
    """Whether a condition will do, which is not so of each name that ends in "Filter".

    Args:
        annotation: The source of the annotation.
    """
    return "Filter" in kinds.alternatives(annotation)


def _source(value: Any) -> str:
    """Return the source of a type, with the models of a platform as `models.NAME`."""
    origin, arguments = get_origin(value), get_args(value)
    if origin in {Union, UnionType}:
        return " | ".join(map(_source, arguments))
    if origin is Literal:
        return f"Literal[{', '.join(map(repr, arguments))}]"
    if origin is not None:
        return f"{origin.__name__}[{', '.join(map(_source, arguments))}]"
    if not isinstance(value, type):
        return str(value)
    generated = value.__module__.startswith("annoport_")
    return f"models.{value.__name__}" if generated else value.__name__
