"""Running a command: the calls that it makes, and what it does with their answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from annoport.cli import endings
from annoport.cli.answers import Answers
from annoport.cli.asking import ask
from annoport.cli.bodies import read_body
from annoport.cli.connecting import connect
from annoport.cli.endings import ExitCode, FailedError
from annoport.cli.options import Settings, own
from annoport.cli.spoken import spoken
from annoport.cli.talk import log_to_stderr, say
from annoport.cli.verb import Verb
from annoport.core.errors import AnnoportError
from annoport.core.values.models import UNSET


def run(
    verb: Verb, arguments: Mapping[str, Any], given: Mapping[str, Any], settings: Settings
) -> None:
    """Make the calls of a command, and write what comes back.

    Args:
        verb: The method.
        arguments: What the method takes, by its own names.
        given: The values of our own options.
        settings: How to connect, write and talk.

    Raises:
        FailedError: Some or all of several calls failed, and that was told.
        click.UsageError: The command line makes no sense.
        AnnoportError: The only call failed.
    """
    if settings.verbose:
        log_to_stderr(requests=settings.verbose > 1)
    arguments = _with_body(verb, arguments, given)
    calls = _calls(verb, arguments)
    if given.get(own("--dry-run")):
        from annoport.cli.dry_run import show

        show(verb, calls, settings)
        return
    _ask(verb, calls, yes=bool(given.get(own("--yes"))))
    with connect(verb.platform, settings) as client:
        method = getattr(getattr(client, verb.resource), verb.method)
        answers = Answers(given, settings)
        _make(verb, method, calls, answers)
        answers.finish()


def _make(verb: Verb, method: Any, calls: list[dict[str, Any]], answers: Answers) -> None:
    """Make the calls; one that fails does not keep the others from being made."""
    answers.several = len(calls) > 1
    failures: list[AnnoportError] = []
    for arguments in calls:
        try:
            answers.take(method(**arguments))
        except KeyboardInterrupt:
            if verb.transfers:
                say("the same command, given again, goes on where this was")
            raise
        except AnnoportError as error:
            if len(calls) == 1:
                raise
            failures.append(error)
            told = spoken(endings.words(error), verb.spoken, verb.platform)
            say(f"{_which(verb, arguments)}: {told}")
    if failures:
        answers.finish()
        say(f"{len(failures)} of {len(calls)} failed")
        partly = len(failures) < len(calls)
        raise FailedError(ExitCode.PARTLY_DONE if partly else endings.code_of(failures[0]))


def _which(verb: Verb, arguments: Mapping[str, Any]) -> str:
    return f"{verb.resource} {arguments.get(verb.several or '', '')}"


def _calls(verb: Verb, arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the arguments of each call: one for each of several ids."""
    if verb.several is None:
        return [dict(arguments)]
    return [{**arguments, verb.several: one} for one in arguments[verb.several]]


def _with_body(
    verb: Verb, arguments: Mapping[str, Any], given: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the arguments with a body, a condition and the wish to see progress."""
    result = dict(arguments)
    settings = given.get(own("--set")) or ()
    if settings and not given.get(own("--quiet")):
        _warn_of_secrets(verb, settings)
    body = read_body(verb.operation, given.get(own("--body")), settings)
    text = given.get(own("--where"))
    if text is not None:
        from annoport.cli.conditions import parse, put

        body = put(verb, result, body, parse(text))
    if body is not UNSET:
        result["body"] = body
    elif verb.needs_body:
        raise click.UsageError("this needs a body: --body JSON, @FILE or -, or --set NAME=VALUE")
    if verb.takes_progress and not given.get(own("--quiet")):
        result["progress"] = True
    return result


def _warn_of_secrets(verb: Verb, settings: Sequence[str]) -> None:
    from annoport.cli.dry_run import secret_fields

    named = {one.partition("=")[0].rpartition(".")[2] for one in settings}
    for name in sorted(named & secret_fields(verb.operation)):
        say(
            f"warning: other users of this machine can see the arguments of a command: put {name} "
            "into --body @FILE, or pipe it into --body -"
        )


def _ask(verb: Verb, calls: list[dict[str, Any]], *, yes: bool) -> None:
    """Ask whether to go on, if the command takes something away."""
    if not verb.deletes:
        return
    named = " ".join(str(one[verb.several]) for one in calls) if verb.several else ""
    ask(f"{verb.summary.rstrip('.')} ({verb.words} {named}".rstrip() + ")", yes=yes)
