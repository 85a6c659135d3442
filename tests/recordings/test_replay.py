"""Every recorded exchange of the real servers, replayed through the generated clients.

The request that the client sends must be the recorded one in method, path, query and body; the
recorded answer must decode without a ResponseShapeWarning, or raise the right error.
"""

from __future__ import annotations

import importlib
import json
import re
import warnings
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

import attrs
import httpx
import pytest

from annoport.core import errors
from annoport.core.errors import ResponseShapeWarning
from annoport.core.http.request import Request
from generator.json_values import is_object
from tests.recordings import parts, refusals
from tests.recordings.exchanges import Exchange, call_of, load
from tests.shared import PLATFORMS, SHARED

pytestmark = pytest.mark.skipif(
    not (SHARED / "recordings").is_dir(), reason="needs the recordings in ../shared/recordings"
)

BASE = "https://server.test"

EXCEPTIONS: dict[str, str] = {
    "cvat:47-schema_retrieve-200": "recorded with Accept: */*, which gives YAML; we ask for JSON",
    "tator:190-GetLocalizationList-200": "asked for JSON lines, which are undeclared",
}
"""Exchange id -> why its answer cannot be decoded."""

UNKNOWN_KEYS = {
    "ecotaxa:90-update_project-200": {"license"},
    "ecotaxa:92-update_project-403": {"license"},
    "ecotaxa:181-update_collection-200": {"id", "external_id_system", "is_private"},
    "ecotaxa:182-update_collection-404": {"id", "external_id_system", "is_private"},
    "ecotaxa:403-update_collection-200": {"id", "external_id_system", "is_private"},
    "tator:77-CreateStateType-201": {"dtype"},
}
"""Exchange id -> keys of its body that the server ignores, and that we refuse.

Without them, it is replayed like any other.
"""

_HALF_AN_ANSWER = r"\$\.users: is required, but missing; \$\.taxa: is required, but missing"
GUARDED = {
    "ecotaxa:54-reply_job_question-200": _HALF_AN_ANSWER,
    "ecotaxa:84-reply_job_question-404": _HALF_AN_ANSWER,
    # The server took it, and its job failed.
    "ecotaxa:219-export_object_set_general-200": r"\$\.filters\.taxo: 'abc' is refused",
    "tator:400-DeleteTranscodeList-200": r"\$\.ids: an empty list would select everything",
}
"""Exchange id -> our message where the server took, or did not look at, what we refuse."""

UNDECLARED = {
    ("cvat", "org"): "taken by every operation, but declared by some; we send X-Organization",
    ("tator", "after"): "ignored by the server on files, so the overlay removes it there",
    ("tator", "bogus"): "sent to see that the server ignores it",
    ("tator", "format"): "undeclared, and its other formats are broken",
}
"""Query parameters of recorded requests that no method takes, and why."""

SpecialError: TypeAlias = tuple[str, int, str, type[errors.AnnoportError]]
SPECIAL_ERRORS: list[SpecialError] = [
    ("cvat", 400, "Unable to log in", errors.AuthenticationError),
    ("cvat", 400, "matches the given query", errors.NotFoundError),
    ("cvat", 400, "matching query does not exist", errors.NotFoundError),
    ("cvat", 400, "already accepted", errors.ConflictError),
    ("cvat", 400, "Unknown export request id", errors.NotFoundError),
    ("cvat", 400, "export process is not finished", errors.ConflictError),
    ("cvat", 400, "Only requests that have not yet been started", errors.ConflictError),
    ("cvat", 403, "Either task_id or job_id", errors.ValidationError),
    ("cvat", 410, "no longer supported", errors.NoSuchOperationError),
    ("ecotaxa", 403, "^login: ", errors.AuthenticationError),
    ("ecotaxa", 403, "Not authenticated", errors.AuthenticationError),
    ("ecotaxa", 422, "Not found", errors.NotFoundError),
    ("ecotaxa", 422, "Already exists", errors.ConflictError),
    ("ecotaxa", 422, "already in the required state", errors.ConflictError),
    ("tator", 400, "Authentication credentials|Invalid token", errors.AuthenticationError),
    ("tator", 400, "Could not authenticate|AnonymousUser", errors.AuthenticationError),
    ("tator", 400, "already taken", errors.ConflictError),
    ("tator", 400, "Max retries exceeded", errors.ServerError),
    ("tator", 400, "Request was throttled", errors.RateLimitError),
    ("tator", 400, "Supplied index|Could not find attribute", errors.NotFoundError),
    ("tator", 400, "Safety check failed", errors.ConflictError),
]
"""Errors whose status says less than their text: platform, status, text, class."""

_BY_STATUS: dict[int, type[errors.AnnoportError]] = {
    301: errors.RedirectError,
    302: errors.RedirectError,
    304: errors.RedirectError,
    307: errors.RedirectError,
    400: errors.ValidationError,
    401: errors.AuthenticationError,
    403: errors.PermissionDeniedError,
    404: errors.NotFoundError,
    409: errors.ConflictError,
    422: errors.ValidationError,
    429: errors.RateLimitError,
}


def all_exchanges() -> list[Exchange]:
    if not (SHARED / "recordings").is_dir():
        return []
    return [exchange for platform in PLATFORMS for exchange in load(platform)]


class Tape:
    """A transport that answers from the recording, and keeps the requests."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.seen: list[httpx.Request] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.seen.append(request)
        return httpx.Response(
            self.exchange.status,
            headers=self.exchange.answer_headers(),
            content=self.exchange.answer_body(),
        )


def replay(exchange: Exchange) -> tuple[httpx.Request | None, Any]:
    """Send what was sent; return the request, and the value or the error that resulted."""
    package = importlib.import_module(f"annoport_{exchange.platform}")
    tape = Tape(exchange)
    with httpx.Client(transport=httpx.MockTransport(tape.answer)) as http:
        client = package.Client(
            BASE,
            token="t",
            max_retries=0,
            strict=True,
            check_server_version=False,  # a recorded server may ignore what it was sent
            http_client=http,
        )
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", ResponseShapeWarning)
                outcome = _send(client, exchange)
        except errors.AnnoportError as error:
            outcome = error
    return (tape.seen[0] if tape.seen else None), outcome


def _send(client: Any, exchange: Exchange) -> Any:
    if exchange.operation_id is None:
        return client.send(_raw_request(exchange), secured=False)
    call = call_of(exchange)
    operation = exchange.operation
    body = {} if call.body is None else {"body": call.body}
    return client.call(operation, call.arguments, **body, content_type=call.content_type)


def _raw_request(exchange: Exchange) -> Request:
    """Send a URL outside the spec (result downloads, TUS, presigned) as it is."""
    body: Any = exchange.request_body
    if is_object(body) and "binary_bytes" in body:
        content: bytes | None = bytes(body["binary_bytes"])
    else:
        content = json.dumps(body).encode() if body is not None else None
    return Request(
        method=exchange.method,
        url=exchange.url_path,
        headers=exchange.headers,
        content=content,
        operation_id="recorded",
    )


def expected_error(exchange: Exchange) -> type[errors.AnnoportError] | None:
    """Return the class of the error for the recorded answer; None for a success."""
    # A URL outside the spec is sent as it is; following its redirect is up to the caller.
    if exchange.status < (300 if exchange.operation_id else 400):
        return None
    special = _special(exchange)
    calls = exchange.operation_id is not None  # what calls no operation cannot show that one lacks
    if special is not None and (calls or special[-1] is not errors.NoSuchOperationError):
        return special[-1]
    if exchange.status >= 500:
        return errors.ServerError
    return _BY_STATUS.get(exchange.status, errors.ApiError)


def _special(exchange: Exchange) -> SpecialError | None:
    body = json.dumps(exchange.response_body, ensure_ascii=False)
    text = f"{exchange.operation_id}: {body}"
    for entry in SPECIAL_ERRORS:
        platform, status, pattern, _ = entry
        if (platform, status) == (exchange.platform, exchange.status) and re.search(pattern, text):
            return entry
    return None


def _id(exchange: Exchange) -> str:
    return exchange.id


@pytest.mark.parametrize("exchange", all_exchanges(), ids=_id)
def test_replay(exchange: Exchange) -> None:
    if exchange.id in UNKNOWN_KEYS:
        exchange = without_unknown_keys(exchange)
    request, outcome = replay(exchange)
    if exchange.id in EXCEPTIONS:
        # An exception that no longer applies must go.
        assert isinstance(outcome, errors.DecodeError)
        return
    if exchange.id in GUARDED:
        assert request is None
        assert isinstance(outcome, errors.InvalidBodyError)
        assert re.search(GUARDED[exchange.id], str(outcome))
        return
    if isinstance(outcome, errors.InvalidBodyError | errors.InvalidArgumentError):
        assert request is None
        assert refusals.difference(exchange, str(outcome)) is None
        return
    assert exchange.id not in refusals.REVIEWED, "no longer refused: delete what was reviewed"
    assert request is not None
    check_request(exchange, request)
    expected = expected_error(exchange)
    if expected is None:
        assert not isinstance(outcome, Exception), repr(outcome)
    else:
        assert type(outcome) is expected, repr(outcome)


def without_unknown_keys(exchange: Exchange) -> Exchange:
    """Check that just the unknown keys are refused, and leave them out."""
    unknown = UNKNOWN_KEYS[exchange.id]
    request, outcome = replay(exchange)
    assert request is None
    assert isinstance(outcome, errors.InvalidBodyError)
    assert set(re.findall(r"\$\.(\w+): \w+ has no key", str(outcome))) == unknown
    known = {name: v for name, v in exchange.request_body.items() if name not in unknown}
    return attrs.evolve(exchange, request_body=known)


def test_each_entry_of_the_tables_is_used() -> None:
    exchanges = all_exchanges()
    assert {*EXCEPTIONS, *UNKNOWN_KEYS, *GUARDED, *refusals.REVIEWED} <= {
        one.id for one in exchanges
    }
    special = [_special(one) for one in exchanges if one.status >= 400]
    assert [entry for entry in SPECIAL_ERRORS if entry not in special] == []
    asked = {(one.platform, name) for one in exchanges for name, _ in _pairs_of(one.url_path)}
    assert set(UNDECLARED) <= asked


def check_request(exchange: Exchange, request: httpx.Request) -> None:
    """Check that method, path, query and body are those of the recording."""
    assert request.method == exchange.method
    sent = httpx.URL(request.url)
    recorded = httpx.URL(exchange.url_path)
    assert sent.path == recorded.path
    undeclared = {name for platform, name in UNDECLARED if platform == exchange.platform}
    sent_pairs, recorded_pairs = _pairs(sent), _pairs(recorded)
    left_out = [pair for pair in recorded_pairs if pair not in sent_pairs]
    assert {name for name, _ in left_out} <= undeclared
    assert sorted(sent_pairs + left_out) == recorded_pairs
    if exchange.operation_id is not None:
        for parameter in exchange.operation.parameters:
            if parameter.location == "header":
                wire = parameter.wire.lower()
                assert request.headers.get(wire) == exchange.headers.get(wire)
        _check_body(exchange, request)


def _pairs(url: httpx.URL) -> list[tuple[str, str]]:
    return sorted(parse_qsl(url.query.decode(), keep_blank_values=True))


def _pairs_of(url_path: str) -> list[tuple[str, str]]:
    return _pairs(httpx.URL(url_path))


def _check_body(exchange: Exchange, request: httpx.Request) -> None:
    match exchange.sent_as:
        case "multipart":
            # A form has no order, but equal parts would be told apart by nothing else.
            assert sorted(parts.sent(request), key=_name) == sorted(exchange.parts, key=_name)
        case "form":
            assert dict(parse_qsl(request.content.decode())) == exchange.request_body["form"]
        case "text":
            assert request.content.decode() == exchange.request_body["text"]
        case "nothing":
            assert request.content == b""
        case _:
            assert json.loads(request.content) == exchange.json_body


def _name(part: parts.Part) -> str:
    return part.name
