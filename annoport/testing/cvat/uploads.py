"""Files that arrive at the fake CVAT in one piece, in several requests or in chunks."""

from __future__ import annotations

import attrs


@attrs.define(kw_only=True)
class Upload:
    """A file that arrives in chunks."""

    key: str
    name: str
    length: int
    content: bytearray = attrs.field(factory=bytearray)


@attrs.define
class Uploads:
    """Files that arrived, or are arriving, by the path that they belong to."""

    arriving: dict[str, Upload] = attrs.field(factory=dict[str, Upload])
    whole: dict[str, bytes] = attrs.field(factory=dict[str, bytes])  # by the server's own file name
    staged: dict[str, dict[str, bytes]] = attrs.field(
        factory=dict[str, dict[str, bytes]]
    )  # path -> name -> content
