"""Names that must be unique: a second claim is an error that names both owners."""

from __future__ import annotations

from collections.abc import Container

import attrs

from generator.errors import GeneratorError


@attrs.frozen
class UniqueNames:
    """The names that are taken in one scope.

    Attributes:
        what: What such a name is, in prose.
        advice: How the maintainer can resolve a clash.
    """

    what: str
    advice: str
    _owners: dict[str, str] = attrs.field(factory=dict[str, str], init=False)

    def claim(self, name: str, owner: str) -> None:
        """Take a name for an owner.

        Raises:
            GeneratorError: Another owner has it.
        """
        if name in self._owners:
            raise GeneratorError(
                f"{owner}: the {self.what} {name!r} is already taken by {self._owners[name]}; "
                f"{self.advice}"
            )
        self._owners[name] = owner


def free_name(wanted: str, taken: Container[str]) -> str:
    """Return the wanted name, with a number behind it if it is taken."""
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}{number}"
    return name
