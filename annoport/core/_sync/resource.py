# Derived from _async/resource.py by tools/unasync.py: change that file instead.
"""What the resource classes of generated packages have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from annoport.core._sync.client import BaseClient


class Resource:
    """A group of a platform's operations, called through a client."""

    def __init__(self, client: BaseClient) -> None:
        self._client = client

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._client!r}>"
