"""The fake CVAT server."""

from __future__ import annotations

from starlette.types import ASGIApp

from annoport.testing.cvat.backend import Backend
from annoport.testing.cvat.endpoints import ROUTES
from annoport.testing.cvat.routing import application


class FakeCvat(Backend):
    """A CVAT with two projects, an organization and twelve tasks.

    Besides the options of the class, these attributes may be changed while it runs.

    Attributes:
        clock: The time of the platform; `clock.advance(3600)` lets an hour pass.
        next_job: How the next background request ends; the ones after it are "finished" again.
            "stuck" never ends, "lost" is forgotten when it should end.
        failure: The server's message for a request that fails.
        keep_seconds: How long a request is known after its end; None is as on the real server.
        function_queues: The queue that agents watch, by its id; there is `function:1`.
        functions: The serverless functions by id; there is `animal-detector`.
        buckets: The buckets of the world, `buckets.files`, by name; there is `survey`.
        link: The connection that downloads pass through; `link.cuts` drops the next ones.
        state: What the server stores.
        personal_token: A token for `Authorization: Bearer`; `token` is for `Authorization: Token`.
    """

    def app(self) -> ASGIApp:
        """Return the server as an ASGI application."""
        return application(self, ROUTES)
