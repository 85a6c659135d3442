"""A JSON array that is read while it arrives, in blocks of whole elements."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, TypeVar

from annoport.core.errors import BrokenAnswerError

R = TypeVar("R")

Read = Callable[[bytes], R]
"""Decodes the text of an array; raises BrokenAnswerError if it is not JSON."""

_FIRST_BLOCK = 16 * 1024
_BLOCK = 256 * 1024
_MISSES = 3
"""After so many wrong guesses in a row, none is made: each costs a decoding."""

# Up to the next bracket outside of strings. The possessive repeats keep it linear.
_BRACKET = re.compile(
    rb'[^"\[\]{}]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"\[\]{}]*+)*+([\[\]{}])', re.DOTALL
)
_SEPARATOR = re.compile(
    rb'[\]}][ \t\r\n]*,[ \t\r\n]*[\[{][ \t\r\n]*(?:"[^"\\]*"[ \t\r\n]*:)?', re.DOTALL
)
_SPACE = b" \t\r\n"


class ArrayBlocks:
    """Cuts the text of an array of objects or arrays, as it arrives, into arrays that are whole.

    Where an element ends is guessed from how another one began. The same text may stand inside of
    an element, but what is cut off there is no JSON; so the decoding of a block, which has to be
    done anyway, proves the guess. After a wrong one, brackets are counted.

    An array of other elements becomes one block, and so does what is no array.
    """

    def __init__(self, first: int = _FIRST_BLOCK, size: int = _BLOCK) -> None:
        """Begin at the start of a text.

        Args:
            first: The least number of bytes of the first block.
            size: The least number of bytes of all others but the last.
        """
        self._pieces: list[bytes] = []
        self._size = 0
        self._limit = first
        self._usual_limit = size
        self._state: Literal["begins", "after element", "after comma"] = "begins"
        self._separator = b""
        self._misses = 0

    def add(self, text: bytes) -> None:
        """Add the text that arrived next."""
        self._pieces.append(text)
        self._size += len(text)

    @property
    def is_full(self) -> bool:
        """Whether enough text has come for another block."""
        return self._size >= self._limit

    def take(self, read: Read[R]) -> R | None:
        """Take the elements that are whole.

        Args:
            read: Decodes them.

        Returns:
            What `read` makes of them; None if there are none.

        Raises:
            BrokenAnswerError: The text is not that of an array.
        """
        text = self._text()
        guess = text.rfind(self._separator) + 1 if self._separator else 0
        if guess and self._misses < _MISSES:
            try:
                found = read(_array(text, guess))
            except BrokenAnswerError:
                self._misses += 1
            else:
                self._misses = 0
                self._go_on(text[guess:])
                return found
        end = self._end_of_last(text)
        if not end:
            self._limit = 2 * len(text)
            return None
        found = read(_array(text, end))
        self._go_on(text[end:])
        return found

    def rest(self, read: Read[R]) -> R:
        """Return what `read` makes of the elements that are left, after all text has come.

        Raises:
            BrokenAnswerError: The text ends too early, or is not that of an array.
        """
        text = self._text()
        if self._state == "after comma" and text[1:].lstrip(_SPACE).startswith(b"]"):
            text = b"[null," + text[1:]  # no JSON either, and the decoder says why
        return read(text)

    def _text(self) -> bytes:
        """Return the text that is left, with a bracket in place of the comma before it."""
        text = b"".join(self._pieces)
        if self._state == "after element":
            text = text.lstrip(_SPACE)
            if text.startswith(b","):
                self._state = "after comma"
                text = b"[" + text[1:]
            elif text.startswith(b"]"):
                text = b"[" + text
                self._state = "begins"
            elif text:
                text = b"[null " + text  # no JSON, and the decoder says why
        elif self._state == "begins":
            text = text.lstrip(_SPACE)
        self._pieces, self._size = [text], len(text)
        return text

    def _go_on(self, text: bytes) -> None:
        self._pieces, self._size, self._limit = [text], len(text), self._usual_limit
        self._state = "after element"

    def _end_of_last(self, text: bytes) -> int:
        """Return where the last element ends that is whole, by counting brackets; 0 for none."""
        if not text.startswith(b"["):
            return 0
        depth = at = end = before = 0
        while (match := _BRACKET.match(text, at)) is not None:
            at = match.end()
            depth += 1 if match[1] in b"[{" else -1
            if depth == 1 and match[1] in b"]}":
                before, end = end, at
            elif depth == 0:
                break
        separator = _SEPARATOR.match(text, (before or end) - 1) if end else None
        self._separator = separator[0] if separator else b""
        return end


def _array(text: bytes, end: int) -> bytes:
    return text[:end] + b"]"
