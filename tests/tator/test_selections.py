"""Changes of many: never of all by accident, never by a misspelt name, exactly what was found."""

from __future__ import annotations

from typing import Any

import pytest

from annoport import tator
from annoport.errors import (
    ConflictError,
    InvalidAnnotationError,
    InvalidArgumentError,
    PartialWriteError,
    ServerError,
)
from annoport.filters import F
from annoport.tator import where
from annoport.testing import FakeServer
from annoport.testing.tator import FakeTator
from tests.flows import Seen

ORCAS = F["species"] == "orca"


def orcas(client: tator.Client) -> list[int]:
    return [row.id for row in client.localizations.list(1, encoded_search=ORCAS)]


def changes(server: FakeServer[FakeTator]) -> list[str]:
    return [one.path for one in server.requests if one.method in ("PATCH", "DELETE", "POST")]


def test_what_a_search_finds_is_changed(flows: Any, client: tator.Client) -> None:
    found = orcas(client)
    everything = client.localizations.count(1)
    seen = Seen()
    changed = flows.update(
        1,
        "localizations",
        where(ORCAS, type="Whale"),
        attributes={"species": "minke"},
        reset=["label"],
        null=["confidence"],
        expect=len(found),
        progress=seen,
    )
    assert changed == found
    assert seen == [(len(found), len(found))]
    row = client.localizations.retrieve(found[0])
    assert row.attributes == {"species": "minke", "label": "?", "confidence": None}
    assert orcas(client) == []
    assert client.localizations.count(1) == everything


def test_what_a_search_finds_is_deleted(
    flows: Any, client: tator.Client, server: FakeServer[FakeTator]
) -> None:
    found, everything = orcas(client), client.localizations.count(1)
    server.requests.clear()
    assert flows.delete(1, "localizations", where(ORCAS)) == found
    (deleted,) = [one for one in server.requests if one.method == "DELETE"]
    assert f"count={len(found)}" in deleted.query
    assert client.localizations.count(1) == everything - len(found)
    # Run again, there is nothing to do.
    assert flows.delete(1, "localizations", where(ORCAS)) == []


@pytest.mark.parametrize(
    ("what", "selection"),
    [
        ("localizations", {"section": "June", "version": "Baseline", "media": [1, 3]}),
        ("states", {"type": "Behaviour"}),
        ("states", {"media": [15], "ids": [1, 2]}),
        ("media", {"section": 2, "type": "Videos"}),
        ("media", {"ids": [3, 1]}),
        ("leaves", {"type": "Taxon"}),
        ("leaves", {"ids": [2, 3]}),
    ],
)
def test_each_kind_by_what_it_has(
    what: str, selection: dict[str, Any], flows: Any, client: tator.Client
) -> None:
    resource = getattr(client, what)
    before = {row.id for row in resource.list(1)}
    changed = flows.update(1, what, where(**selection), attributes={"label": "seen"})
    assert changed
    labels = {row.id: row.attributes.get("label") for row in resource.list(1)}
    assert {number for number, label in labels.items() if label == "seen"} == set(changed)
    assert sorted(flows.delete(1, what, where(**selection))) == sorted(changed)
    assert {row.id for row in resource.list(1)} == before - set(changed)


def test_annotations_move_to_another_version(flows: Any, client: tator.Client) -> None:
    found = orcas(client)
    assert flows.update(1, "localizations", where(ids=found), version="Reviewed") == found
    assert {row.id for row in client.localizations.list(1, version=[4])} == set(found)


def test_many_go_in_parts(flows: Any, client: tator.Client, fake: FakeTator) -> None:
    leaf = fake.tables.leaves.get(2)
    ids = [fake.tables.leaves.add({**leaf, "id": number})["id"] for number in range(5, 5007)]
    client.leaves.delete(ids[-1])
    with pytest.raises(PartialWriteError) as caught:
        flows.delete(1, "leaves", where(ids=ids))
    error = caught.value
    assert (error.done, error.left) == (tuple(ids[:5000]), 2)
    assert isinstance(error.__cause__, ConflictError)
    assert str(error) == (
        "5,000 of 5,002 leaves are deleted, the other 2 are not: call again; ConflictError: "
        f"{error.__cause__}"
    )
    assert flows.delete(1, "leaves", where(ids=[ids[-2]])) == [ids[-2]]
    assert client.leaves.count(1) == 4


def test_ids_that_are_not_there_change_nothing(flows: Any, client: tator.Client) -> None:
    found = orcas(client)
    with pytest.raises(ConflictError, match="Safety check failed - expected 2 but would delete 1"):
        flows.delete(1, "localizations", where(ids=[found[0], 98765]))
    assert orcas(client) == found


@pytest.mark.parametrize("work", ["update", "delete"])
def test_a_lost_answer(work: str, flows: Any, client: tator.Client, fake: FakeTator) -> None:
    found = orcas(client)
    fake.lose_next(path="/rest/Localizations/1", method="PATCH" if work == "update" else "DELETE")
    options = {"attributes": {"species": "minke"}} if work == "update" else {}
    assert getattr(flows, work)(1, "localizations", where(ORCAS), **options) == found
    assert orcas(client) == []


def test_a_deletion_that_never_arrived(flows: Any, client: tator.Client, fake: FakeTator) -> None:
    found = orcas(client)
    fake.fail_next(502, path="/rest/Localizations/1")
    with pytest.raises(ServerError):
        flows.delete(1, "localizations", where(ids=found))
    assert orcas(client) == found


BAD: list[tuple[str, Any, dict[str, Any], str]] = [
    (
        "localizations",
        where(F["specis"] == "orca"),
        {},
        "'specis' is no attribute of localizations in project 1; did you mean 'species'?",
    ),
    (
        "localizations",
        where((F["species"] == "orca") & ~(F["$frame"] > 3) & (F["colour"] == "red")),
        {},
        (
            "'colour' is no attribute of localizations in project 1; they have 'confidence', "
            "'label', 'species'"
        ),
    ),
    (
        "localizations",
        where(type="whale"),
        {},
        (
            "type 'whale': project 1 has none such; it has 'Whale' (1), 'Blow' (2), 'Fluke "
            "outline' (4), 'Heading' (3)"
        ),
    ),
    (
        "states",
        where(version="Draft"),
        {},
        "version 'Draft': project 1 has none such; it has 'Baseline' (1), 'Reviewed' (4)",
    ),
    (
        "media",
        where(section="Juni"),
        {},
        "section 'Juni': project 1 has none such; it has 'June' (1), 'July 2026' (2)",
    ),
    (
        "leaves",
        where(section=1),
        {},
        "where(): leaves cannot be selected by section, but by a condition, ids, 'type'",
    ),
    (
        "boxes",
        where(ids=[1]),
        {},
        "'boxes' cannot be selected: expected 'localizations', 'states', 'media', 'leaves'",
    ),
    (
        "localizations",
        where(ORCAS),
        {"expect": 2},
        "expect is 2, but the selection has {found} localizations: nothing was changed",
    ),
]


@pytest.mark.parametrize("work", ["update", "delete"])
@pytest.mark.parametrize("case", BAD, ids=lambda case: case[3][:20])
def test_what_is_wrong_changes_nothing(
    work: str,
    case: tuple[str, Any, dict[str, Any], str],
    calm_flows: Any,
    calm_server: FakeServer[FakeTator],
) -> None:
    calm_server.requests.clear()
    what, selection, options, message = case
    change = {"attributes": {"label": "x"}} if work == "update" else {}
    with pytest.raises(InvalidArgumentError) as caught:
        getattr(calm_flows, work)(1, what, selection, **change, **options)
    assert str(caught.value).replace("has 13 localiz", "has {found} localiz") == message
    assert changes(calm_server) == []


def test_a_change_that_does_not_fit(flows: Any, server: FakeServer[FakeTator]) -> None:
    def refused(what: str, error: type[Exception], **change: Any) -> str:
        with pytest.raises(error) as caught:
            flows.update(1, what, where(ids=[1]), **change)
        return str(caught.value)

    assert refused("localizations", InvalidArgumentError) == (
        "update: pass attributes=, null=, reset= or version="
    )
    assert refused("media", InvalidArgumentError, version=1) == "update: media have no version"
    assert refused("leaves", InvalidAnnotationError, attributes={"lable": "x"}) == (
        "update: attributes['lable']: type 'Taxon' has no such attribute, and Tator would drop it; "
        "it has 'label'"
    )
    assert refused("states", InvalidArgumentError, null=["lable"]) == (
        "update: null: type 'Behaviour' has no attribute 'lable'"
    )
    with pytest.raises(InvalidArgumentError) as caught:
        flows.delete(1, "media", where(ids=[1]), prune=True)
    assert str(caught.value) == "delete: media cannot be pruned, as they have no revisions"
    assert changes(server) == []


def test_nothing_is_no_selection() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        where()
    assert str(caught.value) == (
        "where(): nothing was passed, which would select everything: pass a condition, ids=, "
        "media=, section=, type= or version="
    )
    empty_ones: list[dict[str, Any]] = [{"ids": []}, {"media": []}]
    for one in empty_ones:
        (name,) = one
        with pytest.raises(InvalidArgumentError) as empty:
            where(ORCAS, **one)
        assert str(empty.value) == (
            f"where(): {name} is empty, so that there is nothing to select: skip the call"
        )
    with pytest.raises(InvalidArgumentError) as twice:
        where(ids=[3, 4, 3])
    assert str(twice.value) == "ids: 3 comes twice"
