"""Parameters of an operation, written as OpenAPI 3 says: by style and explode."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote
from uuid import UUID

from annoport.core.codec.json import encode, to_builtins
from annoport.core.values.models import UNSET, Model

if TYPE_CHECKING:
    from annoport.core.contract.operation import Parameter

_DELIMITERS = {"form": ",", "simple": ",", "spaceDelimited": "%20", "pipeDelimited": "%7C"}


def text_of(value: Any) -> str:
    """A scalar as text: true/false, ISO 8601, an enum's value. Raises TypeError for others."""
    if isinstance(value, Enum):
        return text_of(value.value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int | float | Decimal | UUID):
        return str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if hasattr(value, "tolist"):  # a NumPy scalar
        return text_of(value.tolist())
    raise TypeError(f"expected text, a number, a boolean or a date, got {type(value).__name__}")


def path_segment(parameter: Parameter, value: Any) -> str:
    """A path value, percent-encoded so that it cannot leave its place in the path.

    Raises TypeError or ValueError for a value that has no such form.
    """
    texts = [text_of(item) for item in _flat(value)]
    if parameter.multi_segment:
        return "/".join(map(_quote_segment, ",".join(texts).split("/")))
    if not any(texts):
        raise ValueError("an empty value would change the path")
    return ",".join(map(_quote, texts)) if len(texts) > 1 else _quote_segment(texts[0])


def _quote_segment(segment: str) -> str:
    # Proxies and servers resolve them even with their dots encoded, and reach another path.
    if segment in (".", ".."):
        raise ValueError(f"{segment!r} would change the path")
    return _quote(segment)


def query_pairs(parameter: Parameter, value: Any) -> Iterator[str]:
    """The `name=value` pairs of a query parameter, percent-encoded.

    Raises TypeError or ValueError for a value that has no such form.
    """
    name = _quote(parameter.wire)
    if parameter.style == "json":
        yield f"{name}={_quote(value if isinstance(value, str) else encode(value).decode())}"
    elif isinstance(value, Mapping | Model):
        yield from _object_pairs(parameter, name, to_builtins(value))
    elif _is_array(value):
        items = [_quote(text_of(item)) for item in _items(value)]
        if parameter.explode:
            yield from (f"{name}={item}" for item in items)
        else:
            yield f"{name}={_DELIMITERS.get(parameter.style, ',').join(items)}"
    else:
        yield f"{name}={_quote(text_of(value))}"


def _object_pairs(parameter: Parameter, name: str, value: Mapping[str, Any]) -> Iterator[str]:
    pairs = [(_quote(key), _quote(text_of(item))) for key, item in value.items()]
    if parameter.style == "deepObject":
        yield from (f"{name}%5B{key}%5D={item}" for key, item in pairs)
    elif parameter.explode:
        yield from (f"{key}={item}" for key, item in pairs)
    else:
        yield f"{name}={','.join(text for pair in pairs for text in pair)}"


def header_value(value: Any) -> str:
    """A header value: Latin-1 text without control characters.

    Raises TypeError or ValueError for a value that has no such form.
    """
    text = ",".join(text_of(item) for item in _flat(value)).strip()
    if any(ord(character) < 32 and character != "\t" for character in text) or "\x7f" in text:
        raise ValueError("a header value has no line breaks and no other control characters")
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError(f"a header value is Latin-1 text, got {text!r}") from None
    return text


def cookie_pair(parameter: Parameter, value: Any) -> str:
    """A cookie as `name=value`. Raises TypeError or ValueError for a value that has no form."""
    text = header_value(value)
    if any(character in ' ";,\\' or ord(character) > 126 for character in text):
        raise ValueError("a cookie value has no spaces, quotes, commas, semicolons or backslashes")
    return f"{parameter.wire}={text}"


def _flat(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        entries = cast("Mapping[str, Any]", value)
        return [part for entry in entries.items() for part in entry]
    return _items(value) if _is_array(value) else [value]


def _is_array(value: Any) -> bool:
    if isinstance(value, list | tuple | set | frozenset | range | Iterator):
        return True
    return hasattr(value, "tolist") and bool(getattr(value, "shape", ()))  # a NumPy array


def _items(value: Any) -> list[Any]:
    items = list(cast("Iterable[Any]", value))
    if not items:
        # Left out, it would mean "no filter", which can hit everything on the server.
        raise ValueError(
            "an empty list cannot be sent; leave the argument out if no filter is meant"
        )
    if any(item is None or item is UNSET for item in items):
        raise ValueError("a list holds None or UNSET")
    return items


def _quote(text: str) -> str:
    return quote(text, safe="")
