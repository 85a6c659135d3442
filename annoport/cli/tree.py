"""The branches of a platform: its resources, and their commands."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from annoport.cli.groups import HelpfulGroup
from annoport.cli.index import Index

_WORK: Final = {
    "annotate": "Let a model look at pictures, and write what it finds.",
    "export": "Export all things that fulfil a condition, several at once.",
}
"""Everyday work that is not one function, by its words."""


class PlatformCommands(HelpfulGroup):
    """`annoport <platform>`: a branch for each resource."""

    def __init__(self, platform: str, settings: MutableMapping[str, Any]) -> None:
        """Read the index of the platform.

        Args:
            platform: The name of the platform.
            settings: The settings of the contexts of all commands.
        """
        self._index = Index(platform)
        super().__init__(
            platform,
            help=f"Everyday work and every operation of {self._index.title}.",
            no_args_is_help=True,
            context_settings=settings,
        )

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the words for the resources and flows."""
        from annoport.cli.flows import flows

        return [*self._index.resources(), *_WORK, *flows(self._index.platform)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the branch of a resource; None if there is none."""
        name = self._index.resource_name(cmd_name)
        if cmd_name == "export":
            from annoport.cli.exports import export_command

            return export_command(self._index.platform, self.context_settings)
        if cmd_name == "annotate":
            from annoport.cli.annotate import AnnotateCommands

            return AnnotateCommands(self._index.platform, self.context_settings)
        if name is None:
            from annoport.cli.flows import flow_command

            return flow_command(self._index.platform, cmd_name, self.context_settings)
        return ResourceCommands(self._index, name, cmd_name, self.context_settings)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the resources and flows that begin with a text, without loading them."""
        from annoport.cli.flow_names import flow_words

        flows = dict.fromkeys(flow_words(self._index.platform), "") | _WORK
        return matching({**self._index.resources(), **flows}, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the flows do, and what the resources are about."""
        from annoport.cli.flows import flows

        found = {**_WORK, **flows(self._index.platform)}
        with formatter.section("Everyday work"):
            formatter.write_dl(list(found.items()))
        with formatter.section("Resources"):
            formatter.write_dl(list(self._index.resources().items()))


class ResourceCommands(HelpfulGroup):
    """`annoport <platform> <resource>`: a command for each of its methods."""

    def __init__(
        self, index: Index, resource: str, shown: str, settings: MutableMapping[str, Any]
    ) -> None:
        """Take a resource of an index.

        Args:
            index: What the platform has.
            resource: The name of the resource.
            shown: Its word on the command line.
            settings: The settings of the contexts of all commands.
        """
        self._index = index
        self._resource = resource
        about = index.resources()[shown]
        super().__init__(shown, help=about, no_args_is_help=True, context_settings=settings)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the words for the methods."""
        return sorted(self._index.commands(self._resource))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of a method or of an alias; None if there is none."""
        entry = self._index.command(self._resource, cmd_name)
        if entry is None:
            return None
        from annoport.cli.operation_command import OperationCommand
        from annoport.cli.verb import Verb

        verb = Verb(self._index.platform, self._resource, cmd_name, entry)
        return OperationCommand(verb, cmd_name, self.context_settings)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the commands that begin with a text, without loading what they take."""
        commands = self._index.commands(self._resource)
        return matching({name: one.summary for name, one in commands.items()}, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the methods do."""
        commands = self._index.commands(self._resource)
        with formatter.section("Commands"):
            formatter.write_dl([(name, one.summary) for name, one in sorted(commands.items())])


def matching(words: Mapping[str, str], incomplete: str) -> list[CompletionItem]:
    """Return the words that begin with a text, and what each means.

    Args:
        words: Word -> meaning.
        incomplete: What has been typed.
    """
    return [
        CompletionItem(name, help=text)
        for name, text in words.items()
        if name.startswith(incomplete)
    ]
