"""Files that are being uploaded to the fake CVAT, or were."""

from __future__ import annotations

import attrs


@attrs.define(kw_only=True)
class Upload:
    """A file that is uploaded in chunks."""

    key: str
    name: str
    length: int
    pieces: list[bytes] = attrs.field(factory=list[bytes])

    @property
    def arrived(self) -> int:
        """The number of bytes that have arrived."""
        return sum(map(len, self.pieces))

    @property
    def content(self) -> bytes:
        """The bytes that have arrived."""
        return b"".join(self.pieces)


@attrs.define
class Uploads:
    """Uploads in progress, and files that are complete but not used yet."""

    arriving: dict[str, Upload] = attrs.field(factory=dict[str, Upload])
    whole: dict[str, bytes] = attrs.field(factory=dict[str, bytes])  # by the server's own file name
    staged: dict[str, dict[str, bytes]] = attrs.field(
        factory=dict[str, dict[str, bytes]]
    )  # path -> name -> content
    promised: dict[str, set[str]] = attrs.field(
        factory=dict[str, set[str]]
    )  # path -> names of files of a task whose upload was begun and has not ended
