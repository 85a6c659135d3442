"""The top of the tree of commands; a branch is made when it is used."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import click

from annoport.core.support.version import VERSION

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_SETTINGS: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_OWN: Final = {
    "completion": ("annoport.cli.completion:command", "Write what a shell needs to complete."),
    "doctor": ("annoport.cli.doctor:command", "Say what works: server, login, clock, extras ..."),
    "login": ("annoport.cli.accounts:login_command", "Log in to a server, and remember that."),
    "logout": ("annoport.cli.accounts:logout_command", "Forget a login."),
    "profiles": ("annoport.cli.accounts:profiles_command", "List the logins."),
    "demo": ("annoport.cli.demo:command", "Export from three fake platforms on this machine."),
    "job": (
        "annoport.cli.jobs:command",
        "Go on with a job of a server: wait, download, cancel ...",
    ),
}


_HELP: Final = """Pull annotations and images out of annotation platforms.

Each platform has commands for everyday work, and one for each operation of its server, of the form
`annoport PLATFORM RESOURCE VERB`. `--help` after any word says what comes next.

\b
  annoport login cvat https://cvat.example.org
  annoport cvat tasks list --project-id 3
  annoport cvat create-task dive images/ --labels crab --labels cod
  annoport cvat export tasks.download-dataset --where 'status == completed'
      --set 'format=COCO 1.0' --to s3://bucket/exports/
"""
_PLATFORM: Final = "Everyday work and every operation of annoport-{}."


class Root(click.Group):
    """`annoport`: the platforms that are installed, and the commands that belong to none."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        from annoport.cli.index import platforms

        return [*platforms(), *sorted(_OWN)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; None if there is no such."""
        if cmd_name in _OWN:
            return _load(cmd_name)
        from annoport.cli.index import platforms

        if cmd_name not in platforms():
            return None
        from annoport.cli.tree import PlatformCommands

        return PlatformCommands(cmd_name, dict(_SETTINGS))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the platforms and commands that begin with a text, without loading them."""
        from annoport.cli.index import platforms
        from annoport.cli.tree import matching

        known = {name: _PLATFORM.format(name) for name in platforms()}
        own = {name: text for name, (_, text) in _OWN.items()}
        return matching({**known, **own}, incomplete)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the next word names, or say which platform is missing."""
        if args and not ctx.resilient_parsing and self.get_command(ctx, args[0]) is None:
            _refuse_missing(ctx, args[0])
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the commands are, without loading them."""
        from annoport.cli.index import platforms

        rows = [(name, _PLATFORM.format(name)) for name in platforms()]
        with formatter.section("Platforms"):
            formatter.write_dl(rows or [("none", "pip install 'annoport[cvat]' adds one.")])
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in sorted(_OWN.items())])


def root() -> Root:
    """Return the command `annoport`."""
    made = Root("annoport", help=_HELP, context_settings=_SETTINGS, no_args_is_help=True)
    version = click.version_option(VERSION, message="annoport %(version)s")
    return version(made)


def _load(name: str) -> click.Command:
    import importlib

    module, _, function = _OWN[name][0].partition(":")
    command: Callable[[], click.Command] = getattr(importlib.import_module(module), function)
    return command()


def _refuse_missing(ctx: click.Context, name: str) -> None:
    if name in {"cvat", "ecotaxa", "tator"}:
        ctx.fail(f"annoport-{name} is not installed: pip install 'annoport[{name}]'")
