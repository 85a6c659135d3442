"""What a file is called in a folder that the caller names: by its server, or else by us."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from annoport.core.contract import name_templates
from annoport.core.contract.operation import Operation
from annoport.core.download import file_names
from annoport.core.values.models import UNSET


@attrs.frozen
class Naming:
    """Names one remote file, so that no two files get one name.

    Attributes:
        fallback: Its name if nobody gives it one.
        typed: Whether its media type gives `fallback` an extension.
        suffix: What the server's name lacks to tell it from other files.
    """

    fallback: str
    typed: bool = False
    suffix: str = ""

    @classmethod
    def of_operation(cls, operation: Operation[Any], arguments: Mapping[str, Any]) -> Naming:
        """Return the naming of the file that `operation` serves for `arguments`."""
        given = {p.wire: arguments.get(p.name, UNSET) for p in operation.parameters}
        values = {name: value for name, value in given.items() if value not in (UNSET, None)}
        rules = operation.download
        name, suffix = (rules.name, rules.suffix) if rules else (None, None)
        if name is None:
            made = "_".join([operation.id, *map(name_templates.written, values.values())])
        else:
            made = name_templates.fill(name, values)
        return cls(made, typed=True, suffix=name_templates.fill(suffix or "", values))

    @classmethod
    def of_url(cls, url: str) -> Naming:
        """Return the naming of the file at `url`."""
        return cls(file_names.safe_name(file_names.from_url(url)))

    def choose(self, given: str | None, media_type: str) -> str:
        """Return the name of the file on disk.

        Args:
            given: Its name according to the server or to the caller.
            media_type: Its media type according to the server; "" if unknown.
        """
        extension = file_names.extension_of(media_type) if self.typed else ""
        made = file_names.safe_name(f"{self.fallback}{extension}")
        name = file_names.safe_name(given, made)
        return file_names.with_suffix(name, self.suffix) if given and self.suffix else name
