"""Text of a spec cannot mark up a page."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from generator.docs.markdown import block, code, paragraphs, prose

_HOSTILE = [
    "<script>alert(1)</script>",
    "![picture](https://example.org/a.png)",
    "[words](https://example.org/)",
    "# heading",
    "- item",
    "1. item",
    "> quote",
    "*strong* _weak_ ~~gone~~",
    "a | b",
    "    indented",
    "--- \n+++",
    "&lt; &#60;",
    "{doc}`secret`",
    "% comment",
    "$x$",
    ":::{note}",
    "(label)=",
    "back\\slash",
    "one `open backtick",
]


@pytest.mark.parametrize("text", _HOSTILE)
def test_prose_shows_what_it_was_given(text: str) -> None:
    html = MarkdownIt("commonmark").enable("table").render(prose(text))
    shown = html.removeprefix("<p>").removesuffix("</p>\n")
    plain = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert shown.replace("<code>", "`").replace("</code>", "`").replace("&quot;", '"') == plain


def test_prose_escapes_the_marks_that_only_myst_knows() -> None:
    assert prose("{doc}`x`") == r"\{doc\}`x`"
    assert prose("% no comment") == r"\% no comment"
    assert prose("$x$ (label)= :::{note}") == r"\$x\$ \(label\)\= \:::\{note\}"


def test_code_in_prose_stays_code() -> None:
    assert prose("Set `job_id` to *one*.") == r"Set `job_id` to \*one\*."


@pytest.mark.parametrize("text", ["plain", "a`b", "``", "`a", "b`", "a```b"])
def test_code_holds_any_backticks(text: str) -> None:
    html = MarkdownIt("commonmark").render(code(text))
    assert html == f"<p><code>{text}</code></p>\n"


def test_a_block_holds_a_fence() -> None:
    assert block("a = '''\n```\n'''").startswith("````python\n")


def test_indented_paragraphs_are_code() -> None:
    assert paragraphs("Like this:\n\n    a = 1\n    b = 2\n\nDone.") == (
        "Like this:\n\n```python\na = 1\nb = 2\n```\n\nDone."
    )
