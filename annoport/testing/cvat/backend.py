"""The fake CVAT behind its endpoints: options, data, accounts and background requests."""

from __future__ import annotations

import uuid
from typing import ClassVar

from annoport.testing.cvat.accounts import AccessToken, Accounts
from annoport.testing.cvat.answers import MEDIA_TYPE
from annoport.testing.cvat.background import Outcome, Queue
from annoport.testing.cvat.seed import seeded
from annoport.testing.cvat.uploads import Uploads
from annoport.testing.fake import Fake
from annoport.testing.faults import Faults
from annoport.testing.ranges import Link

_NAMESPACE = uuid.UUID("6f0c3c1e-7d0b-4f57-9d5e-2f6f5a1c9b10")


class Backend(Fake):
    """The fake CVAT without its endpoints, which are typed by it."""

    name: ClassVar[str] = "cvat"

    def __init__(  # options, by name only
        self,
        *,
        job_seconds: float = 0.1,
        queue_seconds: float = 0.0,
        export_bytes: int = 0,
        bytes_per_second: int | None = None,
        anonymous_per_minute: int | None = 100,
        races: bool = True,
        version: str = "2.52.0",
    ) -> None:
        """Make a server with its data.

        job_seconds, queue_seconds: how long a background request works, and waits before.
        export_bytes: about the size of every exported zip; 0 adds nothing.
        bytes_per_second: the speed of a download.
        anonymous_per_minute: requests without a user before the answer is 429.
        races: whether the first read of an ended request misses dates and shows a traceback.
        version: the release that it says it is.
        """
        self.job_seconds = job_seconds
        self.queue_seconds = queue_seconds
        self.races = races
        self.next_job: Outcome = "finished"
        self.failure = "datumaro.components.errors.DatasetError: the annotations cannot be read\n"
        self.keep_seconds: float | None = None
        self.version = version
        self.export_bytes = export_bytes
        self.exports_made = 0
        self.state = seeded(self.username, self.password)
        self.accounts = Accounts(state=self.state, anonymous_per_minute=anonymous_per_minute)
        self.accounts.tokens[self.token] = 1
        self.personal_token = "fake-personal-token-0123456789"  # nothing is behind it
        self.accounts.access_tokens[1] = AccessToken(
            id=self.state.new_id("access token"),
            name="scripts",
            value=self.personal_token,
            owner=self.state.users[1],
        )
        self.queue = Queue(self)
        self.uploads = Uploads()
        self.link = Link(bytes_per_second=bytes_per_second)
        self.faults = Faults()
        self._uuids = 0

    def new_uuid(self) -> uuid.UUID:
        """Return a UUID; the same ones on every run."""
        self._uuids += 1
        return uuid.uuid5(_NAMESPACE, str(self._uuids))

    def fail_next(self, status: int, times: int = 1, *, path: str = "") -> None:
        """Let the next requests whose path contains `path` fail with this status, in HTML."""
        self.faults.fail_next(status, times, path=path)

    def throttle_next(self, times: int = 1, *, seconds: int = 1, path: str = "") -> None:
        """Let the next requests be refused, with status 429, as too many."""
        body = f'{{"detail":"Request was throttled. Expected available in {seconds} seconds."}}'
        headers = {"content-type": MEDIA_TYPE, "retry-after": str(seconds)}
        self.faults.fail_next(429, times, path=path, body=body, headers=headers)

    def forget_files(self) -> None:
        """Remove the files of finished exports, as the nightly clean-up does."""
        self.queue.forget_files()
