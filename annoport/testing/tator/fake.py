"""The fake Tator as a whole: its options, and what a test may change while it runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

from annoport.testing.fake import Fake
from annoport.testing.faults import Faults
from annoport.testing.ranges import Link
from annoport.testing.tator import dataset
from annoport.testing.tator.accounts import Throttle
from annoport.testing.tator.clock import Clock
from annoport.testing.tator.errors import html_page, throttled
from annoport.testing.tator.files import UrlCache
from annoport.testing.tator.jobs import Board, Outcome
from annoport.testing.tator.routing import platform
from annoport.testing.tator.rows import Tables
from annoport.testing.tator.store import ObjectStore

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from annoport.testing.payloads import Payload
    from annoport.testing.tator.listing import ListCut

_MIN_PART_BYTES = 5 * 1024 * 1024
_LOCKOUT_SECONDS = 600.0


class FakeTator(Fake):
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

    name: ClassVar[str] = "tator"
    store_host: ClassVar[str] = "localhost"

    def __init__(
        self,
        *,
        job_seconds: float = 0.2,
        ingest_seconds: float = 0.1,
        export_bytes: int = 0,
        bytes_per_second: int | None = None,
        stills: int = 12,
        boxes_per_still: int = 3,
        video_bytes: int = 40_000,
        requests_per_second: int | None = None,
        anonymous_per_second: int | None = None,
        min_part_bytes: int = _MIN_PART_BYTES,
        lockout_seconds: float = _LOCKOUT_SECONDS,
    ) -> None:
        """Make a platform with its data set.

        job_seconds: how long a job or a transcode takes.
        ingest_seconds: how long a new image has no files.
        export_bytes: least size of the zip of an export job; the rest is padding.
        bytes_per_second: speed of each download; None is as fast as possible.
        stills, boxes_per_still: size of the data set; two more stills have awkward names.
        video_bytes: size of a video's streaming file; the archival one has twice as many.
        requests_per_second, anonymous_per_second: throttle of users and of requests without a
            token (100 and 10 on the real server); None is no throttle.
        min_part_bytes: least size of a part of an upload, but for the last one.
        lockout_seconds: how long three bad passwords lock the account.
        """
        self.job_seconds = job_seconds
        self.ingest_seconds = ingest_seconds
        self.export_bytes = export_bytes
        self.video_bytes = video_bytes
        self.requests_per_second = requests_per_second
        self.anonymous_per_second = anonymous_per_second
        self.lockout_seconds = lockout_seconds
        self.next_job: Outcome = "succeeded"
        self.hidden_polls = 0
        self.cluster_down = False
        self.transcoder_down = False
        self.list_cuts: list[ListCut] = []
        self.link = Link(bytes_per_second=bytes_per_second)
        self.faults = Faults()
        self.throttle = Throttle()
        self.bad_logins = 0
        self.locked_until = 0.0
        self.clock = Clock()
        self.started = self.clock.now()
        self.tables = Tables()
        self.store = ObjectStore(self.link, self.clock, min_part_bytes=min_part_bytes)
        self.served_files: dict[str, Payload] = {}
        self.urls = UrlCache()
        self.board = Board()
        dataset.fill(self, stills=stills, boxes_per_still=boxes_per_still, video_bytes=video_bytes)

    def app(self) -> ASGIApp:
        """Return the platform and its store as one ASGI application, told apart by host name."""
        self.store.url = f"http://{self.store_host}:{urlsplit(self.url).port}"
        own = platform(self)

        async def by_host(scope: Scope, receive: Receive, send: Send) -> None:
            host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
            to_store = host.partition(":")[0] == self.store_host
            await (self.store if to_store else own)(scope, receive, send)

        return self.faults.in_front_of(by_host)

    def fail_next(self, status: int, times: int = 1, *, path: str = "") -> None:
        """Let the next requests whose path contains `path` fail with this status, in HTML."""
        self.faults.fail_next(status, times, path=path, body=html_page(status))

    def throttle_next(self, times: int = 1, *, seconds: int = 1, path: str = "") -> None:
        """Let the next requests be refused, with status 400, as too many."""
        body = json.dumps(throttled(seconds).body())
        headers = {"content-type": "application/json"}
        self.faults.fail_next(400, times, path=path, body=body, headers=headers)

    def expire_urls(self) -> None:
        """Let all presigned URLs that were given out so far be expired."""
        self.store.expire_urls()
        self.urls.clear()

    def take_outcome(self) -> Outcome:
        """Return how the job that starts now will end."""
        outcome, self.next_job = self.next_job, "succeeded"
        return outcome

    def next_list_cut(self) -> ListCut | None:
        """Return how the list that starts now is cut, None if it is whole."""
        return self.list_cuts.pop(0) if self.list_cuts else None

    def finish_transcode(self, media_id: int) -> None:
        """Give the medium of a finished transcode its files."""
        row = self.tables.media.rows.get(media_id)
        if row is not None:
            dataset.add_video_files(self, row, self.video_bytes)
