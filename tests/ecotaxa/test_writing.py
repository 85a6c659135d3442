"""Tags written to objects of a fake EcoTaxa, and read back by a dataset."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annoport import ecotaxa, errors
from annoport.testing import FakeServer, serve
from annoport.testing.ecotaxa import FakeEcotaxa
from annoport.vision import Annotation, Box, Dataset, Tag
from annoport.vision.sources import Part
from tests.vision.examples import examples

PROJECT = 1
NAMES = ("Calanoida", "Cyclopoida", "Oncaeidae", "detritus")


@pytest.fixture
def server() -> Iterator[FakeServer[FakeEcotaxa]]:
    with serve("ecotaxa") as running:
        yield running


@pytest.fixture
def client(server: FakeServer[FakeEcotaxa]) -> Iterator[ecotaxa.Client]:
    with ecotaxa.Client(server.url, token=server.token, max_retries=0) as made:
        yield made


def part_of(client: ecotaxa.Client) -> Part:
    source = ecotaxa.project(client, PROJECT)
    (part,) = source.open(source.describe()).parts
    return part


Said = tuple[str, str | None, float | None]


def said(dataset: Dataset) -> list[Said | None]:
    """Taxon, status and score of each object."""
    return [
        next(((one.label, one.source, one.score) for one in sample.annotations), None)
        for sample in dataset
    ]


def writes(server: FakeServer[FakeEcotaxa]) -> list[str]:
    return [one.path for one in server.requests if "classify" in one.path]


tags = st.lists(
    st.none() | st.tuples(st.sampled_from(NAMES), st.sampled_from([None, "V", "D"])),
    min_size=12,
    max_size=12,
)
scores = st.lists(
    st.none() | st.tuples(st.sampled_from(NAMES), st.floats(0, 1)), min_size=12, max_size=12
)
few = settings(examples, max_examples=max(10, examples.max_examples // 10))


def test_what_is_written_is_read_back() -> None:
    with serve("ecotaxa") as server, ecotaxa.Client(server.url, token=server.token) as client:
        dataset = Dataset(ecotaxa.project(client, PROJECT))

        @few
        @given(tags, scores)
        def compare(
            decided: list[tuple[str, str | None] | None], guessed: list[tuple[str, float] | None]
        ) -> None:
            before = said(dataset)
            chosen = [
                (sample, [Tag(label=one[0], source=one[1])])
                for sample, one in zip(dataset, decided, strict=True)
                if one is not None
            ]
            dataset.write(chosen, mode="replace")
            decisions = [
                old if one is None else (one[0], one[1] or "V", None)
                for old, one in zip(before, decided, strict=True)
            ]
            assert said(dataset) == decisions
            client.objects.reset_to_predicted(PROJECT, body={"statusfilter": "D"})
            dataset.write(
                (
                    (sample, [] if one is None else [Tag(label=one[0], score=one[1])])
                    for sample, one in zip(dataset, guessed, strict=True)
                ),
                mode="replace_auto",
            )
            # Validated objects stay; of the others, those that got a new tag have it.
            assert [one[:2] if one else None for one in said(dataset)] == [
                old[:2]
                if old and old[1] == "V"
                else (one[0], "P")
                if one
                else (old and (old[0], "P"))
                for old, one in zip(decisions, guessed, strict=True)
            ]
            assert all(
                shown[2] == one[1]
                for shown, one, old in zip(said(dataset), guessed, decisions, strict=True)
                if shown and one and old and old[1] != "V"
            )

        compare()


def test_a_taxon_that_is_not_in_use_yet(
    server: FakeServer[FakeEcotaxa], client: ecotaxa.Client
) -> None:
    dataset = Dataset(ecotaxa.project(client, PROJECT), images="all")
    server.requests.clear()
    dataset.write([(dataset[0], [Tag(label="Copepoda")])], mode="replace")
    assert said(dataset)[0] == ("Copepoda", "V", None)
    assert "Copepoda" in dataset.label_index
    assert all(sample.content for sample in dataset)
    assert not [one for one in server.requests if "vault" in one.path]


def test_an_index_for_each_taxon(server: FakeServer[FakeEcotaxa], client: ecotaxa.Client) -> None:
    given_ = {name: place for place, name in enumerate(NAMES)}
    dataset = Dataset(ecotaxa.project(client, PROJECT), labels=given_)
    with pytest.raises(errors.InvalidArgumentError) as caught:
        dataset.write([(dataset[0], [Tag(label="Copepoda")])], mode="replace")
    assert str(caught.value) == "write: labels= has no index for 'Copepoda'"
    assert writes(server) == []


class TestRefused:
    @pytest.mark.parametrize(
        ("annotations", "mode", "message"),
        [
            (
                [Box(label="detritus", left=0, top=0, right=1, bottom=1)],
                "append",
                (
                    "Box 'detritus' on frame 200000001: kind: is box, but an object of EcoTaxa "
                    "takes a tag, its taxon, only"
                ),
            ),
            (
                [Tag(label="detritus", attributes={"size": 1})],
                "append",
                (
                    "Tag 'detritus' on frame 200000001: attributes: has 'size', but EcoTaxa's tags "
                    "have none"
                ),
            ),
            (
                [Tag(label="detritus"), Tag(label="Calanoida")],
                "append",
                (
                    "Tag 'Calanoida' on frame 200000001: label: the object has 'detritus' already, "
                    "and EcoTaxa keeps one taxon of it"
                ),
            ),
            (
                [Tag(label="detritus", source="V")],
                "replace_auto",
                (
                    "Tag 'detritus' on frame 200000001: source: is 'V', but this mode writes "
                    'predictions: mode="replace" writes what a person decides'
                ),
            ),
            (
                [Tag(label="detritus", source="auto")],
                "replace",
                (
                    "Tag 'detritus' on frame 200000001: source: is 'auto', but mode=\"replace\" "
                    'writes what a person decides, V or D: mode="replace_auto" writes predictions, '
                    "and leaves validated objects as they are"
                ),
            ),
        ],
    )
    def test_before_anything_is_sent(
        self,
        server: FakeServer[FakeEcotaxa],
        client: ecotaxa.Client,
        annotations: list[Annotation],
        mode: Any,
        message: str,
    ) -> None:
        dataset = Dataset(ecotaxa.project(client, PROJECT), images="demand")
        with pytest.raises(errors.InvalidAnnotationError) as caught:
            dataset.write([(dataset[0], annotations)], mode=mode)
        assert str(caught.value) == message
        assert writes(server) == []

    def test_a_name_of_no_taxon(
        self, server: FakeServer[FakeEcotaxa], client: ecotaxa.Client
    ) -> None:
        tag = Tag(label="unicorn", frame=200000001)
        with pytest.raises(errors.InvalidArgumentError, match="'unicorn' is no taxon"):
            part_of(client).write([tag], frames=[200000001], mode="append")
        assert writes(server) == []

    def test_a_taxon_cannot_be_taken_away(
        self, server: FakeServer[FakeEcotaxa], client: ecotaxa.Client
    ) -> None:
        with pytest.raises(errors.InvalidArgumentError) as caught:
            part_of(client).write([], frames=[200000001], mode="replace")
        assert str(caught.value) == (
            "project 1: frame 200000001 (object 200000001) has a taxon, and EcoTaxa cannot take it "
            "away: give the frame a tag, or leave it out of frames"
        )
        assert writes(server) == []


def test_half_way(server: FakeServer[FakeEcotaxa], client: ecotaxa.Client) -> None:
    dataset = Dataset(ecotaxa.project(client, PROJECT), images="demand")
    server.fake.faults.fail_next(403, path="/object_set/classify", after=1)
    sources = ["V", "D"]
    with pytest.raises(errors.PartialWriteError) as caught:
        dataset.write(
            (
                (sample, [Tag(label="detritus", source=source)])
                for sample, source in zip(dataset, sources, strict=False)
            ),
            mode="replace",
        )
    assert str(caught.value).startswith(
        "project 1: 1 of 2 annotations are written, the other 1 are not; what they replace is "
        "still there: put right what was refused, then call again, which writes all anew; "
        "PermissionDeniedError: "
    )
    assert [one.source for one in caught.value.done] == ["V"]
    assert said(dataset)[0] == ("detritus", "V", None)
