"""What `releases.yaml` says comes back as it was, and grows by a release at a time."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from generator import history
from generator.errors import GeneratorError
from generator.spec import releases
from generator.spec.facts import facts
from generator.spec.releases import Edition
from tests.generator import sample_spec

Spec = dict[str, Any]
SIZE = ("properties", "Pot.size")


def spec(*, size: bool = False, lids: bool = False) -> Spec:
    result: Spec = copy.deepcopy(sample_spec.SPEC)
    if size:
        result["components"]["schemas"]["Pot"]["properties"]["size"] = {"type": "integer"}
    if lids:
        parameter = {"name": "wide", "in": "query", "schema": {"type": "boolean"}}
        get: Spec = {"operationId": "lids", "parameters": [parameter], "responses": {"200": {}}}
        result["paths"]["/lids"] = {"get": get}
    return result


def sizes(*present: bool) -> dict[str, Edition]:
    contracts = {f"1.{number}.0": spec(size=size) for number, size in enumerate(present)}
    return history.survey({"home": contracts})


def written(tmp_path: Path, known: dict[str, Edition]) -> str:
    releases.save(tmp_path, known)
    assert releases.load(tmp_path) == known
    text = (tmp_path / releases.NAME).read_text()
    return text.partition("Pot.size: ")[2].strip()


@pytest.mark.parametrize(
    ("present", "text"),
    [
        ([True, True, True], ""),
        ([False, True, True], "since 1.1.0"),
        ([False, False, True], "since 1.2.0"),
        ([True, False, False], "until 1.0.0"),
        ([True, True, False], "until 1.1.0"),
        ([False, True, False], "only 1.1.0"),
        ([False, True, True, False], "1.1.0 to 1.2.0"),
        ([True, False, True], "until 1.0.0, since 1.2.0"),
        ([True, False, True, False, True, True], "until 1.0.0, only 1.2.0, since 1.4.0"),
    ],
)
def test_ranges(present: list[bool], text: str, tmp_path: Path) -> None:
    assert written(tmp_path, sizes(*present)) == text


def test_what_is_in_a_new_thing_is_not_named_again() -> None:
    known = history.survey({"home": {"1.0.0": spec(), "1.1.0": spec(lids=True)}})
    assert known["home"].having == {("operations", "GET /lids"): frozenset({"1.1.0"})}


def test_other_names_of_path_parameters_and_moved_ids_are_no_news() -> None:
    first, second = spec(), spec()
    item = first["paths"].pop("/pots/{id}")
    item["get"]["parameters"] = [copy.deepcopy(item["get"]["parameters"][0]) | {"name": "pk"}]
    item["get"]["operationId"] = "pots_get"
    first["paths"]["/pots/{pk}"] = item
    assert history.survey({"home": {"1.0.0": first, "1.1.0": second}})["home"].having == {}


@pytest.mark.parametrize("text", ["since 1.5.0", "lately", "1.0.0 to", "until 1.0.0; since 1.1.0"])
def test_a_file_that_was_edited(text: str, tmp_path: Path) -> None:
    written(tmp_path, sizes(False, True))
    path = tmp_path / releases.NAME
    path.write_text(path.read_text().replace("since 1.1.0", text))
    with pytest.raises(GeneratorError) as caught:
        releases.load(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path.name}/releases.yaml: home: Pot.size: {text!r} names no releases of this "
        "edition; write the file again with `python -m generator history`"
    )


def grown(
    known: dict[str, Edition], edition: str, old: tuple[str, Spec], new: tuple[str, Spec]
) -> dict[str, Edition]:
    return releases.extended(known, edition, (old[0], facts(old[1])), (new[0], facts(new[1])))


def test_a_release_that_adds_and_drops() -> None:
    known = grown(sizes(True, True), "home", ("1.1.0", spec(size=True)), ("1.2.0", spec(lids=True)))
    assert known == history.survey(
        {"home": {"1.0.0": spec(size=True), "1.1.0": spec(size=True), "1.2.0": spec(lids=True)}}
    )
    # The same once more changes nothing.
    assert grown(known, "home", ("1.2.0", spec(lids=True)), ("1.2.0", spec(lids=True))) == known


def test_the_first_release_after_the_one_that_was_vendored() -> None:
    known = grown({}, "server", ("0.9", spec()), ("1.0", spec(size=True)))
    assert known == history.survey({"server": {"0.9": spec(), "1.0": spec(size=True)}})


def test_what_one_edition_adds_the_others_do_not_have() -> None:
    both = history.survey({"home": {"1.0.0": spec()}, "cloud": {"1.0.0": spec()}})
    known = grown(both, "cloud", ("1.0.0", spec()), ("1.1.0", spec(size=True)))
    assert known["home"].having == {SIZE: frozenset()}
    assert known["cloud"].having == {SIZE: frozenset({"1.1.0"})}


def test_what_is_in_something_that_another_edition_had_is_no_news() -> None:
    both = history.survey(
        {"home": {"1.0.0": spec(), "1.1.0": spec(lids=True)}, "cloud": {"1.0.0": spec()}}
    )
    known = grown(both, "cloud", ("1.0.0", spec()), ("1.2.0", spec(lids=True)))
    assert known["home"].having == {("operations", "GET /lids"): frozenset({"1.1.0"})}
    assert known["cloud"].having == {("operations", "GET /lids"): frozenset({"1.2.0"})}


def test_a_release_that_was_looked_at_before_is_left_alone() -> None:
    """A contract that was put together from two editions is none of its own."""
    both = history.survey(
        {"home": {"1.0.0": spec(), "1.1.0": spec(size=True)}, "cloud": {"1.0.0": spec()}}
    )
    mixed = ("1.1.0", spec(size=True))
    assert grown(both, "cloud", ("1.0.0", spec()), mixed) == both
    news = grown(both, "cloud", ("1.0.0", spec()), ("1.1.0", spec(size=True, lids=True)))
    assert news["cloud"].releases == ("1.0.0", "1.1.0")
