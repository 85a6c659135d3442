"""What can go wrong with an answer, and whether it justifies fetching bytes again."""

from __future__ import annotations

import random

from tests.core.file_server import Fault
from tests.fuzz.server_styles import Style


def random_fault(dice: random.Random, style: Style, size: int, elsewhere: str) -> Fault:
    """Return something that can go wrong, or nothing; `elsewhere` is a URL on another host."""
    somewhere = dice.randrange(size + 1)
    faults = [
        Fault(),
        *[Fault(drop_after=somewhere)] * 8,  # faults that leave a part behind matter most
        *[Fault(drop_after=somewhere, reset=True)] * 2,
        *[Fault(stall_after=somewhere)] * 2,
        Fault(announce=dice.choice([1, 1000])),
        Fault(chunked=True, drop_after=somewhere),
        Fault(chunked=True),
        Fault(ignore_range=True),
        Fault(short_part=dice.randrange(1, 100_000)),
        Fault(short_part=dice.randrange(1, 100_000), drop_after=somewhere),
        Fault(shift=dice.choice([-100_000, -1, 1, 100_000])),
        Fault(gzip_part=True),
        Fault(no_total=True),
        Fault(as_part=True),
        Fault(as_part=True, drop_after=somewhere),
        Fault(chunked=True, lack=dice.randrange(1, 100_000)),
        Fault(content_range=f"bytes {somewhere}-{max(0, size - 1)}/{size}"),
        Fault(content_range=f"bytes 0-{size}/{size + 1}"),
        Fault(gzip=True),
        Fault(gzip=True, drop_after=somewhere),
        Fault(silent=True),
        Fault(status=dice.choice([429, 500, 502, 503, 504])),
        Fault(status=429, headers={"Retry-After": dice.choice(["0", _LONG_AGO])}),
        Fault(status=302, headers={"Location": dice.choice(["/moved", elsewhere])}),
        Fault(status=416),
        Fault(pause=0.03),
    ]
    if style.rules.validator == "etag":
        faults += [Fault(etag='W/"weak"', drop_after=somewhere), Fault(etag="")]
    if style.expires:
        faults += [Fault(status=403, body=b"expired")] * 4
    return dice.choice(faults)


_LONG_AGO = "Sun, 22 Nov 2020 03:48:00 GMT"


def may_begin_anew(fault: Fault, style: Style) -> bool:
    """Whether a careful client may drop what it has after such an answer.

    Lost connections, silence and passing errors do not justify that: the bytes at hand are as good
    as before.
    """
    return (
        fault.become is not None
        or fault.ignore_range
        or fault.content_range is not None
        or fault.etag is not None
        or fault.gzip
        or fault.gzip_part
        or fault.shift != 0
        or fault.lack > 0
        or (fault.no_total and style.rules.validator != "etag")
        or fault.chunked
        or fault.announce > 0
        or fault.status == 416
    )
