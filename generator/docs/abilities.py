"""The table of what server jobs can do, which the README and the page of jobs show."""

from __future__ import annotations

from collections.abc import Iterator

from annoport.core.contract.extensions import JobCancel, JobKind, JobStates
from generator.python.build import job_kinds
from generator.spec import effective

_COLUMNS = ("progress", "download", "log", "cancel", "restart", "question")


def table() -> str:
    """Return the table as Markdown, with a line for each kind of job of each platform."""
    lines = [f"| job | {' | '.join(_COLUMNS)} |", "|---" * (len(_COLUMNS) + 1) + "|"]
    for platform in effective.platforms():
        spec = effective.load(platform)
        title = spec["x-annoport-platform"]["title"]
        for name, kind in job_kinds(platform, spec).items():
            lines.append(f"| {title}, `{name}` | {' | '.join(_abilities(kind))} |")
    return "\n".join(lines) + "\n"


def _abilities(kind: JobKind) -> Iterator[str]:
    """Yield what jobs of a kind can do, in the order of the columns."""
    result = kind.result
    yield _word(kind.progress)
    yield _word(result.file_operation or result.file_url)
    yield _word(kind.log)
    yield _cancelling(kind.cancel, kind.states)
    yield _word(kind.restart)
    yield _word(kind.answer)


def _word(found: object) -> str:
    return "yes" if found else "no"


def _cancelling(cancel: JobCancel | None, states: JobStates) -> str:
    if cancel is None:
        return "no"
    unfinished = {*states.pending, *states.running, *states.asking}
    if not cancel.states or unfinished <= set(cancel.states):
        return "yes"
    return f"while {' or '.join(f'`{state}`' for state in cancel.states)}"
