"""The order of several files, as a server is told it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from annoport.core.contract.extensions import UploadOrder
from annoport.core.upload.sources import LocalFile
from annoport.core.values.models import UNSET


def required(
    rule: UploadOrder | None, fields: Mapping[str, object], files: Sequence[LocalFile]
) -> dict[str, Any]:
    """Return the fields with which the server keeps files in their order; none if there is none.

    Args:
        rule: How the server is told; None if it cannot be told.
        fields: What the caller sends. A caller who chose something else gets that.
        files: The files in order.
    """
    if rule is None or len(files) < 2:
        return {}
    chosen = {**dict.fromkeys(rule.needs, UNSET), **fields}
    if any(chosen[name] not in (UNSET, text) for name, text in rule.needs.items()):
        return {}
    if not all((file.file.media_type or "").startswith(rule.files) for file in files):
        return {}
    return dict(rule.needs)


def listed(
    rule: UploadOrder | None, fields: Mapping[str, object], files: Sequence[LocalFile]
) -> dict[str, Any]:
    """Return the fields that tell the server the order of files, which arrive in any."""
    needed = required(rule, fields, files)
    if rule is None or not needed or fields.get(rule.field, UNSET) is not UNSET:
        return {}
    return {**needed, rule.field: [file.name for file in files]}
