"""Jobs whose first answer was lost: what their id must be, and whether one of that id is ours."""

from __future__ import annotations

import datetime
import email.utils
import re
from collections.abc import Mapping
from typing import Any

from annoport.core.contract.extensions import JobKind, JobLookup
from annoport.core.contract.operation import Operation
from annoport.core.http.parameters import text_of
from annoport.core.jobs.polling import look_up
from annoport.core.values.models import UNSET
from annoport.core.values.pointers import resolve

ATTEMPTS = 5
"""How often to look: what got the request may need some seconds to make the job visible."""

USER = "@user"
PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


def needs_user(lookup: JobLookup) -> bool:
    """Whether the id of the user is a part of the id of the job."""
    return USER in PLACEHOLDER.findall(lookup.id)


def job_id(
    lookup: JobLookup,
    operation: Operation[Any],
    arguments: Mapping[str, Any],
    body: Any,
    user: int | str | None,
) -> str | None:
    """Return the id of the job that a request starts; None if it does not follow from that.

    Args:
        lookup: How the id is made.
        operation: The operation that starts the job.
        arguments: Values by the Python names of the parameters.
        body: A model or plain data.
        user: The server's id of the user.
    """
    names = {parameter.wire: parameter.name for parameter in operation.parameters}
    values: dict[str, str] = {}
    for name in PLACEHOLDER.findall(lookup.id):
        if name == USER:
            given: object = user
        elif name.startswith("/"):
            given = resolve(body, name)
        else:
            given = arguments.get(names[name])
        text = _text(given)
        text = lookup.words.get(name, {}).get(text, text)
        if not text:
            return None
        for old, new in lookup.replace.items():
            text = text.replace(old, new)
        values[name] = text
    return PLACEHOLDER.sub(lambda match: values[match[1]], lookup.id)


def is_started_by(
    lookup: JobLookup, document: object, headers: Mapping[str, str], elapsed: float
) -> bool:
    """Whether a job was created by our request, and not by an earlier one of the same id.

    Both times are the server's own, so that our clock does not matter.

    Args:
        lookup: How the id is made.
        document: The parsed JSON body of the answer about the job.
        headers: The headers of that answer.
        elapsed: Seconds from the sending of our request to that answer.
    """
    if lookup.created is None:
        return True
    try:
        now = email.utils.parsedate_to_datetime(headers.get("date", ""))
        created = datetime.datetime.fromisoformat(str(look_up(document, lookup.created)))
        age = (now - created).total_seconds()
    except (ValueError, TypeError):  # no date, or one without a time zone
        return False
    return age <= elapsed


def where_to_look(kind: JobKind, expected: str | None) -> str:
    """Return how a user finds out whether a job was started.

    Args:
        kind: What is known about such jobs.
        expected: The id of the job, if it is known.
    """
    job = "a new job" if expected is None else f"job {expected!r}"
    places = [kind.listed_by] if expected is None else [kind.poll, kind.listed_by]
    named = " or ".join(place for place in places if place is not None)
    return f"look for {job}{f' with {named}' if named else ''} before you call again"


def _text(value: object) -> str:
    if value is None or value is UNSET:
        return ""
    try:
        return text_of(value)
    except TypeError:
        return ""
