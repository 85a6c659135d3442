"""Failures that a test arranges in advance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


@attrs.define(kw_only=True)
class _Fault:
    status: int
    times: int
    path: str
    body: str
    headers: dict[str, str]
    method: str = ""
    after: int = 0
    lost: bool = False


@attrs.define
class Faults:
    """Failures that the next requests get instead of their answers."""

    _pending: list[_Fault] = attrs.field(factory=list[_Fault], init=False)

    def fail_next(
        self,
        status: int,
        times: int = 1,
        *,
        path: str = "",
        method: str = "",
        after: int = 0,
        body: str = "",
        headers: dict[str, str] | None = None,
    ) -> None:
        """Make the next requests fail.

        Args:
            status: The HTTP status that they get.
            times: How many requests fail.
            path: Only requests whose path contains this text fail.
            method: Only requests of this method fail; "" is any.
            after: How many such requests get their answers first.
            body: The text that they get.
            headers: Sent, too; content-type is text/html unless it is given.
        """
        merged = {"content-type": "text/html", **(headers or {})}
        self._pending.append(
            _Fault(
                status=status,
                times=times,
                path=path,
                method=method,
                after=after,
                body=body,
                headers=merged,
            )
        )

    def lose_next(self, times: int = 1, *, path: str = "", method: str = "") -> None:
        """Let the server do what the next requests ask, and lose its answers on the way.

        Args:
            times: How many answers are lost.
            path: Only answers to requests whose path contains this text are lost.
            method: Only answers to requests of this method are lost; "" is any.
        """
        self._pending.append(
            _Fault(
                status=200, times=times, path=path, method=method, body="", headers={}, lost=True
            )
        )

    def clear(self) -> None:
        """Let the next requests through, whatever was arranged."""
        self._pending.clear()

    def in_front_of(self, app: ASGIApp) -> ASGIApp:
        """Return `app` with the arranged failures in front of it."""

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            fault = self._take(scope) if scope["type"] == "http" else None
            if fault is None:
                await app(scope, receive, send)
                return
            if fault.lost:
                await app(scope, receive, _swallow)
                # A body that is promised and does not come makes the web server hang up.
                head = [(b"content-length", b"1")]
                await send({"type": "http.response.start", "status": 200, "headers": head})
                return
            response = Response(fault.body, status_code=fault.status, headers=fault.headers)
            await response(scope, receive, send)

        return guarded

    def _take(self, scope: Scope) -> _Fault | None:
        for fault in self._pending:
            if fault.path in scope["path"] and fault.method in ("", scope["method"]):
                if fault.after:
                    fault.after -= 1
                    continue
                fault.times -= 1
                if fault.times <= 0:
                    self._pending.remove(fault)
                return fault
        return None


async def _swallow(message: Message) -> None:
    """Take a part of an answer that never arrives."""
