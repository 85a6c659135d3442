"""Annotations go to another project of the server, each once, by the names of their types."""

from __future__ import annotations

from typing import Any

import pytest

from annoport import tator
from annoport.errors import InvalidArgumentError, PartialWriteError
from annoport.testing import FakeServer
from annoport.testing.tator import FakeTator

TARGET = 2


@pytest.fixture
def target(client: tator.Client, fake: FakeTator) -> dict[int, int]:
    """Makes project 2 like project 1, with other ids; returns which medium is which."""
    tables = fake.tables
    for family in ("media_types", "localization_types", "state_types"):
        table = tables.named(family)
        for row in reversed(table.where(project=1)):
            table.add({**row, "id": 1000 + row["id"], "project": TARGET})
    tables.versions.add({**tables.versions.get(4), "id": 1004, "project": TARGET})
    pairs: dict[int, int] = {}
    kinds = {row["name"]: row["id"] for row in tables.media_types.where(project=TARGET)}
    for row in reversed(tables.media.where(project=1)):
        name = tables.media_types.get(row["type"])["name"]
        number = 1000 + row["id"]
        tables.media.add({**row, "id": number, "project": TARGET, "type": kinds[name]})
        pairs[row["id"]] = number
    for row in tables.localizations.where(attributes={}):
        row["attributes"] = {"label": "?"}  # what its type gives to a new one
    # An add under an id of its own does not move the counter.
    for table in (tables.media, tables.versions, tables.localization_types, tables.state_types):
        table.rows = {row["id"]: row for row in table}
    return pairs


def figures(rows: Any) -> list[tuple[Any, ...]]:
    names = ("elemental_id", "frame", "x", "y", "width", "height", "attributes")
    return sorted((tuple(getattr(row, name) for name in names) for row in rows), key=str)


def test_types_versions_and_media_are_matched(
    flows: Any, client: tator.Client, target: dict[int, int]
) -> None:
    before = client.localizations.list(1).all()
    tracks = client.states.list(1).all()
    moved = before[3].id
    client.localizations.update_many(1, count=1, body={"ids": [moved], "new_version": 4})
    copied = flows.copy(1, TARGET)
    after = {row.id: row for row in client.localizations.list(TARGET)}
    assert copied.created == len(before) + len(tracks)
    assert list(copied.localizations) == [row.id for row in before]
    assert set(copied.localizations.values()) == set(after)
    assert figures(before) == figures(after.values())
    kinds = {
        row.id: row.name
        for project in (1, TARGET)
        for row in client.localization_types.list(project)
    }
    for row in before:
        copy = after[copied.localizations[row.id]]
        assert copy.media == target[row.media or 0]
        assert (copy.type != row.type, kinds[copy.type or 0]) == (True, kinds[row.type or 0])
    versions = {row.id: row.name for row in client.versions.list(TARGET)}
    assert versions[after[copied.localizations[moved]].version or 0] == "Reviewed"
    copies = {row.id: row for row in client.states.list(TARGET)}
    for track in tracks:
        copied_track = copies[copied.states[track.id]]
        assert copied_track.attributes == track.attributes
        assert copied_track.localizations == [
            copied.localizations[one] for one in track.localizations or ()
        ]
        assert copied_track.media == [target[one] for one in track.media or ()]


def test_run_again_it_copies_what_is_missing(
    flows: Any, client: tator.Client, fake: FakeTator, target: dict[int, int]
) -> None:
    first = flows.copy(1, TARGET)
    again = flows.copy(1, TARGET)
    assert (again.localizations, again.states, again.created) == (
        first.localizations,
        first.states,
        0,
    )
    (one, *_) = first.localizations
    client.localizations.delete(first.localizations[one])
    third = flows.copy(1, TARGET)
    assert third.created == 1
    assert client.localizations.count(TARGET) == client.localizations.count(1)


def test_half_way_it_says_what_is_stored(
    flows: Any, client: tator.Client, fake: FakeTator, target: dict[int, int]
) -> None:
    fake.fail_next(400, path=f"/rest/States/{TARGET}")
    with pytest.raises(PartialWriteError) as caught:
        flows.copy(1, TARGET)
    error = caught.value
    boxes, tracks = client.localizations.count(1), client.states.count(1)
    assert (len(error.done), error.left) == (boxes, tracks)
    assert str(error) == (
        f"{boxes} copies are stored in project 2, {tracks} are not: put right what was "
        f"refused, then call again; {type(error.__cause__).__name__}: {error.__cause__}"
    )
    copied = flows.copy(1, TARGET)
    assert (copied.created, len(copied.localizations)) == (tracks, boxes)
    assert client.localizations.count(TARGET) == boxes


def test_only_some_media_and_versions(
    flows: Any, client: tator.Client, target: dict[int, int]
) -> None:
    copied = flows.copy(1, TARGET, media={1: target[2]}, versions=["Baseline"], states=False)
    rows = client.localizations.list(TARGET).all()
    assert {row.media for row in rows} == {target[2]}
    assert len(rows) == len(copied.localizations) == 3
    assert flows.copy(1, TARGET, versions=["Reviewed"]).created == 0


def test_what_is_made_from_another_comes_after_it(
    flows: Any, client: tator.Client, target: dict[int, int], fake: FakeTator
) -> None:
    fake.tables.localizations.get(1)["parent"] = 5
    fake.tables.localizations.get(2)["parent"] = 98765
    copied = flows.copy(1, TARGET, states=False)
    child = client.localizations.retrieve(copied.localizations[1])
    assert child.parent == copied.localizations[5]
    assert client.localizations.retrieve(copied.localizations[2]).parent is None


def test_what_the_target_lacks(
    flows: Any, server: FakeServer[FakeTator], target: dict[int, int]
) -> None:
    tables = server.fake.tables

    def refused(*arguments: Any, **options: Any) -> str:
        with pytest.raises(InvalidArgumentError) as caught:
            flows.copy(*arguments, **options)
        assert [one.path for one in server.requests if one.method == "POST"] == []
        return str(caught.value)

    assert refused(1, 1) == "source and target are both project 1: pass two projects"
    assert refused(1, 2, media={}) == ("versions or media are empty, so there is nothing to copy")
    assert refused(1, 2, media={1: target[1]}, versions=[9]) == (
        "version 9: project 1 has none such; it has 'Baseline' (1), 'Reviewed' (4)"
    )
    kind = tables.localization_types.where(project=TARGET, name="Whale")[0]
    kind["attribute_types"] = [one for one in kind["attribute_types"] if one["name"] != "species"]
    assert refused(1, 2) == (
        "type 'Whale' of project 2 has no attribute 'species', which localization 1 has: add it "
        "there first"
    )
    kind["dtype"] = "dot"
    assert refused(1, 2) == ("localization type 'Whale' is for box, but for dot in project 2")
    kind["name"] = "Cetacean"
    assert refused(1, 2).startswith("localization type 'Whale': project 2 has none such; it has ")
    tables.media.get(target[2])["name"] = "other.png"
    tables.media.get(target[2])["elemental_id"] = "another"
    name = tables.media.get(2)["name"]
    assert refused(1, 2) == (
        f"medium 2 {name!r}: project 2 has no medium of that name: pass media={{2: ...}}"
    )
