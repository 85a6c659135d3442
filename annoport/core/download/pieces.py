"""Which bytes are there of a file that is fetched in pieces, each from its beginning on."""

from __future__ import annotations

import attrs


@attrs.define
class Pieces:
    """The pieces of one file, counted from 0.

    size: of a piece, in bytes. total: of the file. whole: those that are there.
    begun: how many bytes are there of each of the others. noted: all this is written down.
    """

    size: int
    total: int
    whole: set[int] = attrs.field(factory=set[int])
    begun: dict[int, int] = attrs.field(factory=dict[int, int])
    noted: bool = attrs.field(default=True, init=False)
    _note: dict[int, int] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """What one begins with was read from a note."""
        self._note = dict(self.begun)

    @property
    def received(self) -> int:
        """Bytes that are there."""
        bounds = map(self._bounds, self.whole)
        return sum(stop - start for start, stop in bounds) + sum(self.begun.values())

    def missing(self) -> list[int]:
        """Give the pieces that are not whole, in order."""
        return [index for index in range(-(-self.total // self.size)) if index not in self.whole]

    def gap(self, index: int) -> tuple[int, int]:
        """Where the bytes begin and end that a piece lacks."""
        start, stop = self._bounds(index)
        return min(stop, start + self.begun.get(index, 0)), stop

    def took(self, index: int, count: int) -> None:
        """Count bytes that were added to a piece."""
        self.begun[index] = self.begun.get(index, 0) + count
        self.noted = False

    def ended(self, index: int) -> None:
        """Take a piece as whole."""
        self.whole.add(index)
        self.begun.pop(index, None)
        self.noted = False

    def unnoted(self, index: int) -> int:
        """How many bytes of a piece would be lost by a kill."""
        return self.begun.get(index, 0) - self._note.get(index, 0)

    def note(self) -> None:
        """Take what is there as written down."""
        self._note, self.noted = dict(self.begun), True

    def back_to_note(self) -> None:
        """Forget the bytes that were not written down."""
        self.begun = dict(self._note)

    def _bounds(self, index: int) -> tuple[int, int]:
        return index * self.size, min(self.total, (index + 1) * self.size)
