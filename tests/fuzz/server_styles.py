"""How each platform serves its files, as far as a download can tell."""

from __future__ import annotations

import attrs

import annoport_cvat.job_kinds
import annoport_ecotaxa.job_kinds
from annoport.core.contract.extensions import Download, JobKind


@attrs.frozen(kw_only=True)
class Style:
    """What the server of a file does.

    Attributes:
        rules: What the client is told about it.
        validators: Which validators the server sends.
        expires: URLs are signed, point to another host than the platform's, and must be renewed.
    """

    name: str
    rules: Download
    validators: tuple[str, ...]
    expires: bool = False


def _rules_of(kind: JobKind) -> Download:
    if kind.download is None:
        raise ValueError("this kind of job has no file")
    return kind.download


STYLES = {
    style.name: style
    for style in (
        Style(
            name="cvat",
            rules=_rules_of(annoport_cvat.job_kinds.JOB_KINDS["request"]),
            validators=("etag", "last-modified"),
        ),
        Style(
            name="ecotaxa",
            rules=_rules_of(annoport_ecotaxa.job_kinds.JOB_KINDS["job"]),
            validators=(),
        ),
        Style(
            name="tator",
            rules=Download(ranges="any", validator="etag", origin="other"),
            validators=("etag", "last-modified"),
            expires=True,
        ),
    )
}
