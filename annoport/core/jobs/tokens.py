"""A job as one word of text, with which another process can continue to wait for it."""

from __future__ import annotations

import base64
import datetime

import msgspec

from annoport.core.contract.extensions import Platform
from annoport.core.errors import JobTokenError
from annoport.core.http.origin import BaseUrl

_ANY_PREFIX = "annoport-job-"
_PREFIX = f"{_ANY_PREFIX}1."


class JobToken(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a job token; it holds no secret.

    Attributes:
        platform: Title of the platform.
        url: Base URL of the server.
        kind: Name of the job's kind.
        id: Id of the job on the server.
        created: When the job was started; None if annoport did not start it.
        stored_in: Where the file of the job goes, if it is not for download.
        within: What the paths of its operations hold besides the id: name on the wire -> value.
    """

    platform: str
    url: str
    kind: str
    id: int | str
    created: datetime.datetime | None = None
    stored_in: str | None = None
    within: dict[str, int | str] = {}

    def to_text(self) -> str:
        """Return the token as one word of ASCII."""
        packed = base64.urlsafe_b64encode(msgspec.json.encode(self)).decode("ascii")
        return _PREFIX + packed.rstrip("=")


def is_token(text: str) -> bool:
    """Whether a text is a token, perhaps a damaged one, and not a server's id of a job."""
    return text.strip().startswith(_ANY_PREFIX)


def read_token(text: str, platform: Platform, base: BaseUrl) -> JobToken:
    """Return the content of a token, whose job must be on the server at `base`.

    Raises:
        JobTokenError: `text` is not a complete token, or its job is on another server.
    """
    token = parse_token(text)
    if (token.platform, token.url) != (platform.title, base.url):
        raise JobTokenError(
            f"this job is on {token.platform} at {token.url}, but the client talks to "
            f"{platform.title} at {base.url}: use a client for that server"
        )
    return token


def parse_token(text: str) -> JobToken:
    """Return the content of a token, whatever server its job is on.

    Raises:
        JobTokenError: `text` is not a complete token.
    """
    _, found, packed = text.strip().partition(_PREFIX)
    try:
        content = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(content if found else b"", type=JobToken)
    except (ValueError, msgspec.DecodeError) as error:
        raise JobTokenError(
            f"this is not a complete job token ({error}): pass the whole of it"
        ) from None
