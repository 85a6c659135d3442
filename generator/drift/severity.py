"""How severe each kind of finding is: one table for all that the drift report can say.

A request must keep fitting what the server accepts: narrower is breaking. An answer must keep
fitting what the caller reads: wider or less is breaking. Enums of answers are open in our
clients, so a new value breaks nobody.
"""

from __future__ import annotations

from typing import Any

from generator.drift.findings import Direction, Severity

_INFO, _WARNING, _BREAKING = Severity.INFO, Severity.WARNING, Severity.BREAKING

# Kind, or "kind: case" -> the severity, or (in requests, in answers).
SEVERITIES: dict[str, Severity | tuple[Severity, Severity]] = {
    # Operations
    "operation-added": _INFO,
    "operation-deprecated": _WARNING,
    "operation-moved": _BREAKING,
    "operation-no-longer-deprecated": _INFO,
    "operation-removed": _BREAKING,
    "operation-renamed": _BREAKING,
    "tags-changed": _WARNING,
    # Parameters
    "parameter-added": _INFO,
    "parameter-deprecated": _WARNING,
    "parameter-no-longer-deprecated": _INFO,
    "parameter-optional": _INFO,
    "parameter-removed": _BREAKING,
    "parameter-renamed": _WARNING,
    "parameter-required": _BREAKING,
    "parameter-schema-dropped": _INFO,
    "parameter-schema-introduced": _BREAKING,
    "required-parameter-added": _BREAKING,
    "style-changed": _BREAKING,
    "style-changed: allowReserved": _WARNING,
    # Bodies and statuses
    "body-added": _INFO,
    "body-optional": _INFO,
    "body-removed": _BREAKING,
    "body-required": _BREAKING,
    "body-schema-dropped": (_INFO, _BREAKING),
    "body-schema-introduced": (_BREAKING, _INFO),
    "header-added": _INFO,
    "header-deprecated": _WARNING,
    "header-no-longer-deprecated": _INFO,
    "header-optional": _WARNING,
    "header-removed": _WARNING,
    "header-required": _INFO,
    "media-added": (_INFO, _WARNING),
    "media-added: error status": _INFO,
    "media-added: first": _INFO,
    "media-removed": _BREAKING,
    "media-removed: error status": _INFO,
    "required-body-added": _BREAKING,
    "status-added": _WARNING,
    "status-added: error status": _INFO,
    "status-removed": _BREAKING,
    "status-removed: error status": _INFO,
    # Servers and logins
    "security-added": _INFO,
    "security-removed": _BREAKING,
    "security-scheme-changed": _BREAKING,
    "security-scheme-changed: new": _INFO,
    "servers-changed": _BREAKING,
    # Schemas
    "additional-properties-closed": (_BREAKING, _INFO),
    "additional-properties-opened": _INFO,
    "alternative-added": (_INFO, _BREAKING),
    "alternative-removed": (_BREAKING, _INFO),
    "became-nullable": (_INFO, _BREAKING),
    "became-read-only": (_BREAKING, _INFO),
    "became-write-only": (_INFO, _BREAKING),
    "default-changed": (_WARNING, _INFO),
    "discriminator-changed": _BREAKING,
    "discriminator-value-added": (_INFO, _BREAKING),
    "discriminator-value-changed": _BREAKING,
    "discriminator-value-removed": (_BREAKING, _INFO),
    "enum-dropped": (_INFO, _WARNING),
    "enum-introduced": (_BREAKING, _INFO),
    "enum-name-changed": _WARNING,
    "enum-value-added": _INFO,
    "enum-value-removed": (_BREAKING, _INFO),
    "excluded-changed": (_BREAKING, _WARNING),
    "fact-changed": _WARNING,
    "format-changed": _WARNING,
    "format-changed: of another Python type": _BREAKING,
    "items-dropped": (_INFO, _BREAKING),
    "items-introduced": (_BREAKING, _INFO),
    "limit-changed": (_BREAKING, _INFO),
    "limit-loosened": _INFO,
    "limit-tightened": (_BREAKING, _INFO),
    "no-longer-nullable": (_BREAKING, _INFO),
    "no-longer-read-only": _INFO,
    "no-longer-write-only": _INFO,
    "property-added": _INFO,
    "property-deprecated": _WARNING,
    "property-no-longer-deprecated": _INFO,
    "property-optional": (_INFO, _BREAKING),
    "property-removed": _BREAKING,
    "property-required": (_BREAKING, _INFO),
    "required-property-added": (_BREAKING, _INFO),
    "type-changed": _BREAKING,
    "type-changed: narrower": (_BREAKING, _INFO),
    "type-changed: wider": (_INFO, _BREAKING),
    # The Python API
    "added": _INFO,
    "argument-added": _INFO,
    "argument-added: required": _BREAKING,
    "argument-optional": _INFO,
    "argument-removed": _BREAKING,
    "argument-renamed": _BREAKING,
    "argument-required": _BREAKING,
    "argument-type-changed": _BREAKING,
    "argument-type-changed: wider": _INFO,
    "field-added": _INFO,
    "field-added: required": _BREAKING,
    "field-removed": _BREAKING,
    "field-type-changed": _BREAKING,
    "field-type-changed: as it travels": _INFO,
    "generation-fails": _BREAKING,
    "removed": _BREAKING,
    "returns-changed": _BREAKING,
    "returns-changed: narrower": _INFO,
    # Our overlays
    "contradicted": _WARNING,
    "contradicted: doubles a list": _BREAKING,
    "corrects-what-is-gone": _BREAKING,
    "corrects-what-is-gone: doubles a list": _BREAKING,
    "made-upstream": _INFO,
    "made-upstream: doubles a list": _BREAKING,
    "removal-not-needed": _BREAKING,
    "removal-not-needed: never matched": _INFO,
    "target-lost": _BREAKING,
    "target-lost: never matched": _INFO,
}
# Formats that decide the Python type; the others only describe.
_TYPED_FORMATS = frozenset({"binary", "byte", "date", "date-time", "uuid"})
_UPPER_LIMITS = frozenset({"maximum", "maxLength", "maxItems", "maxProperties", "x-maxContains"})
_LOWER_LIMITS = frozenset({"minimum", "minLength", "minItems", "minProperties", "x-minContains"})
_OTHER_LIMITS = frozenset(
    {
        *("pattern", "multipleOf", "uniqueItems", "exclusiveMinimum", "exclusiveMaximum"),
        # What OpenAPI 3.0 has no word for.
        *("x-contains", "x-propertyNames", "x-unevaluatedItems", "x-unevaluatedProperties"),
        *("x-dependentRequired", "x-dependentSchemas", "x-if", "x-then", "x-else"),
        "x-contentSchema",
    }
)
LIMITS = _UPPER_LIMITS | _LOWER_LIMITS | _OTHER_LIMITS


def of(kind: str, direction: Direction = "", *, case: str = "") -> Severity:
    """Return the severity of a finding.

    Args:
        kind: Its kind.
        direction: Which way the changed data travels.
        case: What tells it from other findings of its kind, as the table words it.
    """
    found = SEVERITIES[f"{kind}: {case}" if case else kind]
    if isinstance(found, Severity):
        return found
    in_request, in_response = found
    return in_request if direction == "request" else in_response


def of_schema(kind: str, direction: Direction, *, case: str = "") -> Severity:
    """Return the severity of a change inside a schema; see `of` for the arguments."""
    # A schema that no operation uses breaks nobody for now.
    return of(kind, direction, case=case) if direction else _INFO


def type_case(before: Any, after: Any) -> str:
    """Return the case of a changed type; None is any type."""
    if after is None or (before, after) == ("integer", "number"):
        return "wider"
    return "narrower" if before is None or (before, after) == ("number", "integer") else ""


def format_case(before: Any, after: Any) -> str:
    """Return the case of a changed format."""
    return "of another Python type" if {before, after} & _TYPED_FORMATS else ""


def limit_kind(keyword: str, before: Any, after: Any) -> str:
    """Return the kind of a changed limit: tightened, loosened, or changed beyond comparison."""
    if before is None or before is False:
        return "limit-tightened"
    if after is None or after is False:
        return "limit-loosened"
    if keyword in _OTHER_LIMITS or not _numbers(before, after):
        return "limit-changed"
    higher = after > before
    return "limit-tightened" if higher == (keyword in _LOWER_LIMITS) else "limit-loosened"


def _numbers(*values: Any) -> bool:
    return all(isinstance(value, int | float) for value in values)
