"""The method that does a whole export: start the job, wait for it, download its file."""

from __future__ import annotations

import attrs

from annoport.core.contract.extensions import JobStart
from generator.python.names import literal
from generator.python.package import Body, Parameter, TransferMethod
from generator.python.raw_operation import RawOperation
from generator.python.unique_names import UniqueNames

OWN_ARGUMENTS = (
    *("self", "target", "body", "progress", "overwrite", "extract_to", "take_up"),
    *("storage_options", "connections", "expected_sha256", "limits", "timeout"),
    *("stall_timeout", "attempts", "on_question"),
)
"""What every such method takes beside the arguments of its operation."""


def hidden_parameters(start: JobStart) -> set[str]:
    """Return the wire names of the parameters that the method does not have."""
    return {*start.transfer_sets, *start.transfer_without}


@attrs.frozen
class TransferBuilder:
    """Builds the transfer method of an operation that starts an export."""

    raw: RawOperation
    start: JobStart

    def build(self, parameters: list[Parameter], body: Body | None) -> TransferMethod | None:
        """Build the method, if the operation is to have one."""
        if self.start.transfer is None:
            return None
        hidden = hidden_parameters(self.start)
        kept = [parameter for parameter in parameters if parameter.wire not in hidden]
        names = UniqueNames("argument", "set x-annoport-name on the parameter in the overlay")
        for name in OWN_ARGUMENTS:
            names.claim(name, "every transfer")
        for parameter in kept:
            names.claim(parameter.name, f"{self.raw.place} parameter {parameter.wire!r}")
        python = {parameter.wire: parameter.name for parameter in parameters}
        return TransferMethod(
            name=self.start.transfer,
            parameters=kept,
            body=body,
            sets={
                python[wire]: literal(value)
                for wire, value in self.start.transfer_sets.items()
                if wire in python
            },
            many=self.start.many,
        )
