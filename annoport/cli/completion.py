"""`annoport completion`: what a shell needs to complete commands."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from annoport.cli.stdout import write_text
from annoport.cli.talk import NAME


def command() -> click.Command:
    """Return `annoport completion`."""
    return click.Command(
        "completion",
        callback=_write,
        help='Write the completion script of a shell: eval "$(annoport completion bash)" in '
        '~/.bashrc, eval "$(annoport completion zsh)" in ~/.zshrc, or annoport completion fish > '
        "~/.config/fish/completions/annoport.fish.",
        params=[click.Argument(["shell"], type=click.Choice(["bash", "zsh", "fish"]))],
    )


def _write(shell: str) -> None:
    from annoport.cli.root import root

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"there is no completion for {shell}")
    made = kind(root(), {}, NAME, f"_{NAME.upper()}_COMPLETE")
    write_text(f"{made.source()}\n")
