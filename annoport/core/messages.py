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
    from collections.abc import Iterable, Iterator, Mapping

    from annoport.core.contract.extensions import ErrorReason

BODY_LIMIT = 64 * 1024
"""Characters of an error body that are kept."""

MESSAGE_LIMIT = 300
"""Characters of a message that are shown."""

_CUT = " ... "
_TEXT_LIMIT = BODY_LIMIT // 4

_MARKUP_LIMIT = 8 * 1024
_USUAL_KEYS = ("detail", "message", "error", "errors", "title", "msg", "non_field_errors")
_NEVER_FIELDS = ("detail", "errors", "non_field_errors")
"""Keys of messages that are about no field; a list under "message", say, is about that field."""

_SHOWN_PLACES = 3
_DEEPEST = 20
_FIELD_ERROR = re.compile(r"""ErrorDetail\(string=(?:'(.*?)'|"(.*?)"), code='\w*'\)""", re.DOTALL)
"""How Django REST framework's own errors look where a server made text of them."""

_TITLE = re.compile(r"<(title|h1)\b[^>]*>(.*?)</\1\s*>", re.IGNORECASE | re.DOTALL)
_XML_ERROR = re.compile(r"<Code>(.*?)</Code>\s*<Message>(.*?)</Message>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_BREAK = re.compile(r"</?(?:b|br|div|em|i|li|p|span|strong|ul)\s*/?>", re.IGNORECASE)
_FRAME = re.compile(
    r'^\s*File "(?:[^"]*[/\\])?(?P<file>[^"]*)", (?P<place>line \d+(?:, in \S+)?)', re.MULTILINE
)
# What database libraries add to a message: the statement, its values, a link.
_APPENDIX = re.compile(r"LINE \d+:|\[SQL: |\[parameters: |\(Background on this error at")
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
        lines = list(_lines(resolve(body, pointer), ""))
        if lines:
            return _harmless(_joined([*lines, *_beside(body, pointer.split("/")[1])]))
    return _harmless(_joined(_usual(body)))


def with_reason(said: str, body: Any, reason: ErrorReason) -> str:
    """Return a message, followed by the reason that the body gives elsewhere.

    Args:
        said: What `find` returned.
        body: What `read_body` returned.
        reason: Where the body gives a reason.
    """
    why = _joined(_lines(resolve(body, reason.at), ""))
    if why in ("", said, reason.nothing):
        return said
    return f"{said}: {_harmless(why)}" if said else _harmless(why)


def _harmless(text: str) -> str:
    return redact_text(_ends(text, BODY_LIMIT))


def report(text: str) -> str:
    """Return what a server reports of a failure as one line without markup; of a traceback its end.

    Args:
        text: A message, an HTML fragment or a traceback.
    """
    if _FRAME.search(text):
        return shorten(_traceback(text))
    return shorten(_BREAK.sub(" ", text))


def is_traceback(text: str) -> bool:
    """Whether a text has the frames of a traceback."""
    return _FRAME.search(text) is not None


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


def _usual(body: Any) -> list[tuple[str, str]]:
    if is_mapping(body):
        for key in _USUAL_KEYS:
            lines = list(_lines(body.get(key), _label(key, body.get(key))))
            if lines:
                return [*lines, *_beside(body, key)]
    return list(_lines(body, ""))


def _beside(body: Any, key: str) -> Iterator[tuple[str, str]]:
    """Yield the messages about fields that stand in a body beside the message under `key`."""
    for name, value in body.items() if is_mapping(body) else ():
        if name != key and _is_about_fields(value):
            yield from _lines(value, _label(name, value))


def _is_about_fields(value: Any, depth: int = 0, *, listed: bool = False) -> bool:
    """Whether there is a text in a list: frameworks list what is wrong with each field."""
    if depth > _DEEPEST:
        return False
    if is_mapping(value):
        items = value.values()
        return any(_is_about_fields(item, depth + 1, listed=listed) for item in items)
    if is_list(value):
        return any(_is_about_fields(item, depth + 1, listed=True) for item in value)
    return listed and isinstance(value, str)


def _label(key: str, value: Any) -> str:
    """Return the place that the messages under a key of the body are about; "" for no place."""
    says = isinstance(value, str) and key in _USUAL_KEYS
    return "" if says or key in _NEVER_FIELDS else key


def _lines(value: Any, place: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield the messages in a body, each after the place of the request that it is about."""
    if depth > _DEEPEST:
        return
    if is_mapping(value):
        fault = value.get("msg", value.get("message"))
        if isinstance(fault, str) and fault:
            yield _place_in(value) or place, fault
            return
        for key, inner in value.items():
            yield from _lines(inner, _at(place, key), depth + 1)
    elif is_list(value):
        for position, inner in enumerate(value):
            of_item = is_list(inner) or (is_mapping(inner) and not _is_message(inner))
            yield from _lines(inner, _at(place, position) if of_item else place, depth + 1)
    elif value not in (None, UNSET, ""):
        yield place, _plain(str(value))


def _is_message(value: Mapping[str, Any]) -> bool:
    return isinstance(value.get("msg", value.get("message")), str)


def _place_in(fault: Mapping[str, Any]) -> str:
    """Return the place that a message itself names, as those of pydantic do."""
    place = ""
    for step in fault.get("loc") or ():
        place = _at(place, step)
    return place


def _at(place: str, step: object) -> str:
    """Return a place within a place: a field, or a position, which some servers write as text."""
    if step == "non_field_errors":
        return place
    if str(step).isdecimal():
        return f"{place}[{step}]"
    return f"{place}.{step}" if place else str(step)


def _joined(lines: Iterable[tuple[str, str]]) -> str:
    """Return messages as one line that tells none twice, and how many there are if it is cut."""
    places: dict[str, dict[str, None]] = {}
    for place, text in lines:
        places.setdefault(text, {}).update({place: None} if place else {})
    told = [_labelled(text, list(at)) for text, at in places.items() if text]
    shown, length = 0, 0
    for line in told:
        length += len(line) + len("; ")
        if shown and length > MESSAGE_LIMIT - len("; and 1000 more"):
            break
        shown += 1
    more = [f"and {len(told) - shown} more"] if shown < len(told) else []
    return "; ".join([*told[:shown], *more])


def _labelled(text: str, places: list[str]) -> str:
    more = len(places) - _SHOWN_PLACES
    where = ", ".join(places[:_SHOWN_PLACES]) + (f" and {more} more" if more > 0 else "")
    return f"{where}: {text}" if where else text


def _plain(text: str) -> str:
    if text.lstrip()[:1] == "<":
        return _markup(text)
    if _FRAME.search(text):
        return _traceback(text)
    listed = _FIELD_ERROR.findall(text)
    return "; ".join("".join(found) for found in listed) if listed else text.strip()


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
    """Return the exception itself, and the last frame; the first lines never tell."""
    *_, last = _FRAME.finditer(text)
    said: list[str] = []
    for line in text[last.end() :].splitlines()[1:]:
        if _APPENDIX.match(line):
            break
        # The source of the frame is indented; a message may go on in lines that are.
        if not _RULE.match(line) and (said or not line[0].isspace()):
            said.append(line.strip())
    if not said:
        return "the server sent a traceback: see the `body` of this error"
    return f"{' '.join(said)} ({last['file']}, {last['place']})"
