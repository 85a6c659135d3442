"""The table of the words of an overlay, made from the schema that overlays are checked against.

A page in docs/ says where it stands:

    ```{words}
    ```
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from generator.docs.markdown import code, prose
from generator.paths import SPECS

_BLOCK = re.compile(r"^```\{words\}\n```$", re.MULTILINE)
_PLACE = " Stands on: "


def expand(text: str) -> str:
    """Return a page with its block replaced by the table."""
    if not _BLOCK.search(text):
        return text
    schema = json.loads((SPECS / "extensions.schema.json").read_text(encoding="utf-8"))
    lines = ["| word | stands on | what it says |", "|---|---|---|", *_rows(schema)]
    return _BLOCK.sub(lambda _: "\n".join(lines), text)


def _rows(schema: Mapping[str, Any]) -> Iterator[str]:
    for word, described in sorted(schema["properties"].items()):
        what, _, places = described["description"].rpartition(_PLACE)
        yield f"| {code(word)} | {prose(places.removesuffix('.'))} | {prose(what)} |"
