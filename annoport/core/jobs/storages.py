"""Jobs whose file goes into a storage of the user's, where this client cannot fetch it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annoport.core.contract.extensions import JobStart
from annoport.core.contract.operation import Operation
from annoport.core.errors import InvalidArgumentError
from annoport.core.http.parameters import text_of
from annoport.core.values.models import UNSET


def stored_in(
    rules: JobStart, operation: Operation[Any], arguments: Mapping[str, Any]
) -> str | None:
    """Return in words where the file of a job goes; None if it is not asked to go to a storage.

    Args:
        rules: What starts the job.
        operation: The operation that starts it.
        arguments: Values by the Python names of the parameters.

    Raises:
        InvalidArgumentError: The arguments ask for a storage, and do not say which.
    """
    storage = rules.storage
    if storage is None:
        return None
    names = {parameter.wire: parameter.name for parameter in operation.parameters}
    values = {wire: _text(arguments.get(name, UNSET)) for wire, name in names.items()}
    if values[storage.parameter] != storage.value:
        return None
    if not values[storage.storage]:
        raise InvalidArgumentError(
            f"{operation.id}: argument {names[storage.storage]!r} is missing: with "
            f"{names[storage.parameter]}={storage.value!r} the file goes to a {storage.title}, "
            "so say to which"
        )
    name = values[storage.name]
    return f"{storage.title} {values[storage.storage]}" + (f" as {name!r}" if name else "")


def _text(value: Any) -> str:
    return "" if value is UNSET or value is None else text_of(value)
