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


class UrlMask(logging.Filter):
    """Masks the secret query values of the addresses that a library logs."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the record, and let it pass."""
        if isinstance(record.args, tuple):
            record.args = tuple(map(_masked, record.args))
        return True


def _masked(argument: object) -> object:
    text = str(argument)
    return redact_url(text) if "://" in text and "?" in text else argument


_hidden: set[str] = set()


def hide_parameter(name: str) -> None:
    """Mask the values of a query parameter from now on, because a secret is sent there.

    Args:
        name: The name of the parameter.
    """
    if not _hidden:
        logging.getLogger("httpx").addFilter(UrlMask())  # it logs the addresses of requests
    _hidden.add(name)


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
    plain = unquote_plus(name)
    secret = plain in _hidden or _SECRET_NAME.search(plain)
    return f"{name}={MASK}" if equals and secret else pair


def redact_text(text: str) -> str:
    """Mask credentials quoted in a text, such as `Token abc...` or `"password": "..."`."""
    return _SECRET_TEXT.sub(lambda match: (match["scheme"] or match["name"]) + MASK, text)
