"""Whether the client refused a recorded request for the reason for which the server did.

A refusal before sending is right only if the server refused the same thing. By rule: each place
that our message names, the server's answer names, too. Where the server names none, or looks at
something else first, the pair of messages is reviewed by hand, in `REVIEWED`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import attrs

from generator.json_values import is_list, is_object
from tests.recordings.exchanges import Exchange


@attrs.frozen
class Reviewed:
    """A refusal that the rule cannot judge.

    Attributes:
        ours: A regular expression for the whole of our message, after the name of the operation.
        theirs: One that is searched in the server's answer.
        why: Why these two are about the same thing.
    """

    ours: str
    theirs: str
    why: str


_LIKE_258 = "the server looks at another part first; without a file it refuses, too (line 258)"
_ANY_OF = "the server says of a union only that no member fits; our message says why"
_UNNAMED = "the server names the type and the value, but not the field"

REVIEWED: dict[str, Reviewed] = {
    "cvat:4-auth_create_login-400": Reviewed(
        r"the body does not fit: \$\.password: is required, but missing",
        'Must include either \\\\"username\\\\" or \\\\"email\\\\" and \\\\"password\\\\"',
        "the server says it of all fields at once",
    ),
    "cvat:155-tasks_retrieve_data-400": Reviewed(
        "argument 'type' is missing", "Data type not specified", "the server calls it data type"
    ),
    "cvat:162-jobs_retrieve_data-400": Reviewed(
        "argument 'type' is missing", "Data type not specified", "the server calls it data type"
    ),
    "cvat:209-tasks_create_dataset_export-400": Reviewed(
        "argument 'format' is missing", "Unknown format specified", "none is an unknown one"
    ),
    "cvat:227-projects_create_dataset_export-400": Reviewed(
        "argument 'format' is missing", "Unknown format specified", "none is an unknown one"
    ),
    "cvat:289-projects_create_dataset-400": Reviewed(
        r"\$\.dataset_file: is required, but missing", "Unknown input format 'Nope'", _LIKE_258
    ),
    "cvat:290-projects_create_dataset-404": Reviewed(
        r"\$\.dataset_file: is required, but missing", "No Project matches", _LIKE_258
    ),
    "cvat:312-jobs_create-400": Reviewed(
        r"the body does not fit: \$\.task_id: is required, but missing",
        "task_id is not specified",
        "the answer is a bare text",
    ),
    "ecotaxa:24-post_user_file-422": Reviewed(
        "the body is missing; pass one for multipart/form-data",
        r'"loc": \["body", "file"\], "msg": "field required"',
        "the file is all that the body must hold",
    ),
    "ecotaxa:91-update_project-422": Reviewed(
        r"the body does not fit: (\$\.\w+: is required, but missing; ){5}and \d+ more",
        r'"loc": \["body", "projid"\], "msg": "field required"',
        "the server sets each field that it is not sent to nothing, so we require all of them",
    ),
    "tator:118-CreateMediaList-400": Reviewed(
        r"the body does not fit: \$\.md5: is required, but missing; \$\.type: is required, .+",
        "is not valid under any of the given schemas",
        _ANY_OF,
    ),
    "tator:138-GetMediaListById-400": Reviewed(
        r"the body does not fit: \$\.ids: expected array, got string 'x'",
        "Failed to cast value to array type: x",
        _UNNAMED,
    ),
    "tator:175-CreateLocalizationList-400": Reviewed(
        r"the body does not fit: \$\[0\]\.frame: is required, but missing",
        "is not valid under any of the given schemas",
        _ANY_OF,
    ),
    "tator:220-GetStateListById-400": Reviewed(
        r"the body does not fit: \$\.ids: expected array, got string 'x'",
        "Failed to cast value to array type: x",
        _UNNAMED,
    ),
    "tator:236-CreateLeafList-400": Reviewed(
        r"the body does not fit: \$\[0\]\.type: is required, but missing",
        "is not valid under any of the given schemas",
        _ANY_OF,
    ),
    "tator:353-CreateLocalizationList-400": Reviewed(
        "the body has 501 items, and the server takes at most 500 at once: send them in parts",
        "Request body validation error",
        "the recording holds only the beginning of the server's repetition",
    ),
}
"""Exchange id -> our message and the server's, read side by side."""

_REFUSED_ARGUMENT = re.compile(r"argument '(\w+)'(?: is missing|: expected a whole number)")
_COMPLAINT = re.compile(r"\$([\w.\[\]]*): (.+?)(?=; \$|; and \d+ more|$)")
_REQUIRED_PROPERTY = re.compile(r"'(\w+)\\*' is a required property")
_REQUIRED_QUERY = re.compile(r"Missing required query parameter: (\w+)")
_REQUIRED_LINE = re.compile(r"^(\w+): This field is required", re.MULTILINE)


def difference(exchange: Exchange, message: str) -> str | None:
    """Return why a refusal of ours is not the server's; None if it is.

    Args:
        exchange: What was sent, and what the server said to it.
        message: Our message.
    """
    if exchange.status < 400:
        return f"the server took it: {message}"
    answer = exchange.response_body
    text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
    reviewed = REVIEWED.get(exchange.id)
    if reviewed is not None:
        ours = message.removeprefix(f"{exchange.operation_id}: ")
        same = re.fullmatch(reviewed.ours, ours) and re.search(reviewed.theirs, text)
        return None if same else f"reviewed otherwise: {message!r} for {text!r}"
    named = set(our_places(exchange, message))
    known = set(server_places(answer))
    if named and named <= known:
        return None
    return f"we refuse {sorted(named)} ({message}), the server {sorted(known)} ({text})"


def our_places(exchange: Exchange, message: str) -> Iterator[str]:
    """Yield the places that a message of ours objects to; "" is the whole body."""
    wires = {parameter.name: parameter.wire for parameter in exchange.operation.parameters}
    yield from (wires[name] for name in _REFUSED_ARGUMENT.findall(message))
    for place, complaint in _COMPLAINT.findall(message):
        # Servers ignore a key that they do not know, so it is never the reason.
        if " has no key " not in complaint:
            yield place.removeprefix(".")


def server_places(answer: Any) -> Iterator[str]:
    """Yield the places that the answer of one of the platforms objects to; "" is the body."""
    if isinstance(answer, str):
        yield from _REQUIRED_LINE.findall(answer)
    elif is_object(answer) and isinstance(answer.get("details"), str):
        yield from _REQUIRED_PROPERTY.findall(answer["details"])
        yield from _REQUIRED_QUERY.findall(str(answer.get("message")))
    elif is_object(answer) and is_list(answer.get("detail")):
        for one in answer["detail"]:
            if is_object(one):
                yield _path(one["loc"][1:])
    elif is_object(answer) and not {"detail", "message"} & set(answer):
        yield from map(_path, _leaves(answer, ()))


def _leaves(node: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """Yield where the messages are in an answer that mirrors the body."""
    if is_object(node):
        for name, child in node.items():
            yield from _leaves(child, (*path, int(name) if name.isdigit() else name))
    elif is_list(node) and any(map(is_object, node)):
        for number, child in enumerate(node):
            yield from _leaves(child, (*path, number))
    else:
        yield path


def _path(steps: Any) -> str:
    shown = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return shown.removeprefix(".")
