"""The pages for those who come from another client leave out none of its names, and invent none.

`coming_from.json` has the names of each, as its modules export them and its classes define them;
`python -m tests.judges names` lists them anew.
"""

from __future__ import annotations

import functools
import importlib
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.docs.named import Names, UnknownNameError
from tests.shared import ROOT

THEIRS: dict[str, Any] = json.loads(
    (ROOT / "tests" / "docs" / "coming_from.json").read_text(encoding="utf-8")
)
_PLATFORMS = {
    "cvat-sdk": "cvat",
    "cvat-sdk-pytorch": "cvat",
    "ecotaxa-py-client": "ecotaxa",
    "pyecotaxa": "ecotaxa",
    "tator": "tator",
}
_SPAN = re.compile(r"`([^`]+)`")
_NO_CODE = re.compile(r'\w+=\S*|annoport [\w ]+|[A-Z_]+|"\w+"')
"""An argument, a command, a variable of the environment, or a word."""


def rows(page: str) -> Iterator[tuple[list[str], list[str]]]:
    """Yield what each row of the tables of a page calls theirs, and what ours."""
    text = (ROOT / "docs" / "coming-from" / f"{page}.md").read_text(encoding="utf-8")
    for line in re.findall(r"^\| (.+) \|$", text, re.MULTILINE):
        theirs, ours = re.split(r"(?<!\\) \| ", line)
        yield _SPAN.findall(theirs), _SPAN.findall(ours.replace("\\|", "|"))


def their_name(span: str) -> str:
    """Return the name that a piece of code on the left side begins with."""
    found = re.match(r"[\w.]+", span)
    return found[0] if found else ""


@pytest.mark.parametrize("page", sorted(_PLATFORMS))
def test_each_name_of_ours_is_there(page: str) -> None:
    names = Names(_PLATFORMS[page])
    wrong: list[str] = []
    checked = 0
    for _, ours in rows(page):
        for span in ours:
            if _NO_CODE.fullmatch(span):
                continue
            checked += 1
            try:
                names.check(span)
            except (UnknownNameError, SyntaxError) as error:
                wrong.append(f"{span}: {error}")
    assert wrong == []
    assert checked > 10


@pytest.mark.parametrize("page", sorted(THEIRS))
def test_each_name_of_theirs_has_a_row(page: str) -> None:
    spans = [their_name(span) for theirs, _ in rows(page) for span in theirs]
    named = {*spans, *(span.partition(".")[0] for span in spans)}  # a member names its class
    assert [name for name in THEIRS[page]["names"] if name not in named] == []


@pytest.mark.parametrize("page", sorted(THEIRS))
def test_the_page_says_what_was_looked_at(page: str) -> None:
    name, version = THEIRS[page]["looked_at"].split(" ")
    text = (ROOT / "docs" / "coming-from" / f"{page}.md").read_text(encoding="utf-8")
    index = (ROOT / "docs" / "coming-from" / "index.md").read_text(encoding="utf-8")
    assert f"{name} {version.removesuffix('.0')}" in text
    assert re.search(
        rf"^\| .*{name.split('-')[0]}.*\({page}\.md\).* \| {version} \|$", index, re.MULTILINE
    )


def test_every_operation_of_cvat_sdk_has_the_same_name_here() -> None:
    wrong: list[str] = []
    for operation in THEIRS["cvat-sdk"]["operations"]:
        group, method = operation.removesuffix("_").split(".")
        resource = re.sub(r"(?<!^)(?=[A-Z])", "_", group.removesuffix("Api")).lower()
        if not hasattr(_resources("cvat").get(resource), method):
            wrong.append(operation)
    assert wrong == []


def test_every_operation_of_ecotaxa_py_client_is_at_a_resource_that_the_page_names() -> None:
    places = {
        their_name(span): re.findall(r"client\.(\w+)", " ".join(ours))
        for theirs, ours in rows("ecotaxa-py-client")
        for span in theirs
    }
    wrong: list[str] = []
    for operation in THEIRS["ecotaxa-py-client"]["operations"]:
        group, method = operation.split(".")
        # Those that have moved have a row of their own.
        if operation not in places and not any(
            hasattr(_resources("ecotaxa")[resource], method) for resource in places[group]
        ):
            wrong.append(operation)
    assert wrong == []


@functools.cache
def _resources(platform: str) -> dict[str, Any]:
    """Return the class of each resource, by its name without the underscore of a keyword."""
    client: type[object] = importlib.import_module(f"annoport_{platform}").Client
    kinds = importlib.import_module(f"annoport_{platform}.resources")
    return {
        name.rstrip("_"): getattr(
            kinds, attribute.func.__annotations__["return"].removeprefix("resources.")
        )
        for name, attribute in vars(client).items()
        if isinstance(attribute, functools.cached_property)
    }
