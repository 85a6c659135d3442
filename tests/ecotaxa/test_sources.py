"""Projects of a fake EcoTaxa as datasets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from annoport import ecotaxa
from annoport.errors import InvalidArgumentError
from annoport.testing import FakeServer, serve
from annoport.testing.ecotaxa import FakeEcotaxa
from annoport.vision import Dataset

PROJECT = 1


@pytest.fixture
def server() -> Iterator[FakeServer[FakeEcotaxa]]:
    with serve("ecotaxa") as running:
        yield running


@pytest.fixture
def client(server: FakeServer[FakeEcotaxa]) -> Iterator[ecotaxa.Client]:
    with ecotaxa.Client(server.url, token=server.token) as made:
        yield made


def test_an_object_is_a_picture_with_its_taxon(client: ecotaxa.Client, tmp_path: Path) -> None:
    dataset = Dataset(ecotaxa.project(client, PROJECT))
    paths = ecotaxa.download_images(client, PROJECT, tmp_path, first_only=True)
    assert [sample.content for sample in dataset] == [path.read_bytes() for path in paths]
    for sample, path in zip(dataset, paths, strict=True):
        stored = client.objects.retrieve(int(path.stem))
        (tag,) = sample.annotations
        assert (tag.id, tag.source, tag.frame) == (
            stored.objid,
            stored.classif_qual,
            sample.frame.number,
        )
        assert tag.label in dataset.label_index
    assert list(dataset.label_index) == ["Calanoida", "Cyclopoida", "Oncaeidae", "detritus"]


def test_filters(client: ecotaxa.Client) -> None:
    dataset = Dataset(ecotaxa.project(client, PROJECT, filters={"statusfilter": "P"}))
    assert {one.source for sample in dataset for one in sample.annotations} == {"P"}
    assert 0 < len(dataset) < len(Dataset(ecotaxa.project(client, PROJECT)))


def test_taxa_status_and_samples_choose(
    server: FakeServer[FakeEcotaxa], client: ecotaxa.Client
) -> None:
    source = ecotaxa.project(client, PROJECT, taxa=["Copepoda"], status="V", samples=["tow_01"])
    other = ecotaxa.project(client, PROJECT, taxa=["Cyclopoida"], status="V", samples=["tow_01"])
    assert source.key != other.key
    assert server.requests == []  # names are looked up when a dataset is made
    table = ecotaxa.objects_table(
        client, PROJECT, taxa=["Copepoda"], status="V", samples=["tow_01"], columns=[]
    )
    tags = [one for sample in Dataset(source) for one in sample.annotations]
    assert [tag.id for tag in tags] == table["object_ids"].to_pylist()
    assert {tag.source for tag in tags} == {"V"}
    wrong = ecotaxa.project(client, PROJECT, taxa=["Yeti"])
    with pytest.raises(InvalidArgumentError, match="taxa: 'Yeti' is no taxon"):
        Dataset(wrong)
    with pytest.raises(InvalidArgumentError, match="filters has 'taxo', which another"):
        ecotaxa.project(client, PROJECT, taxa=["Copepoda"], filters={"taxo": "1"})


def test_a_taxon_that_is_left_out(client: ecotaxa.Client) -> None:
    whole = Dataset(ecotaxa.project(client, PROJECT), images="demand")
    labels = {"Calanoida": 0, "Cyclopoida": 1, "Oncaeidae": 2, "detritus": None}
    dataset = Dataset(ecotaxa.project(client, PROJECT), labels=labels, images="demand")
    assert [label.name for label in dataset.labels] == ["Calanoida", "Cyclopoida", "Oncaeidae"]
    kept = [[one for one in sample.annotations if one.label != "detritus"] for sample in whole]
    assert [list(sample.annotations) for sample in dataset] == kept
    assert [] in kept


def test_a_new_taxon_costs_no_picture(
    server: FakeServer[FakeEcotaxa], client: ecotaxa.Client
) -> None:
    first = Dataset(ecotaxa.project(client, PROJECT), images="all")[0]
    (tag,) = first.annotations
    other = next(name for name in first.label_index if name != tag.label)
    ecotaxa.classify(client, {tag.id: other})
    server.requests.clear()
    again = Dataset(ecotaxa.project(client, PROJECT), images="all")[0]
    assert [one.label for one in again.annotations] == [other]
    assert not any("vault" in one.path for one in server.requests)


def test_without_a_request(server: FakeServer[FakeEcotaxa], client: ecotaxa.Client) -> None:
    online = Dataset(ecotaxa.project(client, PROJECT), images="all")
    server.requests.clear()
    dataset = Dataset(ecotaxa.project(client, PROJECT), update="never")
    assert [sample.content for sample in dataset] == [sample.content for sample in online]
    assert server.requests == []
