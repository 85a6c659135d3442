"""How severe a change is, by direction.

A request must keep fitting what the server accepts: narrower is breaking. An answer must keep
fitting what the caller reads: wider or less is breaking. Enums of answers are open in our
clients, so a new value breaks nobody.
"""

from __future__ import annotations

from typing import Any

from generator.drift.findings import Direction, Severity

INFO, WARNING, BREAKING = Severity.INFO, Severity.WARNING, Severity.BREAKING

# kind -> (in requests, in answers)
_BY_DIRECTION: dict[str, tuple[Severity, Severity]] = {
    "additional-properties-closed": (BREAKING, INFO),
    "additional-properties-opened": (INFO, INFO),
    "alternative-added": (INFO, BREAKING),
    "alternative-removed": (BREAKING, INFO),
    "default-changed": (WARNING, INFO),
    "discriminator-changed": (BREAKING, BREAKING),
    "enum-dropped": (INFO, WARNING),
    "enum-introduced": (BREAKING, INFO),
    "enum-name-changed": (WARNING, WARNING),
    "enum-value-added": (INFO, INFO),
    "enum-value-removed": (BREAKING, INFO),
    "excluded-changed": (BREAKING, WARNING),
    "fact-changed": (WARNING, WARNING),
    "items-dropped": (INFO, BREAKING),
    "items-introduced": (BREAKING, INFO),
    "limit-changed": (BREAKING, INFO),
    "limit-loosened": (INFO, INFO),
    "limit-tightened": (BREAKING, INFO),
    "property-added": (INFO, INFO),
    "property-deprecated": (WARNING, WARNING),
    "property-no-longer-deprecated": (INFO, INFO),
    "property-removed": (BREAKING, BREAKING),
    "property-required": (BREAKING, INFO),
    "property-optional": (INFO, BREAKING),
    "required-property-added": (BREAKING, INFO),
    "became-nullable": (INFO, BREAKING),
    "no-longer-nullable": (BREAKING, INFO),
    "became-read-only": (BREAKING, INFO),
    "no-longer-read-only": (INFO, INFO),
    "became-write-only": (INFO, BREAKING),
    "no-longer-write-only": (INFO, INFO),
}
# Formats that decide the Python type; the others only describe.
_TYPED_FORMATS = frozenset({"binary", "byte", "date", "date-time", "uuid"})
_UPPER_LIMITS = frozenset({"maximum", "maxLength", "maxItems", "maxProperties"})
_LOWER_LIMITS = frozenset({"minimum", "minLength", "minItems", "minProperties"})
_OTHER_LIMITS = frozenset(
    {"pattern", "multipleOf", "uniqueItems", "exclusiveMinimum", "exclusiveMaximum"}
)
LIMITS = _UPPER_LIMITS | _LOWER_LIMITS | _OTHER_LIMITS


def of(kind: str, direction: Direction) -> Severity:
    """Return the severity of a kind of change that depends on nothing but the direction."""
    in_request, in_response = _BY_DIRECTION[kind]
    if direction == "":
        # A schema that no operation uses breaks nobody for now.
        return INFO
    return in_request if direction == "request" else in_response


def of_type(before: Any, after: Any, direction: Direction) -> Severity:
    """Return the severity of a changed type; None is any type."""
    if direction == "":
        return INFO
    wider = after is None or (before, after) == ("integer", "number")
    narrower = before is None or (before, after) == ("number", "integer")
    harmless = wider if direction == "request" else narrower
    return INFO if harmless else BREAKING


def of_format(before: Any, after: Any, direction: Direction) -> Severity:
    """Return the severity of a changed format."""
    if direction == "":
        return INFO
    return BREAKING if {before, after} & _TYPED_FORMATS else WARNING


def limit_kind(keyword: str, before: Any, after: Any) -> str:
    """Return whether a limit is tightened, loosened, or changed in a way that defies comparison."""
    if before in {None, False}:
        return "limit-tightened"
    if after in {None, False}:
        return "limit-loosened"
    if keyword in _OTHER_LIMITS or not _numbers(before, after):
        return "limit-changed"
    higher = after > before
    return "limit-tightened" if higher == (keyword in _LOWER_LIMITS) else "limit-loosened"


def _numbers(*values: Any) -> bool:
    return all(isinstance(value, int | float) for value in values)
