"""The fake EcoTaxa server."""

from __future__ import annotations

from starlette.types import ASGIApp

from annoport.testing.ecotaxa.backend import Backend
from annoport.testing.ecotaxa.endpoints import ROUTES
from annoport.testing.ecotaxa.routing import application


class FakeEcotaxa(Backend):
    """An EcoTaxa with three projects, sixteen objects and a small tree of taxa.

    Attributes to change while it runs, beside the options of `__init__`:

    next_job: how the next job ends; afterwards it is "finished" again. "failed" is an exception,
        "reported" is errors that the job found, "asking" asks first, "stuck" stays pending.
    zombies: whether a job that was killed while it ran may be found finished later.
    link: the line that downloads pass through; `link.cuts` drops the next ones.
    state: what it stores.
    """

    def app(self) -> ASGIApp:
        """Return the server as an ASGI application."""
        return self.faults.in_front_of(application(self, ROUTES))
