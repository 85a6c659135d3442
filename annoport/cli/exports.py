"""`annoport <platform> export`: one export of each of many things, which goes on when run again."""

from __future__ import annotations

import functools
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

import click
import msgspec

from annoport.batches import Item, Report, Result, plan, run_exports
from annoport.cli.conditions import parse, put
from annoport.cli.connecting import connect, described
from annoport.cli.documented import DocumentedCommand
from annoport.cli.endings import ExitCode, FailedError, code_of_kind, in_shell
from annoport.cli.index import Entry, Index, word
from annoport.cli.options import Settings, common_options, option, own, settings_of
from annoport.cli.spoken import in_options, spoken
from annoport.cli.talk import log_to_stderr, say
from annoport.cli.verb import Verb
from annoport.cli.writers import writer_for
from annoport.core import errors
from annoport.core.support.suggestions import did_you_mean
from annoport.core.values.models import UNSET

_OPTIONS: Final[Mapping[str, str | None]] = {
    "to": "--to",
    "at_once": "--at-once",
    **dict.fromkeys(("name", "manifest", "connect", "server")),
}
"""Option by the argument of a batch; what has none is chosen by the command."""


def export_command(platform: str, settings: MutableMapping[str, Any]) -> click.Command:
    """Return the command of a platform.

    Args:
        platform: The name of the platform.
        settings: The settings of the contexts of all commands.
    """
    headers = list(described(platform).headers)
    return DocumentedCommand(
        "export",
        argument_words={
            "call": "The command that exports one of them, which says what --set may name: "
            f"{', '.join(_known(Index(platform)))}."
        },
        callback=functools.partial(_run, platform, headers),
        help="Export all things that fulfil a condition, several at once.\n\n"
        "Each file goes into a folder of its own. Given again, the same command does what is "
        "missing.",
        params=[
            click.Argument(["call"], metavar="RESOURCE.VERB"),
            option("--where", metavar="CONDITION", help="Which things; all without it."),
            *plan_options(),
            option(
                "--set", multiple=True, metavar="NAME=VALUE", help="An argument of each export."
            ),
            option("--dry-run", is_flag=True, help="Only show what would be exported."),
            *common_options(headers=headers),
        ],
        context_settings=settings,
    )


def _run(platform: str, headers: list[str], call: str, **given: Any) -> None:
    settings = settings_of(given, headers)
    if settings.verbose:
        log_to_stderr(requests=settings.verbose > 1)
    index = Index(platform)
    export = _transfer(index, call)
    verb = _list(index, export.resource)
    arguments: dict[str, Any] = {}
    body: Any = UNSET
    if given.get(own("--where")):
        if not verb.takes_condition:
            raise click.UsageError(f"{verb.words} takes no condition")
        body = put(verb, arguments, UNSET, parse(given[own("--where")]))
    if body is not UNSET:
        arguments["body"] = body
    keywords = dict(map(_setting, given[own("--set")]))
    _check(export, call, keywords)
    with connect(platform, settings) as client:
        things = list(getattr(getattr(client, verb.resource), verb.method)(**arguments))
    if not things:
        say(f"no {verb.words.split(' ')[1]} fulfil the condition: nothing is there to export")
        raise FailedError(ExitCode.NOT_FOUND)
    items = plan(things, f"{export.resource}.{export.method}", keywords=keywords)
    options = {name: f"--set {name}=" for name in export.options}
    run_plan(platform, items, given, settings, options, rehearse=bool(given[own("--dry-run")]))


def plan_options() -> list[click.Option]:
    """Return the options of a command that fetches many exports."""
    return [
        option("--to", required=True, metavar="FOLDER|URL", help="Where the files go."),
        option("--at-once", type=int, default=4, show_default=True, help="How many at a time."),
    ]


def run_plan(
    platform: str,
    items: list[Item],
    given: Mapping[str, Any],
    settings: Settings,
    options: Mapping[str, str | None],
    *,
    rehearse: bool,
) -> None:
    """Fetch many exports, and write what became of each.

    Args:
        platform: The name of the platform.
        items: The exports.
        given: The values of our own options, such as those of `plan_options`.
        settings: How to connect, write and talk.
        options: Option by the argument of what made the exports, or of each export.
        rehearse: Only write what would be fetched.

    Raises:
        FailedError: Some or all of them failed, and that was told.
    """
    known = {**options, **_OPTIONS}
    writer = writer_for(settings, one=False)
    if rehearse:
        writer.rows([_planned(one) for one in items])
        writer.end()
        return
    try:
        with in_options(known, platform):
            report = run_exports(
                items,
                connect=functools.partial(connect, platform, settings),
                to=given[own("--to")],
                at_once=given[own("--at-once")],
                progress=not settings.quiet,
            )
    except KeyboardInterrupt:
        say("the same command, given again, goes on where this was")
        raise
    writer.rows([_row(one, known, platform) for one in report.results])
    writer.end()
    _end(report)


def _transfer(index: Index, call: str) -> Verb:
    """Return the method that a text names."""
    shown, _, given = call.partition(".")
    resource = index.resource_name(shown)
    entry = None if resource is None else index.command(resource, given)
    if resource is not None and entry is not None:
        verb = Verb(index.platform, resource, given, entry)
        if verb.transfers:
            return verb
    known = ", ".join(_known(index))
    raise click.UsageError(f"{call!r} exports nothing: expected one of {known}")


def _check(verb: Verb, call: str, keywords: Mapping[str, Any]) -> None:
    """Refuse arguments that the method does not have, and the lack of those that it needs."""
    taken = {name: verb.parameters[name] for name in verb.options}
    help_text = f"`annoport {verb.words} --help` says what it takes"
    for name in keywords:
        if name not in taken:
            hint = did_you_mean(name, taken) or help_text
            raise click.UsageError(f"--set {name}: {call} has no such argument; {hint}")
    needed = [name for name, one in taken.items() if one.default is one.empty]
    missing = [f"--set {name}=VALUE" for name in needed if name not in keywords]
    if missing:
        raise click.UsageError(f"{call} needs {' and '.join(missing)}; {help_text}")


def _known(index: Index) -> list[str]:
    found: list[str] = []
    for shown in index.resources():
        resource = index.resource_name(shown) or ""
        found += [
            f"{shown}.{given}"
            for given, entry in index.commands(resource).items()
            if given.startswith("download-")
            and Verb(index.platform, resource, given, entry).transfers
        ]
    return found


def _list(index: Index, resource: str) -> Verb:
    entry: Entry | None = index.command(resource, "list")
    if entry is None:
        raise click.UsageError(f"there is no list of {word(resource)}")
    return Verb(index.platform, resource, "list", entry)


def _setting(text: str) -> tuple[str, Any]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise click.UsageError(f"--set {text!r}: expected NAME=VALUE")
    try:
        return name.replace("-", "_"), msgspec.json.decode(value)
    except msgspec.DecodeError:
        return name.replace("-", "_"), value


def _planned(item: Item) -> dict[str, Any]:
    return {
        "name": item.name,
        "call": item.call,
        "arguments": list(item.arguments),
        "keywords": dict(item.keywords),
    }


def _row(one: Result, options: Mapping[str, str | None], platform: str) -> dict[str, Any]:
    error = None if one.error is None else spoken(in_shell(one.error), options, platform)
    return {
        "name": one.name,
        "state": one.state,
        "files": [file.path for file in one.files],
        "error": error,
    }


def _end(report: Report) -> None:
    failed = len(report.failed)
    if failed:
        say(f"{failed} of {len(report.results)} failed; the same command tries them again")
        partly = failed < len(report.results)
        raise FailedError(ExitCode.PARTLY_DONE if partly else _code(report.failed[0]))


def _code(failure: Result) -> ExitCode:
    """Return the exit code for the error of an item, which begins with its class."""
    kind = getattr(errors, str(failure.error).partition(":")[0], Exception)
    return code_of_kind(kind)
