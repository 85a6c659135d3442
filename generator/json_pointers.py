"""JSON Pointers (RFC 6901): places in a document, as text."""

from __future__ import annotations


def joined(pointer: str, *parts: str | int) -> str:
    """Return a JSON Pointer extended by some parts."""
    for part in parts:
        text = str(part)
        if "~" in text or "/" in text:
            text = text.replace("~", "~0").replace("/", "~1")
        pointer += f"/{text}"
    return pointer


def split(pointer: str) -> list[str]:
    """Return the parts of a JSON Pointer; it may start with the `#` of a reference."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
