"""The options of each fake, as `annoport.testing.serve` takes them.

They repeat the keyword parameters of the fakes, whose docstrings explain them, because a type
checker cannot derive one from the other; a test keeps the two equal.
"""

from __future__ import annotations

from typing import TypedDict


class CvatOptions(TypedDict, total=False):
    """Options of `serve("cvat")`; see `annoport.testing.cvat.FakeCvat`."""

    job_seconds: float
    queue_seconds: float
    export_bytes: int
    bytes_per_second: int | None
    anonymous_per_minute: int | None
    races: bool
    version: str


class EcotaxaOptions(TypedDict, total=False):
    """Options of `serve("ecotaxa")`; see `annoport.testing.ecotaxa.FakeEcotaxa`."""

    job_seconds: float
    queue_seconds: float
    export_bytes: int
    bytes_per_second: int | None
    replica_seconds: float
    token_seconds: float | None
    ranges: bool
    public_url: str
    version: str


class TatorOptions(TypedDict, total=False):
    """Options of `serve("tator")`; see `annoport.testing.tator.FakeTator`."""

    job_seconds: float
    ingest_seconds: float
    export_bytes: int
    bytes_per_second: int | None
    stills: int
    boxes_per_still: int
    video_bytes: int
    requests_per_second: int | None
    anonymous_per_second: int | None
    min_part_bytes: int
    lockout_seconds: float
    schema: bytes | None
