"""Descriptions of the hand-written layer."""

from __future__ import annotations

import pytest

from annoport import errors
from generator.docs import library
from generator.errors import GeneratorError

_PAGE = "# Jobs\n\n```{api} annoport\nJob\nwait_all\n```\n\nMore.\n"


def test_a_block_names_places() -> None:
    assert list(library.places(_PAGE)) == [("annoport", "Job"), ("annoport", "wait_all")]


def test_a_block_becomes_a_description() -> None:
    text = library.expand(_PAGE, library.labels({"jobs.md": _PAGE}))
    assert text.startswith("# Jobs\n\n(annoport.Job)=\n## `Job`\n")
    assert "(annoport.Job.wait)=\n### `wait`" in text
    assert "(annoport.wait_all)=\n## `wait_all`" in text
    assert text.endswith("\n\nMore.\n")


def test_a_name_that_is_gone_is_told() -> None:
    with pytest.raises(GeneratorError, match="annoport has no public name 'Jobb'"):
        library.entry("annoport", "Jobb")


def test_an_attrs_class_is_shown_as_it_is_made() -> None:
    entry = library.entry("annoport", "Timeouts")
    assert "connect: float | None = 10.0" in entry.code
    assert library.entry("annoport", "ClientOptions").code.startswith("annoport.")


def test_an_attrs_class_has_the_attributes_of_its_bases_too() -> None:
    entry = library.entry("annoport.vision", "Box")
    assert "    left: float,\n" in entry.code
    assert "    rotation: float = 0.0,\n" in entry.code
    assert "    attributes: Mapping[str, Value] = ...,\n" in entry.code
    described = "".join(entry.docstrings)
    assert all(f"    {name}: " in described for name in ("left", "occluded", "label"))


def test_what_a_client_makes_shows_no_constructor() -> None:
    assert library.entry("annoport", "Pager").code.startswith("class annoport.")


def test_an_error_shows_what_it_derives_from() -> None:
    entry = library.entry("annoport.errors", errors.NotFoundError.__name__)
    assert entry.code == "class annoport.errors.NotFoundError(ApiError)"


def test_an_async_class_refers_to_its_twin() -> None:
    page = "```{api} annoport\nJob\nAsyncJob\n```\n"
    text = library.expand(page, library.labels({"jobs.md": page}))
    assert "As [`Job`](#annoport.Job), for asyncio and trio" in text
    assert "- `async AsyncJob.wait(" in text


def test_a_context_manager_returns_one() -> None:
    members = {member.name: member for member in library.entry("annoport", "BaseClient").members}
    assert members["stream"].code.endswith("-> AbstractContextManager[StreamedResponse]")


def test_overloads_stand_below_each_other() -> None:
    assert library.entry("annoport.testing", "serve").code.count('Literal["cvat"]') == 1


def test_what_a_public_base_has_is_described_there() -> None:
    entry = library.entry("annoport", "RemoteUrl")
    assert entry.bases == ("RemoteFile",)
    assert "download" not in [member.name for member in entry.members]


def test_a_default_is_shown_as_its_figure() -> None:
    members = {member.name: member for member in library.entry("annoport", "RemoteFile").members}
    assert "attempts: int = 5," in members["download"].code


def test_a_method_of_all_errors_is_described_once() -> None:
    base = library.entry("annoport.errors", "AnnoportError")
    other = library.entry("annoport.errors", "UploadError")
    assert [member.name for member in base.members] == ["doubt"]
    assert other.members == ()
