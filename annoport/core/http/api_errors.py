"""From an error answer to its `ApiError`: by status, and by the rules of the platform."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from annoport.core import messages
from annoport.core.errors import (
    ApiError,
    AuthenticationError,
    ConflictError,
    NoSuchOperationError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    RedirectError,
    ServerError,
    ValidationError,
)
from annoport.core.http.auth import how_to_log_in
from annoport.core.redact import redact_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from annoport.core.contract.extensions import ErrorRule, Platform
    from annoport.core.http.response import RawResponse

_BY_STATUS: dict[int, type[ApiError]] = {
    400: ValidationError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: ValidationError,
    429: RateLimitError,
}

_LACKING_LOGIN = (AuthenticationError, PermissionDeniedError)

_BY_RULE: dict[str, type[ApiError]] = {
    "authentication": AuthenticationError,
    "permission-denied": PermissionDeniedError,
    "not-found": NotFoundError,
    "conflict": ConflictError,
    "validation": ValidationError,
    "rate-limit": RateLimitError,
    "server": ServerError,
    "no-operation": NoSuchOperationError,
}


def api_error(
    platform: Platform | None, operation_id: str | None, raw: RawResponse, *, is_call: bool = False
) -> ApiError:
    """Return the error that an answer with a status of 300 or more reports.

    Args:
        platform: Says where messages are, and what they mean; None for the general rules only.
        operation_id: The operation that was called, if any.
        raw: The answer as received.
        is_call: Whether the request was the call of the operation itself, and not another one
            that belongs to it.
    """
    body = messages.read_body(raw.content, raw.headers.get("content-type", ""))
    said = messages.find(body, platform.messages if platform else ())
    rule, match = _find_rule(platform, operation_id, raw.status, said, is_call=is_call)
    waits = _seconds_in(match, rule) if rule and match else None
    if platform and platform.error_reason:  # after the rules: it may repeat what we sent
        said = messages.with_reason(said, body, platform.error_reason)
    if waits is None:
        waits = retry_after(raw.headers)
    error = (_BY_RULE[rule.error] if rule else _class_of(raw.status))(
        _advised(said, rule) or _nothing_said(raw),
        status=raw.status,
        operation=operation_id,
        method=raw.method,
        url=raw.url,
        request_id=raw.headers.get("x-request-id"),
        body=messages.kept(body, len(raw.content)),
        headers=raw.headers,
        retry_after=waits,
    )
    if platform and raw.anonymous and isinstance(error, _LACKING_LOGIN):
        error.advise(how_to_log_in(platform))
    return error


def _class_of(status: int) -> type[ApiError]:
    if 300 <= status < 400:
        return RedirectError
    if status >= 500:
        return ServerError
    return _BY_STATUS.get(status, ApiError)


def _find_rule(
    platform: Platform | None, operation_id: str | None, status: int, said: str, *, is_call: bool
) -> tuple[ErrorRule | None, re.Match[str] | None]:
    """Return the first rule of the platform that is about an answer, and what it matches."""
    for rule in platform.error_rules if platform else ():
        concerned = rule.status == status and rule.operation in (None, operation_id)
        if concerned and (is_call or rule.error != "no-operation"):
            match = re.search(rule.pattern, said)
            if match:
                return rule, match
    return None, None


def _advised(said: str, rule: ErrorRule | None) -> str:
    """Return what the server said, with what a rule adds, which is never cut off."""
    if rule is None:
        return said
    if rule.error == "no-operation":
        return f"the server has no such operation ({said})"
    if rule.advice is None:
        return said
    room = messages.MESSAGE_LIMIT - len(rule.advice) - len(": ")
    shown = messages.shorten(said, room)
    return f"{shown if shown.endswith('..') else shown.removesuffix('.')}: {rule.advice}"


def _seconds_in(match: re.Match[str], rule: ErrorRule) -> float | None:
    if rule.retry_after_group is None:
        return None
    try:
        return float(match[rule.retry_after_group])
    except (TypeError, ValueError):
        return None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that the Retry-After header asks to wait, or None if it does not.

    A date is compared with the server's own Date header, since clocks differ.
    """
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]+)?", value):
        return float(value)
    then = _http_date(value)
    now = _http_date(headers.get("date", "")) or datetime.now(UTC)
    return max(0.0, (then - now).total_seconds()) if then else None


def _http_date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _nothing_said(raw: RawResponse) -> str:
    phrase = messages.reason(raw.status)
    location = raw.headers.get("location")
    if location and raw.status < 400:
        return f"{phrase}: redirected to {redact_url(location)}, which is not followed"
    if raw.content:
        kind = raw.headers.get("content-type", "unknown type")
        return f"{phrase} (the answer is {len(raw.content)} bytes of {kind}, without a message)"
    return f"{phrase} (empty answer)"
