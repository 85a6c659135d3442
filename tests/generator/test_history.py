"""Since when servers know what the contract names."""

from __future__ import annotations

import copy
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from generator import documents, history
from generator.errors import GeneratorError
from generator.history import Mark
from generator.output.render import files
from generator.spec import effective, version_notes
from tests.generator import flat_diff, sample_spec
from tests.shared import PLATFORMS, SHARED, needs_shared

Spec = dict[str, Any]
COLOUR: Spec = {"name": "colour", "in": "query", "schema": {"type": "string"}}


def spec(version: str) -> Spec:
    result: Spec = copy.deepcopy(sample_spec.SPEC)
    result["info"]["version"] = version
    return result


def marks(*releases: Spec, effective_spec: Spec | None = None) -> set[Mark]:
    read = [history.read(release["info"]["version"], release) for release in releases]
    return set(history.compute(read, effective_spec or releases[-1]))


def test_what_was_always_there_has_no_mark() -> None:
    assert marks(spec("1.0.0"), spec("1.1.0"), spec("1.2.0")) == set()


def test_what_came() -> None:
    first, second, third = spec("1.0.0"), spec("1.1.0"), spec("1.2.3")
    for release in (second, third):
        release["paths"]["/pots"]["get"]["parameters"].append(COLOUR)
    third["components"]["schemas"]["Pot"]["properties"]["size"] = {"type": "integer"}
    third["paths"]["/lids"] = {"get": {"operationId": "lids", "responses": {"200": {}}}}
    assert marks(first, second, third) == {
        Mark(
            target="$.paths['/pots'].get.parameters[?@.name=='colour' && @.in=='query']",
            keyword="x-annoport-since",
            release="1.1",
        ),
        Mark(
            target="$.components.schemas['Pot'].properties['size']",
            keyword="x-annoport-since",
            release="1.2.3",
        ),
        Mark(target="$.paths['/lids'].get", keyword="x-annoport-since", release="1.2.3"),
    }


def test_what_is_in_a_new_thing_has_no_mark_of_its_own() -> None:
    first, second = spec("1.0.0"), spec("1.1.0")
    second["paths"]["/lids"] = {
        "get": {"operationId": "lids", "parameters": [COLOUR], "responses": {"200": {}}}
    }
    second["components"]["schemas"]["Lid"] = {"properties": {"size": {"type": "integer"}}}
    assert marks(first, second) == {
        Mark(target="$.paths['/lids'].get", keyword="x-annoport-since", release="1.1")
    }


def test_what_went_and_is_kept_by_the_overlay() -> None:
    first, second, third = spec("1.0.0"), spec("1.1.0"), spec("1.2.0")
    for release in (first, second):
        release["components"]["schemas"]["Pot"]["properties"]["size"] = {"type": "integer"}
    target = "$.components.schemas['Pot'].properties['size']"
    kept = copy.deepcopy(second)
    assert marks(first, second, third, effective_spec=kept) == {
        Mark(target=target, keyword="x-annoport-removed", release="1.2")
    }
    # What the overlay already says is not repeated.
    kept["components"]["schemas"]["Pot"]["properties"]["size"]["x-annoport-removed"] = "1.2"
    assert marks(first, second, third, effective_spec=kept) == set()


def test_what_came_back_counts_from_then() -> None:
    releases = [spec(f"1.{number}.0") for number in range(4)]
    for number in (0, 1, 3):
        releases[number]["paths"]["/pots"]["get"]["parameters"].append(COLOUR)
    assert {mark.release for mark in marks(*releases)} == {"1.3"}


def test_other_names_of_path_parameters_and_moved_ids_are_no_news() -> None:
    first, second = spec("1.0.0"), spec("1.1.0")
    item = first["paths"].pop("/pots/{id}")
    item["get"]["parameters"] = [copy.deepcopy(item["get"]["parameters"][0]) | {"name": "pk"}]
    item["get"]["operationId"] = "pots_get"
    first["paths"]["/pots/{pk}"] = item
    assert marks(first, second) == set()


def test_a_field_that_is_a_reference_has_a_mark() -> None:
    first, second = spec("1.0.0"), spec("1.1.0")
    reference = {"$ref": "#/components/schemas/Cook"}
    second["components"]["schemas"]["Pot"]["properties"]["owner"] = reference
    assert marks(first, second) == {
        Mark(
            target="$.components.schemas['Pot'].properties['owner']",
            keyword="x-annoport-since",
            release="1.1",
        )
    }


def test_an_update_extends_the_history() -> None:
    first, second = spec("1.0.0"), spec("1.1.0")
    for release in (first, second):
        release["paths"]["/pots"]["get"]["parameters"].append(COLOUR)
    second["components"]["schemas"]["Pot"]["properties"]["size"] = {"type": "integer"}
    older = Mark(
        target="$.paths['/pots'].get.parameters[?@.name=='colour' && @.in=='query']",
        keyword="x-annoport-since",
        release="0.9",
    )
    gone = Mark(target="$.paths['/gone'].get", keyword="x-annoport-since", release="0.8")
    extended = history.extended(
        [older, gone], history.read("1.0.0", first), history.read("1.1.0", second), second
    )
    size = Mark(
        target="$.components.schemas['Pot'].properties['size']",
        keyword="x-annoport-since",
        release="1.1",
    )
    assert extended == [older, size]


def test_docs_say_it() -> None:
    marked = spec("1.0.0")
    pot = marked["components"]["schemas"]["Pot"]["properties"]
    pot["lid-size"] |= {"description": "How wide the lid is.", "x-annoport-since": "2.48"}
    marked["paths"]["/pots"]["get"]["parameters"][0]["x-annoport-removed"] = "2.61"
    text = "".join(files(sample_spec.built(marked)).values())
    assert "How wide the lid is. Sample 2.48 and later." in text
    assert "page: Removed in Sample 2.61." in text
    assert "x-annoport-since" in pot["lid-size"]


def test_marks_make_no_new_classes() -> None:
    plain, marked = spec("1.0.0"), spec("1.0.0")
    choice = {"type": "string", "enum": ["round", "square"]}
    for release in (plain, marked):
        for name in ("Pot", "Cook"):
            field = release["components"]["schemas"][name]["properties"]
            field["shape"] = dict(choice)
    marked["components"]["schemas"]["Cook"]["properties"]["shape"]["x-annoport-since"] = "2"
    one, other = (
        sorted(module.name for module in sample_spec.built(item).modules)
        for item in (plain, marked)
    )
    assert one == other


def test_described_leaves_its_input_alone() -> None:
    marked = spec("1.0.0")
    marked["components"]["schemas"]["Pot"]["properties"]["id"]["x-annoport-since"] = "2"
    before = copy.deepcopy(marked)
    version_notes.described(marked, "Sample")
    assert marked == before


def test_no_releases(tmp_path: Path) -> None:
    with pytest.raises(GeneratorError, match="no specs in this folder"):
        history.write("cvat", tmp_path)


def test_broken_release(tmp_path: Path) -> None:
    folder = tmp_path / "corpus" / "ecotaxa"
    folder.mkdir(parents=True)
    (folder / "1.0.0.json").write_text(json.dumps({"openapi": "2.0"}))
    with pytest.raises(GeneratorError, match=r"1\.0\.0\.json: expected an OpenAPI 3\.0"):
        history.write("ecotaxa", tmp_path / "corpus")


@needs_shared
@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_files_are_what_the_corpus_gives(platform: str, tmp_path: Path) -> None:
    specs = tmp_path / "specs"
    shutil.copytree(effective.SPECS / platform, specs / platform)
    written = specs / platform / history.NAME
    before = written.read_bytes() if written.exists() else b""
    history.write(platform, SHARED / "upstream", specs=specs)
    assert (written.read_bytes() if written.exists() else b"") == before
    assert len(before) < 64 * 1024


@needs_shared
@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_mark_of_an_operation_is_true(platform: str) -> None:
    """By a plain reading of the corpus: absent before, present in every release from then on."""
    paths = sorted(
        (SHARED / "upstream" / platform).iterdir(),
        key=lambda path: [int(number) for number in path.stem.split(".")],
    )
    known: dict[str, set[tuple[str, str]]] = {}
    for path in paths:
        flat = flat_diff.flatten(documents.load(path))
        known[path.stem.removesuffix(".0")] = {
            (item.method, re.sub(r"{\w+}", "{}", item.path)) for item in flat
        }
    for mark in history.load(effective.SPECS / platform):
        found = re.fullmatch(r"\$\.paths\['(.+)'\]\.(\w+)", mark.target)
        if not found:
            continue
        key = (found[2], re.sub(r"{\w+}", "{}", found[1]))
        there = {release: key in operations for release, operations in known.items()}
        order = list(known)
        at = order.index(mark.release)
        assert mark.keyword == "x-annoport-since"
        assert not there[order[at - 1]]
        assert all(there[release] for release in order[at:])
