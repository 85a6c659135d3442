# Derived from _async/caller.py by tools/unasync.py: change that file instead.
"""What the shells need from a client, described here so that neither imports the other."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

from annoport.core.values.models import UNSET, Unset

if TYPE_CHECKING:
    from annoport.core._sync.transport import StreamedResponse
    from annoport.core.contract.extensions import JobKind, Platform
    from annoport.core.contract.operation import Operation
    from annoport.core.errors import AnnoportError
    from annoport.core.http.options import ClientOptions, TimeoutLike
    from annoport.core.http.origin import BaseUrl
    from annoport.core.http.request import Request
    from annoport.core.http.response import RawResponse, Response

T = TypeVar("T")


class Caller(Protocol):
    """Calls the operations of one platform; `BaseClient` documents the methods."""

    @property
    def platform(self) -> Platform: ...

    @property
    def base(self) -> BaseUrl: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    @property
    def options(self) -> ClientOptions: ...

    def operation(self, operation_id: str, /) -> Operation[Any]: ...

    def job_kind(self, name: str, /) -> JobKind: ...

    def job_kinds(self) -> list[str]: ...

    def with_options(
        self, *, timeout: TimeoutLike | Unset = UNSET, max_retries: int | Unset = UNSET
    ) -> Self: ...

    def check_server(self, request: Request) -> None: ...

    def explain(self, error: AnnoportError, operation: Operation[Any]) -> None: ...

    def call(
        self, operation: Operation[T], arguments: Mapping[str, Any], *, body: Any = UNSET
    ) -> Response[T]: ...

    def execute(self, operation: Operation[T], request: Request) -> Response[T]: ...

    def send(
        self, request: Request, *, repeatable: bool = False, secured: bool = True
    ) -> RawResponse: ...

    def parse(
        self, operation: Operation[T], raw: RawResponse, *, where: str | None = None
    ) -> Response[T]: ...

    def account_id(self) -> int | str | None: ...

    def stream(
        self, request: Request, *, secured: bool = True, timeout: TimeoutLike | Unset = UNSET
    ) -> AbstractContextManager[StreamedResponse]: ...
