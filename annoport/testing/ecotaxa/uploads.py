"""Files that are being uploaded to the fake EcoTaxa in chunks."""

from __future__ import annotations

import attrs


@attrs.define(kw_only=True)
class Upload:
    """A file that is uploaded in chunks."""

    length: int
    metadata: dict[str, str]
    content: bytearray = attrs.field(factory=bytearray)
