"""Compares two schemas, keyword by keyword, in one direction."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any, Literal

import attrs

from generator.drift import severity
from generator.drift.comparison_graph import ComparisonGraph
from generator.drift.findings import Direction, Finding
from generator.drift.schema_view import Document, Located, View
from generator.drift.wording import backquoted, spoken
from generator.json_pointers import joined
from generator.json_values import is_list, is_object

_DEPTH_OF_NAMES = 3
_FLAGS = {
    "nullable": ("became-nullable", "no-longer-nullable", "null is allowed", "null is not allowed"),
    "readOnly": (
        "became-read-only",
        "no-longer-read-only",
        "only answers have it",
        "requests may have it",
    ),
    "writeOnly": (
        "became-write-only",
        "no-longer-write-only",
        "only requests have it",
        "answers may have it",
    ),
    "deprecated": (
        "property-deprecated",
        "property-no-longer-deprecated",
        "it is deprecated",
        "it is not deprecated",
    ),
}


@attrs.frozen(kw_only=True)
class _Pair:
    """Two views that are compared, and where their findings go."""

    key: Hashable
    old: View
    new: View
    old_pointer: str
    new_pointer: str
    direction: Direction


@attrs.frozen(kw_only=True)
class SchemaDiff:
    """Compares schemas of two documents.

    Pairs wait in a list and not on the call stack, since a chain of references may be very long.
    """

    old: Document
    new: Document
    comparisons: ComparisonGraph
    _waiting: list[tuple[Located, Located, Direction]] = attrs.field(
        factory=list[tuple[Located, Located, Direction]], init=False
    )

    def compare(self, caller: Hashable, old: Located, new: Located, direction: Direction) -> None:
        """Queue two schemas for comparison, unless they were compared before."""
        old, new = self.old.resolved(old), self.new.resolved(new)
        if direction == "" and self.comparisons.reached(old.pointer):
            return
        if self.comparisons.enter(caller, (old.pointer, new.pointer, direction)):
            self._waiting.append((old, new, direction))

    def run(self) -> None:
        """Compare what is queued, and everything that it refers to."""
        while self._waiting:
            self._compare(*self._waiting.pop())

    def _compare(self, old: Located, new: Located, direction: Direction) -> None:
        key = (old.pointer, new.pointer, direction)
        if old.schema == new.schema:
            # Schemas with the same text can only differ in what they refer to.
            for reference in references(old.schema):
                node = Located({"$ref": reference}, old.pointer)
                self.compare(key, node, node, direction)
            return
        pair = _Pair(
            key=key,
            old=self.old.view(old),
            new=self.new.view(new),
            old_pointer=old.pointer,
            new_pointer=new.pointer,
            direction=direction,
        )
        if not _one_is_a_choice(pair.old, pair.new):
            self._facts(pair)
            self._enum(pair)
            self._properties(pair)
            self._children(pair)
        self._alternatives(pair)

    def _report(
        self,
        pair: _Pair,
        kind: str,
        message: str,
        *,
        below: tuple[str, ...] = (),
        before: Any = None,
        after: Any = None,
        case: str = "",
        side: Literal["old", "new"] = "old",
        at: Located | None = None,
    ) -> None:
        base = pair.old_pointer if side == "old" else pair.new_pointer
        # A property that comes from a part of an allOf has its place in that part.
        pointer = at.pointer if at else joined(base, *below)
        anchor = pointer if side == "old" else joined(pair.old_pointer, *below)
        self.comparisons.add(
            pair.key,
            Finding(
                view="contract",
                kind=kind,
                severity=severity.of_schema(kind, pair.direction, case=case),
                direction=pair.direction,
                anchor=anchor,
                pointer=pointer,
                before=before,
                after=after,
                message=f"{spoken(anchor)}{_where(pair.direction)}: {message}",
            ),
        )

    def _facts(self, pair: _Pair) -> None:
        before, after = pair.old.facts, pair.new.facts
        for keyword in sorted(set(before) | set(after)):
            one, other = before.get(keyword), after.get(keyword)
            if same_value(one, other) and (keyword in before) == (keyword in after):
                continue
            if keyword in _FLAGS:
                self._flag(pair, keyword, before=bool(one), after=bool(other))
            elif keyword in severity.LIMITS:
                self._limit(pair, keyword, before=one, after=other)
            else:
                self._fact(pair, keyword, before=one, after=other)

    def _flag(self, pair: _Pair, keyword: str, *, before: bool, after: bool) -> None:
        if before != after:
            on, off, text_on, text_off = _FLAGS[keyword]
            self._report(pair, on if after else off, f"{text_on if after else text_off} now")

    def _limit(self, pair: _Pair, keyword: str, *, before: Any, after: Any) -> None:
        kind = severity.limit_kind(keyword, before, after)
        self._report(
            pair,
            kind,
            _changed(keyword, before, after),
            below=(keyword,),
            before=before,
            after=after,
        )

    def _fact(self, pair: _Pair, keyword: str, *, before: Any, after: Any) -> None:
        kinds = {"type": "type-changed", "format": "format-changed", "default": "default-changed"}
        kind = kinds.get(keyword, "fact-changed")
        case = ""
        if keyword == "type":
            case = severity.type_case(before, after)
        elif keyword == "format":
            case = severity.format_case(before, after)
        self._report(
            pair,
            kind,
            _changed(keyword, before, after),
            below=(keyword,),
            before=before,
            after=after,
            case=case,
        )

    def _enum(self, pair: _Pair) -> None:
        before, after = pair.old.enum, pair.new.enum
        if before is None and after is None:
            return
        if before is None or after is None:
            kind = "enum-introduced" if before is None else "enum-dropped"
            text = "only certain values are named now" if before is None else "any value goes now"
            self._report(pair, kind, text, below=("enum",), before=before, after=after)
            return
        for value in without(after, before):
            text = f"new value {backquoted(value)}"
            self._report(pair, "enum-value-added", text, below=("enum",), after=value, side="new")
        for value in without(before, after):
            text = f"value {backquoted(value)} is gone"
            self._report(pair, "enum-value-removed", text, below=("enum",), before=value)
        for value in sorted(set(pair.old.enum_names) & set(pair.new.enum_names)):
            one, other = pair.old.enum_names[value], pair.new.enum_names[value]
            if one != other:
                names = f"was {backquoted(one)} and is {backquoted(other)}"
                text = f"the name of value {backquoted(value)} {names}"
                below = ("x-enum-varnames",)
                self._report(pair, "enum-name-changed", text, below=below, before=one, after=other)

    def _properties(self, pair: _Pair) -> None:
        old, new = pair.old, pair.new
        for name in sorted(set(old.properties) | set(new.properties)):
            below = ("properties", name)
            if name not in new.properties:
                node = old.properties[name]
                self._report(pair, "property-removed", "the field is gone", at=node)
            elif name not in old.properties:
                must = name in new.required
                kind = "required-property-added" if must else "property-added"
                text = "a new field" + (", and it must be there" if must else "")
                node = new.properties[name]
                self._report(pair, kind, text, below=below, side="new", at=node)
            else:
                self._required(pair, name)
                self.compare(pair.key, old.properties[name], new.properties[name], pair.direction)
        for name in sorted(
            (old.required ^ new.required) - set(old.properties) - set(new.properties)
        ):
            self._required(pair, name)

    def _required(self, pair: _Pair, name: str) -> None:
        before, after = name in pair.old.required, name in pair.new.required
        if before != after:
            kind = "property-required" if after else "property-optional"
            text = "the field must be there now" if after else "the field may be absent now"
            self._report(pair, kind, text, below=("properties", name))

    def _children(self, pair: _Pair) -> None:
        self._items(pair)
        self._extra(pair)
        one, other = pair.old.excluded, pair.new.excluded
        if (one is None) != (other is None) or (
            one is not None and other is not None and not self.same(one, other)
        ):
            self._report(
                pair,
                "excluded-changed",
                "the values that `not` excludes have changed",
                below=("not",),
            )
        if pair.old.discriminator != pair.new.discriminator:
            self._report(
                pair,
                "discriminator-changed",
                _changed("discriminator", pair.old.discriminator, pair.new.discriminator),
                below=("discriminator",),
                before=pair.old.discriminator,
                after=pair.new.discriminator,
            )

    def _items(self, pair: _Pair) -> None:
        one, other = pair.old.items, pair.new.items
        if one is not None and other is not None:
            self.compare(pair.key, one, other, pair.direction)
        elif one is not None and pair.new.facts.get("type") == "array":
            self._report(pair, "items-dropped", "the items have no type now", below=("items",))
        elif other is not None and pair.old.facts.get("type") == "array":
            self._report(pair, "items-introduced", "the items have a type now", below=("items",))

    def _extra(self, pair: _Pair) -> None:
        one, other = pair.old.extra, pair.new.extra
        below = ("additionalProperties",)
        if isinstance(one, Located) and isinstance(other, Located):
            self.compare(pair.key, one, other, pair.direction)
        elif _openness(pair.new) < _openness(pair.old):
            kind = "additional-properties-closed"
            self._report(pair, kind, "fewer unnamed keys are allowed", below=below)
        elif _openness(pair.new) > _openness(pair.old):
            kind = "additional-properties-opened"
            self._report(pair, kind, "more unnamed keys are allowed", below=below)

    def _alternatives(self, pair: _Pair) -> None:
        old, new = pair.old.alternatives, pair.new.alternatives
        if not old and not new:
            return
        if not old and pair.new.is_only_a_choice:
            old = [self._whole(self.old, pair.old_pointer)]
        elif not new and pair.old.is_only_a_choice:
            new = [self._whole(self.new, pair.new_pointer)]
        matched, gone, added = self._matched(old, new)
        for one, other in matched:
            # No circle: a schema that is its own alternative has been entered already.
            self.compare(pair.key, one, other, pair.direction)
        for node in gone:
            name = self._name(self.old, node)
            self._report(pair, "alternative-removed", f"it can no longer be {name}", before=name)
        for node in added:
            name = self._name(self.new, node)
            text = f"it can also be {name} now"
            self._report(pair, "alternative-added", text, after=name, side="new")
        self._fields_of_alternatives(pair, old=old, new=new, gone=gone, added=added)

    def _fields_of_alternatives(
        self,
        pair: _Pair,
        *,
        old: list[Located],
        new: list[Located],
        gone: list[Located],
        added: list[Located],
    ) -> None:
        """Report fields that came or went with an alternative, and that no other one has."""
        before = {name for node in old for name in self.old.view(node).properties}
        after = {name for node in new for name in self.new.view(node).properties}
        for node in gone:
            for name, field in sorted(self.old.view(node).properties.items()):
                if name not in after:
                    self._report(pair, "property-removed", "the field is gone", at=field)
        for node in added:
            for name, field in sorted(self.new.view(node).properties.items()):
                if name not in before:
                    below = ("properties", name)
                    self._report(
                        pair, "property-added", "a new field", below=below, side="new", at=field
                    )

    def _whole(self, document: Document, pointer: str) -> Located:
        return Located(document.target(pointer), pointer)

    def _name(self, document: Document, node: Located) -> str:
        node = document.resolved(node)
        if _is_named(node.pointer):
            return spoken(node.pointer)
        view = document.view(node)
        kind = view.facts.get("type", "anything")
        fields = f" of {', '.join(sorted(view.properties))}" if view.properties else ""
        return backquoted(f"{kind}{fields}")

    def _matched(
        self, old: list[Located], new: list[Located]
    ) -> tuple[list[tuple[Located, Located]], list[Located], list[Located]]:
        """Match alternatives: those of one shape, then of one name, then the most alike."""
        pairs: list[tuple[Located, Located]] = []
        old, new = list(old), list(new)
        for fits in (self.same, self._same_name, self._alike):
            for one in list(old):
                other = next((node for node in new if fits(one, node)), None)
                if other is not None:
                    pairs.append((one, other))
                    old.remove(one)
                    new.remove(other)
        return pairs, old, new

    def _same_name(self, one: Located, other: Located) -> bool:
        pointer = self.old.resolved(one).pointer
        return _is_named(pointer) and pointer == self.new.resolved(other).pointer

    def _alike(self, one: Located, other: Located) -> bool:
        """Whether two alternatives are probably one that has changed."""
        old, new = self.old.view(one), self.new.view(other)
        if old.facts.get("type") != new.facts.get("type"):
            return False
        if not old.properties and not new.properties:
            return (old.enum is None) == (new.enum is None)
        common = set(old.properties) & set(new.properties)
        return 2 * len(common) > min(len(old.properties), len(new.properties))

    def same(self, one: Located, other: Located) -> bool:
        """Whether two schemas describe the same data, whatever they are called."""
        return self._same(one, other, set())

    def _same(self, one: Located, other: Located, assumed: set[tuple[str, str]]) -> bool:
        one, other = self.old.resolved(one), self.new.resolved(other)
        key = (one.pointer, other.pointer)
        if key in assumed:
            return True
        assumed.add(key)
        old, new = self.old.view(one), self.new.view(other)
        return (
            same_value(old.facts, new.facts)
            and old.required == new.required
            and set(old.properties) == set(new.properties)
            and old.discriminator == new.discriminator
            and _same_enum(old, new)
            and all(self._same(a, b, assumed) for a, b in _children(old, new))
            and self._same_extra(old, new, assumed)
            and len(old.alternatives) == len(new.alternatives)
            and all(
                any(self._same(a, b, set(assumed)) for b in new.alternatives)
                for a in old.alternatives
            )
        )

    def _same_extra(self, old: View, new: View, assumed: set[tuple[str, str]]) -> bool:
        for one, other in (
            (old.extra, new.extra),
            (old.items, new.items),
            (old.excluded, new.excluded),
        ):
            if isinstance(one, Located) and isinstance(other, Located):
                if not self._same(one, other, assumed):
                    return False
            elif one is not other:
                return False
        return True


def _is_named(pointer: str) -> bool:
    """Whether a schema is one of the components, and not a part of one."""
    return pointer.startswith("#/components/schemas/") and pointer.count("/") == _DEPTH_OF_NAMES


def references(schema: Any) -> Iterator[str]:
    """Yield all references inside a schema."""
    if is_object(schema):
        for key, value in schema.items():
            if key == "$ref" and isinstance(value, str):
                yield value
            elif isinstance(value, Mapping | list):
                yield from references(value)
    elif is_list(schema):
        for item in schema:
            yield from references(item)


def _one_is_a_choice(old: View, new: View) -> bool:
    """Whether one schema only lists alternatives and the other lists none."""
    return (old.is_only_a_choice and not new.alternatives) or (
        new.is_only_a_choice and not old.alternatives
    )


def _children(old: View, new: View) -> Iterator[tuple[Located, Located]]:
    for name, node in old.properties.items():
        yield node, new.properties[name]


def _same_enum(old: View, new: View) -> bool:
    if old.enum is None or new.enum is None:
        return old.enum is new.enum
    return not without(old.enum, new.enum) and not without(new.enum, old.enum)


def _openness(view: View) -> int:
    """Return 0 if no unnamed key is allowed, 1 if some are, 2 if all are."""
    return 1 if isinstance(view.extra, Located) else 2 * int(view.extra)


def without(values: list[Any], others: list[Any]) -> list[Any]:
    """Return the values that are not among the others; 1 and True are not the same."""
    return [value for value in values if not any(same_value(value, other) for other in others)]


def same_value(one: Any, other: Any) -> bool:
    """Whether two values are equal in JSON: true is not 1, but 1.0 is."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def _where(direction: Direction) -> str:
    return {"request": " in requests", "response": " in answers", "": ""}[direction]


def _changed(what: str, before: Any, after: Any) -> str:
    if before is None:
        return f"{what} is {backquoted(after)} now and was not given"
    if after is None:
        return f"{what} was {backquoted(before)} and is not given now"
    return f"{what} was {backquoted(before)} and is {backquoted(after)} now"
