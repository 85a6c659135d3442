"""The labels of the classes that a model tells apart."""

from __future__ import annotations

import ast
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from annoport.core.errors import ConfigurationError, InvalidArgumentError

Names: TypeAlias = "Sequence[str] | Mapping[int, str] | str | os.PathLike[str]"
"""Names in order, or by their indexes, or a file with a name in each line."""


def class_names(given: Names, *, first: int = 0) -> dict[int, str]:
    """Return the label of each class, by its index.

    Args:
        given: The names. A text that begins with a bracket is itself a list or dict, as Python and
            JSON write it.
        first: The index of the first of a list.

    Raises:
        ConfigurationError: A file cannot be read.
        InvalidArgumentError: There are none, or they are not names.
    """
    found = _said(given)
    try:
        pairs = found.items() if isinstance(found, Mapping) else enumerate(found, first)
        names = {int(index): str(name).strip() for index, name in pairs}
    except (TypeError, ValueError):
        raise InvalidArgumentError(f"labels: {given!r:.80} are no names") from None
    names = {index: name for index, name in names.items() if name}
    if not names or min(names) < first:
        raise InvalidArgumentError(f"labels: one is needed, and indexes count from {first}")
    return names


def _said(given: Names) -> Sequence[str] | Mapping[int, str]:
    if isinstance(given, str) and given.lstrip().startswith(("{", "[", "(")):
        try:
            said: Sequence[str] | Mapping[int, str] = ast.literal_eval(given)
        except (ValueError, SyntaxError):
            raise InvalidArgumentError(f"labels: {given!r:.80} are no names") from None
        return said
    if isinstance(given, str | os.PathLike):
        try:
            return Path(given).read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                f"labels: {os.fspath(given)} cannot be read: {error}"
            ) from error
    return given
