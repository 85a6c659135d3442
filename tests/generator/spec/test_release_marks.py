"""Which releases and editions know what: from `releases.yaml` to marks."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from generator import documents, history
from generator.spec import effective, release_marks, releases
from generator.spec.facts import Fact, facts
from generator.spec.release_marks import Mark
from generator.spec.releases import Edition
from generator.spec.versions import numbers
from tests.generator import sample_spec
from tests.shared import ROOT

Spec = dict[str, Any]
FIGURES = ROOT / "tests" / "generator" / "spec" / "cvat_open_source.yaml"


def spec(*, size: bool = True) -> Spec:
    result: Spec = copy.deepcopy(sample_spec.SPEC)
    if size:
        pot = result["components"]["schemas"]["Pot"]
        pot["properties"]["size"] = {"type": "integer"}
        pot["required"] = [*pot["required"], "size"]
    return result


def survey(**editions: str) -> dict[str, Edition]:
    """Return what is known where each edition has a letter for each release from 1.0 on.

    `x` has the size, `-` lacks it, a space was not looked at.
    """
    return history.survey(
        {
            name.replace("_", "."): {
                f"1.{number}.0": spec(size=letter == "x")
                for number, letter in enumerate(letters)
                if letter != " "
            }
            for name, letters in editions.items()
        }
    )


def mark(**editions: str) -> Mark | None:
    size = next(fact for fact in facts(spec()) if fact.name == "Pot.size")
    return release_marks.mark_of(size, survey(**editions))


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("xxx", None),
        ("-xx", Mark(since="1.1")),
        ("xx-", Mark(removed="1.2")),
        ("-xx-", Mark(since="1.1", removed="1.3")),
        ("x--xx", Mark(gaps=(("1.1", "1.3"),))),
        ("-x-x-", Mark(since="1.1", removed="1.4", gaps=(("1.2", "1.3"),))),
        ("- x", Mark(since="1.2", exact=False)),
        ("x -", Mark(removed="1.2", exact=False)),
    ],
)
def test_one_edition(letters: str, expected: Mark | None) -> None:
    assert mark(home=letters) == expected


@pytest.mark.parametrize(
    ("home", "cloud", "expected"),
    [
        ("xxx", "xxx", None),
        # They say the same, as far as each was looked at.
        ("--xx", "   x", Mark(since="1.2")),
        ("--xx", "  xx", Mark(since="1.2")),
        ("--xx", "- xx", Mark(since="1.2")),
        ("xxx-", "   -", Mark(removed="1.3")),
        ("--xx", "--  ", Mark(since="1.2")),
        ("-- x", "  x ", Mark(since="1.2")),
        # They differ.
        ("----", "xxxx", Mark(edition="the.cloud only")),
        ("----", "  xx", Mark(edition="the.cloud only")),
        ("xxxx", "----", Mark(edition="home only")),
        ("----", "--xx", Mark(since="1.2", edition="the.cloud 1.2 and later")),
        ("----", "- xx", Mark(since="1.2", exact=False, edition="the.cloud 1.2 and later")),
        ("xxx-", "----", Mark(removed="1.3", edition="home 1.2 and older")),
        ("-xx-", "----", Mark(since="1.1", removed="1.3", edition="home 1.1 to 1.2")),
        ("-x--", "----", Mark(since="1.1", removed="1.2", edition="home 1.1")),
        ("xx--", "xxxx", Mark(edition="the.cloud, home 1.1 and older")),
        ("-xxx", "--xx", Mark(since="1.1", edition="home 1.1 and later, the.cloud 1.2 and later")),
        (
            "x---",
            "---x",
            Mark(gaps=(("1.1", "1.3"),), edition="home 1.0 and older, the.cloud 1.3 and later"),
        ),
        # An edition that had it when it was first looked at says nothing of older releases.
        ("---x", "  xx", Mark(since="1.2", edition="the.cloud, home 1.3 and later")),
        # What comes and goes more often than in either edition is two stories.
        ("-- -", "- x ", Mark(since="1.2", exact=False, edition="the.cloud 1.2 and later")),
    ],
)
def test_two_editions(home: str, cloud: str, expected: Mark | None) -> None:
    assert mark(home=home, the_cloud=cloud) == expected


def test_patches_are_told_where_they_matter() -> None:
    contracts = {
        release: spec(size=size)
        for release, size in {
            "0.0.45": False,
            "0.0.46": True,
            "0.1.3": True,
            "0.2.1": False,
        }.items()
    }
    size = next(fact for fact in facts(spec()) if fact.name == "Pot.size")
    found = release_marks.mark_of(size, history.survey({"home": contracts}))
    assert found == Mark(since="0.0.46", removed="0.2")


def marked(known: dict[str, Edition], contract: Spec | None = None) -> Spec:
    return release_marks.marked(copy.deepcopy(contract or spec()), known)


def test_a_field_that_is_sent() -> None:
    pot = marked(survey(home="-xx"))["components"]["schemas"]["Pot"]
    size = {"type": "integer", "x-annoport-since": "1.1", "x-annoport-checked": True}
    assert pot["properties"]["size"] == size
    assert "size" in pot["required"]


def test_a_field_that_not_every_server_sends_is_not_required() -> None:
    received = spec()
    del received["paths"]["/pots"]["post"]["requestBody"]
    pot = marked(survey(home="-xx"), received)["components"]["schemas"]["Pot"]
    assert pot["properties"]["size"] == {"type": "integer", "x-annoport-since": "1.1"}
    assert pot["required"] == ["id", "state"]
    gone = marked(survey(home="xx-"))["components"]["schemas"]["Pot"]
    assert gone["properties"]["size"]["x-annoport-removed"] == "1.2"
    assert gone["required"] == ["id", "state"]


def test_marks_that_are_not_exact_only_inform() -> None:
    pot = marked(survey(home="- x"))["components"]["schemas"]["Pot"]
    assert pot["properties"]["size"] == {"type": "integer", "x-annoport-since": "1.2"}


def test_editions_never_refuse_a_call() -> None:
    pot = marked(survey(home="xx", the_cloud="--"))["components"]["schemas"]["Pot"]
    assert pot["properties"]["size"] == {"type": "integer", "x-annoport-edition": "home only"}


def test_a_mark_of_the_overlay_stays() -> None:
    by_hand = spec()
    size = by_hand["components"]["schemas"]["Pot"]["properties"]["size"]
    size["x-annoport-since"] = "0.9"
    pot = marked(survey(home="-xx"), by_hand)["components"]["schemas"]["Pot"]
    assert pot["properties"]["size"] == {"type": "integer", "x-annoport-since": "0.9"}


def test_values_operations_and_arguments() -> None:
    old, new = spec(), spec()
    states = new["components"]["schemas"]["PotState"]["enum"]
    states.append("burnt")
    parameter = {"name": "colour", "in": "query", "schema": {"type": "string"}}
    new["paths"]["/pots"]["get"]["parameters"].append(parameter)
    new["paths"]["/lids"] = {"get": {"operationId": "lids", "responses": {"200": {}}}}
    known = history.survey({"home": {"1.0.0": old, "1.1.0": new}})
    found = marked(known, new)
    later = {"x-annoport-since": "1.1", "x-annoport-checked": True}
    assert found["components"]["schemas"]["PotState"]["x-annoport-values"] == {
        "burnt": {"since": "1.1"}
    }
    assert found["paths"]["/pots"]["get"]["parameters"][-1] == parameter | later
    lids = found["paths"]["/lids"]["get"]
    assert {key: lids[key] for key in later} == later


def test_a_value_that_was_free_text_before_is_not_dated() -> None:
    old, new = spec(), spec()
    old["components"]["schemas"]["PotState"] = {"type": "string"}
    known = history.survey({"home": {"1.0.0": old, "1.1.0": new}})
    assert "x-annoport-values" not in marked(known, new)["components"]["schemas"]["PotState"]


# --------------------------------------------------------------------------- the real facts


def _figures() -> dict[tuple[str, str], tuple[str, str]]:
    """Kind and name -> first and last minor release, of what is not in all of them."""
    return {
        (kind, str(name)): tuple(span.split(" to "))
        for kind, spans in documents.load(FIGURES).items()
        for span, names in spans.items()
        for name in names
    }


def _minor(release: str) -> str:
    return ".".join(map(str, numbers(release)[:2]))


def _cvat() -> Iterator[tuple[Fact, Edition]]:
    folder = effective.SPECS / "cvat"
    own = releases.load(folder)["open-source"]
    contract = effective.restored(effective.contract("cvat"), folder)
    for fact in facts(effective.corrected(contract, folder)):
        if own.known(fact):
            yield fact, own


def test_every_date_of_the_open_source_server_is_the_true_one() -> None:
    figures = _figures()
    oldest, newest = "2.24", "2.80"
    found = list(_cvat())
    following = dict(pairwise(_minor(release) for release in found[0][1].releases))
    enums = _first_of_enums(fact for fact, _ in found)
    dated = 0
    for fact, own in found:
        if fact.kind in {"schemas", "enums"}:
            continue  # they have no marks
        first, last = figures.get(fact.key, (oldest, newest))
        holder = fact.holder
        if fact.kind == "values" and holder is not None:
            # An older release took it as free text: it is as old as the list that it is in.
            held = (enums[holder.name], _last(holder, figures))
        else:
            held = figures.get(holder.key, (oldest, newest)) if holder else (oldest, newest)
        mark = release_marks.mark_of(fact, {"open-source": own}) or Mark()
        expected = (
            None if numbers(first) <= numbers(held[0]) else first,
            None if numbers(last) >= numbers(held[1]) else following[last],
        )
        assert (mark.since, mark.removed) == expected, fact.key
        dated += mark.dated
    assert dated > 200


def _last(fact: Fact | None, figures: dict[tuple[str, str], tuple[str, str]]) -> str:
    """Return the last release that has what a fact is in."""
    lasts = ["2.80"]
    while fact is not None:
        lasts.append(figures.get(fact.key, ("", "2.80"))[1])
        fact = fact.holder
    return min(lasts, key=numbers)


def _first_of_enums(every: Iterator[Fact]) -> dict[str, str]:
    figures = _figures()
    firsts: dict[str, str] = {}
    for fact in every:
        if fact.kind == "values" and fact.holder is not None:
            first = figures.get(fact.key, ("2.24", "2.80"))[0]
            before = firsts.get(fact.holder.name, first)
            firsts[fact.holder.name] = min(before, first, key=numbers)
    return firsts


def test_the_marks_of_both_editions_are_those_dates_too() -> None:
    """Where app.cvat.ai does not differ, the mark is that of the open-source server."""
    known = releases.load(effective.SPECS / "cvat")
    differing = {
        fact.key
        for fact, own in _cvat()
        if (both := release_marks.mark_of(fact, known) or Mark()).edition is None
        and (both.since, both.removed)
        != (
            (alone := release_marks.mark_of(fact, {"open-source": own}) or Mark()).since,
            alone.removed,
        )
    }
    # Nothing open was looked at between 2.71 and 2.73.
    assert differing == set()


def test_what_tator_1_6_adds_is_offered_and_dated() -> None:
    spec = effective.load("tator")
    paths, schemas = spec["paths"], spec["components"]["schemas"]
    new = [
        paths["/rest/HealthCheck"]["get"],
        paths["/rest/HealthCheckFull"]["get"],
        paths["/rest/MediaByName"]["get"],
        paths["/rest/LocalizationGraphic/{id}"]["get"]["parameters"][-1],
        schemas["AlgorithmSpec"]["properties"]["extended_info"],
        schemas["MediaSpec"]["properties"]["master_section"],
        schemas["CloneMediaSpec"]["properties"]["dest_section_id"],
        schemas["ProjectSpec"]["properties"]["permission_model"],
    ]
    marks = [(each["x-annoport-since"], each["x-annoport-checked"]) for each in new]
    assert marks == [("1.6", True)] * len(new)
    body = paths["/rest/Algorithm/{id}"]["patch"]["requestBody"]["content"]["application/json"]
    assert body["schema"]["$ref"].endswith("/AlgorithmUpdateSpec")
    assert "required" not in schemas["AlgorithmUpdateSpec"]
    # It is in the oldest release, too, and the ones between were not all looked at.
    gateway = paths["/anonymous-gateway"]["get"]
    assert gateway["x-annoport-gaps"] == [["1.2", "1.6"]]
    assert "x-annoport-checked" not in gateway
    assert paths["/rest/PasswordReset"]["post"]["x-annoport-removed"] == "1.6"
