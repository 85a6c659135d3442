"""An operation as the spec has it."""

from __future__ import annotations

from typing import Any

import attrs


@attrs.frozen(kw_only=True)
class RawOperation:
    """An operation as the spec has it, with inline schemas hoisted."""

    path: str
    method: str
    data: dict[str, Any]
    parameters: list[dict[str, Any]]
    bodies: dict[str, dict[str, Any]]
    responses: dict[str, dict[str, dict[str, Any]]]

    @property
    def id(self) -> str:
        """The operationId."""
        return str(self.data["operationId"])

    @property
    def place(self) -> str:
        """The HTTP method and path, as messages name an operation."""
        return f"{self.method.upper()} {self.path}"
