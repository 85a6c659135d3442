"""What a batch fetches: for each item one call, and a folder for what it brings."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import attrs

from annoport.core import BaseClient, Job
from annoport.core.codec.json import to_builtins
from annoport.core.download.file_names import safe_name
from annoport.core.errors import InvalidArgumentError
from annoport.core.jobs.tokens import is_token, parse_token
from annoport.core.support.notes import key_of
from annoport.core.values.models import UNSET

T = TypeVar("T")

JOB = "job"
"""The call that fetches what a job makes which was started elsewhere."""

_CALL = re.compile(r"job|\w+\.download_\w+")
_OURS = {"target": "to=", "progress": "progress=", "storage_options": "storage_options="}
"""Keywords of a call that `run_exports` gives itself, and its own argument for each."""
_DIGITS = 8


def _as_tuple(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(values)


def _as_dict(values: Mapping[str, Any]) -> dict[str, Any]:
    return dict(values)


def _as_path(name: str) -> str:
    parts = [safe_name(part, "item") for part in name.split("/") if part]
    return "/".join(parts) or "item"


@attrs.frozen
class Item:
    """One export of a batch.

    Example:
        Item("tasks.download_dataset", [42], {"format": "COCO 1.0"}, name="north/dive 42")

    Attributes:
        call: A `download_...` method of a client, such as "tasks.download_dataset"; or "job", for
            a job that is running already.
        arguments: What the method takes before its target, such as the id of a task; for "job",
            the token of the job.
        keywords: Its other arguments, such as `format` or `body`; those that say how to download,
            such as `timeout`, may change between two runs.
        name: The folder for its file, below that of the batch; slashes make folders in folders.
            What no folder may be called is replaced. By default it is made of the call and its
            arguments, such as "tasks-42".
        server: Which client makes the call, if `connect=` of `run_exports` has several.
    """

    call: str
    arguments: Sequence[Any] = attrs.field(default=(), converter=_as_tuple)
    keywords: Mapping[str, Any] = attrs.field(factory=dict[str, Any], converter=_as_dict)
    name: str = attrs.field(default="", kw_only=True)
    server: str = attrs.field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Check it, and give it a name."""
        if not _CALL.fullmatch(self.call):
            raise InvalidArgumentError(
                f"call is {self.call!r}: expected a download_... method of a client, such as "
                "'tasks.download_dataset', or 'job'"
            )
        for name, instead in _OURS.items():
            if name in self.keywords:
                raise InvalidArgumentError(
                    f"keywords of {self.call!r} have {name!r}: pass {instead} to run_exports"
                )
        object.__setattr__(self, "name", _as_path(self.name or self._default_name()))

    def _default_name(self) -> str:
        if self.call == JOB:
            return f"job-{parse_token(str(self.arguments[0])).id}"
        shown = [str(part) for part in self.arguments if isinstance(part, int | str)]
        return "-".join([self.call.partition(".")[0], *(shown or [self.key[:_DIGITS]])])

    @property
    def key(self) -> str:
        """What tells this export from others of the same name: a digest of what is asked for.

        Raises:
            InvalidBodyError: An argument has no JSON form.
        """
        asked = {
            name: value
            for name, value in self.keywords.items()
            if name not in _how() and value is not UNSET
        }
        return key_of(self.server, self.call, to_builtins(self.arguments), to_builtins(asked))


@functools.cache
def _how() -> frozenset[str]:
    """Return the keywords that say how to download, and not what."""
    what = {"operation", "arguments", "body"}
    return frozenset(inspect.signature(BaseClient.download_exports).parameters) - what


def plan(
    things: Iterable[T],
    call: str = JOB,
    *,
    arguments: Callable[[T], Sequence[Any]] | None = None,
    keywords: Mapping[str, Any] | Callable[[T], Mapping[str, Any]] | None = None,
    name: Callable[[T], str] | None = None,
    server: str = "",
) -> list[Item]:
    """Return an item for each of some things, such as all completed tasks of a project.

    Args:
        things: What a list method of a client returns, ids, or anything else; without `call`, jobs
            that were started elsewhere, as `Job` or as what `Job.to_token()` returned.
        call: The `download_...` method to call for each, such as "tasks.download_dataset".
        arguments: Returns what the method takes before its target, for one thing. By default that
            is its `id`, or the thing itself if it is a number or a text.
        keywords: Other arguments of the method; or what returns them, for one thing.
        name: Returns the folder for its file, as `Item.name`.
        server: As `Item.server`.

    Raises:
        InvalidArgumentError: A thing has no id, or is no job.
        AnnoportError: As raised by the list.
    """
    takes = arguments or (_token_of if call == JOB else _id_of)
    items: list[Item] = []
    for thing in things:
        given = keywords(thing) if callable(keywords) else keywords
        named = {} if name is None else {"name": name(thing)}
        items.append(Item(call, takes(thing), given or {}, server=server, **named))
    return items


def _token_of(thing: object) -> tuple[str]:
    if isinstance(thing, Job):
        return (thing.to_token(),)
    if isinstance(thing, str) and is_token(thing):
        return (thing,)
    raise InvalidArgumentError(
        f"{_shown(thing)} is neither a job nor what Job.to_token() returned: to export it, say "
        "with which method, such as call='tasks.download_dataset'"
    )


def _id_of(thing: object) -> tuple[int | str]:
    found = thing if isinstance(thing, int | str) else getattr(thing, "id", None)
    if isinstance(found, int | str):
        return (found,)
    raise InvalidArgumentError(
        f"{_shown(thing)} has no id: pass arguments=, which returns what the method takes before "
        "its target"
    )


def _shown(thing: object) -> str:
    return repr(thing) if isinstance(thing, int | str) else f"a {type(thing).__name__}"
