"""Files that arrive at the fake EcoTaxa in chunks."""

from __future__ import annotations

import attrs


@attrs.define(kw_only=True)
class Upload:
    """A file that arrives in chunks."""

    length: int
    metadata: dict[str, str]
    content: bytearray = attrs.field(factory=bytearray)
