"""The reference of a package."""

from __future__ import annotations

import functools

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from generator.docs import packages
from generator.docs.library import Entry
from generator.python import build
from generator.python.package import Package
from tests.generator import sample_spec
from tests.generator.test_hostile_spec import HOSTILE, hostile_spec

_CLIENT = Entry(name="Client", path="annoport_sample.Client", code="annoport_sample.Client()")


@functools.cache
def sample() -> dict[str, str]:
    return packages.files(sample_spec.built(), {"ApiError": "annoport.errors.ApiError"}, _CLIENT)


def _hostile() -> Package:
    return build.build("hostile", hostile_spec(), release=HOSTILE[3])


def test_there_is_a_page_for_each_resource() -> None:
    names = [resource.name for resource in sample_spec.built().resources]
    expected = [f"reference/sample/{name}.md" for name in ("index", "models", *names)]
    assert list(sample()) == expected


def test_an_operation_is_described_in_full() -> None:
    page = sample()["reference/sample/pots.md"]
    for operation in sample_spec.built().operations:
        assert f"(sample.{operation.resource}.{operation.name})=\n## `{operation.name}`" in page
        assert f"client.{operation.resource}.{operation.name}(" in page
        assert f"**Source** `{operation.source}`" in page
        assert f"`operations.{operation.constant}`" in page
    assert "[`ApiError`](#annoport.errors.ApiError): " in page
    assert "(#sample.models.Pot)" in page


def test_a_model_shows_its_fields() -> None:
    page = sample()["reference/sample/models.md"]
    assert "(sample.models.Pot)=\n## `Pot`" in page
    assert "- `lid_size` (`float` or `None`, optional; `lid-size` on the wire)" in page
    assert "- `state` ([`PotState`](#sample.models.PotState))" in page


@pytest.mark.parametrize(
    "page", packages.files(_hostile(), {}, _CLIENT).items(), ids=lambda p: p[0]
)
def test_a_hostile_spec_marks_up_nothing(page: tuple[str, str]) -> None:
    name, text = page
    tokens = list(_flat(MarkdownIt("commonmark").enable("table").parse(text)))
    kinds = {token.type for token in tokens}
    assert not kinds & {"html_block", "html_inline", "image", "hr", "code_block", "blockquote_open"}
    assert not [
        token.info
        for token in tokens
        if token.type == "fence" and token.info not in ("python", "sh", "{toctree}")
    ]
    links = [str(token.attrs["href"]) for token in tokens if token.type == "link_open"]
    assert [link for link in links if not link.startswith("#") and not link.endswith(".md")] == []
    assert name.startswith("reference/hostile/")


def _flat(tokens: list[Token]) -> list[Token]:
    return [each for token in tokens for each in (token, *_flat(token.children or []))]
