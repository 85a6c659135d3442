"""Checks of what extensions point to: places in answers, fields of bodies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from annoport.core.http.bodies import is_json, is_range
from generator.errors import GeneratorError
from generator.openapi import successes
from generator.python.raw_operation import RawOperation
from generator.python.schema_parser import Parser
from generator.python.types import ANY, NONE, Type

_WANTED = {"list": "a list", "int": "a whole number"}


@attrs.frozen
class Pointers:
    """Looks into the bodies of a spec's operations."""

    parser: Parser

    def types(self, raw: RawOperation, pointer: str, place: str) -> list[Type]:
        """Return the type that the pointer leads to in each successful answer that has it.

        Raises:
            GeneratorError: No successful answer has it.
        """
        where = f"{place}: into the answer of {raw.id}"
        faults: list[GeneratorError] = []
        found: list[Type] = []
        for type_ in self._answers(raw):
            try:
                found.append(self.parser.pointed(type_, pointer, where))
            except GeneratorError as error:
                faults.append(error)
        if not found:
            nothing = f"{where}: pointer {pointer!r}: the operation has no JSON answer"
            raise faults[0] if faults else GeneratorError(nothing)
        return found

    def problems(
        self, raw: RawOperation, pointer: str | None, place: str, *, wanted: str = ""
    ) -> Iterator[str]:
        """Yield why a pointer into the answers cannot be used.

        Args:
            raw: The operation that answers.
            pointer: A JSON Pointer; None is no problem.
            place: What to call the extension in a message.
            wanted: "list", "int", or "" for any type.
        """
        if pointer is None:
            return
        try:
            types = self.types(raw, pointer, place)
        except GeneratorError as error:
            yield str(error)
            return
        if wanted and not any(_fits(type_, wanted) for type_ in types):
            yield (
                f"{place}: into the answer of {raw.id}: pointer {pointer!r} leads to "
                f"{types[0].annotation()}; expected {_WANTED[wanted]}"
            )

    def item_problems(
        self, raw: RawOperation, items: str, pointer: str, place: str
    ) -> Iterator[str]:
        """Yield why a pointer into each item of a list cannot be used.

        Args:
            raw: The operation that answers.
            items: The JSON Pointer to the list.
            pointer: The JSON Pointer inside an item.
            place: What to call the extension in a message.
        """
        try:
            for type_ in self.types(raw, items, place):
                for member in _members(type_):
                    if member.kind == "list":
                        self.parser.pointed(member.inner[0], pointer, f"{place}: into an item")
        except GeneratorError as error:
            yield str(error)

    def missing_fields(self, raw: RawOperation, names: Iterable[str]) -> list[str]:
        """Return the names for which no JSON body of the operation has a field."""
        known: set[str] = set()
        for media, schema in raw.bodies.items():
            if "json" not in media:
                continue
            for member in _members(self.parser.type_of(schema, f"{raw.place} body")):
                if member == ANY or member.kind == "dict":
                    return []
                fields = self.parser.fields(member.name) if member.kind == "class" else None
                known |= {field.wire for field in fields or ()}
        return [name for name in names if name not in known]

    def _answers(self, raw: RawOperation) -> list[Type]:
        return [
            self.parser.type_of(schema, raw.id)
            for status, content in raw.responses.items()
            for media, schema in content.items()
            if status in successes(raw.responses)
            and (is_json(media) or is_range(media))
            and schema.get("x-annoport-type") != "null"
        ]


def enum_of(types: Iterable[Type]) -> set[str | int] | None:
    """Return all values that the types can have; None if they are not enums."""
    members = [member for type_ in types for member in _members(type_)]
    if not members or not all(member.values for member in members):
        return None
    return {value for member in members for value in member.values}


def _members(type_: Type) -> list[Type]:
    """Return the types that a value may have if it is not null."""
    return (
        [member for member in type_.inner if member != NONE] if type_.kind == "union" else [type_]
    )


def _fits(type_: Type, wanted: str) -> bool:
    return any(
        member == ANY or (member.kind if wanted == "list" else member.json_kind) == wanted
        for member in _members(type_)
    )
