"""Which platforms are installed, and what each of them has; no client is loaded for it."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping
from typing import Final, NamedTuple

_PREFIX: Final = "annoport_"
_PLAIN: Final = ("list", "retrieve", "create", "update", "delete")


class Entry(NamedTuple):
    """One command of a resource.

    Attributes:
        method: The method of the resource that it calls.
        constant: The name of the operation in the package's `operations`.
        summary: What it does, in a line.
    """

    method: str
    constant: str
    summary: str


class Index:
    """What one generated package lists of itself.

    Attributes:
        platform: The name of the platform, as in `annoport <platform> ...`.
        title: What the platform is called.
    """

    def __init__(self, platform: str) -> None:
        """Read the index of a platform that is installed."""
        module = importlib.import_module(f"{_PREFIX}{platform}._commands")
        self.platform = platform
        self.title: str = module.TITLE
        self._resources: Mapping[str, str] = module.RESOURCES
        self._methods: Mapping[str, Mapping[str, tuple[str, str]]] = module.METHODS
        self._aliases: Mapping[str, Mapping[str, str]] = module.ALIASES

    def resources(self) -> dict[str, str]:
        """Return what each resource is about, by its word on the command line."""
        return {word(name): about for name, about in self._resources.items()}

    def resource_name(self, given: str) -> str | None:
        """Return the name of the resource that a word stands for; None if there is none."""
        return next((name for name in self._resources if word(name) == given), None)

    def commands(self, resource: str) -> dict[str, Entry]:
        """Return the commands of a resource by their words, each under one name.

        Where an alias is one of the plain verbs, that is the name.
        """
        shown = {
            name: alias
            for alias, name in self._aliases.get(resource, {}).items()
            if alias in _PLAIN
        }
        return {
            word(shown.get(name, name)): Entry(name, constant, summary)
            for name, (constant, summary) in self._methods[resource].items()
        }

    def command(self, resource: str, given: str) -> Entry | None:
        """Return what a word stands for, be it a name or an alias; None if it is neither."""
        methods = self._methods[resource]
        aliases = self._aliases.get(resource, {})
        known = {**{name: name for name in methods}, **aliases}
        method = next((name for spelt, name in known.items() if word(spelt) == given), None)
        return None if method is None else Entry(method, *methods[method])

    def words_of(self, resource: str, method: str) -> str | None:
        """Return the words for a method, such as "tasks list"; None if there is no such method.

        Args:
            resource: The name of the resource.
            method: The name of the method, or an alias.
        """
        name = self._aliases.get(resource, {}).get(method, method)
        commands = self.commands(resource) if resource in self._methods else {}
        found = (shown for shown, entry in commands.items() if entry.method == name)
        return next((f"{word(resource)} {shown}" for shown in found), None)


def word(name: str) -> str:
    """Return how a Python name is written on the command line."""
    return name.strip("_").replace("_", "-")


def platforms() -> list[str]:
    """Return the names of the platforms whose generated packages can be imported.

    Any package that a newer or another generator wrote is found, too: nothing names the platforms.
    """
    found = {
        name.removeprefix(_PREFIX)
        for folder in sys.path
        for name in _names_in(folder)
        if name.startswith(_PREFIX)
        # Looking for the file imports nothing, as asking the import system would.
        and os.path.isfile(os.path.join(folder, name, "_commands.py"))  # noqa: PTH113, PTH118
    }
    return sorted(found)


def _names_in(folder: str) -> list[str]:
    try:
        return os.listdir(folder or ".")  # noqa: PTH208 - pathlib takes longer than all the rest
    except OSError:  # a zip, or nothing at all
        return []
