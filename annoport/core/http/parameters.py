"""Parameters of an operation, serialized by `style` and `explode` as OpenAPI 3 prescribes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote
from uuid import UUID

from annoport.core.codec.fitting import is_day
from annoport.core.codec.json import encode, to_builtins
from annoport.core.values.models import UNSET, Model

if TYPE_CHECKING:
    from annoport.core.contract.operation import Parameter

_DELIMITERS = {"form": ",", "simple": ",", "spaceDelimited": "%20", "pipeDelimited": "%7C"}


def text_of(value: Any) -> str:
    """Return a scalar as text: true or false, ISO 8601, the value of an enum.

    Raises:
        TypeError: `value` is not a scalar.
    """
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
    raise TypeError(f"expected text, a number, a boolean or a date, got {_kind_of(value)}")


def _kind_of(value: Any) -> str:
    """Return what a message calls a value that cannot be sent, with what to send in its place."""
    return f"{type(value).__name__}{': pass its id' if _has_id(value) else ''}"


def _has_id(value: Any) -> bool:
    """Whether a value is a thing of the server; its fields are not what a filter is made of."""
    return isinstance(value, Model) and hasattr(value, "id")


def path_segment(parameter: Parameter, value: Any) -> str:
    """Return a path value, percent-encoded so that it cannot leave its place in the path.

    Raises:
        TypeError: `value` is neither a scalar nor a list or dict of scalars, or is no whole number
            where the parameter is one.
        ValueError: `value` would change the path, or is an empty list.
    """
    if parameter.integer and not _is_whole(value):
        got = _kind_of(value) if isinstance(value, Model) else repr(value)
        raise TypeError(f"expected a whole number, got {got}")
    texts = [text_of(item) for item in _flat(value)]
    if parameter.multi_segment:
        return "/".join(map(_quote_segment, ",".join(texts).split("/")))
    if not any(texts):
        raise ValueError("an empty value would change the path")
    return ",".join(map(_quote, texts)) if len(texts) > 1 else _quote_segment(texts[0])


def _is_whole(value: Any) -> bool:
    """Whether a value is a whole number, of NumPy too; True and False are none."""
    return not isinstance(value, bool) and hasattr(value, "__index__")


def _quote_segment(segment: str) -> str:
    # Proxies and servers resolve these even if the dots are encoded, and reach another path.
    if segment in (".", ".."):
        raise ValueError(f"{segment!r} would change the path")
    return _quote(segment)


def query_pairs(parameter: Parameter, value: Any) -> Iterator[str]:
    """Yield the `name=value` pairs of a query parameter, percent-encoded.

    Raises:
        TypeError: `value` cannot be written in the style of the parameter, or is a date without a
            time of day where the parameter has one.
        ValueError: `value` is an empty list, or holds None.
    """
    name = _quote(parameter.wire)
    if parameter.timed and is_day(value):
        raise TypeError(
            f"expected a date with a time of day, got {value!s}, which the server would take for "
            "midnight: pass a datetime.datetime"
        )
    quoted = _quote_reserved if parameter.reserved else _quote
    if parameter.style == "json":
        yield f"{name}={quoted(value if isinstance(value, str) else encode(value).decode())}"
    elif isinstance(value, Mapping | Model) and not (parameter.style == "form" and _has_id(value)):
        yield from _object_pairs(parameter, name, to_builtins(value))
    elif is_many(value):
        items = [quoted(text_of(item)) for item in _items(value)]
        if parameter.explode:
            yield from (f"{name}={item}" for item in items)
        else:
            yield f"{name}={_DELIMITERS.get(parameter.style, ',').join(items)}"
    else:
        yield f"{name}={quoted(text_of(value))}"


def _object_pairs(parameter: Parameter, name: str, value: Mapping[str, Any]) -> Iterator[str]:
    if parameter.style == "deepObject":
        yield from _deep_pairs(parameter, name, value)
        return
    quoted = _quote_reserved if parameter.reserved else _quote
    pairs = [(_quote(key), quoted(text_of(item))) for key, item in value.items()]
    if parameter.explode:
        yield from (f"{key}={item}" for key, item in pairs)
    else:
        yield f"{name}={','.join(text for pair in pairs for text in pair)}"


def _deep_pairs(parameter: Parameter, name: str, value: Mapping[str, Any]) -> Iterator[str]:
    """Yield `name[key]=value`; objects in it go deeper, and each item of a list repeats the name.

    OpenAPI leaves those two open; this is what servers read.
    """
    quoted = _quote_reserved if parameter.reserved else _quote
    for key, item in value.items():
        inner = f"{name}%5B{_quote(key)}%5D"
        if isinstance(item, Mapping):
            yield from _deep_pairs(parameter, inner, cast("Mapping[str, Any]", item))
        else:
            texts = [text_of(one) for one in (_items(item) if is_many(item) else [item])]
            yield from (f"{inner}={quoted(text)}" for text in texts)


def header_value(value: Any) -> str:
    """Return `value` as Latin-1 text without control characters.

    Raises:
        TypeError: `value` is neither a scalar nor a list or dict of scalars.
        ValueError: The text contains characters that a header cannot carry.
    """
    text = ",".join(text_of(item) for item in _flat(value)).strip()
    if any(ord(character) < 32 and character != "\t" for character in text) or "\x7f" in text:
        raise ValueError("a header value cannot contain line breaks or other control characters")
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError(f"a header value must be Latin-1 text, got {text!r}") from None
    return text


def cookie_pair(parameter: Parameter, value: Any) -> str:
    """Return a cookie as `name=value`.

    Raises:
        TypeError: `value` is neither a scalar nor a list or dict of scalars.
        ValueError: The text contains characters that a cookie cannot carry.
    """
    text = header_value(value)
    if any(character in ' ";,\\' or ord(character) > 126 for character in text):
        raise ValueError(
            "a cookie value must be ASCII without spaces, quotes, commas, semicolons, backslashes"
        )
    return f"{parameter.wire}={text}"


def _flat(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        entries = cast("Mapping[str, Any]", value)
        return [part for entry in entries.items() for part in entry]
    return _items(value) if is_many(value) else [value]


def is_many(value: Any) -> bool:
    """Whether a value is written item by item."""
    if isinstance(value, list | tuple | set | frozenset | range | Iterator):
        return True
    return hasattr(value, "tolist") and bool(getattr(value, "shape", ()))  # a NumPy array


def _items(value: Any) -> list[Any]:
    items = list(cast("Iterable[Any]", value))
    if not items:
        # Omitting it would mean "no filter", which can affect everything on the server.
        raise ValueError("an empty list cannot be sent; omit the argument if you mean no filter")
    if any(item is None or item is UNSET for item in items):
        raise ValueError("the list contains None or UNSET, which cannot be sent")
    return items


def _quote(text: str) -> str:
    return quote(text, safe="")


def _quote_reserved(text: str) -> str:
    """Leave the reserved characters that mean nothing in a query, and that a URL may have there."""
    return quote(text, safe=":/?@!$'()*,;=")
