"""Compares two schemas, keyword by keyword, in one direction."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import attrs

from generator.drift import severity
from generator.drift.comparison_graph import ComparisonGraph
from generator.drift.findings import Direction, Finding
from generator.drift.schema_view import ABOUT, Document, Located, View
from generator.drift.wording import backquoted, spoken
from generator.json_pointers import joined
from generator.json_values import contains, equal, is_list, is_object

_DEPTH_OF_NAMES = 3
_KINDS = {
    "type": "type-changed",
    "format": "format-changed",
    "x-contentMediaType": "format-changed",
    "default": "default-changed",
}
# A schema, whether all or no values fit, or nothing said.
_Node = Located | bool | None
_HIDDEN: dict[Direction, tuple[str, ...]] = {
    "request": ("readOnly",),
    "response": ("writeOnly",),
    "": (),
}
_FLAGS = {
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
    old_node: Located
    new_node: Located
    place: str
    direction: Direction

    def base(self, keyword: str) -> str:
        """Return the place of what says a keyword: the schema, or a part that others share."""
        said = self.old.sources.get(keyword) or self.new.sources.get(keyword)
        return said if said is not None and self.is_part(said) else self.place

    def is_part(self, pointer: str) -> bool:
        """Whether the old schema consists of this one, among others."""
        return pointer != self.old_node.pointer and pointer in self.old.parts


@attrs.frozen(kw_only=True)
class _Task:
    """Two schemas to be compared; `null` unless that is judged for the choice they belong to."""

    key: Hashable
    old: Located
    new: Located
    place: str
    direction: Direction
    null: bool


@attrs.frozen(kw_only=True)
class SchemaDiff:
    """Compares schemas of two documents.

    Pairs wait in a list and not on the call stack, since a chain of references may be very long.
    """

    old: Document
    new: Document
    comparisons: ComparisonGraph
    _waiting: list[_Task] = attrs.field(factory=list[_Task], init=False)

    def compare(
        self,
        caller: Hashable,
        old: Located,
        new: Located,
        direction: Direction,
        *,
        null: bool = True,
    ) -> None:
        """Queue two schemas for comparison, unless they were compared before.

        Args:
            caller: The comparison that leads to this one.
            old: The old schema.
            new: The new schema.
            direction: Which way its values travel.
            null: Whether to judge null here.
        """
        holder = old.pointer
        old, new = self.old.resolved(old), self.new.resolved(new)
        if direction == "" and self.comparisons.reached(old.pointer):
            return
        key = (old.key, new.key, direction if null else f"{direction} without null")
        # What was a shared schema and no longer is has changed here, and nowhere else.
        shared = not _is_named(old.pointer) or _is_named(new.pointer)
        place = old.pointer if shared else holder
        if self.comparisons.enter(caller, key):
            self.comparisons.reach(old.pointer, direction)
            self._waiting.append(
                _Task(key=key, old=old, new=new, place=place, direction=direction, null=null)
            )

    def run(self) -> None:
        """Compare what is queued, and everything that it refers to."""
        while self._waiting:
            self._compare(self._waiting.pop())

    def _compare(self, task: _Task) -> None:
        old, new = task.old, task.new
        if not old.beside and not new.beside and equal(old.schema, new.schema):
            # Schemas with the same text can only differ in what they refer to.
            for reference in references(old.schema):
                node = Located({"$ref": reference}, old.pointer)
                self.compare(task.key, node, node, task.direction)
            return
        pair = _Pair(
            key=task.key,
            old=self.old.view(old),
            new=self.new.view(new),
            old_node=old,
            new_node=new,
            place=task.place,
            direction=task.direction,
        )
        if pair.old.is_free != pair.new.is_free:
            self._freedom(pair)
            return
        if task.null and pair.old.null != pair.new.null:
            self._null(pair)
        if not _one_is_a_choice(pair.old, pair.new):
            self._facts(pair)
            self._enum(pair)
            self._properties(pair)
            self._children(pair)
        matched = self._alternatives(pair)
        self._discriminator(pair, matched)

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
        keyword: str = "",
        at: Located | None = None,
    ) -> None:
        """Add a finding.

        Args:
            pair: Where it was found.
            kind: What has changed, as the table of severities calls it.
            message: What has changed, without the place.
            below: The place below the schema.
            before: The old value.
            after: The new value.
            case: What tells it from other findings of its kind.
            keyword: What says it, where that may be a part that other schemas share.
            at: The place itself, in either document.
        """
        anchor = at.pointer if at else joined(pair.base(keyword or "".join(below[:1])), *below)
        self.comparisons.add(
            pair.key,
            Finding(
                view="contract",
                kind=kind,
                severity=severity.of_schema(kind, pair.direction, case=case),
                direction=pair.direction,
                anchor=anchor,
                pointer=anchor,
                before=before,
                after=after,
                message=f"{spoken(anchor)}{_where(pair.direction)}: {message}",
            ),
        )

    def _freedom(self, pair: _Pair) -> None:
        """Report that a schema says something now, or no longer; what it says is no news."""
        before, after = (
            None
            if view.is_free
            else view.facts.get("type") or self._name(document, node).strip("`")
            for view, document, node in (
                (pair.old, self.old, pair.old_node),
                (pair.new, self.new, pair.new_node),
            )
        )
        self._fact(pair, "type", before=before, after=after)
        self._facts(pair, only=ABOUT)

    def _null(self, pair: _Pair) -> None:
        kind = "became-nullable" if pair.new.null else "no-longer-nullable"
        text = "null is allowed now" if pair.new.null else "null is not allowed now"
        self._report(pair, kind, text)

    def _facts(self, pair: _Pair, *, only: frozenset[str] | None = None) -> None:
        before, after = pair.old.facts, pair.new.facts
        for keyword in sorted(set(before) | set(after)):
            one, other = before.get(keyword), after.get(keyword)
            if equal(one, other) and (keyword in before) == (keyword in after):
                continue
            if only is not None and keyword not in only:
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
            text = f"{text_on if after else text_off} now"
            self._report(pair, on if after else off, text, keyword=keyword)

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
        kind = _KINDS.get(keyword, "fact-changed")
        case = ""
        if kind == "type-changed":
            case = severity.type_case(before, after)
        elif kind == "format-changed":
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
            self._report(pair, "enum-value-added", text, below=("enum",), after=value)
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
        old, new = pair.old.properties, pair.new.properties
        for name in sorted(set(old) | set(new)):
            before, after = old.get(name), new.get(name)
            hidden = self._hidden(pair, before, self.old), self._hidden(pair, after, self.new)
            if before is None and after is not None and not hidden[1]:
                self._property_added(pair, name, after)
            elif before is not None and after is None and not hidden[0]:
                self._report(pair, "property-removed", "the field is gone", at=before)
            elif before is not None and after is not None:
                if hidden[0] != hidden[1]:
                    self._turned(pair, name, before)
                elif not hidden[0]:
                    self._required(pair, name)
                    self.compare(pair.key, before, after, pair.direction)
        for name in sorted((pair.old.required ^ pair.new.required) - set(old) - set(new)):
            self._required(pair, name)

    def _hidden(self, pair: _Pair, node: Located | None, document: Document) -> bool:
        """Whether nothing travels there: a request has no readOnly property."""
        if node is None or not _HIDDEN[pair.direction]:
            return False
        facts = document.view(node).facts
        return any(facts.get(keyword) for keyword in _HIDDEN[pair.direction])

    def _turned(self, pair: _Pair, name: str, before: Located) -> None:
        """Report that a property travels now, or no longer; nothing else about it counts."""
        (keyword,) = _HIDDEN[pair.direction]
        hidden = bool(self.old.view(before).facts.get(keyword))
        on, off, text_on, text_off = _FLAGS[keyword]
        text = f"{text_off if hidden else text_on} now"
        self._report(pair, off if hidden else on, text, at=self.old.resolved(before))
        if hidden and name in pair.new.required:
            text = "the field must be there now"
            self._report(pair, "property-required", text, at=before)

    def _property_added(self, pair: _Pair, name: str, node: Located) -> None:
        must = name in pair.new.required
        kind = "required-property-added" if must else "property-added"
        text = "a new field" + (", and it must be there" if must else "")
        shared = pair.is_part(node.pointer.rsplit("/", 2)[0])
        place = node.pointer if shared else joined(pair.place, "properties", name)
        self._report(pair, kind, text, at=Located(node.schema, place))

    def _required(self, pair: _Pair, name: str) -> None:
        before, after = name in pair.old.required, name in pair.new.required
        if before != after:
            kind = "property-required" if after else "property-optional"
            text = "the field must be there now" if after else "the field may be absent now"
            keyword = f"required {name}"
            self._report(pair, kind, text, below=("properties", name), keyword=keyword)

    def _children(self, pair: _Pair) -> None:
        self._prefix(pair)
        self._patterns(pair)
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

    def _discriminator(self, pair: _Pair, alternatives: list[tuple[str, str]]) -> None:
        old, new = pair.old, pair.new
        if old.discriminator != new.discriminator:
            self._report(
                pair,
                "discriminator-changed",
                _changed("discriminator", old.discriminator or None, new.discriminator or None),
                below=("discriminator",),
                before=old.discriminator,
                after=new.discriminator,
            )
            return
        for value in sorted(set(old.mapping) | set(new.mapping)):
            one, other = old.mapping.get(value), new.mapping.get(value)
            if one is not None and other is not None:
                self._mapped(pair, value, one, other, alternatives)
            elif one is not None:
                self._unmapped(pair, value, one, alternatives, gone=True)
            elif other is not None:
                self._unmapped(pair, value, other, alternatives, gone=False)

    def _mapped(
        self,
        pair: _Pair,
        value: str,
        one: Located,
        other: Located,
        alternatives: list[tuple[str, str]],
    ) -> None:
        """Report a value of a discriminator that stands for another schema."""
        before, after = self.old.resolved(one).pointer, self.new.resolved(other).pointer
        if before == after or (before, after) in alternatives or self.same(one, other):
            return
        was, now = self._name(self.old, one), self._name(self.new, other)
        text = f"the value {backquoted(value)} stood for {was} and stands for {now} now"
        below = ("discriminator", "mapping", value)
        self._report(pair, "discriminator-value-changed", text, below=below, before=was, after=now)

    def _unmapped(
        self,
        pair: _Pair,
        value: str,
        node: Located,
        alternatives: list[tuple[str, str]],
        *,
        gone: bool,
    ) -> None:
        """Report a value that came or went, unless that is told of the alternative itself."""
        pointer = (self.old if gone else self.new).resolved(node).pointer
        if alternatives and pointer not in {ends[0 if gone else 1] for ends in alternatives}:
            return
        kind = "discriminator-value-removed" if gone else "discriminator-value-added"
        name = self._name(self.old if gone else self.new, node)
        verb = "no longer stands" if gone else "stands now"
        text = f"the value {backquoted(value)} {verb} for {name}"
        below = ("discriminator", "mapping", value)
        before, after = (name, None) if gone else (None, name)
        self._report(pair, kind, text, below=below, before=before, after=after)

    def _prefix(self, pair: _Pair) -> None:
        """Compare the items of a list, those whose places have a schema of their own first."""
        old, new = pair.old.prefix, pair.new.prefix
        if not old or not new:
            same = self._same_node(pair.old.items, pair.new.items)
            if (old or new) and same:
                kind = "items-dropped" if old else "items-introduced"
                text = "the items have no order now" if old else "the items have an order now"
                self._report(pair, kind, text, below=("x-prefixItems",))
            self._items(pair, pair.old.items, pair.new.items)
            return
        for one, other in zip(old, new, strict=False):
            self.compare(pair.key, one, other, pair.direction)
        for node in old[len(new) :]:
            self._report(pair, "items-dropped", "the item has no type of its own now", at=node)
        most = pair.old.facts.get("maxItems", len(new))
        for node in new[len(old) : most]:
            self._report(pair, "items-introduced", "the item has a type of its own now", at=node)
        self._items(pair, _rest(pair.old), _rest(pair.new))

    def _items(self, pair: _Pair, one: Located | None, other: Located | None) -> None:
        if one is not None and other is not None:
            self.compare(pair.key, one, other, pair.direction)
        elif one is not None and pair.new.facts.get("type") == "array":
            self._report(pair, "items-dropped", "the items have no type now", below=("items",))
        elif other is not None and pair.old.facts.get("type") == "array":
            self._report(pair, "items-introduced", "the items have a type now", below=("items",))

    def _patterns(self, pair: _Pair) -> None:
        """Compare what keys of some form hold, then the keys without a name or a form."""
        old, new = pair.old.patterns, pair.new.patterns
        derived = _is_of_patterns(pair.old) or _is_of_patterns(pair.new)
        if not derived or not old or not new:
            self._extra(pair)
        if derived and (not old or not new):
            return
        for form in sorted(set(old) | set(new)):
            before, after = old.get(form), new.get(form)
            below = ("x-patternProperties", form)
            if before is not None and after is not None:
                self.compare(pair.key, before, after, pair.direction)
            elif before is not None:
                text = f"keys like {backquoted(form)} have no type of their own now"
                self._report(pair, "limit-loosened", text, below=below)
            else:
                text = f"keys like {backquoted(form)} have a type of their own now"
                self._report(pair, "limit-tightened", text, below=below)

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

    def _alternatives(self, pair: _Pair) -> list[tuple[str, str]]:
        """Compare alternatives, and return the pointers of those that belong together."""
        old, new = pair.old.alternatives, pair.new.alternatives
        if not old and not new:
            return []
        if not old and pair.new.is_only_a_choice:
            old = [pair.old_node]
        elif not new and pair.old.is_only_a_choice:
            new = [pair.new_node]
        matched, gone, added = self._matched(old, new)
        for one, other in matched:
            # No circle: a schema that is its own alternative has been entered already.
            self.compare(pair.key, one, other, pair.direction, null=False)
        for node in gone:
            name = self._name(self.old, node)
            text = f"it can no longer be {name}"
            self._report(pair, "alternative-removed", text, before=name)
        for node in added:
            name = self._name(self.new, node)
            self._report(pair, "alternative-added", f"it can also be {name} now", after=name)
        self._fields_of_alternatives(pair, old=old, new=new, gone=gone, added=added)
        return [
            (self.old.resolved(one).pointer, self.new.resolved(other).pointer)
            for one, other in matched
        ]

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
                    place = joined(pair.place, "properties", name)
                    at = Located(field.schema, place)
                    self._report(pair, "property-added", "a new field", at=at)

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
        key = (one.key, other.key)
        if key in assumed:
            return True
        assumed.add(key)
        old, new = self.old.view(one), self.new.view(other)
        return (
            equal(old.facts, new.facts)
            and old.null == new.null
            and old.required == new.required
            and set(old.properties) == set(new.properties)
            and set(old.patterns) == set(new.patterns)
            and len(old.prefix) == len(new.prefix)
            and old.discriminator == new.discriminator
            and set(old.mapping) == set(new.mapping)
            and _same_enum(old, new)
            and all(self._same(a, b, assumed) for a, b in _children(old, new))
            and all(
                self._same_node(a, b, assumed)
                for a, b in (
                    (old.extra, new.extra),
                    (old.items, new.items),
                    (old.excluded, new.excluded),
                )
            )
            and len(old.alternatives) == len(new.alternatives)
            and all(
                any(self._same(a, b, set(assumed)) for b in new.alternatives)
                for a in old.alternatives
            )
        )

    def _same_node(
        self, one: _Node, other: _Node, assumed: set[tuple[str, str]] | None = None
    ) -> bool:
        if isinstance(one, Located) and isinstance(other, Located):
            return self._same(one, other, set() if assumed is None else assumed)
        return one is other


def _rest(view: View) -> Located | None:
    """Return the schema of the items that come after those with a place of their own.

    The items of such a list are said to be any of these and of those, one after the other.
    """
    if view.items is None or not is_list(view.items.schema.get("anyOf")):
        return None
    unique: list[Any] = []
    for node in view.prefix:
        if not contains(unique, node.schema):
            unique.append(node.schema)
    rest = range(len(unique), len(view.items.schema["anyOf"]))
    return view.items.child("anyOf", rest[0]) if rest else None


def _is_of_patterns(view: View) -> bool:
    """Whether the keys without a name hold what those of some form hold, and nothing else."""
    if not isinstance(view.extra, Located):
        return False
    held = view.extra.schema.get("anyOf", [view.extra.schema])
    forms = [node.schema for node in view.patterns.values()]
    return bool(forms) and all(contains(forms, schema) for schema in held)


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
    for form, node in old.patterns.items():
        yield node, new.patterns[form]
    yield from zip(old.prefix, new.prefix, strict=True)


def _same_enum(old: View, new: View) -> bool:
    if old.enum is None or new.enum is None:
        return old.enum is new.enum
    return not without(old.enum, new.enum) and not without(new.enum, old.enum)


def _openness(view: View) -> int:
    """Return 0 if no unnamed key is allowed, 1 if some are, 2 if all are."""
    return 1 if isinstance(view.extra, Located) else 2 * int(view.extra)


def without(values: list[Any], others: list[Any]) -> list[Any]:
    """Return the values that are not among the others."""
    return [value for value in values if not contains(others, value)]


def _where(direction: Direction) -> str:
    return {"request": " in requests", "response": " in answers", "": ""}[direction]


def _changed(what: str, before: Any, after: Any) -> str:
    if before is None:
        return f"{what} is {backquoted(after)} now and was not given"
    if after is None:
        return f"{what} was {backquoted(before)} and is not given now"
    return f"{what} was {backquoted(before)} and is {backquoted(after)} now"
