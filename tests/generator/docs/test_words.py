"""The table of the words of an overlay is that of the schema which overlays are checked against."""

from __future__ import annotations

import json
import re

from generator.docs import words
from generator.paths import SPECS


def test_every_word_has_a_row_that_says_where_it_stands() -> None:
    table = words.expand("# Page\n\n```{words}\n```\n")
    rows = re.findall(r"^\| `([\w-]+)` \| ([a-z, ]+) \| (.+) \|$", table, re.MULTILINE)
    schema = json.loads((SPECS / "extensions.schema.json").read_text(encoding="utf-8"))
    assert [word for word, _, _ in rows] == sorted(schema["properties"])
    said = {word: (places, what) for word, places, what in rows}
    assert said["x-annoport-class"] == (
        "component",
        "The class name of a schema; by default, made from its key.",
    )


def test_a_page_without_the_block_stays_as_it_is() -> None:
    assert words.expand("# Page\n") == "# Page\n"
