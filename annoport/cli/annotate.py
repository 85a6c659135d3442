"""`annoport <platform> annotate`: a function looks at pictures, and what it finds is written."""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
from collections.abc import Generator, Iterator, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

from annoport.cli.asking import ask
from annoport.cli.connecting import connect, described
from annoport.cli.docstrings import words_of
from annoport.cli.documented import DocumentedCommand
from annoport.cli.endings import FailedError, code_of
from annoport.cli.flow_arguments import arguments_of
from annoport.cli.flows import Flow, call_arguments, looked_up
from annoport.cli.groups import HelpfulGroup
from annoport.cli.index import word
from annoport.cli.options import Settings, common_options, option, own, settings_of
from annoport.cli.spoken import spoken
from annoport.cli.talk import log_to_stderr, say
from annoport.cli.writers import writer_for
from annoport.core.errors import AnnoportError

_APPEND: Final = "append"
_MODES: Final = {_APPEND: "append", "replace": "replace", "replace-auto": "replace_auto"}
_OF_FUNCTION: Final = "raised by function "
"""What the note of an error begins with that the function itself has raised."""


class AnnotateCommands(HelpfulGroup):
    """`annoport <platform> annotate`: a command for each kind of source."""

    def __init__(self, platform: str, settings: MutableMapping[str, Any]) -> None:
        """Take the platform.

        Args:
            platform: The name of the platform.
            settings: The settings of the contexts of all commands.
        """
        self._platform = platform
        super().__init__(
            "annotate",
            help="Let a model look at pictures, and write what it finds.\n\n"
            "The model is a Python module or file: a function in the sense of annoport.functions, "
            "or one that was written for cvat-sdk. Given again after it was broken off, the same "
            "command goes on where it was.",
            no_args_is_help=True,
            context_settings=settings,
        )

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the words for the kinds of sources."""
        return sorted(map(word, sources(self._platform)))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command for a kind of source; None if there is no such kind."""
        found = {word(name): source for name, source in sources(self._platform).items()}
        source = found.get(cmd_name)
        if source is None:
            return None
        return _command(Flow(self._platform, cmd_name, source), self.context_settings)


def sources(platform: str) -> dict[str, Any]:
    """Return the functions that make sources of a platform, by their names; it may have none.

    Args:
        platform: The name of the platform.
    """
    try:
        module = importlib.import_module(f"annoport.{platform}.sources")
    except ModuleNotFoundError:
        return {}
    return {
        name: function
        for name, function in vars(module).items()
        if inspect.isfunction(function)
        and not name.startswith("_")
        and function.__module__ == module.__name__
    }


def _command(source: Flow, settings: MutableMapping[str, Any]) -> click.Command:
    headers = list(described(source.platform).headers)
    arguments = list(arguments_of(source.platform, source.function))
    parameters = [one.parameter() for one in arguments]
    taken = [flag for one in parameters for flag in one.opts]
    about = words_of(source.function).text.partition("\n")[0].removeprefix("Return ")
    return DocumentedCommand(
        source.shown,
        argument_words={one.key: one.help for one in arguments},
        callback=functools.partial(_run, source, headers),
        params=[*parameters, *_options(), *common_options(taken, headers)],
        help=f"Let a model look at {about}",
        short_help=f"Look at {about}",
        context_settings=settings,
    )


def _options() -> Iterator[click.Option]:
    yield option("--function-module", metavar="MODULE", help="The module with the function.")
    yield option(
        "--function-file",
        type=click.Path(exists=True, dir_okay=False),
        help="The Python file with the function.",
    )
    yield option(
        "--parameter",
        "-p",
        multiple=True,
        metavar="NAME=TYPE:VALUE",
        help="An argument of the module's create(), where TYPE is str, int, float or bool.",
    )
    yield option("--threshold", type=float, help="The least score of what is written, 0 to 1.")
    yield option(
        "--mode",
        type=click.Choice(list(_MODES)),
        default=_APPEND,
        show_default=True,
        help="Add to what is there, or put it in place of all annotations, or of those that a "
        "model made.",
    )
    yield option("--polygons", is_flag=True, help="Write outlines in place of masks.")
    yield option(
        "--map",
        multiple=True,
        metavar="LABEL=NAME",
        help="What a label of the function is called on the platform; LABEL= leaves it out.",
    )
    yield option(
        "--allow-unmatched",
        is_flag=True,
        help="Leave out labels, parts and attributes that the platform does not have.",
    )
    yield option(
        "--batch-size",
        type=click.IntRange(min=1),
        default=8,
        show_default=True,
        help="How many pictures the function gets at a time, if it takes several.",
    )
    yield option(
        "--anew", is_flag=True, help="Begin anew, even if the same command was broken off before."
    )
    yield option("--dry-run", is_flag=True, help="Write nothing; only tell what would be.")
    yield option("--yes", "-y", is_flag=True, help="Do not ask.")


# --------------------------------------------------------------------------- run


def _run(source: Flow, headers: list[str], **given: Any) -> None:
    settings = settings_of(given, headers)
    if settings.verbose:
        log_to_stderr(requests=settings.verbose > 1)
    target = _function(given)
    keywords = _keywords(given, settings)
    rehearse: bool = keywords["dry_run"]
    arguments = call_arguments(source, given)
    what = " ".join([source.platform, "annotate", source.shown, *map(str, _places(source, given))])
    if given[own("--mode")] != _APPEND and not rehearse:
        ask(f"Put what the function finds in place of what is there ({what})", yes=_yes(given))
    with _in_words(source, rehearse=rehearse):
        # Before anything is asked for: a module that is not there costs no login.
        from annoport.functions import annotate, load, parse_parameters

        function = load(target, **parse_parameters(given[own("--parameter")]))
        with connect(source.platform, settings) as client:
            found = {name: looked_up(client, value) for name, value in arguments.items()}
            report = annotate(source.function(client, **found), function, **keywords)
    writer = writer_for(settings, one=True)
    writer.rows([_row(report)])
    writer.end()


def _yes(given: Mapping[str, Any]) -> bool:
    return bool(given[own("--yes")])


def _places(source: Flow, given: Mapping[str, Any]) -> Iterator[Any]:
    for one in source.arguments:
        if one.is_place:
            yield given[one.key]


def _function(given: Mapping[str, Any]) -> str | Path:
    """Return the module or the file that the command line names."""
    module, file = given[own("--function-module")], given[own("--function-file")]
    if (module is None) == (file is None):
        raise click.UsageError("one of --function-module and --function-file is needed")
    return Path(file) if module is None else str(module)


def _keywords(given: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    return {
        "mode": _MODES[given[own("--mode")]],
        "threshold": given[own("--threshold")],
        "polygons": given[own("--polygons")],
        "mapping": dict(map(_pair, given[own("--map")])),
        "unmatched": "drop" if given[own("--allow-unmatched")] else "error",
        "batch_size": given[own("--batch-size")],
        "dry_run": given[own("--dry-run")],
        "resume": not given[own("--anew")],
        "progress": not settings.quiet,
    }


def _pair(text: str) -> tuple[str, str | None]:
    label, sign, name = text.partition("=")
    if not (label and sign):
        raise click.UsageError(f"--map {text!r}: expected LABEL=NAME, or LABEL= to leave it out")
    return label, name or None


_SPOKEN: Final = {
    'unmatched="drop"': "--allow-unmatched",
    "a mapping can say": "--map can say",
    "resume=False": "--anew",
    'mode="replace_auto"': "--mode replace-auto",
    'mode="replace"': "--mode replace",
}
"""What messages call arguments of `annotate`, and what these are called here."""


@contextlib.contextmanager
def _in_words(source: Flow, *, rehearse: bool) -> Generator[None]:
    """Say what failed, and how to go on, in the words of the command line."""
    try:
        yield
    except KeyboardInterrupt:
        if not rehearse:
            say("the same command, given again, goes on where this was")
        raise
    except Exception as error:
        notes: Sequence[str] = getattr(error, "__notes__", ())
        about = next((note for note in notes if note.startswith(_OF_FUNCTION)), None)
        place = "" if about is None else f"function {about.removeprefix(_OF_FUNCTION)}: "
        if isinstance(error, AnnoportError):
            say(place + _spoken(str(error), source))
        elif about is not None:
            say(f"{place}{type(error).__name__}: {error} (--debug shows where)")
        else:
            raise
        raise FailedError(code_of(error)) from error


def _spoken(message: str, source: Flow) -> str:
    """Return a message in the words of the command line."""
    for python, shown in _SPOKEN.items():
        message = message.replace(python, shown)
    options = {one.name: f"--{one.shown}" for one in source.arguments}
    return spoken(message, options, source.platform)


def _row(report: Any) -> dict[str, Any]:
    return {
        "frames": report.frames,
        "annotations": report.total,
        "labels": dict(report.annotations),
        "left_out": list(report.dropped),
        "resumed": report.resumed,
        "frames_per_second": round(report.frames_per_second, 1),
        "seconds": round(report.seconds, 1),
        "dry_run": report.dry_run,
    }
