"""What the upload protocol TUS is on every platform that speaks it."""

from __future__ import annotations

import base64


def metadata(header: str) -> dict[str, str]:
    """Return what the header Upload-Metadata says of a file: key -> text.

    Args:
        header: Its value, pairs of a key and a text in Base64, separated by commas.

    Raises:
        ValueError: A text is not Base64 of UTF-8.
    """
    found: dict[str, str] = {}
    for pair in header.split(","):
        name, _, value = pair.strip().partition(" ")
        found[name] = base64.b64decode(value).decode()
    return found
