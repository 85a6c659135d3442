"""`annoport demo`."""

from __future__ import annotations

from pathlib import Path

import click


def command() -> click.Command:
    """Return the command."""
    return click.Command(
        "demo",
        callback=_demo,
        help="Export from three fake platforms, which run on this machine while it takes.",
        params=[
            click.Option(
                ["--output"],
                type=click.Path(path_type=Path),
                default=Path("demo-output"),
                metavar="FOLDER",
                show_default=True,
                help="Where to put the exports.",
            )
        ],
    )


def _demo(output: Path) -> None:
    from annoport.demo import run

    try:
        run(output)
    except FileExistsError as error:
        raise click.ClickException(str(error)) from None
