"""Building requests from an operation and its arguments. Nothing is sent here."""

from __future__ import annotations

import re
from collections.abc import Sized
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from annoport.core.codec.releases import Need
from annoport.core.errors import InvalidArgumentError, InvalidBodyError
from annoport.core.http import bodies, filters
from annoport.core.http.parameters import (
    cookie_pair,
    header_value,
    is_many,
    path_segment,
    query_pairs,
)
from annoport.core.redact import redact_url
from annoport.core.support.suggestions import did_you_mean
from annoport.core.values.models import UNSET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from annoport.core.contract.extensions import Platform
    from annoport.core.contract.operation import Operation, Parameter
    from annoport.core.http.multipart import StreamedBody
    from annoport.core.http.origin import BaseUrl

T = TypeVar("T")

THE_OPERATION = "the operation"
"""What a `Need` calls the operation itself."""

_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


@attrs.frozen
class Request:
    """A request, independent of the server that it will be sent to.

    Attributes:
        method: The HTTP method, in upper case.
        url: Path and query, relative to the base URL, or an absolute URL; percent-encoded.
        headers: Accept, the header and cookie parameters, and the headers of the body.
        content: The body, or None for none. A `StreamedBody` is iterated, and again for a retry
            if it is `replayable`; the headers have its Content-Length if that is known.
        operation_id: The operation that the request belongs to, for messages.
        presigned: Whether the URL carries its own authorization, so that no credential of ours
            is sent, whatever the host.
        answer: JSON text of the answer, if it is known without asking the server.
        needs: What the request uses besides its body that only some releases of the server know.
        body_needs: Yields what the body uses that a version of the server lacks; without a
            version, what any lacks. It is called only if that matters.
        anonymous: Whether it is sent without credentials because the client has none.
        secret_query: What is added to the query when it is sent, and is in no message.
    """

    # What shows local variables, such as a report of a crash, is to show no credential.
    method: str
    url: str = attrs.field(repr=lambda url: repr(redact_url(url)))
    headers: dict[str, str] = attrs.field(repr=lambda headers: repr([*headers]))
    content: bytes | StreamedBody | None = attrs.field(repr=False)
    operation_id: str
    presigned: bool = False
    answer: bytes | None = None
    needs: tuple[Need, ...] = ()
    body_needs: Callable[[str | None], Iterable[Need]] = attrs.field(
        default=bodies.no_needs, repr=False, eq=False
    )
    anonymous: bool = False
    secret_query: str = attrs.field(default="", repr=False)

    def address(self, url: str) -> str:
        """Return the address to send to.

        Args:
            url: The absolute URL of the request, as messages show it.
        """
        if not self.secret_query:
            return url
        return f"{url}{'&' if '?' in url else '?'}{self.secret_query}"


def build(
    operation: Operation[Any],
    arguments: Mapping[str, Any],
    body: Any = UNSET,
    content_type: str | None = None,
    *,
    strict: bool = False,
) -> Request:
    """Build the request of an operation.

    Args:
        operation: The operation to call.
        arguments: Python name of a parameter -> value. UNSET is not sent, nor is None for an
            optional parameter.
        body: A model, dict or list (JSON or a form), bytes, text, a path or an open binary file.
        content_type: The media type of the body; by default chosen to suit `body`.
        strict: Refuse placeholders that a server shows in place of values, instead of leaving
            them out.

    Raises:
        InvalidArgumentError: An argument is missing, unknown or cannot or must not be sent.
        InvalidBodyError: The body does not fit the operation, or must not be sent.
    """
    _refuse_unknown(operation, arguments)
    arguments = filters.in_arguments(operation, arguments)
    body = filters.in_body(operation, body) if operation.filters else body
    path_values: dict[str, str] = {}
    query: list[str] = []
    cookies: list[str] = []
    headers = {"Accept": accept(operation)}
    needs = [Need(THE_OPERATION, operation.known_by)] if operation.known_by else []
    for parameter in operation.parameters:
        value = _value_of(operation, parameter, arguments)
        if value is UNSET:
            continue
        if (parameter.guard or parameter.values) and is_many(value):
            value = list(value)  # an iterator can be read only once
        if parameter.guard is not None:
            from annoport.core.http import guards  # few operations have one

            guards.check_argument(operation.id, parameter.name, parameter.guard, value)
        needs += _needs(parameter, value)
        if parameter.location == "path":
            text = _written(operation, parameter, path_segment, value)
            path_values[parameter.wire] = text
        elif parameter.location == "query":
            query += _written(operation, parameter, lambda p, v: list(query_pairs(p, v)), value)
        elif parameter.location == "cookie":
            cookies.append(_written(operation, parameter, cookie_pair, value))
        else:
            text = _written(operation, parameter, lambda _, v: header_value(v), value)
            headers[parameter.wire] = text
    if cookies:
        headers["Cookie"] = "; ".join(cookies)
    _refuse_too_many(operation, "", body)
    made = bodies.make(operation, body, content_type, strict=strict)
    answer = _known_answer(operation, arguments, made.content)
    _describe_body(headers, made)
    path = _PLACEHOLDER.sub(lambda match: path_values[match[1]], operation.path)
    url = f"{path}?{'&'.join(query)}" if query else path
    return Request(
        operation.method,
        url,
        headers,
        made.content,
        operation.id,
        answer=answer,
        needs=tuple(needs),
        body_needs=made.needs,
    )


def refuse_long_address(platform: Platform, base: BaseUrl, request: Request) -> None:
    """Refuse a request whose address the platform's servers do not let through.

    Raises:
        InvalidArgumentError: The address is too long. The message names the longest argument.
    """
    limit = platform.longest_address
    if limit is None or len(request.url) <= limit - len(base.path):
        return
    if not request.url.startswith("/"):
        return  # made by a server, perhaps another one
    longest = max(request.url.partition("?")[2].split("&"), key=len).partition("=")[0]
    named = f"argument {longest!r} is too long: " if longest else ""
    length = len(base.path) + len(request.url)
    raise InvalidArgumentError(
        f"{request.operation_id}: {named}the address would have {length:,} characters, and "
        f"{platform.title} takes no more than {limit:,}; split the list over several calls"
    )


def _refuse_too_many(operation: Operation[Any], of: str, items: Any) -> None:
    """Refuse the items of a parameter, or of the body (""), if one request takes fewer."""
    batch = operation.batch
    if batch is None or batch.of != of or not (is_many(items) and isinstance(items, Sized)):
        return
    if len(items) <= batch.most:
        return
    kind = InvalidArgumentError if of else InvalidBodyError
    named = {parameter.wire: f"argument {parameter.name!r}" for parameter in operation.parameters}
    raise kind(
        f"{operation.id}: {named.get(of, 'the body')} has {len(items):,} items, and the server "
        f"takes at most {batch.most:,} at once: send them in parts"
    )


def _known_answer(
    operation: Operation[Any], arguments: Mapping[str, Any], content: Any
) -> bytes | None:
    if operation.selection is None:
        return None
    from annoport.core.http import guards  # few operations have one

    return guards.answer_to_nothing(operation, operation.selection, arguments, content)


def accept(operation: Operation[Any]) -> str:
    """Return the Accept header: the media types of success in order of preference, then any.

    Any type is accepted because some servers check the header before they know that the answer
    is a file, and refuse with 406 a header that names only the type of the file.
    """
    kinds = dict.fromkeys(
        kind
        for status, types in operation.responses.items()
        if status.startswith("2") or status == "default"
        for kind in types
    )
    weighed = [
        f"{kind};q={max(1.0 - rank / 10, 0.2):.1f}" if rank else kind
        for rank, kind in enumerate(kinds)
    ]
    if "*/*" not in kinds:
        weighed.append("*/*;q=0.1" if weighed else "*/*")
    return ", ".join(weighed)


def _refuse_unknown(operation: Operation[Any], arguments: Mapping[str, Any]) -> None:
    names = [parameter.name for parameter in operation.parameters]
    for name in arguments:
        if name not in names:
            if name in bodies.json_fields(operation):
                hint = f"it belongs in the body: body={{{name!r}: ...}}"
            else:
                hint = did_you_mean(name, names) or f"it takes {names or 'none'}"
            raise InvalidArgumentError(f"{operation.id}: unknown argument {name!r}; {hint}")


def _value_of(operation: Operation[Any], parameter: Parameter, arguments: Mapping[str, Any]) -> Any:
    value = arguments.get(parameter.name, UNSET)
    if value is not UNSET and value is not None:
        # An iterator can be read only once.
        value = list(value) if is_many(value) else value
        _refuse_too_many(operation, parameter.wire, value)
        return value
    if parameter.required:
        fault = "cannot be None" if value is None else "is missing"
        raise InvalidArgumentError(f"{operation.id}: argument {parameter.name!r} {fault}")
    return UNSET


def _needs(parameter: Parameter, value: Any) -> Iterator[Need]:
    """Yield what an argument uses that only some releases know."""
    if parameter.known_by:
        yield Need(parameter.name, parameter.known_by)
    items = value if is_many(value) else [value]
    for known, releases in parameter.values.items():
        if any(isinstance(item, str | int) and item == known for item in items):
            yield Need(f"{parameter.name}={known!r}", releases)


def _written(
    operation: Operation[Any],
    parameter: Parameter,
    write: Callable[[Parameter, Any], T],
    value: Any,
) -> T:
    try:
        return write(parameter, value)
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(
            f"{operation.id}: argument {parameter.name!r}: {error}"
        ) from error


def _describe_body(headers: dict[str, str], body: bodies.EncodedBody) -> None:
    if body.content is None:
        return
    headers["Content-Type"] = header_value(body.media_type)
    length = len(body.content) if isinstance(body.content, bytes) else body.content.length
    if length is not None:
        headers["Content-Length"] = str(length)
