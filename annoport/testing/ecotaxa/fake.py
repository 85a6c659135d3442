"""The fake EcoTaxa server."""

from __future__ import annotations

from starlette.types import ASGIApp

from annoport.testing.ecotaxa.backend import Backend
from annoport.testing.ecotaxa.endpoints import ROUTES
from annoport.testing.ecotaxa.routing import application


class FakeEcotaxa(Backend):
    """An EcoTaxa with three projects, sixteen objects and a small tree of taxa.

    Besides the options of the class, these attributes may be changed while it runs.

    Attributes:
        clock: The time of the platform; `clock.advance(3600)` lets an hour pass.
        next_job: How the next job ends; the ones after it are "finished" again. "failed" raises an
            exception, "reported" finds errors, "asking" asks a question first, "stuck" stays
            pending.
        zombies: Whether a job that was killed while it ran may turn out to be finished later.
        link: The connection that downloads pass through; `link.cuts` drops the next ones.
        state: What the server stores.
    """

    def app(self) -> ASGIApp:
        """Return the server as an ASGI application."""
        return application(self, ROUTES)
