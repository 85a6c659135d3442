"""One method of a resource as a value: all that its command needs to know of it."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from typing import Any, Final

from annoport.cli.index import Entry, word
from annoport.core.contract.extensions import Platform
from annoport.core.contract.operation import Operation

_DELETING: Final = ("delete", "destroy", "erase", "remove")


class Verb:
    """A method of a resource.

    Attributes:
        platform: The name of the platform.
        resource: The name of the resource.
        method: The name of the method.
        summary: What it does, in a line.
        operation: The operation that it calls.
        function: The method itself, of no client.
        parameters: What the method takes, by name.
        returned: The source of what it returns.
        words: How it is called on the command line.
        headers: Keywords of the platform's own headers.
    """

    def __init__(self, platform: str, resource: str, shown: str, entry: Entry) -> None:
        """Load a method.

        Args:
            platform: The name of the platform.
            resource: The name of the resource.
            shown: The word for the method on the command line.
            entry: What the index says of it.
        """
        package = f"annoport_{platform}"
        described: Platform = importlib.import_module(f"{package}._platform").PLATFORM
        operations = importlib.import_module(f"{package}.operations.{resource}")
        self.platform = platform
        self.resource = resource
        self.method = entry.method
        self.summary = entry.summary
        self.operation: Operation[Any] = getattr(operations, entry.constant)
        self.function = _method(package, resource, entry.method)
        signature = inspect.signature(self.function)
        parameters = dict(signature.parameters)
        del parameters["self"]
        self.parameters: Mapping[str, inspect.Parameter] = parameters
        self.returned = str(signature.return_annotation)
        self.words = f"{platform} {word(resource)} {shown}"
        self.headers = list(described.headers)

    @property
    def several(self) -> str | None:
        """The argument that may have several values, each for a call of its own.

        It is the last one without a name, unless that is a file or a folder.
        """
        named = inspect.Parameter.KEYWORD_ONLY
        places = [name for name, one in self.parameters.items() if one.kind is not named]
        in_path = {one.name for one in self.operation.parameters if one.location == "path"}
        return places[-1] if places and places[-1] in in_path else None

    @property
    def options(self) -> dict[str, str]:
        """The option of each argument that has one."""
        named = inspect.Parameter.KEYWORD_ONLY
        return {n: f"--{word(n)}" for n, one in self.parameters.items() if one.kind is named}

    @property
    def spoken(self) -> dict[str, str | None]:
        """What messages call the arguments; None for those that the command line does not have."""
        return {"overwrite": None, **self.options}

    @property
    def deletes(self) -> bool:
        """Whether it takes away what cannot be brought back."""
        return self.operation.method == "DELETE" or self.method.startswith(_DELETING)

    @property
    def changes(self) -> bool:
        """Whether it may change something on the server."""
        return self.operation.method != "GET"

    @property
    def uploads(self) -> bool:
        """Whether it does a whole upload."""
        upload = self.operation.upload
        return upload is not None and upload.method == self.method

    @property
    def transfers(self) -> bool:
        """Whether it does a whole export."""
        job = self.operation.job
        return job is not None and job.transfer == self.method

    @property
    def takes_progress(self) -> bool:
        """Whether it shows the progress of a transfer."""
        return "progress" in self.parameters

    @property
    def takes_body(self) -> bool:
        """Whether it takes a body."""
        return "body" in self.parameters

    @property
    def needs_body(self) -> bool:
        """Whether every call needs a body."""
        return self.takes_body and self.parameters["body"].default is inspect.Parameter.empty

    @property
    def condition_parameter(self) -> str | None:
        """The argument that a condition goes into, if one does."""
        return next((one.name for one in self.operation.parameters if one.filter), None)

    @property
    def takes_condition(self) -> bool:
        """Whether a condition has a place in an argument or in the body."""
        return bool(self.condition_parameter or (self.operation.filters and self.takes_body))


def _method(package: str, resource: str, name: str) -> Any:
    """Return a method of the class of a resource."""
    module = importlib.import_module(f"{package}.resources.{resource}")
    own = [
        one
        for one in vars(module).values()
        if inspect.isclass(one) and one.__module__ == module.__name__
    ]
    plain = next(one for one in own if not one.__name__.startswith("Async"))
    return getattr(plain, name)
