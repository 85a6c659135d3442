"""The functions of a platform that take several requests, as commands: `annoport cvat create-task`.

Its arguments are read from the signature of the function, as those of methods are.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs
import click

from annoport.cli.answers import Answers
from annoport.cli.asking import ask
from annoport.cli.bodies import put_fields
from annoport.cli.connecting import connect, described
from annoport.cli.docstrings import words_of
from annoport.cli.documented import DocumentedCommand
from annoport.cli.flow_arguments import FlowArgument, arguments_of, can_be_said
from annoport.cli.flow_names import flow_module, flow_words
from annoport.cli.flow_values import Reference, as_models, body_model, joined
from annoport.cli.options import Settings, common_options, option, own, settings_of
from annoport.cli.pictures import save_pictures
from annoport.cli.spoken import in_options, spoken
from annoport.cli.talk import log_to_stderr, say
from annoport.core.values.type_guards import is_array

_READING: Final = frozenset(
    {
        *("check_bundle", "download_attachments", "download_images", "download_media"),
        *("download_section", "frames", "objects_table", "save_frames", "state_images"),
        *("storage_files", "taxa_named"),
    }
)
"""Flows that change nothing on the server."""
_REPLACING: Final = "replace"
_TAKING: Final = ("cleanup", "delete")
"""Arguments that take something away if they are given."""


def flows(platform: str) -> dict[str, str]:
    """Return what each flow does that a command line can say, by its word.

    Args:
        platform: The name of the platform.
    """
    module = flow_module(platform)
    found = {shown: getattr(module, name) for shown, name in flow_words(platform).items()}
    return {
        shown: Flow(platform, shown, function).about.partition("\n")[0]
        for shown, function in found.items()
        if can_be_said(function)
    }


def flow_command(
    platform: str, shown: str, settings: MutableMapping[str, Any]
) -> click.Command | None:
    """Return the command of a flow; None if there is no such.

    Args:
        platform: The name of the platform.
        shown: Its word on the command line.
        settings: The settings of the contexts of all commands.
    """
    flow = Flow.find(platform, shown)
    if flow is None:
        return None
    headers = list(described(platform).headers)
    parameters = [one.parameter() for one in flow.arguments]
    taken = [flag for one in parameters for flag in one.opts]
    return DocumentedCommand(
        shown,
        argument_words={one.key: one.help for one in flow.arguments},
        callback=functools.partial(_run, flow, headers),
        params=[*parameters, *_own_options(flow), *common_options(taken, headers)],
        help=flow.about,
        context_settings=settings,
    )


@attrs.frozen
class Flow:
    """A flow, and how a command line says it.

    Attributes:
        platform: The name of the platform.
        shown: Its word on the command line.
        function: The function.
    """

    platform: str
    shown: str
    function: Any

    @classmethod
    def find(cls, platform: str, shown: str) -> Flow | None:
        """Return the flow that a word stands for; None if there is none that can be said.

        Args:
            platform: The name of the platform.
            shown: The word.
        """
        name = flow_words(platform).get(shown)
        function = None if name is None else getattr(flow_module(platform), name)
        if function is None or not can_be_said(function):
            return None
        return cls(platform, shown, function)

    @property
    def words(self) -> Any:
        """What its docstring says."""
        return words_of(self.function)

    @property
    def about(self) -> str:
        """What it does, in words that have no other meaning on a command line."""
        paragraphs: list[str] = self.words.text.split("\n\n")
        text = "\n\n".join(one for one in paragraphs if not one.startswith("Uses:"))
        if self.is_plan:  # which a command carries out
            return re.sub(r"^Return a plan that exports (.*?), for .*", r"Export \1.", text)
        return re.sub(r"^(Yield|Return) ", "Write " if not self.makes_pictures else "Save ", text)

    @property
    def arguments(self) -> list[FlowArgument]:
        """What it takes, besides the client."""
        selecting = getattr(flow_module(self.platform), "where", None)
        return list(arguments_of(self.platform, self.function, selecting))

    @property
    def returned(self) -> str:
        """The source of what it returns."""
        return str(inspect.signature(self.function).return_annotation)

    @property
    def asks(self) -> bool:
        """Whether it uses a client."""
        return "client" in inspect.signature(self.function).parameters

    @property
    def changes(self) -> bool:
        """Whether it may change something on the server."""
        return self.function.__name__ not in _READING

    @property
    def goes_on(self) -> bool:
        """Whether it goes on where it was, if it is called again after an interrupt."""
        said = r"\brun again\b|\bsame call (is made again|goes on)\b"
        return re.search(said, " ".join(self.words.text.split()), re.IGNORECASE) is not None

    @property
    def is_plan(self) -> bool:
        """Whether it returns a plan for a batch."""
        return self.returned == "list[Item]"

    @property
    def makes_pictures(self) -> bool:
        """Whether it returns pictures."""
        return "Image" in self.returned

    @property
    def may_take_away(self) -> bool:
        """Whether it can take away what cannot be brought back."""
        return self.shown.startswith("delete") or any(
            one.name in _TAKING or _may_replace(one) for one in self.arguments
        )

    def takes_away(self, given: Mapping[str, Any]) -> bool:
        """Whether it takes away what cannot be brought back.

        Args:
            given: The arguments of the call, by their names in Python.
        """
        return self.shown.startswith("delete") or any(
            bool(given.get(one.name))
            if one.name in _TAKING
            else _may_replace(one) and given.get(one.name, one.default) == _REPLACING
            for one in self.arguments
        )


def _may_replace(argument: FlowArgument) -> bool:
    """Whether it can say that what is on the server is replaced; local files are another matter."""
    return f"'{_REPLACING}'" in argument.annotation.replace('"', "'")


def _own_options(flow: Flow) -> list[click.Option]:
    found: list[click.Option] = []
    for one in flow.arguments:
        if one.takes_settings:
            said = f"A setting of {one.shown.upper()} besides its name; several times."
            found.append(option("--set", multiple=True, metavar="NAME=VALUE", help=said))
    if flow.is_plan:
        from annoport.cli.exports import plan_options

        found += plan_options()
    if flow.makes_pictures:
        found.append(option("--to", required=True, metavar="FOLDER", help="Where the files go."))
    if flow.returned.startswith("Job["):
        found.append(option("--wait", is_flag=True, help="Wait until the job has finished."))
    if flow.changes:
        found.append(option("--dry-run", is_flag=True, help="Only show what would be done first."))
    if flow.may_take_away:
        found.append(option("--yes", "-y", is_flag=True, help="Do not ask."))
    return found


# --------------------------------------------------------------------------- run


def _run(flow: Flow, headers: list[str], **given: Any) -> None:
    settings = settings_of(given, headers)
    if settings.verbose:
        log_to_stderr(requests=settings.verbose > 1)
    arguments = call_arguments(flow, given)
    if "progress" in inspect.signature(flow.function).parameters and not settings.quiet:
        arguments["progress"] = True
    rehearse = bool(given.get(own("--dry-run")))
    if flow.takes_away(arguments) and not rehearse:
        ask(_question(flow, arguments), yes=bool(given.get(own("--yes"))))
    options: dict[str, str | None] = {"overwrite": None}
    options |= {one.name: f"--{one.shown}" for one in flow.arguments if not one.is_place}
    try:
        with in_options(options, flow.platform):
            _call(flow, arguments, given, settings, options, rehearse=rehearse)
    except KeyboardInterrupt as stopped:
        for note in getattr(stopped, "__notes__", []):
            say(spoken(note.replace("call", "command"), options, flow.platform))
        if flow.goes_on:
            say("the same command, given again, goes on where this was")
        raise


def call_arguments(flow: Flow, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a call, by their names in Python.

    Args:
        flow: What is called.
        given: The values that click read.
    """
    found: dict[str, Any] = {}
    selection: dict[str, Any] = {}
    for one in flow.arguments:
        value = given.get(one.key)
        if value is None or value == ():
            continue
        value = joined(one.annotation, tuple(value)) if one.is_many else value
        if one.takes_settings and given.get(own("--set")):
            value = _with_settings(flow.platform, one, value, given[own("--set")])
        value = as_models(flow.platform, one.annotation, value)
        (selection if one.selects else found)[one.name] = value
    if any(one.selects for one in flow.arguments):
        found["selection"] = flow_module(flow.platform).where(**selection)
    return found


def _with_settings(
    platform: str, argument: FlowArgument, value: Any, settings: Sequence[str]
) -> dict[str, Any]:
    """Return a name, or an object, with more settings."""
    fields = {"name": value} if isinstance(value, str) else dict(value)
    put_fields(fields, [body_model(platform, argument.annotation)], settings)
    return fields


def _question(flow: Flow, arguments: Mapping[str, Any]) -> str:
    places = [one for one in flow.arguments if one.is_place and one.name in arguments]
    said = " ".join(_shown(arguments[one.name]) for one in places)
    summary = flow.about.partition("\n")[0].rstrip(".:")
    return f"{summary} ({flow.platform} {flow.shown} {said}".rstrip() + ")"


def _shown(value: Any) -> str:
    return " ".join(map(str, value)) if is_array(value) else str(value)


def _call(
    flow: Flow,
    arguments: dict[str, Any],
    given: Mapping[str, Any],
    settings: Settings,
    options: Mapping[str, str | None],
    *,
    rehearse: bool,
) -> None:
    if flow.is_plan:
        from annoport.cli.exports import run_plan

        items = flow.function(**arguments)
        run_plan(flow.platform, items, given, settings, options, rehearse=rehearse)
        return
    answers = Answers(given, settings)
    if not flow.asks:
        answers.take(flow.function(**arguments))
        answers.finish()
        return
    if rehearse:
        from annoport.cli.rehearsal import rehearsed

        with rehearsed(flow.platform, settings) as client:
            _with_client(flow, client, arguments, given, answers)
            say("this changes nothing")
        return
    with connect(flow.platform, settings) as client:
        _with_client(flow, client, arguments, given, answers)


def _with_client(
    flow: Flow, client: Any, arguments: dict[str, Any], given: Mapping[str, Any], answers: Answers
) -> None:
    found = {name: looked_up(client, value) for name, value in arguments.items()}
    answer = flow.function(client, **found)
    if flow.makes_pictures:
        for path in save_pictures(answer, Path(given[own("--to")]), found.get("frames")):
            answers.take(path)
    else:
        answers.take(answer)
    answers.finish()


def looked_up(client: Any, value: Any) -> Any:
    """Return the model that a reference stands for; anything else as it is.

    Args:
        client: The client to ask with.
        value: The value of an argument.
    """
    if is_array(value):
        return [looked_up(client, one) for one in value]
    return value.look_up(client) if isinstance(value, Reference) else value
