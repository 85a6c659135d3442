"""Keep secrets out of messages and logs."""

from __future__ import annotations

import logging
import re
from urllib.parse import unquote_plus, urlsplit, urlunsplit

MASK = "***"

_SECRET_NAME = re.compile(
    r"token|passw|secret|signature|credential|api[-_]?key|access[-_]?key|session|^(sig|sign|key|auth)$",
    re.IGNORECASE,
)
_SECRET_TEXT = re.compile(
    r"""
    (?P<scheme> \b (?: Bearer | Token | Basic ) \s+ ) [\w.~+/=-]{16,}
    | (?P<name> (?: passw(?:or)?d | secret | token | api_?key ) \w* ["']? \s* [:=] \s* )
      (?: "[^"]*" | '[^']*' )
    """,
    re.IGNORECASE | re.VERBOSE,
)


_LOGGED_HEADER = r"""
    (?P<name> b'(?: set-cookie | location | (?:proxy-)?authorization | [\w-]*token )' ,\s* )
    b (?: '(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*" )
"""  # compiled on first use, because few programs log at that level


class HeaderMask(logging.Filter):
    """Masks secret headers that a library logs as pairs of bytes."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the record, and let it pass."""
        record.msg = re.sub(
            _LOGGED_HEADER, rf"\g<name>b'{MASK}'", str(record.msg), flags=re.IGNORECASE | re.VERBOSE
        )
        return True


def redact_url(url: str) -> str:
    """Return a URL without user info and fragment, secret query values masked."""
    try:
        parts = urlsplit(url)
    except ValueError:  # servers can send anything; what is not a URL is not shown at all
        return MASK
    host = parts.netloc.rpartition("@")[2]
    query = "&".join(_redact_pair(pair) for pair in parts.query.split("&")) if parts.query else ""
    return urlunsplit((parts.scheme, host, parts.path, query, ""))


def without_query(url: str) -> str:
    """Return a URL without user info and query, which holds the signature of presigned URLs."""
    return redact_url(url.partition("?")[0])


def _redact_pair(pair: str) -> str:
    name, equals, _ = pair.partition("=")
    return f"{name}={MASK}" if equals and _SECRET_NAME.search(unquote_plus(name)) else pair


def redact_text(text: str) -> str:
    """Mask credentials quoted in a text, such as `Token abc...` or `"password": "..."`."""
    return _SECRET_TEXT.sub(lambda match: (match["scheme"] or match["name"]) + MASK, text)
