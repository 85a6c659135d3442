"""`--dry-run` of flows: what would be changed first is shown, and nothing is changed."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Generator, Mapping
from typing import Any

import msgspec

from annoport.cli.connecting import connect
from annoport.cli.dry_run import shown_request
from annoport.cli.options import Settings
from annoport.cli.talk import say
from annoport.cli.writers import writer_for
from annoport.core.contract.operation import Operation
from annoport.core.http.request import Request
from annoport.core.values.pointers import resolve

_READS = ("GET", "HEAD")
_SEARCHES = ("POST", "PUT")


class ChangeError(BaseException):
    """Something would be changed; no flow may take it for an answer of the server.

    Attributes:
        request: What would be sent.
    """

    def __init__(self, request: Request) -> None:
        super().__init__(request.method)
        self.request = request


def only_reads(operation: Operation[Any]) -> bool:
    """Whether an operation changes nothing: some search with a body, which GET has not.

    Args:
        operation: The operation.
    """
    if operation.method in _READS:
        return True
    asks = operation.method == "POST" or bool(operation.filters)
    return operation.method in _SEARCHES and operation.repeatable and asks and not operation.job


@contextlib.contextmanager
def rehearsed(platform: str, settings: Settings) -> Generator[Any]:
    """Yield a client that sends what only reads; the first change is shown and ends the block.

    Args:
        platform: The name of the platform.
        settings: How to connect and write.
    """
    client = connect(platform, settings, client_class=_reading_class(platform))
    try:
        with client:
            yield client
    except ChangeError as change:
        writer = writer_for(settings, one=True)
        operation = _operation(client, change.request)
        writer.rows([shown_request(operation, change.request)])
        writer.end()
        if not settings.quiet:
            say("nothing was changed; what comes after this depends on its answer")


def _reading_class(platform: str) -> Any:
    plain = importlib.import_module(f"annoport_{platform}").Client

    def check_server(self: Any, request: Request) -> None:
        if request.method not in _READS:
            operation = _operation(self, request)
            if operation is None or not only_reads(operation):
                raise ChangeError(request)
        plain.check_server(self, request)

    def upload(
        self: Any, operation: Operation[Any], arguments: Any, files: Any, **options: Any
    ) -> Any:
        rules = operation.upload
        if rules is None or rules.info is None:
            return plain.upload(self, operation, arguments, files, **options)
        # What is done with a file says more than that it goes to a store first.
        answer = self.call(self.operation(rules.info), arguments)
        return resolve(msgspec.json.decode(answer.content), rules.key)

    changed: Mapping[str, Any] = {
        "check_server": check_server,
        "upload": upload,
        "__module__": plain.__module__,
        "__doc__": plain.__doc__,
    }
    return type(plain.__name__, (plain,), dict(changed))


def _operation(client: Any, request: Request) -> Operation[Any] | None:
    """Return the operation that a request belongs to; None if it goes to a store of files."""
    if request.presigned:
        return None
    try:
        found: Operation[Any] = client.operation(request.operation_id)
    except KeyError:
        return None
    return found
