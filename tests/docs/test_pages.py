"""Every public name has its place in the documentation, and every page says something."""

from __future__ import annotations

import fnmatch
import functools
import importlib
import inspect
import posixpath
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from annoport import errors
from generator.docs import library, site
from generator.docs.docstrings import sections
from tests.shared import PLATFORMS

_LEAST = 200
_LABEL = re.compile(r"^\(([\w.]+)\)=$", re.MULTILINE)
_LINK = re.compile(r"\]\(#([\w.]+)\)")
_PAGE_LINK = re.compile(r"\]\(([^)#:\s]+\.(?:md|ipynb))[)#]")
_MODULES = (
    "annoport",
    "annoport.batches",
    "annoport.errors",
    "annoport.functions",
    "annoport.functions.onnx",
    "annoport.functions.torchvision",
    "annoport.testing",
    "annoport.torch",
    "annoport.vision",
    "annoport.cvat",
    "annoport.ecotaxa",
    "annoport.tator",
)
# Modules among the names of another module have a page of their own.
_MODULE_PAGES = ("errors", "masks", "cvat", "ecotaxa", "tator", "testing")


@functools.cache
def pages() -> dict[str, str]:
    """Every page of the site."""
    return site.sources()


@functools.cache
def places() -> Counter[str]:
    """Label -> how often it stands on any page."""
    return Counter(label for text in pages().values() for label in _LABEL.findall(text))


@pytest.mark.parametrize("name", _MODULES)
def test_every_public_name_has_one_place(name: str) -> None:
    names = [each for each in _public(importlib.import_module(name)) if each not in _MODULE_PAGES]
    assert {each: places()[library.label(name, each)] for each in names} == dict.fromkeys(names, 1)


def test_the_page_of_errors_has_every_class_and_says_what_to_do() -> None:
    entries = _entries("reference/errors.md")
    classes = {name for name, value in vars(errors).items() if inspect.isclass(value)}
    assert {entry.name for entry in entries} == classes
    described = {entry.name: entry.docstrings[0].split("\n\n") for entry in entries}
    assert [
        name
        for name, (when, *rest) in described.items()
        if not when.endswith(".") or sum(part.startswith("What to do: ") for part in rest) != 1
    ] == []


def test_public_names_are_found() -> None:
    found = {name: _public(importlib.import_module(name)) for name in _MODULES}
    assert "Job" in found["annoport"]
    assert "ApiError" in found["annoport.errors"]
    assert "serve" in found["annoport.testing"]
    assert {"Converter", "async_upload_media", "fingerprint", "upload_media"} <= {
        *found["annoport.tator"]
    }
    assert "Client" not in found["annoport.tator"]


def test_every_argument_is_described() -> None:
    entries = [entry for page in site.written() for entry in _entries(page)]
    assert entries
    assert [line for entry in entries for line in _undescribed(entry)] == []


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_method_has_one_place(platform: str) -> None:
    methods = list(_methods(platform))
    assert len(methods) >= 100
    assert {each: places()[each] for each in methods} == dict.fromkeys(methods, 1)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_model_has_one_place(platform: str) -> None:
    models = importlib.import_module(f"annoport_{platform}.models")
    names = [f"{platform}.models.{name}" for name in dir(models) if name[0].isupper()]
    assert {each: places()[each] for each in names} == dict.fromkeys(names, 1)


def test_the_page_of_a_resource_begins_with_what_it_is() -> None:
    begin = "\nTasks, which are sets of images or videos to annotate: 23 operations of CVAT. "
    assert begin in pages()["reference/cvat/tasks.md"]


def test_the_page_of_releases_says_what_came_and_what_one_edition_has() -> None:
    page = pages()["reference/versions.md"]
    assert "{releases}" not in page
    (came,) = re.findall(r"^\| 2\.65 \|.*$", page, re.MULTILINE)
    assert "`import_mode` of [`client.tasks.create_annotations`]" in came
    (only,) = re.findall(r"^\| app.cvat.ai only \|.*$", page, re.MULTILINE)
    assert "[`client.functions.list`](#cvat.functions.list)" in only


@pytest.mark.parametrize(
    ("platform", "page"), [("ecotaxa", "ecotaxa-py-client"), ("tator", "tator")]
)
def test_the_table_of_names_has_every_operation(platform: str, page: str) -> None:
    table = pages()[f"coming-from/{page}.md"].rpartition("| theirs | annoport |")[2]
    listed = re.findall(r"^\| `(\w+)` \| \[`client\.(\w+)\.(\w+)`\]", table, re.MULTILINE)
    operations = dir(importlib.import_module(f"annoport_{platform}.operations"))
    assert len(listed) == len([name for name in operations if name.isupper()])
    client = importlib.import_module(f"annoport_{platform}").Client("http://localhost", token="t")
    for theirs, resource, ours in listed:
        methods = getattr(client, resource)
        assert getattr(methods, theirs) == getattr(methods, ours)


def test_no_place_is_described_twice() -> None:
    # Sphinx knows no capitals in labels either.
    folded = Counter(label.lower() for label in places().elements())
    assert [label for label, times in folded.items() if times > 1] == []


def test_links_lead_to_places() -> None:
    missing = {
        f"{name}: {label}"
        for name, text in pages().items()
        for label in _LINK.findall(text)
        if label not in places()
    }
    assert missing == set()


def test_links_to_pages_lead_to_pages() -> None:
    places = {*pages(), *(path.relative_to(site.PAGES).as_posix() for path in _notebooks())}
    missing = {
        f"{name}: {link}"
        for name, text in pages().items()
        for link in _PAGE_LINK.findall(text)
        if posixpath.normpath(posixpath.join(posixpath.dirname(name), link)) not in places
    }
    assert missing == set()


def test_no_page_is_near_empty() -> None:
    assert [name for name, text in pages().items() if len(_words(text)) < _LEAST] == []


def test_every_page_can_be_reached() -> None:
    linked = {
        target
        for name, text in pages().items()
        for pattern in _listed(name, text)
        for target in fnmatch.filter(pages(), pattern)
    }
    assert set(pages()) - linked == {"index.md"}
    listed = {each for name, text in pages().items() for each in _listed(name, text)}
    notebooks = {path.relative_to(site.PAGES).with_suffix(".md") for path in _notebooks()}
    assert notebooks
    assert {path.as_posix() for path in notebooks} <= listed


def _notebooks() -> list[Path]:
    return list(site.PAGES.rglob("*.ipynb"))


def _entries(page: str) -> list[library.Entry]:
    """What a hand-written page describes."""
    return [library.entry(module, name) for module, name in library.places(site.written()[page])]


def _public(module: ModuleType) -> list[str]:
    """What a module offers: its `__all__`, else the functions and classes that it defines."""
    listed: list[str] | None = getattr(module, "__all__", None)
    if listed is not None:
        return listed
    # What `annoport.tator` shows of the generated package has its place there.
    own = (module.__name__, module.__name__.replace("annoport.", "annoport.core."))
    values = {name: getattr(module, name) for name in dir(module) if not name.startswith("_")}
    return [
        name
        for name, value in values.items()
        if (inspect.isclass(value) or inspect.isfunction(value))
        and value.__module__.startswith(own)
    ]


def _undescribed(entry: library.Entry) -> Iterator[str]:
    """The arguments of a name and of its members that no docstring explains, or that are gone."""
    if entry.signature is not None:
        parts = [section for text in entry.docstrings for section in sections(text)]
        arguments = {name for part in parts if part.kind == "arguments" for name, _ in part.items}
        attributes = {name for part in parts if part.kind == "attributes" for name, _ in part.items}
        taken = set(entry.signature.annotations)
        wrong = (taken - arguments - attributes) | (arguments - taken)
        yield from (f"{entry.path}: {name}" for name in sorted(wrong))
    for member in () if entry.twin else entry.members:
        yield from _undescribed(member)


def _methods(platform: str) -> Iterator[str]:
    client: type[object] = importlib.import_module(f"annoport_{platform}").Client
    resources = importlib.import_module(f"annoport_{platform}.resources")
    for name, attribute in vars(client).items():
        if isinstance(attribute, functools.cached_property):
            kind = attribute.func.__annotations__["return"].removeprefix("resources.")
            resource: type[object] = getattr(resources, kind)
            for method, function in vars(resource).items():
                # An alias has the place of its method.
                if not method.startswith("_") and function.__name__ == method:
                    yield f"{platform}.{name}.{method}"


def _words(text: str) -> str:
    without = re.sub(r"^```\{toctree\}.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return " ".join(_LABEL.sub("", without).split())


def _listed(name: str, text: str) -> Iterator[str]:
    """The pages that a page lists in its tree, as patterns."""
    folder = name.rpartition("/")[0]
    for tree in re.findall(r"^```\{toctree\}(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        for line in tree.split():
            if not line.startswith(":"):
                yield f"{folder}/{line}.md" if folder else f"{line}.md"
