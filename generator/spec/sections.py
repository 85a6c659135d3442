"""The sections of an overlay: each action is under the heading of what it is about.

A heading is a comment, `# ---- jobs`. Headings have the same order on every platform, so that a
reader knows where to look; `# -- words` are free subheadings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import yaml

from generator.json_values import is_object

CORRECTIONS = "corrections"
OLDER = "older servers"
NAMES = "names"
SECTIONS: dict[str, frozenset[str]] = {
    "platform": frozenset({"x-annoport-platform", "servers", "security", "securitySchemes"}),
    # Before whatever else is said about such operations, which must exist by then.
    OLDER: frozenset(
        {
            *("x-annoport-since", "x-annoport-removed", "x-annoport-gaps", "x-annoport-edition"),
            *("x-annoport-checked", "x-annoport-values"),
        }
    ),
    "jobs": frozenset({"x-annoport-job-kinds", "x-annoport-job"}),
    "lists": frozenset({"x-annoport-pagination", "x-annoport-unpaged"}),
    "streams": frozenset({"x-annoport-stream"}),
    "downloads": frozenset({"x-annoport-download"}),
    "uploads": frozenset({"x-annoport-upload", "x-annoport-upload-doc"}),
    "retries": frozenset({"x-annoport-retry"}),
    "guards": frozenset({"x-annoport-guard", "x-annoport-body-guards", "x-annoport-batch"}),
    "filters": frozenset({"x-annoport-filter"}),
    CORRECTIONS: frozenset(),
    NAMES: frozenset(
        {
            *("x-annoport-names", "x-annoport-name", "x-annoport-aliases", "x-annoport-resource"),
            *("x-annoport-class", "x-enum-varnames", "title"),
        }
    ),
}
"""Section -> the keys that it is about, in the order of the headings; corrections are the rest."""

_HEADING = re.compile(r"\s*# -{3,} (.+?)\s*")


@attrs.frozen
class _Line:
    """A heading or an action, with its line number."""

    number: int
    heading: str | None = None
    action: Mapping[str, Any] | None = None


def faults(text: str, actions: list[dict[str, Any]], origin: str) -> Iterator[str]:
    """Yield what is wrong with the headings of an overlay, and with what is under them.

    Args:
        text: The overlay as it is written.
        actions: Its actions, parsed.
        origin: What to call the overlay in a message.
    """
    names = list(SECTIONS)
    current, latest = None, 0
    for line in _lines(text, actions):
        place = f"{origin}:{line.number}"
        if line.action is not None:
            yield from _action_faults(line.action, current, place)
            continue
        current = line.heading
        if current not in names:
            yield f"{place}: unknown section {current!r}; expected one of {', '.join(names)}"
        elif names.index(current) < latest:
            yield (
                f"{place}: the section {current!r} comes too late; the order is {', '.join(names)}"
            )
        else:
            latest = names.index(current)


def sections_of(action: Mapping[str, Any]) -> list[str]:
    """Return the sections that an action is about; only one is right."""
    keys = set(_leaves(action.get("update")))
    if not keys:
        keys = set(re.findall(r"\w+", action["target"])[:2])
        platform = keys & SECTIONS["platform"] or ".securitySchemes" in action["target"]
        return ["platform"] if platform else [CORRECTIONS]
    found = [name for name, about in SECTIONS.items() if keys & about]
    if OLDER in found:
        return [OLDER]
    rest = keys.difference(*SECTIONS.values())
    # A correction may name the things that it adds.
    if rest and set(found) <= {NAMES}:
        return [CORRECTIONS]
    return [*found, CORRECTIONS] if rest else found


def _action_faults(action: Mapping[str, Any], section: str | None, place: str) -> Iterator[str]:
    expected = sections_of(action)
    if len(expected) > 1:
        about = " and ".join(expected)
        yield f"{place}: this action is about {about}; split it into several actions"
    elif section not in (expected[0], *((OLDER,) if expected == [CORRECTIONS] else ())):
        stands = f"under {section!r}" if section else "under no heading"
        yield f"{place}: this action is {stands}; it belongs under {expected[0]!r}"


def _lines(text: str, actions: list[dict[str, Any]]) -> list[_Line]:
    """Return the headings and the actions, in the order of their lines."""
    document = yaml.compose(text, Loader=yaml.CSafeLoader)
    fields = {key.value: value for key, value in document.value} if document else {}
    found = [
        _Line(node.start_mark.line + 1, action=action)
        for node, action in zip(fields["actions"].value, actions, strict=True)
    ]
    for number, line in enumerate(text.splitlines(), start=1):
        match = _HEADING.fullmatch(line)
        if match:
            found.append(_Line(number, heading=match[1]))
    return sorted(found, key=lambda line: line.number)


def _leaves(node: object) -> Iterator[str]:
    """Yield the keys of an update that say something; those inside extensions are not looked at."""
    if not is_object(node):
        return
    for key, value in node.items():
        if is_object(value) and value and not key.startswith("x-"):
            yield from _leaves(value)
        else:
            yield key
