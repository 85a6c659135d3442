"""A job as a line of text, to be taken up again by another process."""

from __future__ import annotations

import base64
import datetime

import msgspec

from annoport.core.contract.extensions import Platform
from annoport.core.errors import JobTokenError
from annoport.core.http.origin import BaseUrl

_PREFIX = "annoport-job-1."


class JobToken(msgspec.Struct, frozen=True, kw_only=True):
    """What a token says; it holds no secret. created: when the job was started here, or None."""

    platform: str
    url: str
    kind: str
    id: int | str
    created: datetime.datetime | None = None

    def to_text(self) -> str:
        """The token as one word."""
        packed = base64.urlsafe_b64encode(msgspec.json.encode(self)).decode("ascii")
        return _PREFIX + packed.rstrip("=")


def read_token(text: str, platform: Platform, base: BaseUrl) -> JobToken:
    """Read a token and check that its job is on the server at `base`.

    Raises JobTokenError.
    """
    _, found, packed = text.strip().partition(_PREFIX)
    try:
        content = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
        token = msgspec.json.decode(content if found else b"", type=JobToken)
    except (ValueError, msgspec.DecodeError) as error:
        raise JobTokenError(
            f"this is no whole job token ({error}): expected what Job.to_token() gave"
        ) from None
    if (token.platform, token.url) != (platform.title, base.url):
        raise JobTokenError(
            f"this job is on {token.platform} at {token.url}, but the client talks to "
            f"{platform.title} at {base.url}: use a client of that server"
        )
    return token
