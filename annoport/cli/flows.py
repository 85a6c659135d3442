"""The functions of a platform that take several requests, as commands: `annoport cvat create-task`.

Its arguments are read from the signature of the function, as those of methods are.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import re
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, Final

import click

from annoport.cli import kinds
from annoport.cli.answers import Answers
from annoport.cli.asking import ask
from annoport.cli.bodies import document
from annoport.cli.conditions import parse
from annoport.cli.connecting import connect, described
from annoport.cli.docstrings import words_of
from annoport.cli.flow_names import flow_module, flow_names
from annoport.cli.index import word
from annoport.cli.options import common_options, option, own, settings_of
from annoport.cli.talk import log_to_stderr
from annoport.core.values.type_guards import is_array, is_list, is_mapping

_ARGUMENT: Final = "arg_"
_UNSAID: Final = ("Callable[", "ProgressOption", "Answer", "Job[", "Selection")
_MANY: Final = ("Sequence[", "Iterable[", "Collection[")
_MODEL: Final = re.compile(r"\bmodels\.(\w+)")


def flows(platform: str) -> dict[str, str]:
    """Return what each flow does that a command line can say, by its word.

    Args:
        platform: The name of the platform.
    """
    module = flow_module(platform)
    found = {name: getattr(module, name) for name in flow_names(platform)}
    return {
        word(name): words_of(function).text.partition("\n")[0]
        for name, function in found.items()
        if _can_be_said(function)
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
    name = next((one for one in flow_names(platform) if word(one) == shown), None)
    function = None if name is None else getattr(flow_module(platform), name)
    if function is None or not _can_be_said(function):
        return None
    headers = list(described(platform).headers)
    words = words_of(function)
    arguments = list(_arguments(function, words.arguments))
    taken = [flag for one in arguments for flag in one.opts]
    asks = [option("--yes", "-y", is_flag=True, help="Do not ask.")] if _deletes(shown) else []
    return click.Command(
        shown,
        callback=functools.partial(_run, platform, function, headers, shown),
        params=[*arguments, *asks, *common_options(taken, headers)],
        help=words.text,
        context_settings=settings,
    )


def _deletes(shown: str) -> bool:
    return shown.startswith("delete")


# --------------------------------------------------------------------------- arguments


def _parameters(function: Any) -> Iterator[tuple[str, inspect.Parameter]]:
    """Yield what a flow takes beside the client, and a command line can say."""
    for name, one in inspect.signature(function).parameters.items():
        if name != "client" and not any(part in str(one.annotation) for part in _UNSAID):
            yield name, one


def _can_be_said(function: Any) -> bool:
    """Whether each argument that a flow needs has words, and what it returns too."""
    signature = inspect.signature(function)
    said = dict(_parameters(function))
    needed = [name for name, one in signature.parameters.items() if one.default is one.empty]
    for name in needed:
        if name == "client":
            continue
        if name not in said or all(
            part.startswith("models.") for part in kinds.alternatives(str(said[name].annotation))
        ):
            return False
    return "Image" not in str(signature.return_annotation)


def _arguments(function: Any, docs: Mapping[str, str]) -> Iterator[click.Parameter]:
    for name, one in _parameters(function):
        annotation = str(one.annotation)
        needed = one.default is inspect.Parameter.empty
        many = any(part in annotation for part in _MANY) and "Filter" not in annotation
        kind = _simple_kind(annotation)
        type_ = kind.type if kind is not None else Given(annotation, many=many)
        if one.kind is not inspect.Parameter.KEYWORD_ONLY:
            yield click.Argument(
                [_ARGUMENT + name],
                type=type_,
                nargs=-1 if many else 1,
                required=needed,
                metavar=word(name).upper() + ("..." if many else ""),
            )
        elif kind is not None and kind.flag:
            flags = f"--{word(name)}/--no-{word(name)}"
            yield click.Option([flags, _ARGUMENT + name], default=None, help=docs.get(name, ""))
        else:
            yield click.Option(
                [f"--{word(name)}", _ARGUMENT + name],
                type=type_,
                multiple=many,
                required=needed,
                help=docs.get(name, ""),
            )


def _simple_kind(annotation: str) -> kinds.Kind | None:
    """Return how a flag, a number or a choice is given; None for anything else."""
    parts = [one for one in kinds.alternatives(annotation) if one not in {"None", "Unset"}]
    simple = len(parts) == 1 and (
        parts[0] in {"bool", "int", "float", "Overwrite"} or parts[0].startswith("Literal[")
    )
    return kinds.kind_of(annotation) if simple else None


class Given(click.ParamType[Any]):
    """Anything else: text, a number, JSON, `@` and a file with JSON, or a condition."""

    name = "value"

    def __init__(self, annotation: str, *, many: bool) -> None:
        """Take what the argument is.

        Args:
            annotation: The source of its annotation.
            many: Whether it is one of several.
        """
        self._annotation = annotation
        self._text = any(one in annotation for one in ("PathLike", "FileSource"))
        self._number = "int" in annotation or "Like" in annotation
        self._condition = "Filter" in annotation
        self._many = many

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return what a text means for this argument."""
        if not isinstance(value, str) or self._text:
            return value
        if value.startswith(("{", "[", "@")) and "FileSource" not in self._annotation:
            return document(value)
        if self._condition:
            return parse(value)
        return int(value) if self._number and re.fullmatch(r"\d+", value) else value


def _several(annotation: str, values: Any) -> Any:
    """Return several values, where one that is a list stands for its items.

    Where one thing is what is usual, as in `Name | Sequence[str]`, a single value is that.
    """
    first = next(iter(kinds.alternatives(annotation)))
    if len(values) == 1 and not is_list(values[0]) and not first.startswith(_MANY):
        return values[0]
    result: list[Any] = []
    for value in values:
        if is_list(value):
            result += value
        else:
            result.append(value)
    return result


def _as_model(platform: str, annotation: str, value: Any) -> Any:
    """Return a JSON object as the model that a flow takes, unless it takes plain dicts."""
    found = _MODEL.search(annotation)
    if not is_mapping(value) or found is None or "Mapping[" in annotation:
        return value
    from annoport.convert import from_json, to_json

    models = importlib.import_module(f"annoport_{platform}.models")
    return from_json(to_json(value), getattr(models, found[1]))


# --------------------------------------------------------------------------- run


def _run(platform: str, function: Any, headers: list[str], shown: str, **given: Any) -> None:
    settings = settings_of(given, headers)
    if settings.verbose:
        log_to_stderr(requests=settings.verbose > 1)
    places: list[Any] = []
    keywords: dict[str, Any] = {}
    parameters = inspect.signature(function).parameters
    for name, one in parameters.items():
        value = given.get(_ARGUMENT + name)
        if value is None or value == ():
            continue
        annotation = str(one.annotation)
        value = _several(annotation, value) if is_array(value) else value
        value = _as_model(platform, annotation, value)
        if one.kind is inspect.Parameter.KEYWORD_ONLY:
            keywords[name] = value
        else:
            places.append(value)
    if "progress" in parameters and not settings.quiet:
        keywords["progress"] = True
    if _deletes(shown):
        ask(f"{platform} {shown} {' '.join(map(str, places))}", yes=bool(given.get(own("--yes"))))
    with connect(platform, settings) as client:
        answers = Answers(given, settings)
        answers.take(function(client, *places, **keywords))
        answers.finish()
