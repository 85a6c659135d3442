"""File names from servers, made safe for the local disk.

A name from a server is only a suggestion for one folder entry. It never chooses the folder, never
hides the file, and never names a device.
"""

from __future__ import annotations

import re
import unicodedata
from types import MappingProxyType
from urllib.parse import unquote, unquote_to_bytes, urlsplit

MAX_NAME_BYTES = 200
"""File systems allow 255 bytes; the names of partial files need the rest."""

_MAX_EXTENSION_BYTES = 24
_PARAMETER = re.compile(
    r""";\s*(?P<key>[\w!#$%&'+\-.^`|~*]+)\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^;]*))"""
)
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_DEVICE = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])", re.IGNORECASE)
# Not those of the system, which differ from one to the next.
_EXTENSIONS = MappingProxyType(
    {
        "application/gzip": ".gz",
        "application/json": ".json",
        "application/pdf": ".pdf",
        "application/x-zip-compressed": ".zip",
        "application/zip": ".zip",
        "image/bmp": ".bmp",
        "image/gif": ".gif",
        "image/jpeg": ".jpg",
        "image/png": ".png",
        "image/tiff": ".tif",
        "image/webp": ".webp",
        "text/csv": ".csv",
        "text/plain": ".txt",
        "text/tab-separated-values": ".tsv",
        "video/mp4": ".mp4",
        "video/webm": ".webm",
    }
)
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def from_disposition(header: str | None) -> str | None:
    """Return the file name in a `Content-Disposition` header, as the server wrote it.

    The encoded form (`filename*=`) takes precedence over the plain one. The result is None if
    neither is usable.
    """
    if not header:
        return None
    plain: str | None = None
    for match in _PARAMETER.finditer(header):
        key = match["key"].lower()
        quoted = match["quoted"]
        value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else match["bare"].strip()
        if key == "filename*":
            decoded = _decode_extended(value)
            if decoded:
                return decoded
        elif key == "filename" and plain is None:
            plain = _repair_utf8(value)
    return plain or None


def from_url(url: str) -> str | None:
    """Return the last part of a URL's path, decoded; None if it is empty."""
    last = urlsplit(url).path.rsplit("/", 1)[-1]
    return unquote(last) or None


def safe_name(name: str | None, fallback: str = "download") -> str:
    """Return a name that is safe as a folder entry on every system.

    Args:
        name: The name that the server sent, if any.
        fallback: The result if `name` is None or nothing usable is left of it.
    """
    last = re.split(r"[/\\]", name or "")[-1]
    last = unicodedata.normalize("NFC", last)
    shown = "".join(
        "" if unicodedata.category(letter) in _UNSEEN_CATEGORIES else letter for letter in last
    )
    cleaned = _FORBIDDEN.sub("_", shown).strip(" .")
    if not cleaned.strip("_ ."):
        return fallback
    if is_device(cleaned):
        cleaned = f"_{cleaned}"
    return shorten(cleaned, MAX_NAME_BYTES)


def extension_of(media_type: str) -> str:
    """Return the usual extension for a media type, with its dot; "" if none is known."""
    return _EXTENSIONS.get(media_type, "")


def with_suffix(name: str, suffix: str) -> str:
    """Return a name with a suffix before its extension, and short enough for both to stay."""
    stem, dot, extension = name.rpartition(".")
    if not stem:
        stem, dot, extension = name, "", ""
    tail = f"{suffix}{dot}{extension}"
    return shorten(stem, MAX_NAME_BYTES - len(tail.encode())) + tail


def is_device(name: str) -> bool:
    """Whether Windows treats a folder entry of this name as a device, whatever its extension."""
    return _DEVICE.fullmatch(name.split(".", 1)[0].strip()) is not None


def shorten(name: str, limit: int) -> str:
    """Cut a name to `limit` bytes of UTF-8, keeping its extension and splitting no character."""
    if len(name.encode()) <= limit:
        return name
    stem, dot, extension = name.rpartition(".")
    tail = f"{dot}{extension}"
    if not stem or len(tail.encode()) > _MAX_EXTENSION_BYTES:
        stem, tail = name, ""
    room = limit - len(tail.encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(" .") + tail


def _decode_extended(value: str) -> str | None:
    """Decode `charset'language'percent-encoded`; None if the charset or the bytes are invalid."""
    charset, found, rest = value.partition("'")
    _language, found_again, encoded = rest.partition("'")
    if not (found and found_again):
        return None
    try:
        return unquote_to_bytes(encoded).decode(charset)
    except (LookupError, UnicodeDecodeError):
        return None


def _repair_utf8(value: str) -> str:
    """Undo the usual damage to a UTF-8 name that was read as Latin-1."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value
