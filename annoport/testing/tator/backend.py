"""The fake Tator behind its endpoints: options, tables, object store and jobs."""

from __future__ import annotations

import json
import secrets
from datetime import timedelta, timezone
from pathlib import PurePosixPath
from typing import ClassVar

from annoport.testing.clock import Clock
from annoport.testing.fake import Fake
from annoport.testing.payloads import Payload
from annoport.testing.ranges import Link
from annoport.testing.tator.answers import html_page, throttled
from annoport.testing.tator.background import Jobs, Outcome
from annoport.testing.tator.object_store import ObjectStore, UrlCache
from annoport.testing.tator.seed import fill
from annoport.testing.tator.state import Row, Tables
from annoport.testing.tator.streaming import ListCut
from annoport.testing.tator.throttle import Throttle

_MIN_PART_BYTES = 5 * 1024 * 1024
_LOCKOUT_SECONDS = 600.0
_SERVER_ZONE = timezone(timedelta(hours=-5))


class Backend(Fake):
    """Everything about the fake Tator except its endpoints, which build on this class."""

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
        schema: bytes | None = None,
    ) -> None:
        """Make a platform with its data.

        Args:
            job_seconds: How long a job or a transcode takes.
            ingest_seconds: How long a new image is without files.
            export_bytes: The least size of the zip of an export job; the rest is padding.
            bytes_per_second: The speed of each download; None is as fast as possible.
            stills: The number of stills, besides two with awkward names.
            boxes_per_still: The number of boxes on each still.
            video_bytes: The size of a video's streaming file; the archival one is twice as large.
            requests_per_second: How many requests a user may send (100 on the real server); None
                is no limit.
            anonymous_per_second: How many requests may come without a token (10 on the real
                server); None is no limit.
            min_part_bytes: The least size of a part of an upload, except for the last one.
            lockout_seconds: How long three bad passwords lock the account.
            schema: The OpenAPI document, as YAML, that /schema answers and some clients need; there
                is no such page without it.
        """
        self.job_seconds = job_seconds
        self.ingest_seconds = ingest_seconds
        self.export_bytes = export_bytes
        self.video_bytes = video_bytes
        self.requests_per_second = requests_per_second
        self.anonymous_per_second = anonymous_per_second
        self.lockout_seconds = lockout_seconds
        self.schema = schema
        self.next_job: Outcome = "succeeded"
        self.hidden_polls = 0
        self.cluster_down = False
        self.transcoder_down = False
        self.list_cuts: list[ListCut] = []
        self.link = Link(bytes_per_second=bytes_per_second)
        self.throttle = Throttle()
        self.bad_logins = 0
        self.locked_until = 0.0
        self.clock = Clock()
        self.started = self.clock.now()
        self.tables = Tables()
        self.store = ObjectStore(self.link, self.clock, min_part_bytes=min_part_bytes)
        self.served_files: dict[str, Payload] = {}
        self.urls = UrlCache(self.store, self.clock)
        self.jobs = Jobs(self)
        fill(
            self.tables,
            self.store,
            username=self.username,
            stills=stills,
            boxes_per_still=boxes_per_still,
            video_bytes=video_bytes,
        )

    def failure_page(self, status: int) -> str:
        """Return the page of the web server that stands before the platform.

        Args:
            status: The HTTP status.
        """
        return html_page(status)

    def throttle_next(self, times: int = 1, *, seconds: int = 1, path: str = "") -> None:
        """Make the next requests fail with the 400 for too many requests.

        Args:
            times: How many requests fail.
            seconds: How long the client is told to wait.
            path: Only requests whose path contains this text fail.
        """
        body = json.dumps(throttled(seconds).body())
        headers = {"content-type": "application/json"}
        self.faults.fail_next(400, times, path=path, body=body, headers=headers)

    def expire_urls(self) -> None:
        """Make all presigned URLs that were handed out so far expire."""
        self.store.expire_urls()
        self.urls.clear()

    def next_list_cut(self) -> ListCut | None:
        """Return how the list that starts now is cut, None if it is whole."""
        return self.list_cuts.pop(0) if self.list_cuts else None

    def add_temporary_file(
        self, project: int, name: str, payload: Payload, *, user: int, lookup: str, hours: int = 24
    ) -> Row:
        """Keep a file under /media/ on the platform's own host for a while.

        Args:
            project: The id of the project.
            name: The name of the file; its suffix is kept in the path.
            payload: The content.
            user: The id of the user who owns it.
            lookup: The text that lists are filtered by.
            hours: How long the file is kept.

        Returns:
            The row of the temporary file.
        """
        made = self.clock.now().astimezone(_SERVER_ZONE)
        file_name = secrets.token_hex(16) + PurePosixPath(name).suffix
        self.served_files[f"/media/{project}/{file_name}"] = payload
        return self.tables.temporary_files.add(
            {
                "name": name,
                "project": project,
                "user": user,
                "path": f"{self.url}/media/{project}/{file_name}",
                "lookup": lookup,
                "created_datetime": made.isoformat(),
                "eol_datetime": (made + timedelta(hours=hours)).isoformat(),
            }
        )
