"""Python names and literals made from the strings of a spec, which are untrusted input.

Whatever a spec contains, an identifier made here is a plain ASCII identifier, and a literal or
a docstring made here cannot end early.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from typing import TypeGuard

import msgspec

from generator.errors import GeneratorError
from generator.json_values import is_list, is_object


def words(text: str) -> list[str]:
    """Split a name in any case style into words: `GetJobList`, `get-job_list` -> get, job, list."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    spaced = re.sub(r"([A-Z]+)([A-Z][a-z])|([a-z0-9])([A-Z])", r"\1\3 \2\4", ascii_text)
    return [word for word in re.split(r"[^A-Za-z0-9]+", spaced) if word]


def snake_case(text: str, *, fallback: str = "field") -> str:
    """Return a lower-case identifier; a keyword gets a trailing underscore."""
    name = "_".join(word.lower() for word in words(text)) or fallback
    if name[0].isdigit():
        name = f"{fallback}_{name}"
    return name + "_" if keyword.iskeyword(name) else name


def pascal_case(text: str, *, fallback: str = "Model") -> str:
    """Return a class name; capitals inside a word are kept (`CVATTask`, `RqId`)."""
    name = "".join(word[0].upper() + word[1:] for word in words(text)) or fallback
    if name[0].isdigit():
        name = fallback + name
    return name + "_" if keyword.iskeyword(name) else name


def constant_case(text: str, *, fallback: str = "VALUE") -> str:
    """Return an upper-case identifier."""
    name = "_".join(word.upper() for word in words(text)) or fallback
    return f"{fallback}_{name}" if name[0].isdigit() else name


def checked_identifier(name: str, place: str) -> str:
    """Return a name that an overlay gives, if Python can take it.

    Raises:
        GeneratorError: It is not an ASCII identifier, or it is a keyword.
    """
    if not re.fullmatch("[A-Za-z][A-Za-z0-9_]*", name) or keyword.iskeyword(name):
        raise GeneratorError(
            f"{place}: {name!r} is not a Python name; expected an ASCII identifier"
        )
    return name


def literal(value: object) -> str:
    """Return the Python source of a JSON value or of the value of an extension.

    No other types can occur, so `repr` is exact and safe.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return repr(value)
    if isinstance(value, msgspec.Struct):
        return _construction(value)
    if is_list(value):
        return f"[{', '.join(literal(item) for item in value)}]"
    if _is_tuple(value):
        items = ", ".join(literal(item) for item in value)
        return f"({items},)" if len(value) == 1 else f"({items})"
    if is_object(value):
        return "{" + ", ".join(f"{literal(k)}: {literal(v)}" for k, v in value.items()) + "}"
    raise TypeError(f"no literal for {type(value).__name__}")


def _is_tuple(value: object) -> TypeGuard[tuple[object, ...]]:
    return isinstance(value, tuple)


def _construction(value: msgspec.Struct) -> str:
    """Return the constructor call that makes the struct again, without arguments at a default."""
    given: list[str] = []
    for info in msgspec.structs.fields(type(value)):
        item = getattr(value, info.name)
        default = (
            info.default if info.default_factory is msgspec.NODEFAULT else info.default_factory()
        )
        if item != default:
            given.append(f"{info.name}={literal(item)}")
    return f"{type(value).__name__}({', '.join(given)})"


def doc_text(text: str) -> str:
    """Return text that is safe inside a triple-quoted docstring and shows invisible characters."""
    # A quote before another quote, or at the end, could close the docstring.
    escaped = re.sub(r'"(?="|\Z)', r"\"", text.replace("\\", "\\\\"))
    return "".join(
        char if char == "\n" or char.isprintable() else char.encode("unicode_escape").decode()
        for char in escaped
    )


def one_line(text: str) -> str:
    """Return the text with every run of white space replaced by one space."""
    return " ".join(text.split())
