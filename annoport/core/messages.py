"""Find the message in the body of an error response.

Servers report errors as objects of many shapes, lists, bare strings, tracebacks, HTML, XML and
images. `find` tries the platform's own pointers first, then the usual keys.
"""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from annoport.core.redact import redact_text
from annoport.core.values.models import UNSET
from annoport.core.values.pointers import resolve
from annoport.core.values.type_guards import is_list, is_mapping

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from annoport.core.contract.extensions import ErrorReason

BODY_LIMIT = 64 * 1024
"""Characters of an error body that are kept."""

MESSAGE_LIMIT = 300
"""Characters of a message that are shown."""

_CUT = " ... "
_TEXT_LIMIT = BODY_LIMIT // 4

_MARKUP_LIMIT = 8 * 1024
_USUAL_KEYS = ("detail", "message", "error", "errors", "title", "msg", "non_field_errors")
_TITLE = re.compile(r"<(title|h1)\b[^>]*>(.*?)</\1\s*>", re.IGNORECASE | re.DOTALL)
_XML_ERROR = re.compile(r"<Code>(.*?)</Code>\s*<Message>(.*?)</Message>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_FRAME = re.compile(r'^\s*File "[^"]*", line \d+', re.MULTILINE)
_RULE = re.compile(r"^[\s\W_]*$|^-{3,}")


def read_body(content: bytes, media_type: str) -> Any:
    """Return an error body as parsed JSON or text; None when it is empty or binary.

    Args:
        content: The body.
        media_type: The Content-Type header, which may be wrong.
    """
    kind = media_type.partition(";")[0].strip().lower()
    if not content or kind.startswith(("image/", "audio/", "video/")):
        return None
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        pass
    try:
        text = content.decode("utf-8", "strict" if not kind else "replace")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def kept(body: Any, size: int) -> Any:
    """Return what an error keeps of a body: of what is too long, the beginning and the end.

    Servers put the reason behind a repetition of the request.

    Args:
        body: What `read_body` returned.
        size: Bytes of the answer that it was read from.
    """
    if size <= BODY_LIMIT:
        return body
    if isinstance(body, str):
        return _ends(body, BODY_LIMIT)
    try:
        shorter = _with_short_texts(body)
        text = json.dumps(shorter, ensure_ascii=False)
    except RecursionError:
        return None
    return shorter if len(text) <= BODY_LIMIT else _ends(text, BODY_LIMIT)


def _with_short_texts(value: Any) -> Any:
    if isinstance(value, str):
        return _ends(value, _TEXT_LIMIT)
    if is_mapping(value):
        return {key: _with_short_texts(inner) for key, inner in value.items()}
    if is_list(value):
        return [_with_short_texts(inner) for inner in value]
    return value


def find(body: Any, pointers: Iterable[str] = ()) -> str:
    """Return the message in an error body, secrets masked; "" when there is none.

    Args:
        body: What `read_body` returned.
        pointers: JSON pointers to try first.
    """
    for pointer in pointers:
        text = _flatten(resolve(body, pointer))
        if text:
            return _harmless(text)
    return _harmless(_usual(body))


def with_reason(said: str, body: Any, reason: ErrorReason) -> str:
    """Return a message, followed by the reason that the body gives elsewhere.

    Args:
        said: What `find` returned.
        body: What `read_body` returned.
        reason: Where the body gives a reason.
    """
    why = _flatten(resolve(body, reason.at))
    if why in ("", said, reason.nothing):
        return said
    return f"{said}: {_harmless(why)}" if said else _harmless(why)


def _harmless(text: str) -> str:
    return redact_text(_ends(text, BODY_LIMIT))


def shorten(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """Return `text` as one line of at most `limit` characters: its beginning and its end."""
    return _ends(" ".join(text.split()), limit)


def _ends(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    room = limit - len(_CUT)
    tail = room // 2
    return text[: room - tail].rstrip() + _CUT + text[-tail:].lstrip()


def reason(status: int) -> str:
    """Return the standard phrase for an HTTP status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown status"


def _usual(body: Any) -> str:
    if isinstance(body, str):
        return _plain(body)
    if is_mapping(body):
        for key in _USUAL_KEYS:
            text = _flatten(body.get(key))
            if text:
                return text
    return _flatten(body)


def _flatten(value: Any) -> str:
    return "; ".join(_lines(value, ""))


def _lines(value: Any, place: str) -> Iterator[str]:
    """Yield the messages in a body, each with the field that it is about."""
    if is_mapping(value):
        fault = value.get("msg", value.get("message"))
        if isinstance(fault, str) and fault:
            yield _labelled(fault, ".".join(map(str, value.get("loc") or [place])))
            return
        for key, inner in value.items():
            yield from _lines(inner, f"{place}.{key}" if place else str(key))
    elif is_list(value):
        for inner in value:
            yield from _lines(inner, place)
    elif value not in (None, UNSET, ""):
        yield _labelled(_plain(str(value)), "" if place == "non_field_errors" else place)


def _labelled(text: str, place: str) -> str:
    return f"{place}: {text}" if place else text


def _plain(text: str) -> str:
    if text.lstrip()[:1] == "<":
        return _markup(text)
    if _FRAME.search(text):
        return _traceback(text)
    return text.strip()


def _markup(text: str) -> str:
    import html  # its table of entities is large, and few responses are markup

    text = text[:_MARKUP_LIMIT]
    error = _XML_ERROR.search(text)
    if error:
        return html.unescape(f"{error[1]}: {error[2]}")
    for found in _TITLE.finditer(text):
        title = html.unescape(_TAG.sub("", found[2])).strip()
        if title:
            return title
    return html.unescape(_TAG.sub(" ", text)).strip()


def _traceback(text: str) -> str:
    """Return the last line that is neither a frame nor its source: the exception itself."""
    for line in reversed(text.rstrip().splitlines()):
        if line and not line[0].isspace() and not _RULE.match(line):
            return line.strip()
    return "the server sent a traceback: see the `body` of this error"
