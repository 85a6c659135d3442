"""The fake CVAT behind its endpoints: options, data, accounts and background requests."""

from __future__ import annotations

import uuid
from typing import ClassVar

from annoport.testing.clock import Clock
from annoport.testing.cvat.accounts import AccessToken, Accounts
from annoport.testing.cvat.answers import MEDIA_TYPE
from annoport.testing.cvat.background import Outcome, Queue
from annoport.testing.cvat.function_calls import Function, FunctionCall
from annoport.testing.cvat.function_queues import FunctionQueue
from annoport.testing.cvat.releases import OPERATIONS, lacked
from annoport.testing.cvat.seed import seeded
from annoport.testing.cvat.storages import seeded as seeded_buckets
from annoport.testing.cvat.uploads import Uploads
from annoport.testing.fake import Fake
from annoport.testing.ranges import Link

_NAMESPACE = uuid.UUID("6f0c3c1e-7d0b-4f57-9d5e-2f6f5a1c9b10")


class Backend(Fake):
    """Everything about the fake CVAT except its endpoints, which build on this class."""

    name: ClassVar[str] = "cvat"

    def __init__(
        self,
        *,
        job_seconds: float = 0.1,
        queue_seconds: float = 0.0,
        export_bytes: int = 0,
        bytes_per_second: int | None = None,
        anonymous_per_minute: int | None = 100,
        races: bool = True,
        version: str = "2.80.0",
    ) -> None:
        """Make a server with its data.

        Args:
            job_seconds: How long a background request runs.
            queue_seconds: How long it is queued before that.
            export_bytes: The approximate size of every exported zip; 0 adds no padding.
            bytes_per_second: The speed of a download; None is as fast as possible.
            anonymous_per_minute: How many requests without a user are answered before the answer
                is 429; None is no limit.
            races: Whether the first read of an ended request lacks its dates and, if it failed,
                shows a traceback.
            version: The release that the server is, from 2.24 on. It has the endpoints of that
                release, ignores what that does not know, and answers what that says.

        Raises:
            ValueError: The version does not consist of numbers.
        """
        self.clock = Clock()
        self._release = _numbers(version)
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
        self.accounts = Accounts(
            state=self.state,
            clock=self.clock,
            anonymous_per_minute=anonymous_per_minute,
            knows_bearers=not lacked(OPERATIONS["auth/access_tokens"], self.is_since),
        )
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
        self.function_queues = {"function:1": FunctionQueue()}
        detector = Function(id="animal-detector", labels=("deer", "fox", "owl"))
        self.functions = {detector.id: detector}
        self.function_calls: dict[str, FunctionCall] = {}
        self.buckets = seeded_buckets()
        self.link = Link(bytes_per_second=bytes_per_second)
        self._uuids = 0

    def is_since(self, release: str) -> bool:
        """Whether the server is of a release, or of a later one.

        Args:
            release: The release, such as "2.68".
        """
        return self._release >= _numbers(release)

    def new_uuid(self) -> uuid.UUID:
        """Return a new UUID; every run gets the same ones."""
        self._uuids += 1
        return uuid.uuid5(_NAMESPACE, str(self._uuids))

    def throttle_next(self, times: int = 1, *, seconds: int = 1, path: str = "") -> None:
        """Make the next requests fail with the 429 for too many requests.

        Args:
            times: How many requests fail.
            seconds: How long the client is told to wait.
            path: Only requests whose path contains this text fail.
        """
        body = f'{{"detail":"Request was throttled. Expected available in {seconds} seconds."}}'
        headers = {"content-type": MEDIA_TYPE, "retry-after": str(seconds)}
        self.faults.fail_next(429, times, path=path, body=body, headers=headers)

    def forget_files(self) -> None:
        """Remove the files of finished exports, as the nightly cleanup does."""
        self.queue.forget_files()


def _numbers(version: str) -> list[int]:
    try:
        return [int(number) for number in version.split(".")]
    except ValueError:
        raise ValueError(
            f"version is {version!r}: expected the numbers of a release, such as '2.52.0'"
        ) from None
