"""Which bytes of a file that is fetched in pieces have arrived; each piece fills from its start."""

from __future__ import annotations

import attrs


@attrs.define
class Pieces:
    """The pieces of one file, numbered from 0.

    Attributes:
        size: Bytes of a piece; the last one may be shorter.
        total: Bytes of the file.
        whole: Numbers of the complete pieces.
        begun: For each incomplete piece, the number of bytes that have arrived.
        noted: Whether the sidecar says all this.
    """

    size: int
    total: int
    whole: set[int] = attrs.field(factory=set[int])
    begun: dict[int, int] = attrs.field(factory=dict[int, int])
    noted: bool = attrs.field(default=True, init=False)
    _note: dict[int, int] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Take what has arrived so far as noted: it was read from a sidecar."""
        self._note = dict(self.begun)

    @property
    def received(self) -> int:
        """The number of bytes that have arrived."""
        bounds = map(self._bounds, self.whole)
        return sum(stop - start for start, stop in bounds) + sum(self.begun.values())

    def missing(self) -> list[int]:
        """Return the numbers of the incomplete pieces, in order."""
        return [index for index in range(-(-self.total // self.size)) if index not in self.whole]

    def gap(self, index: int) -> tuple[int, int]:
        """Return the start and end of the bytes that a piece still lacks."""
        start, stop = self._bounds(index)
        return min(stop, start + self.begun.get(index, 0)), stop

    def took(self, index: int, count: int) -> None:
        """Count bytes that were added to a piece."""
        self.noted = False  # first, for an interrupt in between
        self.begun[index] = self.begun.get(index, 0) + count

    def ended(self, index: int) -> None:
        """Mark a piece as complete."""
        self.noted = False
        self.whole.add(index)
        self.begun.pop(index, None)

    def unnoted(self, index: int) -> int:
        """Return how many bytes of a piece would be lost if the process were killed now."""
        return self.begun.get(index, 0) - self._note.get(index, 0)

    def note(self) -> None:
        """Take everything that has arrived as noted."""
        self._note, self.noted = dict(self.begun), True

    def back_to_note(self) -> None:
        """Forget the bytes that are not noted."""
        self.begun = dict(self._note)

    def _bounds(self, index: int) -> tuple[int, int]:
        return index * self.size, min(self.total, (index + 1) * self.size)
