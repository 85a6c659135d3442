"""The fake EcoTaxa behind its endpoints: options, data, tokens, jobs and files."""

from __future__ import annotations

import hashlib
from typing import ClassVar

from starlette.requests import Request

from annoport.testing.clock import Clock
from annoport.testing.ecotaxa.background import Jobs, Outcome
from annoport.testing.ecotaxa.seed import seeded
from annoport.testing.ecotaxa.state import User
from annoport.testing.ecotaxa.uploads import Upload
from annoport.testing.ecotaxa.user_files import Folder
from annoport.testing.fake import Fake
from annoport.testing.ranges import Link


class Backend(Fake):
    """Everything about the fake EcoTaxa except its endpoints, which build on this class."""

    name: ClassVar[str] = "ecotaxa"
    base_path: ClassVar[str] = "/api"
    username: str = "ada@example.org"

    def __init__(
        self,
        *,
        job_seconds: float = 0.1,
        queue_seconds: float = 0.02,
        export_bytes: int = 0,
        bytes_per_second: int | None = None,
        replica_seconds: float = 0.0,
        token_seconds: float | None = None,
        ranges: bool = True,
        public_url: str = "",
        version: str = "0.0.45",
    ) -> None:
        """Make a server with its data.

        Args:
            job_seconds: How long a job runs.
            queue_seconds: How long it is pending before that.
            export_bytes: The approximate size of every exported file; 0 adds no padding.
            bytes_per_second: The speed of a download; None is as fast as possible.
            replica_seconds: How long a new job cannot be read yet (404).
            token_seconds: How long a token is valid; None is for ever.
            ranges: Whether Range headers count; releases before 2026-02 ignored them.
            public_url: Where redirects lead to; "" is the address that the client used.
            version: The release of the API that the server is.
        """
        self.clock = Clock()
        self.job_seconds = job_seconds
        self.queue_seconds = queue_seconds
        self.replica_seconds = replica_seconds
        self.next_job: Outcome = "finished"
        self.zombies = True
        self.export_bytes = export_bytes
        self.ranges = ranges
        self.public_url = public_url
        self.version = version
        self.token_seconds = token_seconds
        self.state = seeded(self.username, self.password)
        self.jobs = Jobs(self)
        self.link = Link(bytes_per_second=bytes_per_second)
        self.uploads: dict[str, Upload] = {}
        self._folders: dict[int, Folder] = {}
        self._made = 0
        self._tokens: dict[str, tuple[int, float]] = {}  # token -> user id, end of its validity
        self._remember(self.token, 1)

    def _remember(self, token: str, user_id: int) -> None:
        seconds = float("inf") if self.token_seconds is None else self.token_seconds
        self._tokens[token] = (user_id, self.clock.monotonic() + seconds)

    def token_for(self, user: User) -> str:
        """Return a valid token of `user`, a new one if the others have expired.

        Args:
            user: The user who logs in.

        Returns:
            The token, as a client sends it.
        """
        for token, (number, end) in self._tokens.items():
            if number == user.id and end > self.clock.monotonic():
                return token
        self._made += 1
        token = hashlib.sha256(f"token {self._made}".encode()).hexdigest()[:53]
        self._remember(token, user.id)
        if user.email == self.username:
            self.token = token
        return token

    def owner_of(self, token: str) -> int | None:
        """Return the id of the user to whom a valid token belongs, None for any other token.

        Args:
            token: The token, as a client sends it.
        """
        number, end = self._tokens.get(token, (0, 0.0))
        return number if end > self.clock.monotonic() else None

    def expire_tokens(self) -> None:
        """Make all tokens expire; logging in again gives a new one."""
        self._tokens.clear()

    def folder(self, user: User) -> Folder:
        """Return the uploaded files of `user`.

        Args:
            user: The user whose files they are.
        """
        root = f"/srv/ecotaxa/users/ecotaxa_user.{user.id}"
        return self._folders.setdefault(user.id, Folder(root))

    def public_base(self, request: Request) -> str:
        """Return the address that links in answers begin with.

        Args:
            request: The request that is answered; its address counts unless `public_url` is set.
        """
        base = self.public_url or f"{request.base_url}{self.base_path.lstrip('/')}"
        return base.rstrip("/")
