"""One column: Python values, some thousand at a time, to Arrow arrays of one type."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Sequence
from typing import Any, Literal
from uuid import UUID

from annoport.core.codec.json import encode, to_builtins
from annoport.core.values.models import UNSET
from annoport.tables.arrow import arrow

Nested = Literal["list", "json"]
"""What becomes of lists, dicts and models in a row: Arrow lists and structs, or JSON text."""


class Column:
    """Collects the values of a column.

    The type is the given one if all values fit it. Otherwise, and without one, it is the narrowest
    that takes all: whole numbers become floats beside floats, and values that have no type in
    common become text, JSON where they are no text.
    """

    def __init__(self, type_: Any = None, *, nested: Nested = "list") -> None:
        self._type = type_
        # The type is tried first, then that of the chunk before: it saves a search.
        self._readers = [] if type_ is None else [_reader(type_)]
        self._nested: Nested = nested
        self._chunks: list[Any] = []

    def add(self, values: Sequence[Any], *, as_read: bool = False) -> None:
        """Append values; UNSET and None are nulls.

        Args:
            values: The values of some rows.
            as_read: They come from JSON, so that none is UNSET.
        """
        if not as_read and UNSET in values:
            values = [None if value is UNSET else value for value in values]
        self._chunks.append(self._array(values))

    def add_nulls(self, count: int) -> None:
        """Append nulls."""
        self._chunks.append(arrow().nulls(count))

    def chunked(self) -> Any:
        """Return all values as a `pyarrow.ChunkedArray` of one type."""
        pa = arrow()
        chunks = self._chunks
        if self._type is not None and pa.types.is_temporal(self._type):
            chunks = _read_times(pa, chunks, self._type)
        types = dict.fromkeys(chunk.type for chunk in chunks)
        type_ = _common(pa, list(types), self._type)
        chunks = [_cast(pa, chunk, type_) for chunk in chunks]
        return pa.chunked_array(chunks, type=type_)

    def _array(self, values: Sequence[Any]) -> Any:
        pa = arrow()
        for read in self._readers:
            made = _try(functools.partial(read, values))
            if made is not None:
                return made
        made = _try(lambda: pa.array(values))
        if made is None or isinstance(made.type, pa.BaseExtensionType):
            made = _try(lambda: pa.array(to_builtins(list(values))))
        if made is None or (self._nested == "json" and pa.types.is_nested(made.type)):
            return _as_text(pa, values)
        if not (pa.types.is_nested(made.type) or pa.types.is_null(made.type)):
            self._readers = [*self._readers[: self._type is not None], _reader(made.type)]
        return made


def _try(make: Callable[[], Any]) -> Any:
    """Return an array, or None if Arrow has no type for the values."""
    pa = arrow()
    try:
        return make()
    except (
        pa.ArrowInvalid,
        pa.ArrowTypeError,
        pa.ArrowNotImplementedError,
        OverflowError,
        ValueError,
    ):
        return None


Reader = Callable[[Sequence[Any]], Any]
"""Returns values as an array of one type; None, or an error of Arrow's, if they do not fit."""


def _reader(type_: Any) -> Reader:
    pa = arrow()
    if pa.types.is_integer(type_):
        return functools.partial(_whole, pa, type_)
    if pa.types.is_string(type_):
        return functools.partial(_texts, pa, type_)
    if pa.types.is_temporal(type_):
        return functools.partial(_temporal, pa, type_)
    return functools.partial(pa.array, type=type_)


def _whole(pa: Any, type_: Any, values: Sequence[Any]) -> Any:
    if float in set(map(type, values)):
        return None  # Arrow would cut the fraction off
    return pa.array(values, type=type_)


def _texts(pa: Any, type_: Any, values: Sequence[Any]) -> Any:
    try:
        return pa.array(values, type=type_)
    except pa.ArrowTypeError:
        if UUID not in set(map(type, values)):
            raise
        return pa.array([value and str(value) for value in values], type=type_)


def _temporal(pa: Any, type_: Any, values: Sequence[Any]) -> Any:
    """Return times or dates as such, and their texts as texts, which are read all at once."""
    texts = _try(lambda: pa.array(values, type=pa.string()))
    return pa.array(values, type=type_) if texts is None else texts


def _read_times(pa: Any, chunks: list[Any], type_: Any) -> list[Any]:
    """Return chunks of texts as times or dates; as they are if one is none."""
    kinds = {chunk.type for chunk in chunks}
    if pa.string() not in kinds:
        return chunks
    if kinds == {pa.string()}:
        chunks = [pa.concat_arrays(chunks)]
    read = [
        _try(functools.partial(_from_texts, pa, type_, chunk))
        if chunk.type == pa.string()
        else chunk
        for chunk in chunks
    ]
    return chunks if any(made is None for made in read) else read


def _from_texts(pa: Any, type_: Any, texts: Any) -> Any:
    """Return texts in ISO 8601 as times or dates; a time without an offset is UTC."""
    if pa.types.is_time(type_):
        join = arrow("pyarrow.compute").binary_join_element_wise
        return join("1970-01-01", texts, "T").cast(pa.timestamp(type_.unit)).cast(type_)
    if not pa.types.is_timestamp(type_):
        return texts.cast(type_)
    for one in (pa.timestamp(type_.unit), type_):  # without offsets, or with
        made = _try(functools.partial(texts.cast, one))
        if made is not None:
            return made.cast(type_)
    moments = (text and datetime.datetime.fromisoformat(text) for text in texts.to_pylist())
    aware = (one and (one if one.tzinfo else one.replace(tzinfo=datetime.UTC)) for one in moments)
    return pa.array(aware, type=type_)


def _as_text(pa: Any, values: Sequence[Any]) -> Any:
    texts = [_text(value) for value in values]
    return pa.array(texts, type=pa.string())


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else encode(value).decode()


def _common(pa: Any, types: list[Any], wanted: Any) -> Any:
    """Return the type that takes the values of all chunks."""
    known = [type_ for type_ in types if not pa.types.is_null(type_)]
    if not known:
        return pa.null() if wanted is None else wanted
    if len(known) == 1:
        return known[0]
    schemas = [pa.schema([("column", type_)]) for type_ in known]
    try:
        return pa.unify_schemas(schemas, promote_options="permissive").field(0).type
    except pa.ArrowException:
        return pa.string()


def _cast(pa: Any, chunk: Any, type_: Any) -> Any:
    if chunk.type == type_:
        return chunk
    if pa.types.is_string(type_):
        return _as_text(pa, chunk.to_pylist())
    return chunk.cast(type_)
