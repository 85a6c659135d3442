"""The command of one method of a resource: what it takes, read from the method itself."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, MutableMapping
from typing import Any, Final

import click

from annoport.cli import kinds
from annoport.cli.docstrings import Words, words_of
from annoport.cli.documented import DocumentedCommand
from annoport.cli.index import word
from annoport.cli.options import common_options, option, settings_of
from annoport.cli.verb import Verb

_ARGUMENT: Final = "arg_"


class OperationCommand(DocumentedCommand):
    """`annoport <platform> <resource> <verb>`.

    Attributes:
        verb: The method that it calls.
    """

    def __init__(self, verb: Verb, shown: str, settings: MutableMapping[str, Any]) -> None:
        """Read what the method takes.

        Args:
            verb: The method.
            shown: The word for it on the command line.
            settings: The settings of the contexts of all commands.
        """
        self.verb = verb
        self._words = words_of(verb.function)
        arguments = list(self._arguments())
        taken = [flag for one in arguments for flag in one.opts]
        own = [one for one in self._own_options() if one.opts[0] not in taken]
        super().__init__(
            shown,
            argument_words={_ARGUMENT + name: text for name, text in self._words.arguments.items()},
            params=[*arguments, *own, *common_options(taken, verb.headers)],
            help=_help(self._words),
            short_help=verb.summary,
            context_settings=settings,
        )

    # ----------------------------------------------------------------------- parameters

    def _arguments(self) -> Iterator[click.Parameter]:
        for name, one in self.verb.parameters.items():
            if name == "body":
                continue
            kind = kinds.kind_of(str(one.annotation))
            if kind is None:
                continue
            if one.kind is one.POSITIONAL_OR_KEYWORD:
                many = name in {self.verb.several, "files"}
                yield click.Argument(
                    [_ARGUMENT + name],
                    type=kind.type,
                    nargs=-1 if many else 1,
                    required=True,
                    metavar=word(name).upper() + ("..." if many else ""),
                )
            else:
                yield self._option(name, one, kind)

    def _option(self, name: str, one: inspect.Parameter, kind: kinds.Kind) -> click.Option:
        flag = word(name)
        required = one.default is inspect.Parameter.empty
        doc = self._words.arguments.get(name, "")
        if kind.flag:
            flags = f"--{flag}/--no-{flag}"
            return click.Option(
                [flags, _ARGUMENT + name], default=None, required=required, help=doc
            )
        return click.Option(
            [f"--{flag}", _ARGUMENT + name],
            type=kind.type,
            multiple=kind.many,
            callback=kind.checked,
            required=required,
            help=f"{doc} May be given several times.".strip() if kind.many else doc,
        )

    def _own_options(self) -> Iterator[click.Option]:
        if self.verb.takes_body:
            yield option(
                "--body",
                metavar="JSON|@FILE|-",
                help=self._words.arguments.get("body") or "The body of the request.",
            )
            yield option(
                "--set",
                multiple=True,
                metavar="NAME=VALUE",
                help="A field of the body; a file is written as NAME=@PATH.",
            )
        if self.verb.takes_condition:
            yield option(
                "--where",
                metavar="CONDITION",
                help="Only what fulfils it, such as 'status == completed and size > 5'.",
            )
        returned = self.verb.returned
        if "Job[" in returned:
            yield option("--wait", is_flag=True, help="Wait until the job has finished.")
            yield option(
                "--download", metavar="TARGET", help="Wait, and download the file that it makes."
            )
        if "RemoteFile" in returned or "bytes" in returned:
            yield option("--out", metavar="TARGET", help="A file or folder for it; - for stdout.")
        if self.verb.changes:
            yield option("--dry-run", is_flag=True, help="Only show the request; nothing is sent.")
        if self.verb.deletes:
            yield option("--yes", "-y", is_flag=True, help="Do not ask.")

    # ----------------------------------------------------------------------- run

    def invoke(self, ctx: click.Context) -> Any:
        """Call the method as the command line says."""
        from annoport.cli.calling import run
        from annoport.cli.spoken import in_options

        arguments = {
            name.removeprefix(_ARGUMENT): value
            for name, value in ctx.params.items()
            if name.startswith(_ARGUMENT) and value is not None and value != ()
        }
        own = {n: v for n, v in ctx.params.items() if not n.startswith(_ARGUMENT)}
        with in_options(self.verb.spoken, self.verb.platform):
            return run(self.verb, arguments, own, settings_of(own, self.verb.headers))


def _help(words: Words) -> str:
    return f"{words.text}\n\n{words.source}".strip()
