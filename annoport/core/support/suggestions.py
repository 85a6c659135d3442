"""What a message suggests for a name that seems misspelt."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Return the question whether another name is meant; None if none is like it.

    Args:
        name: A name that is none of them.
        known: The names.
        cutoff: How much one must be like it, from 0 to 1.
    """
    import difflib  # not needed where no message is

    close = difflib.get_close_matches(name, list(known), n=1, cutoff=cutoff)
    return f"did you mean {close[0]!r}?" if close else None
