"""`annoport job`: going on with a job of a server, in another process and on another day."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from pathlib import Path
from typing import Any, Final

import click

from annoport.cli.bodies import document
from annoport.cli.endings import FailedError, code_of
from annoport.cli.index import Index, platforms
from annoport.cli.kinds import kind_of
from annoport.cli.options import Settings, common_options, option, own, settings_of
from annoport.cli.stdout import write_text
from annoport.cli.talk import log_to_stderr, say
from annoport.cli.writers import writer_for
from annoport.core.errors import JobNeedsInputError

_VERBS: Final = {
    "show": "Show the state of a job.",
    "wait": "Wait until a job has finished, and show its state.",
    "download": "Wait for a job, and download the file that it makes.",
    "cancel": "Cancel a job.",
    "restart": "Run a job again that failed.",
    "log": "Write the log of a job.",
    "answer": "Answer what a job asks.",
}

_IN_PYTHON: Final = "pass on_question= or call answer()"


def wait(job: Any, settings: Settings) -> Any:
    """Wait for a job and return its final state; say how to go on if that is interrupted.

    Args:
        job: The job.
        settings: How to talk.

    Raises:
        JobError: As raised by `Job.wait`.
        FailedError: The job asks something, and that was told.
    """
    from annoport.core.support.progress import show_progress

    def show(one: Any) -> None:
        display.waiting(f"job {one.id}: {one.status}", one.progress)

    with (
        told_how_to_go_on(job, "wait"),
        show_progress(not settings.quiet, f"job {job.id}") as display,
    ):
        return job.wait(on_progress=show)


def download(job: Any, target: str, settings: Settings, overwrite: str = "error") -> Path:
    """Wait for a job, download its file, and return the path.

    Args:
        job: The job.
        target: A file or folder.
        settings: How to talk.
        overwrite: What to do if the file exists already.

    Raises:
        JobError: As raised by `Job.wait`.
        DownloadError: As raised by `Job.download`.
    """
    with told_how_to_go_on(job, f"download --to {target}"):
        path: Path = job.download(target, overwrite=overwrite, progress=not settings.quiet)
    return path


@contextlib.contextmanager
def told_how_to_go_on(job: Any, what: str) -> Generator[None]:
    """Say how to go on with a job, if what is within is interrupted, or the job asks something.

    Args:
        job: The job.
        what: What goes on with it.

    Raises:
        FailedError: The job asks something, and that was told.
    """
    try:
        yield
    except KeyboardInterrupt:
        say(f"the job runs on; this goes on: annoport job {what} {job.to_token()}")
        raise
    except JobNeedsInputError as error:
        answering = f"this answers it: annoport job answer {job.to_token()} --body JSON"
        say(str(error).replace(_IN_PYTHON, answering))
        raise FailedError(code_of(error)) from error


def command() -> click.Command:
    """Return `annoport job` with its commands."""
    group = click.Group(
        "job",
        help="Go on with a job of a server. A command that starts a job prints its token.",
        no_args_is_help=True,
    )
    for verb, text in _VERBS.items():
        group.add_command(_command(verb, text))
    return group


def _command(verb: str, text: str) -> click.Command:
    own_options: list[click.Parameter] = []
    if verb == "download":
        kind = kind_of("Overwrite")
        own_options += [
            option("--to", metavar="TARGET", required=True, help="A file or folder."),
            option(
                "--overwrite",
                type=None if kind is None else kind.type,
                default="error",
                help="What to do if the file exists already.",
            ),
        ]
    if verb == "answer":
        own_options.append(
            option("--body", metavar="JSON|@FILE|-", required=True, help="The answer.")
        )

    def act(token: str, **given: Any) -> None:
        from annoport.cli.connecting import connect
        from annoport.cli.spoken import in_options

        settings = settings_of(given)
        if settings.verbose:
            log_to_stderr(requests=settings.verbose > 1)
        platform, url = _server_of(token)
        with (
            in_options({"overwrite": "--overwrite"}, platform),
            connect(platform, settings, server=url) as client,
        ):
            _act(verb, client.job(token), given, settings)

    token = click.Argument(["token"], metavar="TOKEN")
    return click.Command(
        verb, callback=act, help=text, params=[token, *own_options, *common_options()]
    )


def _act(verb: str, job: Any, given: dict[str, Any], settings: Settings) -> None:
    match verb:
        case "show":
            _write(job.refresh(), settings)
        case "wait":
            _write(wait(job, settings), settings)
        case "download":
            path = download(job, given[own("--to")], settings, given[own("--overwrite")])
            write_text(f"{path}\n")
        case "log":
            write_text(job.log())
        case "answer":
            job.answer(document(given[own("--body")]))
        case _:
            getattr(job, verb)()


def _write(state: Any, settings: Settings) -> None:
    writer = writer_for(settings, one=True)
    writer.rows([state])
    writer.end()


def _server_of(token: str) -> tuple[str, str]:
    """Return the platform that a token names, and the address of the server.

    Raises:
        JobTokenError: The token is damaged.
        click.UsageError: The platform is not installed.
    """
    from annoport.core.jobs.tokens import parse_token

    found = parse_token(token)
    for name in platforms():
        if Index(name).title == found.platform:
            return name, found.url
    raise click.UsageError(f"the job is on {found.platform}, whose package is not installed")
