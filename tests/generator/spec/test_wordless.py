"""What has no words of ours is printed as an overlay to fill in."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from generator import documents
from generator.__main__ import main
from generator.spec import effective, overlay, wordless
from tests.generator.sample_spec import SPEC


def _filled(found: dict[str, Any]) -> dict[str, Any]:
    """Return the overlay as a maintainer would fill it in."""
    filled = copy.deepcopy(found)
    for action in filled["actions"]:
        action["update"] = dict.fromkeys(action["update"], "Words.")
    return filled


def test_every_place_is_listed_and_can_be_filled_in() -> None:
    spec = copy.deepcopy(SPEC)
    shared = {"name": "it's", "in": "header", "schema": {"type": "string"}}
    spec["paths"]["/pots"]["parameters"] = [shared, {"$ref": "#/components/parameters/Zone"}]
    spec["components"]["parameters"] = {"Zone": {"name": "zone", "in": "query", "schema": {}}}
    spec["components"]["schemas"]["Cook"]["description"] = "Who cooks."
    found = wordless.overlay_to_fill("sample", spec)
    assert [(action["target"], action["update"]) for action in found["actions"]] == [
        ("$.paths['/pots'].get", {"summary": ""}),
        ("$.paths['/pots'].post", {"summary": ""}),
        ("$.paths['/pots/{id}'].get", {"summary": ""}),
        (r"$.paths['/pots'].parameters[?@.name=='it\'s' && @.in=='header']", {"description": ""}),
        ("$.paths['/pots'].get.parameters[?@.name=='page' && @.in=='query']", {"description": ""}),
        (
            "$.paths['/pots'].get.parameters[?@.name=='page-size' && @.in=='query']",
            {"description": ""},
        ),
        (
            "$.paths['/pots/{id}'].get.parameters[?@.name=='id' && @.in=='path']",
            {"description": ""},
        ),
        ("$.components.parameters['Zone']", {"description": ""}),
        ("$.components.schemas['Pot']", {"description": ""}),
        ("$.components.schemas['PotState']", {"description": ""}),
        ("$.components.schemas['Pots']", {"description": ""}),
    ]
    worded = overlay.apply(spec, _filled(found), origin="test")
    assert wordless.overlay_to_fill("sample", worded)["actions"] == []


@pytest.mark.parametrize("platform", effective.platforms())
def test_our_platforms_have_words_for_everything(
    capsys: pytest.CaptureFixture[str], platform: str
) -> None:
    assert main(["lint", "--words", platform]) == 0
    printed = capsys.readouterr().out
    assert printed == f"# {platform}: no operations, parameters and models without words\n"


def test_what_is_printed_is_an_overlay() -> None:
    found = wordless.overlay_to_fill("sample", SPEC)
    parsed = documents.parse(documents.dump(found), origin="test")
    assert overlay.actions(parsed, origin="test") == found["actions"]
