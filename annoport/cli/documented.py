"""A command whose help says what each argument is, too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from annoport.cli.options import CommonOption


class DocumentedCommand(click.Command):
    """A command with words for its arguments; options that all commands have are listed last.

    Attributes:
        argument_words: What is said of each argument, by the name of its value.
    """

    def __init__(self, name: str, *, argument_words: Mapping[str, str], **settings: Any) -> None:
        """Make the command.

        Args:
            name: Its word on the command line.
            argument_words: What is said of each argument, by the name of its value.
            settings: As for `click.Command`.
        """
        super().__init__(name, **settings)
        self.argument_words = argument_words

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the arguments, then the command's own options, and last those that all have."""
        places = [one for one in self.params if isinstance(one, click.Argument)]
        if places:
            with formatter.section("Arguments"):
                formatter.write_dl(
                    [
                        (one.make_metavar(ctx), self.argument_words.get(str(one.name), ""))
                        for one in places
                    ]
                )
        rows: dict[bool, list[tuple[str, str]]] = {False: [], True: []}
        for one in self.get_params(ctx):
            if isinstance(one, click.Argument):
                continue
            record = one.get_help_record(ctx)
            if record is not None:
                rows[isinstance(one, CommonOption)].append(record)
        for title, common in (("Options", False), ("Options of the command", True)):
            if rows[common]:
                with formatter.section(title):
                    formatter.write_dl(rows[common])
