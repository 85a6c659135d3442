# Derived from _async/server_version.py by tools/unasync.py: change that file instead.
"""Ask a server for its version, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annoport.core.errors import AnnoportError
from annoport.core.support.concurrency import Lock
from annoport.core.support.logs import REQUESTS

if TYPE_CHECKING:
    from annoport.core._sync.caller import Caller
    from annoport.core.contract.extensions import Platform, VersionSource


class ServerVersion:
    """The version of the server, shared by a client and its copies with other options.

    Attributes:
        known: The version, once it is known.
    """

    def __init__(self, known: str | None) -> None:
        """Take the version that the caller gave, if any."""
        self.known = known
        self._failed = False
        self._lock = Lock()

    def may_be_had(self, platform: Platform) -> bool:
        """Whether `find` may return a version."""
        return self.known is not None or (platform.version is not None and not self._failed)

    def get(self, client: Caller) -> str | None:
        """Return the version; None if the platform's servers tell none.

        Raises:
            AnnoportError: The server could not be asked, or its answer holds no version.
        """
        source = client.platform.version
        if self.known is not None or source is None:
            return self.known
        with self._lock.here():
            if self.known is None:
                self.known = _ask(client, source)
            return self.known

    def find(self, client: Caller) -> str | None:
        """Return the version, or None if it cannot be had; after a failure, do not ask again."""
        if self._failed:
            return self.known
        try:
            return self.get(client)
        except AnnoportError as error:
            self._failed = True
            REQUESTS.warning(
                "the version of the server is unknown, so calls are sent without a check whether "
                "it knows their arguments: %s",
                error,
            )
            return None


def _ask(client: Caller, source: VersionSource) -> str:
    import attrs  # here, for few programs ask

    from annoport.core.http import server_version
    from annoport.core.http.request import build

    if source.operation is None:
        request, secured = server_version.document_request(client.platform), False
    else:
        operation = client.operation(source.operation)
        # Nothing is needed to ask: a check would ask again, and so on.
        request, secured = attrs.evolve(build(operation, {}), needs=()), operation.secured
    raw = client.send(request, repeatable=True, secured=secured)
    return server_version.read(source, raw.content)
