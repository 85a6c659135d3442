"""What generated models are made of.

    @model
    class Point(Model):
        x: float
        label: str | Unset = UNSET
        via: Annotated[str | Unset, Wire("made-by")] = UNSET
        value: OneOf[Circle, Square, None] | Unset = UNSET
        score: Annotated[float | Unset, Releases(since="2.68")] = UNSET
        additional_properties: dict[str, int] = NO_KEYS

Required fields have no default; optional ones default to `UNSET` and are then not sent. A model
whose schema allows further keys has a field for them, which stands for no key itself.
"""

from __future__ import annotations

import datetime
import functools
import itertools
import reprlib
from collections.abc import Callable, Mapping
from enum import IntEnum, StrEnum
from os import PathLike
from typing import (
    IO,
    TYPE_CHECKING,
    Any,
    TypeAlias,
    TypeVar,
    cast,
    dataclass_transform,
    get_args,
    get_type_hints,
)

import attrs
import msgspec

from annoport.core.contract.extensions import Releases
from annoport.core.values.type_guards import is_array

__all__ = [
    "CUT",
    "NO_ITEMS",
    "NO_KEYS",
    "UNSET",
    "Field",
    "FileContent",
    "FileSource",
    "Model",
    "OneOf",
    "OpenIntEnum",
    "OpenStrEnum",
    "Unset",
    "UploadFile",
    "UtcDatetime",
    "Wire",
    "further_keys",
    "known",
    "model",
    "model_fields",
    "one_of_members",
    "recursive_union",
    "secret",
    "value_releases",
    "values_known_by",
]

UNSET = msgspec.UNSET
"""The value of an optional field that was neither given nor received."""

Unset = msgspec.UnsetType

CUT: Any = UNSET
"""The default of a field that every answer has, unless the call asked for others only."""

NO_ITEMS: Any = attrs.Factory(list[Any])
"""The default of a list that a server leaves out where it is empty: a list of its own."""

NO_KEYS: Any = attrs.Factory(dict[str, Any])
"""The default of the field for keys that a model does not name: a dict of its own, empty."""

_T = TypeVar("_T")
_ModelT = TypeVar("_ModelT", bound="Model")


def known(value: _T | Unset | None) -> _T | None:
    """Return the value of a field that a server may leave out; None if it did.

    Args:
        value: The value, or UNSET.
    """
    return None if isinstance(value, Unset) else value


# attrs.define is built once: calling it with arguments for each class costs a fifth more.
_define = attrs.define(
    kw_only=True, eq=False, repr=False, order=False, match_args=False, auto_attribs=True
)


class Model:  # noqa: PLW1641 - models can change, so they are not hashable
    """Base of all generated models: equality and repr, defined once for all of them."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in _names(type(self)))

    def __repr__(self) -> str:
        return _short.repr(self)


def secret(*, default: Any = attrs.NOTHING) -> Any:
    """Return a field of a model whose value is a secret, and which its repr does not show.

    Args:
        default: The value of the field where none is given; without it, the field is required.
    """
    return attrs.field(default=default, repr=False)


@dataclass_transform(kw_only_default=True, eq_default=False, field_specifiers=(attrs.field, secret))
def model(cls: type[_ModelT]) -> type[_ModelT]:
    """Turn a subclass of `Model` into an attrs class with slots and keyword-only arguments.

    Args:
        cls: The class, with its fields as annotations.
    """
    made = _define(cls)
    made.__slots__ = _FieldTexts(made)  # type: ignore[assignment]  # any iterable of names will do
    return made


class _FieldTexts(dict[str, str | None]):
    """The slots of a model with the text below each field, for `help()`.

    Python keeps no such text, so it is read from the source when it is asked for.
    """

    def __init__(self, cls: type[Model]) -> None:
        super().__init__(dict.fromkeys(cls.__slots__))
        self._cls = cls

    def __getitem__(self, name: str) -> str | None:
        return self._texts.get(name)

    @functools.cached_property
    def _texts(self) -> dict[str, str]:
        return _field_texts(self._cls)


def _field_texts(cls: type[Model]) -> dict[str, str]:
    import ast
    import inspect

    try:
        definition = ast.parse(inspect.getsource(cls)).body[0]
    except (OSError, TypeError):  # no source at hand
        return {}
    texts: dict[str, str] = {}
    statements = definition.body if isinstance(definition, ast.ClassDef) else []
    for field, below in itertools.pairwise(statements):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                texts[name] = inspect.cleandoc(text)
            case _:
                pass
    return texts


class Wire:
    """The name of a field on the wire, where it differs from the Python name.

    It is used inside `Annotated`: `made_by: Annotated[str, Wire("made-by")]`.

    Attributes:
        name: The name on the wire.
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Wire) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"Wire({self.name!r})"


@attrs.frozen
class Field:
    """A field of a model.

    Attributes:
        name: The Python name.
        wire: The name on the wire.
        type: The annotation, without `Wire`.
        required: Whether the field has no default.
        known_by: The releases of the server that know the field, if not all do.
        secret: Whether the value must not be shown.
    """

    name: str
    wire: str
    type: Any
    required: bool
    known_by: Releases | None = None
    secret: bool = False


@attrs.frozen
class _Layout:
    """The fields of a model: those that stand for a key, and the one for all other keys."""

    fields: tuple[Field, ...]
    further: Field | None


_known_layouts: dict[type[Model], _Layout] = {}


def model_fields(cls: type[Model]) -> tuple[Field, ...]:
    """Return the fields of a model that stand for a key, in order, with annotations resolved."""
    return _layout(cls).fields


class _ShortRepr(reprlib.Repr):
    """Shows models without UNSET fields, in a line that a person can read."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel, self.maxother = _SHOWN_LEVELS, _SHOWN_CHARACTERS
        self.maxstring = self.maxlong = _SHOWN_CHARACTERS
        self.maxlist = self.maxtuple = self.maxset = self.maxdict = _SHOWN_ITEMS

    def repr_instance(self, x: Any, level: int) -> str:
        """Return a model with as many fields as fit; anything else as usual, cut if it is long."""
        if not isinstance(x, Model):
            return super().repr_instance(x, level)
        if level <= 0:
            return f"{type(x).__name__}(...)"
        given = [
            (one.name, value if one.repr or not value else _HIDDEN)
            for one in attrs.fields(cast("Any", type(x)))
            if (value := getattr(x, one.name, UNSET)) is not UNSET
            and (value or one.default is not NO_KEYS)
        ]
        room = _ROOM >> (self.maxlevel - level)
        shown: list[str] = []
        for name, value in given:
            text = f"{name}={self.repr1(value, level - 1)}"
            if shown and len(text) > room:
                shown.append(f"... {len(given) - len(shown)} more")
                break
            shown.append(text)
            room -= len(text)
        return f"{type(x).__name__}({', '.join(shown)})"


_HIDDEN = "***"
"""What stands for a secret."""
_ROOM = 600
"""Characters for the fields of a model; half of it for those of a model in it, and so on."""
_SHOWN_LEVELS, _SHOWN_ITEMS, _SHOWN_CHARACTERS = 4, 4, 100
_short = _ShortRepr()


def further_keys(cls: type[Model]) -> Field | None:
    """Return the field for keys that a model does not name, or None if it allows none.

    The type of the field is that of one value; its wire name means nothing.
    """
    return _layout(cls).further


def _layout(cls: type[Model]) -> _Layout:
    if cls not in _known_layouts:
        hints = get_type_hints(cls, include_extras=True)
        named: list[Field] = []
        further = None
        for one in attrs.fields(cast("Any", cls)):
            if one.default is NO_KEYS:
                (_, type_) = get_args(hints[one.name])
                further = Field(one.name, one.name, type_, required=False)
            else:
                required = one.default is attrs.NOTHING
                named.append(
                    _field(one.name, hints[one.name], required=required, secret=not one.repr)
                )
        _known_layouts[cls] = _Layout(tuple(named), further)
    return _known_layouts[cls]


def _field(name: str, hint: Any, *, required: bool, secret: bool) -> Field:
    wire, type_, known_by = name, hint, None
    for extra in getattr(hint, "__metadata__", ()):
        if isinstance(extra, Wire):
            wire, type_ = extra.name, hint.__origin__
        elif isinstance(extra, Releases):
            known_by, type_ = extra, hint.__origin__
    return Field(name, wire, type_, required, known_by, secret)


_known_names: dict[type[Model], tuple[str, ...]] = {}


def _names(cls: type[Model]) -> tuple[str, ...]:
    """Return the names of a model's fields.

    `model_fields` has them too, but it resolves annotations, which may import other models.
    """
    if cls not in _known_names:
        _known_names[cls] = tuple(one.name for one in attrs.fields(cast("Any", cls)))
    return _known_names[cls]


class _OneOfMeta(type):
    """Makes every value an instance of a `OneOf`, so that msgspec accepts what the hook returns."""

    make_members: Callable[[], tuple[Any, ...]]

    @property
    def members(cls) -> tuple[Any, ...]:
        """The members; those of a union that contains itself are not known before it is used."""
        return cls.make_members()

    def __instancecheck__(cls, instance: object) -> bool:
        return True

    def __getitem__(cls, members: object) -> Any:
        return _one_of(tuple(members) if is_array(members) else (members,))

    def __repr__(cls) -> str:
        if cls.__name__ != "OneOf":
            return cls.__name__
        shown = ", ".join(getattr(member, "__name__", repr(member)) for member in cls.members)
        return f"OneOf[{shown}]"


@functools.cache
def _one_of(members: Any) -> Any:
    return _OneOfMeta("OneOf", (), {"make_members": staticmethod(lambda: members), "__slots__": ()})


def recursive_union(name: str, make_members: Callable[[], tuple[Any, ...]]) -> Any:
    """Return a `OneOf` that contains itself.

    Args:
        name: What it is called.
        make_members: Gives the members, once all that they are made of is there.
    """
    return _OneOfMeta(
        name, (), {"make_members": staticmethod(functools.cache(make_members)), "__slots__": ()}
    )


def one_of_members(type_: object) -> tuple[Any, ...] | None:
    """Return the members of a `OneOf` marker, or None for any other type."""
    return type_.members if type(type_) is _OneOfMeta else None


if TYPE_CHECKING:
    from typing import Union as OneOf
else:

    class OneOf(metaclass=_OneOfMeta):
        """`OneOf[A, B]`: a union that msgspec cannot decode; the best fitting member wins."""

        make_members = staticmethod(tuple)


class _AnyInstance(type):
    """Makes every value an instance, so that msgspec accepts what the hook returns."""

    def __instancecheck__(cls, instance: object) -> bool:
        return True


if TYPE_CHECKING:
    UtcDatetime: TypeAlias = datetime.datetime
else:

    class UtcDatetime(metaclass=_AnyInstance):
        """A date and time that a server writes in UTC without saying so; read, it is aware."""


class OpenStrEnum(StrEnum):
    """A string enum that keeps unknown values, such as those of a newer server."""

    @classmethod
    def _missing_(cls, value: object) -> OpenStrEnum | None:
        if not isinstance(value, str):
            return None
        unknown = str.__new__(cls, value)
        unknown._name_ = value
        unknown._value_ = value
        return unknown

    @property
    def is_known(self) -> bool:
        """Whether the contract lists the value."""
        return self._name_ in type(self).__members__


class OpenIntEnum(IntEnum):
    """An integer enum that keeps unknown values, such as those of a newer server."""

    @classmethod
    def _missing_(cls, value: object) -> OpenIntEnum | None:
        if not isinstance(value, int):
            return None
        unknown = int.__new__(cls, value)
        unknown._name_ = str(value)
        unknown._value_ = int(value)
        return unknown

    @property
    def is_known(self) -> bool:
        """Whether the contract lists the value."""
        return self._name_ in type(self).__members__


_EnumT = TypeVar("_EnumT", bound=OpenStrEnum | OpenIntEnum)

_value_releases: dict[object, Mapping[str | int, Releases]] = {}


def values_known_by(
    releases: Mapping[str | int, Releases],
) -> Callable[[type[_EnumT]], type[_EnumT]]:
    """Say of an enum which of its values only some releases of the server know.

    Args:
        releases: Value -> the releases that know it.
    """

    def note(cls: type[_EnumT]) -> type[_EnumT]:
        _value_releases[cls] = releases
        return cls

    return note


def value_releases(type_: object) -> Mapping[str | int, Releases]:
    """Return the values of a type that only some releases of the server know."""
    return _value_releases.get(type_, {})


class UploadFile:
    """A file to upload.

    Attributes:
        content: Bytes, a path, or a binary file, which is sent from its current position.
        name: The file name that the server sees; by default that of the path or open file.
        media_type: The media type of the content; by default guessed from the name.
    """

    # Not an attrs class: msgspec would try to decode into one, and refuse these types.
    __slots__ = ("content", "media_type", "name")

    def __init__(
        self,
        content: bytes | str | PathLike[str] | IO[bytes],
        *,
        name: str | None = None,
        media_type: str | None = None,
    ) -> None:
        self.content = content
        self.name = name
        self.media_type = media_type

    def __repr__(self) -> str:
        shown = f"{len(self.content)} bytes" if isinstance(self.content, bytes) else self.content
        return f"UploadFile({shown!r}, name={self.name!r}, media_type={self.media_type!r})"


FileContent: TypeAlias = UploadFile | bytes | bytearray | PathLike[str] | IO[bytes]
"""What can be passed where a whole body is a file."""

FileSource: TypeAlias = str | FileContent
"""What can be passed where only a file makes sense; a string is then a path."""
