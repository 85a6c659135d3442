"""Which releases of CVAT know what the fake knows, from the servers' own documents.

What is not named here, all releases from 2.24 on know. A fake of a release that does not know an
endpoint has none; it ignores arguments and fields that the release does not know, and leaves out of
its answers what the release does not say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias, cast

import attrs


@attrs.frozen
class Run:
    """Releases in a row.

    since: the first; "" for the oldest.
    removed: the first one after them; "" for none.
    """

    since: str = ""
    removed: str = ""


Names: TypeAlias = Mapping[str, Run]

_TOKENS = Run("2.48")
OPERATIONS: Mapping[str, Mapping[str, Run]] = {
    "auth/access_tokens": {"GET": _TOKENS, "POST": _TOKENS},
    "auth/access_tokens/self": {"GET": _TOKENS},
    "auth/access_tokens/{id:int}": {"GET": _TOKENS, "DELETE": _TOKENS},
    # Of app.cvat.ai only; 2.61 is the oldest release of it that was seen.
    "functions/queues/{queue_id}/watch": {"GET": Run("2.61")},
}
"""Path -> method -> the releases that have it."""

_IMPORT: Names = {"import_mode": Run("2.65")}
ARGUMENTS: Mapping[str, Mapping[str, Names]] = {
    "jobs/{id:int}/annotations[/]": {"POST": _IMPORT},
    "tasks/{id:int}/annotations[/]": {"POST": _IMPORT},
}
"""Path -> method -> query parameter -> the releases that know it."""

_ANNOTATIONS: Names = {"score": Run("2.56")}
FIELDS: Mapping[str, Names] = {
    "jobs/{id:int}/annotations[/]": _ANNOTATIONS,
    "tasks/{id:int}/annotations[/]": _ANNOTATIONS,
}
"""Path -> field at any place of a body that is sent -> the releases that know it."""

_FRAMES: Names = {"chapters": Run("2.52"), "storage": Run("2.44"), "cloud_storage_id": Run("2.44")}
_JOB: Names = {
    "parent_job_id": Run("2.27"),
    "consensus_replicas": Run("2.27", "2.80"),
    "project_name": Run("2.59"),
    "task_name": Run("2.59"),
    "replicas_count": Run("2.59"),
    "media_type": Run("2.65"),
}
_PROJECT: Names = {"organization_id": Run("2.44")}
_TASK: Names = {
    "organization_id": Run("2.44"),
    "data_cloud_storage_id": Run("2.44"),
    "consensus_enabled": Run("2.27", "2.80"),
    "initial_replicas": Run("2.80"),
    "project_name": Run("2.59"),
    "media_type": Run("2.65"),
}
_REQUEST: Names = {"lightweight": Run("2.44")}
ANSWERS: Mapping[str, Names] = {
    "server/about": {"logo_url": Run("2.30"), "subtitle": Run("2.30")},
    "jobs": _JOB,
    "jobs/{id:int}": _JOB,
    "jobs/{id:int}/data/meta": _FRAMES,
    "projects": _PROJECT,
    "projects/{id:int}": _PROJECT,
    "requests": _REQUEST,
    "requests/{rq_id}": _REQUEST,
    "tasks": _TASK,
    "tasks/{id:int}": _TASK,
    "tasks/{id:int}/data/meta": _FRAMES,
}
"""Path -> field at any place of an answer -> the releases that say it."""


def lacked(names: Names, is_since: Callable[[str], bool]) -> frozenset[str]:
    """Return those of some names that a release does not know.

    names: the names, and the releases that know them.
    is_since: whether that release is a given one, or a later one.
    """
    return frozenset(name for name, run in names.items() if not _includes(run, is_since))


def _includes(run: Run, is_since: Callable[[str], bool]) -> bool:
    gone = bool(run.removed) and is_since(run.removed)
    return not gone and (not run.since or is_since(run.since))


def without(value: Any, names: frozenset[str]) -> Any:
    """Return JSON without the fields of these names, wherever they are."""
    if isinstance(value, dict):
        return dict(_kept(cast("Mapping[str, Any]", value), names))
    if isinstance(value, list):
        return [without(item, names) for item in cast("list[object]", value)]
    return value


def _kept(value: Mapping[str, Any], names: frozenset[str]) -> Iterator[tuple[str, Any]]:
    for name, part in value.items():
        if name not in names:
            yield name, without(part, names)
