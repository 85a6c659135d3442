"""The fake CVAT server."""

from __future__ import annotations

from starlette.types import ASGIApp

from annoport.testing.cvat.backend import Backend
from annoport.testing.cvat.endpoints import ROUTES
from annoport.testing.cvat.routing import application


class FakeCvat(Backend):
    """A CVAT with two projects, an organization and twelve tasks.

    Attributes to change while it runs, beside the options of `__init__`:

    next_job: how the next background request ends; afterwards it is "finished" again. "stuck"
        never ends, "lost" is forgotten when it would end.
    failure: the server's message for a request that fails so.
    keep_seconds: how long an ended request is known; None is as long as the real server does.
    link: the line that downloads pass through; `link.cuts` drops the next ones.
    state: what it stores.
    personal_token: a token for `Authorization: Bearer`; `token` is for `Authorization: Token`.
    """

    def app(self) -> ASGIApp:
        """Return the server as an ASGI application."""
        return self.faults.in_front_of(application(self, ROUTES))
