"""Files of jobs that a server lists: how to ask for them, and which one is the job's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from annoport.core.contract.extensions import ListedFile
from annoport.core.contract.operation import Operation
from annoport.core.errors import DownloadError
from annoport.core.http.parameters import text_of
from annoport.core.jobs.lookup import PLACEHOLDER
from annoport.core.jobs.polling import look_up, typed_id

JOB = "@job"


def arguments(
    operation: Operation[Any],
    templates: Mapping[str, str | tuple[str, ...]],
    job_id: int | str,
    document: object,
    within: Mapping[str, int | str],
) -> dict[str, Any]:
    """Return the arguments of an operation by their Python names.

    Args:
        operation: The operation that will be called.
        templates: Name on the wire -> value with placeholders.
        job_id: The id of the job.
        document: The parsed JSON body of the last answer about the job.
        within: What the paths of the job's operations hold besides its id.
    """

    def fill(template: str) -> str:
        return PLACEHOLDER.sub(lambda match: _value(match[1], job_id, document, within), template)

    known = {parameter.wire: parameter for parameter in operation.parameters}
    filled: dict[str, Any] = {}
    for wire, given in templates.items():
        parameter = known[wire]
        if not isinstance(given, str):
            filled[parameter.name] = [fill(one) for one in given]
        else:
            filled[parameter.name] = typed_id(parameter, fill(given))
    return filled


def find(rules: ListedFile, items: object, job_id: int | str) -> object:
    """Return the item of a list that is the file of a job; None if there is none.

    The list is searched even if the server was asked for this job only: servers ignore filters
    that they do not know.

    Raises:
        DownloadError: The job has left several files.
    """
    listed = cast("list[object]", items) if isinstance(items, list) else []
    found = [item for item in listed if str(look_up(item, rules.job)) == str(job_id)]
    if len(found) > 1:
        names = ", ".join(repr(look_up(item, rules.name)) for item in found)
        raise DownloadError(
            f"job {job_id} left {len(found)} files ({names}): list them with {rules.listed_by}, "
            "and download each"
        )
    return found[0] if found else None


def _value(name: str, job_id: int | str, document: object, within: Mapping[str, int | str]) -> str:
    if name == JOB:
        return str(job_id)
    return text_of(look_up(document, name) if name.startswith("/") else within[name])
