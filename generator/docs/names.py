"""The table of what a platform's own documents call each operation, and what it is called here.

A page in docs/ says where it stands:

    ```{names} tator
    ```
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from generator.docs.markdown import code
from generator.errors import GeneratorError
from generator.python.package import Package

_BLOCK = re.compile(r"^```\{names\} ([\w-]+)\n```$", re.MULTILINE)


def expand(text: str, packages: Iterable[Package]) -> str:
    """Return a page with each block replaced by the table of its platform."""
    known = {package.platform: package for package in packages}

    def table(found: re.Match[str]) -> str:
        if found[1] not in known:
            listed = ", ".join(sorted(known))
            raise GeneratorError(f"No platform {found[1]!r} to list names of; there are {listed}")
        return "\n".join(["| theirs | annoport |", "|---|---|", *sorted(_rows(known[found[1]]))])

    return _BLOCK.sub(table, text)


def _rows(package: Package) -> Iterator[str]:
    for resource in package.resources:
        for operation in resource.operations:
            name = f"{resource.name}.{operation.name}"
            theirs = ", ".join(map(code, operation.aliases or (operation.name,)))
            yield f"| {theirs} | [{code(f'client.{name}')}](#{package.platform}.{name}) |"
