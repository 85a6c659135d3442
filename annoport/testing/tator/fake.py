"""The fake Tator server, and the object store beside it."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from annoport.testing.tator.backend import Backend
from annoport.testing.tator.endpoints import ROUTES
from annoport.testing.tator.routing import application


class FakeTator(Backend):
    """A Tator with three projects, a few stills and videos, and an object store beside it.

    The platform answers at 127.0.0.1; presigned URLs lead to the same port under the name
    `localhost`, which is another origin. The store refuses requests that carry credentials.

    Besides the options of the class, these attributes may be changed while it runs.

    Attributes:
        clock: The time of the platform and of the store; `clock.advance(3600)` lets an hour pass.
        next_job: How the next job or transcode ends; the ones after it are "succeeded" again.
        hidden_polls: How many polls of jobs are answered 404, as in an outage of the cluster.
        cluster_down: Whether jobs cannot be started, and those that run are not found.
        transcoder_down: Whether all requests about transcodes fail.
        list_cuts: How each of the next streamed lists ends too early.
        link: The connection that downloads pass through; `link.cuts` drops the next ones.
        video_bytes: The size of the streaming file of the next transcoded video.
    """

    def app(self) -> ASGIApp:
        """Return the platform and its store as one ASGI application, told apart by host name."""
        self.store.url = f"http://{self.store_host}:{urlsplit(self.url).port}"
        own = application(self, ROUTES)

        async def by_host(scope: Scope, receive: Receive, send: Send) -> None:
            host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
            to_store = host.partition(":")[0] == self.store_host
            await (self.store if to_store else own)(scope, receive, send)

        return by_host
