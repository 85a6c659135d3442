"""Calling an operation as a user would: by its generated method, sync or async."""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import itertools
import json
import pkgutil
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any, Literal, TypeAlias

import attrs
import httpx

from annoport.core import AsyncRemoteFile, RemoteFile
from annoport.core.codec import json as codec
from annoport.core.contract.extensions import (
    AfterIdPagination,
    IdFilter,
    NextUrlPagination,
    PageNumberPagination,
    StartStopPagination,
    WindowPagination,
)
from annoport.core.contract.operation import Operation
from annoport.core.errors import PaginationError
from annoport.core.http.bodies import essence, is_json
from annoport.core.http.request import build
from annoport.core.values.models import UNSET
from tests.conformance.examples import Example
from tests.conformance.redirecting import Redirecting

_PAGE_START = 1
_PAGE_SIZE = 100
PAGES = 2
"""How many pages are read, if there are as many."""

USER = {"username": "ada", "password": "secret"}
"""Who logs in, as all platforms expect it."""

Via: TypeAlias = Literal["token", "login", "redirect"]


@attrs.frozen(kw_only=True)
class Call:
    """One call of an operation.

    Attributes:
        example: The arguments and the body.
        method: By the generated method; otherwise by `client.call`, which takes everything.
        paging: Wire names of the query parameters that the pager sets.
        via: With a token; by logging in first; or past a redirect to the path with a slash.
    """

    operation: Operation[Any]
    example: Example
    method: bool
    paging: frozenset[str] = frozenset()
    via: Via = "token"

    @property
    def statuses(self) -> list[str]:
        """The success statuses that the answer may have."""
        if self.via == "login":  # the one that is asked for would be that of the login, too
            return []
        declared = [status for status in self.operation.responses if status.isdigit()]
        # The whole file is requested, so a part of it would be an error.
        return ["200"] if self.method and self.operation.download else declared

    def __str__(self) -> str:
        how = "method" if self.method else "client.call"
        via = "" if self.via == "token" else f" via {self.via}"
        return f"{self.operation.id} by {how}{via}, {self.example}"


def in_steps(calls: Iterable[Call]) -> Iterator[Call]:
    """Yield one of some calls twice: so that it takes a login first, and past a redirect."""
    plain = next((call for call in calls if _is_plain(call)), None)
    if plain is not None:
        yield attrs.evolve(plain, via="login")
        yield attrs.evolve(plain, via="redirect")


def _is_plain(call: Call) -> bool:
    operation = call.operation
    special = operation.pagination or operation.download or operation.job
    told = operation.secured and operation.repeatable and operation.method == "GET"
    return call.method and told and not special and not operation.path.endswith("/")


def calls(operation: Operation[Any], example: Example) -> Iterator[Call]:
    """Yield the ways to call an operation with an example."""
    if operation.pagination is not None:
        paging = _paging(operation)
        paged = attrs.evolve(example, arguments=_first_page(operation, example.arguments, paging))
        own = frozenset({*paging, *_id_filter(operation, example)})
        yield Call(operation=operation, example=paged, method=True, paging=own)
        yield Call(operation=operation, example=example, method=False)
        return
    chosen = _is_chosen(operation, example)
    if chosen:
        yield Call(operation=operation, example=example, method=True)
    if operation.download is not None or not chosen:
        yield Call(operation=operation, example=example, method=False)


def _is_chosen(operation: Operation[Any], example: Example) -> bool:
    """Return whether a method, which is told no media type, uses that of the example."""
    if example.media is None:
        return True
    request = build(operation, example.arguments, example.body)
    return essence(request.headers["Content-Type"]) == essence(example.media)


def _paging(operation: Operation[Any]) -> dict[str, int | None]:
    """Return the values of the query parameters that choose a page; None for those to leave out."""
    match operation.pagination:
        case NextUrlPagination() | PageNumberPagination() as style:
            known = {style.page_parameter: _PAGE_START, style.size_parameter: _PAGE_SIZE}
        case StartStopPagination() as style:
            known = {style.start_parameter: _PAGE_START}
            known[style.stop_parameter] = _PAGE_START + _PAGE_SIZE
        case WindowPagination() as style:
            known = {style.start_parameter: _PAGE_START, style.size_parameter: _PAGE_SIZE}
        case AfterIdPagination() as style:
            known = {style.start_parameter: _PAGE_START, style.after_parameter: _PAGE_START}
            known[style.size_parameter] = _PAGE_START + _PAGE_SIZE
        case None:
            known = {}
    fixed: dict[str, None] = dict.fromkeys(getattr(operation.pagination, "fixed", {}))
    return {**fixed, **{wire: value for wire, value in known.items() if wire is not None}}


def _id_filter(operation: Operation[Any], example: Example) -> Iterator[str]:
    """Yield the parameters by which a pager walks by id, if the caller does not use them."""
    id_filter: IdFilter | None = getattr(operation.pagination, "id_filter", None)
    if id_filter is not None:
        wires = {one.wire for one in operation.parameters if one.name in example.arguments}
        yield from {id_filter.filter_parameter, id_filter.sort_parameter} - wires


def _first_page(
    operation: Operation[Any], arguments: Mapping[str, Any], paging: Mapping[str, int | None]
) -> dict[str, Any]:
    wires = {parameter.name: parameter.wire for parameter in operation.parameters}
    changed = {name: paging.get(wires[name], value) for name, value in arguments.items()}
    return {name: value for name, value in changed.items() if value is not None}


# --------------------------------------------------------------------------- methods


def methods(platform: str) -> dict[str, list[tuple[str, str]]]:
    """Return the resources and names of the methods that call each operation and no other."""
    package = importlib.import_module(f"annoport_{platform}.resources")
    found: dict[str, list[tuple[str, str]]] = {}
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        for _, resource in inspect.getmembers(module, inspect.isclass):
            if resource.__module__ != module.__name__ or resource.__name__.startswith("Async"):
                continue
            for name, function in inspect.getmembers(resource, inspect.isfunction):
                # An alias is the method itself under another name.
                if name != function.__name__:
                    continue
                for operation in _operations_in(function, module):
                    # The method of a whole transfer makes more than one call.
                    if operation.upload is not None and operation.upload.method == name:
                        continue
                    if operation.job is not None and operation.job.transfer == name:
                        continue
                    found.setdefault(operation.id, []).append((info.name, name))
    return found


def _operations_in(function: Any, module: ModuleType) -> Iterator[Operation[Any]]:
    for name in function.__code__.co_names:
        operation = getattr(module.ops, name, None)
        if isinstance(operation, Operation):
            yield operation


# --------------------------------------------------------------------------- shells


def _credential(package: ModuleType) -> dict[str, str]:
    """Return a credential that every secured operation of a platform takes."""
    known = package.Client._platform.credentials
    return {"access_token" if "access_token" in known else "token": "secret"}


@attrs.frozen(kw_only=True)
class Exchange:
    """What went over the wire: the request with its whole body, and how it was answered."""

    request: httpx.Request
    status: int
    headers: httpx.Headers


class SyncShell:
    """Calls a platform's operations through its `Client`; bodies are plain data."""

    name = "sync"

    def __init__(self, platform: str, url: str) -> None:
        self.exchanges: list[Exchange] = []
        self._stream: Any = None
        self._methods = methods(platform)
        self._http = httpx.Client(
            event_hooks={"request": [httpx.Request.read], "response": [self._keep]}, trust_env=False
        )
        package = importlib.import_module(f"annoport_{platform}")
        self._redirecting = Redirecting(url)
        fixed: dict[str, Any] = {
            "strict": True,
            "max_retries": 0,
            "check_server_version": False,  # a judge is of no release
            "http_client": self._http,
        }
        token = _credential(package)
        self._clients: dict[Via, Callable[[], Any]] = {
            "token": functools.cache(lambda: package.Client(url, **token, **fixed)),
            # Another client, another login.
            "login": lambda: package.Client(url, **USER, **fixed),
            "redirect": lambda: package.Client(self._redirecting.url, **token, **fixed),
        }

    def close(self) -> None:
        self._http.close()
        self._redirecting.close()

    def send(self, call: Call, headers: Mapping[str, str]) -> Any:
        """Make the call and return its result; `headers` are for the judge."""
        self.exchanges.clear()
        self._http.headers.update(headers)
        example = call.example
        body = {} if example.body is UNSET else {"body": example.body}
        client = self._clients[call.via]()
        if not call.method:
            return client.call(
                call.operation, example.arguments, **body, content_type=example.media
            ).value
        resource, name = self._methods[call.operation.id][0]
        result = getattr(getattr(client, resource), name)(**example.arguments, **body)
        if call.operation.stream is not None:
            self._stream = result
            return next(result, None)
        if call.operation.pagination is not None:
            return list(_read(result.pages()))
        return result.read() if isinstance(result, RemoteFile) else result

    def _keep(self, response: httpx.Response) -> None:
        self.exchanges.append(
            Exchange(
                request=response.request, status=response.status_code, headers=response.headers
            )
        )
        if self._stream is not None:  # one connection is enough: it would come back for more
            self._stream.close()
            self._stream = None


class AsyncShell:
    """Calls a platform's operations through its `AsyncClient`; bodies are models."""

    name = "async"

    def __init__(self, platform: str, url: str) -> None:
        self.exchanges: list[Exchange] = []
        self._stream: Any = None
        self._methods = methods(platform)
        self._http = httpx.AsyncClient(
            event_hooks={"request": [httpx.Request.aread], "response": [self._keep]},
            trust_env=False,
        )
        package = importlib.import_module(f"annoport_{platform}")
        self._redirecting = Redirecting(url)
        fixed: dict[str, Any] = {
            "strict": True,
            "max_retries": 0,
            "check_server_version": False,  # a judge is of no release
            "http_client": self._http,
        }
        token = _credential(package)
        self._clients: dict[Via, Callable[[], Any]] = {
            "token": functools.cache(lambda: package.AsyncClient(url, **token, **fixed)),
            # Another client, another login.
            "login": lambda: package.AsyncClient(url, **USER, **fixed),
            "redirect": lambda: package.AsyncClient(self._redirecting.url, **token, **fixed),
        }

    async def aclose(self) -> None:
        await self._http.aclose()
        self._redirecting.close()

    async def send(self, call: Call, headers: Mapping[str, str]) -> Any:
        """Make the call and return its result; `headers` are for the judge."""
        self.exchanges.clear()
        self._http.headers.update(headers)
        example = call.example
        body = {} if example.body is UNSET else {"body": as_model(call.operation, example)}
        client = self._clients[call.via]()
        if not call.method:
            response = await client.call(
                call.operation, example.arguments, **body, content_type=example.media
            )
            return response.value
        resource, name = self._methods[call.operation.id][0]
        result = getattr(getattr(client, resource), name)(**example.arguments, **body)
        if call.operation.stream is not None:
            self._stream = result
            return await anext(result, None)
        if call.operation.pagination is not None:
            return [items async for items in _aread(result.pages())]
        return await (result.read() if isinstance(result, AsyncRemoteFile) else result)

    async def _keep(self, response: httpx.Response) -> None:
        self.exchanges.append(
            Exchange(
                request=response.request, status=response.status_code, headers=response.headers
            )
        )
        if self._stream is not None:
            await self._stream.aclose()
            self._stream = None


def _read(pages: Iterator[Any]) -> Iterator[Any]:
    """Yield the items of the first pages."""
    # What a judge makes up is decoded, but has no order, and its pages form no list.
    with contextlib.suppress(PaginationError):
        yield from (page.items for page in itertools.islice(pages, PAGES))


async def _aread(pages: AsyncIterator[Any]) -> AsyncIterator[Any]:
    """Yield the items of the first pages."""
    with contextlib.suppress(PaginationError, StopAsyncIteration):
        for _ in range(PAGES):
            yield (await anext(pages)).items


def as_model(operation: Operation[Any], example: Example) -> Any:
    """Return the body as the model that a user would make; leave a form, which may hold files."""
    if example.media is None or not is_json(example.media):
        return example.body
    type_ = operation.bodies[example.media]()
    return codec.decode(json.dumps(example.body).encode(), type_, strict=True, where=operation.id)
