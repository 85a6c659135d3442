"""Where a job is: what the paths of its operations hold besides its id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annoport.core.contract.extensions import JobKind, JobStart
from annoport.core.contract.operation import Operation, Parameter
from annoport.core.errors import DecodeError, InvalidArgumentError
from annoport.core.http.parameters import text_of
from annoport.core.jobs.polling import look_up, typed_id

Place = Mapping[str, int | str]
"""Name of a path parameter on the wire -> its value."""


def sources(kind: JobKind, start: JobStart) -> dict[str, str]:
    """Return where the operation that starts a job has what the paths hold besides the id."""
    return {**kind.within, **start.within}


def follows(kind: JobKind, start: JobStart) -> bool:
    """Whether a job's place follows from its request alone, without an answer."""
    return not any(source.startswith("/") for source in sources(kind, start).values())


def place(
    kind: JobKind,
    start: JobStart,
    operation: Operation[Any],
    arguments: Mapping[str, Any],
    document: object,
) -> dict[str, int | str]:
    """Return where the job is that a request has started.

    Args:
        kind: The kind of the job.
        start: How the operation names the job.
        operation: The operation that starts it.
        arguments: Values by the Python names of the parameters.
        document: The parsed JSON body of the answer; None if there is none.

    Raises:
        DecodeError: The answer does not say it.
    """
    names = {parameter.wire: parameter.name for parameter in operation.parameters}
    found: dict[str, int | str] = {}
    for wire, source in sources(kind, start).items():
        pointed = source.startswith("/")
        value = look_up(document, source) if pointed else arguments.get(names[source])
        if pointed and (isinstance(value, bool) or not isinstance(value, int | str)):
            raise DecodeError(
                f"{operation.id}: the answer does not say where the job is: expected the "
                f"{wire!r} of its path at {source!r}, found {value!r}; look for it on the server "
                "before you start another"
            )
        found[wire] = value if isinstance(value, int) else text_of(value)
    return found


def checked(kind: JobKind, name: str, given: Mapping[str, Any] | None) -> dict[str, int | str]:
    """Return where a job is, as a caller says.

    Args:
        kind: The kind of the job.
        name: The name of the kind.
        given: What was passed as `within`.

    Raises:
        InvalidArgumentError: It is not what the paths of such jobs hold.
    """
    found = dict(given or {})
    if found.keys() == kind.within.keys():
        return found
    if not kind.within:
        raise InvalidArgumentError(
            f"within is {found!r}, but a job of kind {name!r} is found by its id alone: leave it "
            "out"
        )
    example = ", ".join(f"{wire!r}: ..." for wire in kind.within)
    raise InvalidArgumentError(
        f"within is {given!r}: a job of kind {name!r} is found by its id and what it is within: "
        f"pass within={{{example}}}, or a token"
    )


def arguments(
    operation: Operation[Any], kind: JobKind, job_id: int | str, within: Place
) -> dict[str, Any]:
    """Return the arguments of one of the operations of a job, by their Python names.

    Args:
        operation: The operation that will be called.
        kind: The kind of the job.
        job_id: The server's id of the job.
        within: Where the job is.

    Raises:
        InvalidArgumentError: The operation has no path parameter for the id of a job.
    """
    found: dict[str, Any] = {_id_parameter(operation, kind).name: job_id}
    for parameter in operation.parameters:
        if parameter.location == "path" and parameter.wire in kind.within:
            found[parameter.name] = typed_id(parameter, within[parameter.wire])
    return found


def typed(poll: Operation[Any], kind: JobKind, job_id: int | str) -> int | str:
    """Return the id of a job as its operations take it: a number, if they take numbers.

    Args:
        poll: The operation that returns the state of the job.
        kind: The kind of the job.
        job_id: The id, as a caller says it.

    Raises:
        InvalidArgumentError: The operation has no path parameter for the id of a job.
    """
    return typed_id(_id_parameter(poll, kind), job_id)


def _id_parameter(operation: Operation[Any], kind: JobKind) -> Parameter:
    for parameter in operation.parameters:
        if parameter.location == "path" and parameter.wire not in kind.within:
            return parameter
    raise InvalidArgumentError(f"{operation.id} has no path parameter for the id of a job")
