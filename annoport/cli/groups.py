"""Branches of the tree of commands."""

from __future__ import annotations

import difflib

import click


class HelpfulGroup(click.Group):
    """A branch that names what may be meant, if there is no such command."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the next word names, or say which there are."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            if args[0].startswith("-"):
                raise
            known = self.list_commands(ctx)
        close = [name for name in known if args[0] in name.split("-")]
        meant = list(dict.fromkeys([*close, *difflib.get_close_matches(args[0], known)]))
        hint = f"`{ctx.command_path} --help` lists them"
        if meant:
            words = ", ".join(map(repr, meant))
            hint = f"did you mean {'one of ' if len(meant) > 1 else ''}{words}?"
        raise click.UsageError(f"No such command {args[0]!r}: {hint}", ctx)
