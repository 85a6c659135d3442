# Derived from _async/session.py by tools/unasync.py: change that file instead.
"""Send requests with credentials: log in when needed, and again when the login has expired."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import attrs

from annoport.core.contract.extensions import Platform
from annoport.core.contract.operation import Operation
from annoport.core.errors import AuthenticationError
from annoport.core.http.api_errors import api_error
from annoport.core.http.auth import Auth, LoginAuth, NoAuth, Proof, proof, query_key, without_key
from annoport.core.http.multipart import StreamedBody
from annoport.core.http.options import Timeouts
from annoport.core.http.origin import BaseUrl
from annoport.core.http.request import Request, build
from annoport.core.http.response import FIRST_ERROR_STATUS, RawResponse
from annoport.core.redact import without_query
from annoport.core.support.concurrency import Lock
from annoport.core.support.logs import REQUESTS

if TYPE_CHECKING:
    from annoport.core._sync.transport import StreamedResponse, Transport

_REDIRECTS_TO_REPEAT = (307, 308)
_OWN_CREDENTIALS = ("authorization", "cookie")


@attrs.define(eq=False, kw_only=True)
class Session:
    """What a client and its copies with other options share: one login, one set of connections.

    Attributes:
        platform: The core's description of the platform.
        base: The platform's address.
        auth: How requests are authenticated.
        transport: Sends the requests.
        find_operation: Returns the operation with an operationId.
        is_closed: Whether `close` was called.
        account_id: The server's id of the user, once it was asked for.
    """

    platform: Platform
    base: BaseUrl
    auth: Auth
    transport: Transport
    find_operation: Callable[[str], Operation[Any]]
    is_closed: bool = False
    account_id: int | str | None = None
    _login_lock: Lock = attrs.field(factory=Lock, init=False)

    @property
    def lacks_login(self) -> bool:
        """Whether a login is needed first."""
        return isinstance(self.auth, LoginAuth) and not self.auth.is_logged_in

    def log_in(self, timeouts: Timeouts) -> None:
        """Log in, unless that was done; concurrent callers wait for the same login.

        Raises:
            ConfigurationError: The response holds no credential.
            AnnoportError: As raised by the login operation.
        """
        auth = self.auth
        if not isinstance(auth, LoginAuth):
            return
        with self._login_lock.here():
            if auth.is_logged_in:
                return
            request = build(self.find_operation(auth.login.operation), {}, auth.body())
            raw = self._exchange(request, Proof(), repeatable=True, timeouts=timeouts)
            if raw.status >= FIRST_ERROR_STATUS:
                raise api_error(self.platform, request.operation_id, raw)
            auth.accept(raw.content)

    def send(
        self, request: Request, *, secured: bool, repeatable: bool, timeouts: Timeouts
    ) -> RawResponse:
        """Send `request` and return the response, whatever its status."""
        request = self._marked(request, secured=secured)
        credentials = self._credentials(request, secured=secured, timeouts=timeouts)
        raw = self._exchange(request, credentials, repeatable=repeatable, timeouts=timeouts)
        if raw.status < FIRST_ERROR_STATUS or not self._login_expired(request, raw, credentials):
            return raw
        credentials = self._credentials(request, secured=secured, timeouts=timeouts)
        return self._exchange(request, credentials, repeatable=repeatable, timeouts=timeouts)

    @contextlib.contextmanager
    def stream(
        self, request: Request, *, secured: bool, timeouts: Timeouts
    ) -> Generator[StreamedResponse]:
        """Send `request` and yield the response, whatever its status, before its body is read."""
        with contextlib.ExitStack() as stack:
            request = self._marked(request, secured=secured)
            credentials = self._credentials(request, secured=secured, timeouts=timeouts)
            sent = self._authorised(request, credentials)
            response = stack.enter_context(self.transport.stream(sent, timeout=timeouts))
            if response.status >= FIRST_ERROR_STATUS and isinstance(self.auth, LoginAuth):
                raw = response.whole()
                if self._login_expired(request, raw, credentials):
                    stack.close()
                    credentials = self._credentials(request, secured=secured, timeouts=timeouts)
                    sent = self._authorised(request, credentials)
                    response = stack.enter_context(self.transport.stream(sent, timeout=timeouts))
            shown = without_query(request.url)
            REQUESTS.debug("%s %s -> %d", request.method, shown, response.status)
            yield response

    def close(self) -> None:
        """Close the connections. The login stays valid on the server."""
        self.is_closed = True
        self.transport.close()

    def _exchange(
        self, request: Request, credentials: Proof, *, repeatable: bool, timeouts: Timeouts
    ) -> RawResponse:
        sent = self._authorised(request, credentials)
        raw = self.transport.send(sent, timeout=timeouts)
        _note(sent, raw)
        if repeatable and raw.status in _REDIRECTS_TO_REPEAT and _is_replayable(request):
            target = self.base.slash_redirect(request.url, raw.headers.get("location", ""))
            if target is not None:
                sent = attrs.evolve(sent, url=target)
                raw = self.transport.send(sent, timeout=timeouts)
                _note(sent, raw)
        return raw

    def _credentials(self, request: Request, *, secured: bool, timeouts: Timeouts) -> Proof:
        """Return what authenticates a request; nothing for other origins."""
        if not secured or request.presigned or not self.base.takes_credentials(request.url):
            return Proof()
        if self.lacks_login:
            self.log_in(timeouts)
        return proof(self.auth, request.method, self.base.origin)

    def _marked(self, request: Request, *, secured: bool) -> Request:
        """Mark a request that lacks credentials, so that an error can say so."""
        if not secured or not isinstance(self.auth, NoAuth) or self.transport.is_foreign:
            return request
        if any(name.lower() in _OWN_CREDENTIALS for name in request.headers):
            return request
        return attrs.evolve(request, anonymous=self.base.takes_credentials(request.url))

    def _login_expired(self, request: Request, raw: RawResponse, credentials: Proof) -> bool:
        """Whether the server refused the credentials, and a new login can replace them."""
        auth = self.auth
        if not isinstance(auth, LoginAuth) or not credentials:
            return False
        error = api_error(self.platform, request.operation_id, raw)
        if not isinstance(error, AuthenticationError):
            return False
        auth.forget(credentials)
        again = _is_replayable(request)
        if again:
            REQUESTS.info("logging in again, and then trying again: %s", error)
        return again

    def _authorised(self, request: Request, credentials: Proof) -> Request:
        key = query_key(self.auth)
        if key is not None:  # a link of the server's may have it, and may lead elsewhere
            ours = bool(credentials.query)
            url = without_key(request.url, key, only_ours=not ours)
            request = attrs.evolve(request, url=url)
        if request.presigned or not self.base.takes_credentials(request.url):
            return request
        own = credentials.headers
        headers = {**own, **request.headers}
        if "Cookie" in own and "Cookie" in request.headers:
            headers["Cookie"] = f"{own['Cookie']}; {request.headers['Cookie']}"
        return attrs.evolve(request, headers=headers, secret_query=credentials.query)


def _is_replayable(request: Request) -> bool:
    """Whether the body can be sent again; a stream that was read cannot."""
    return not isinstance(request.content, StreamedBody) or request.content.replayable


def _note(request: Request, raw: RawResponse) -> None:
    if REQUESTS.isEnabledFor(logging.DEBUG):
        took = raw.elapsed * 1000
        REQUESTS.debug(
            "%s %s -> %d in %.0f ms", request.method, without_query(request.url), raw.status, took
        )
