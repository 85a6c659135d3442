"""Writing to stdout: whole, in its encoding, and at once."""

from __future__ import annotations

import shutil
import sys


def is_terminal() -> bool:
    """Whether a person reads what is written."""
    return sys.stdout.isatty()


def width() -> int:
    """Return how many columns the terminal has."""
    return shutil.get_terminal_size().columns


def speaks_unicode() -> bool:
    """Whether the encoding of stdout has all characters."""
    return (sys.stdout.encoding or "utf-8").lower().replace("-", "").startswith("utf")


def write_text(text: str) -> None:
    """Write text; what the encoding does not have is escaped.

    Args:
        text: What to write.
    """
    encoding = sys.stdout.encoding or "utf-8"
    write_bytes(text.encode(encoding, "backslashreplace"))


def write_json(document: bytes) -> None:
    r"""Write JSON; where the encoding of stdout lacks characters, as `\u` escapes.

    Args:
        document: JSON in UTF-8.
    """
    if not speaks_unicode() and not document.isascii():
        text = document.decode("utf-8")
        document = "".join(c if c.isascii() else _escaped(c) for c in text).encode("ascii")
    write_bytes(document)


def write_bytes(content: bytes) -> None:
    """Write bytes, and let the reader have them now.

    Args:
        content: What to write.
    """
    sys.stdout.flush()
    raw = getattr(sys.stdout, "buffer", None)
    if raw is None:  # something that takes text only
        sys.stdout.write(content.decode("utf-8", "replace"))
    else:
        raw.write(content)
        raw.flush()


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
