"""The fake Tator server, and the object store beside it."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from annoport.testing.tator.backend import Backend
from annoport.testing.tator.endpoints import ROUTES
from annoport.testing.tator.routing import application


class FakeTator(Backend):
    """A small Tator with an object store beside it.

    The platform answers under 127.0.0.1; presigned URLs lead to the same port under the name
    `localhost`, which is another origin. The store refuses requests that bring credentials.

    Attributes to change while it runs, beside the options of `__init__`:

    clock: the time of the platform and of the store; `clock.advance(3600)` lets an hour pass.
    next_job: how the next job or transcode ends; afterwards it is "succeeded" again.
    hidden_polls: so many polls of a job are answered 404, as during an outage of the cluster.
    cluster_down: jobs cannot be started and those that run are not found.
    transcoder_down: all transcode operations fail.
    list_cuts: how each of the next streamed lists ends too early.
    link: the line that downloads pass through; `link.cuts` drops the next ones.
    video_bytes: the size of the streaming file of the next transcoded video.
    """

    def app(self) -> ASGIApp:
        """Return the platform and its store as one ASGI application, told apart by host name."""
        self.store.url = f"http://{self.store_host}:{urlsplit(self.url).port}"
        own = application(self, ROUTES)

        async def by_host(scope: Scope, receive: Receive, send: Send) -> None:
            host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
            to_store = host.partition(":")[0] == self.store_host
            await (self.store if to_store else own)(scope, receive, send)

        return self.faults.in_front_of(by_host)
