"""Media, sections and projects of a fake Tator as datasets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from annoport import errors, tator
from annoport.testing import FakeServer, serve
from annoport.testing.tator import FakeTator
from annoport.vision import Box, Dataset, video

PROJECT, JUNE, IMAGE, VIDEO = 1, 1, 1, 15


@pytest.fixture
def server() -> Iterator[FakeServer[FakeTator]]:
    with serve("tator") as running:
        yield running


@pytest.fixture
def client(server: FakeServer[FakeTator]) -> Iterator[tator.Client]:
    with tator.Client(server.url, token=server.token) as made:
        yield made


def test_an_image(client: tator.Client, tmp_path: Path) -> None:
    (sample,) = Dataset(tator.media(client, IMAGE))
    assert (sample.part, sample.frame.name) == ("medium 1", "whale_0000.png")
    assert sample.label_index == {"Blow": 0, "Fluke outline": 1, "Heading": 2, "Whale": 3}
    path = tator.download_media(client, IMAGE, tmp_path)
    assert sample.content == path.read_bytes()
    stored = list(client.localizations.list(PROJECT, media_id=[IMAGE]))
    assert [one.id for one in sample.annotations] == [row.elemental_id for row in stored]
    box = next(one for one in sample.annotations if isinstance(one, Box))
    row = next(row for row in stored if row.elemental_id == box.id)
    assert isinstance(row.x, float)
    assert box.left == row.x * 64
    assert box.attributes["species"] == (row.attributes or {})["species"]


def test_the_frames_of_a_video(server: FakeServer[FakeTator], client: tator.Client) -> None:
    dataset = Dataset(tator.media(client, VIDEO), images="demand")
    assert [sample.frame.number for sample in dataset] == list(range(90))
    stored = Counter(row.frame for row in client.localizations.list(PROJECT, media_id=[VIDEO]))
    found = {sample.frame.number: len(sample.annotations) for sample in dataset}
    assert {frame: count for frame, count in found.items() if count} == stored
    server.requests.clear()
    assert dataset[7].load().size == (64, 48)
    assert [one.query for one in server.requests] == ["frames=7"]


def test_an_attribute_as_the_label(client: tator.Client) -> None:
    source = tator.section(client, JUNE, label="species", unsupported="drop")
    dataset = Dataset(source, images="demand")
    assert list(dataset.label_index) == ["humpback", "orca", "minke", "unknown"]
    labels = {one.label for sample in dataset for one in sample.annotations}
    assert labels <= {*dataset.label_index}
    assert all("species" not in one.attributes for one in dataset[0].annotations)
    numbers = sorted(row.id for row in client.media.list(PROJECT, section=JUNE))
    assert list(dict.fromkeys(sample.part for sample in dataset)) == [
        f"medium {number}" for number in numbers
    ]
    with pytest.raises(errors.InvalidArgumentError) as caught:
        Dataset(tator.project(client, PROJECT, label="Species"))
    assert str(caught.value) == (
        "label is 'Species', but no localization type has such an attribute; there are "
        "'confidence', 'label', 'species'"
    )


def test_a_label_that_is_left_out(client: tator.Client) -> None:
    source = tator.section(client, JUNE, label="species", unsupported="drop")
    whole = Dataset(source, images="demand")
    labels = {"humpback": None, "orca": 0, "minke": 1, "unknown": 2}
    dataset = Dataset(source, labels=labels, images="demand")
    assert dataset.label_index == {"orca": 0, "minke": 1, "unknown": 2}
    kept = [[one for one in sample.annotations if one.label != "humpback"] for sample in whole]
    assert [list(sample.annotations) for sample in dataset] == kept
    assert sum(map(len, kept)) < sum(len(sample.annotations) for sample in whole)


def test_versions_are_layers(client: tator.Client) -> None:
    versions = Counter(row.version for row in client.localizations.list(PROJECT))
    for version, count in versions.items():
        assert isinstance(version, int)
        dataset = Dataset(tator.project(client, PROJECT, versions=[version]), images="demand")
        assert sum(len(sample.annotations) for sample in dataset) == count
    with pytest.raises(errors.InvalidArgumentError, match="versions is empty"):
        tator.project(client, PROJECT, versions=[])


def test_an_edited_localization_costs_no_picture(
    server: FakeServer[FakeTator], client: tator.Client
) -> None:
    (sample,) = Dataset(tator.media(client, IMAGE), images="all")
    (row, *_) = client.localizations.list(PROJECT, media_id=[IMAGE])
    client.localizations.update(row.id, body={"attributes": {"label": "seen again"}})
    server.requests.clear()
    (again,) = Dataset(tator.media(client, IMAGE), images="all")
    assert again.content == sample.content
    changed = next(one for one in again.annotations if one.id == row.elemental_id)
    assert changed.attributes["label"] == "seen again"
    assert not any("Download" in one.path or "objects" in one.path for one in server.requests)


def test_without_a_request(server: FakeServer[FakeTator], client: tator.Client) -> None:
    Dataset(tator.media(client, IMAGE), images="all")
    server.requests.clear()
    (sample,) = Dataset(tator.media(client, IMAGE), update="never")
    assert sample.load().size == (64, 48)
    assert server.requests == []


def test_a_video_that_is_not_transcoded(
    server: FakeServer[FakeTator], client: tator.Client, caplog: pytest.LogCaptureFixture
) -> None:
    row = server.fake.tables.media.get(VIDEO)
    row["num_frames"] = None
    row["media_files"] = {**row["media_files"], "streaming": []}
    message = (
        "medium 15 'dive_1.mp4' has no image, and no number of frames: a video has one when the "
        "server has transcoded it"
    )
    with pytest.raises(errors.InvalidArgumentError) as caught:
        Dataset(tator.media(client, VIDEO))
    assert str(caught.value) == message
    parts = {sample.part for sample in Dataset(tator.project(client, PROJECT), images="demand")}
    assert len(parts) == 16
    assert "medium 15" not in parts
    assert caplog.messages == [f"project 1: it is left out: {message}"]


@pytest.mark.parametrize("has_original", [True, False], ids=["original", "no file"])
def test_a_video_without_a_stream(
    server: FakeServer[FakeTator], client: tator.Client, *, has_original: bool
) -> None:
    """The server answers 400 where it is asked for a frame of it."""
    row = server.fake.tables.media.get(VIDEO)
    row["media_files"] = {"archival": row["media_files"]["archival"]} if has_original else {}
    dataset = Dataset(tator.media(client, VIDEO), images="demand")
    server.requests.clear()
    with pytest.raises(errors.DecodeError) as caught:
        _ = dataset[7].content
    # The original of the fake is no film, and without PyAV nobody looks at it.
    no_film = "medium 15: it is no film: [Errno 1094995529] Invalid data found when processing"
    no_stream = (
        "medium 15 'dive_1.mp4': the server makes no frames of it, because it has no streaming "
        "file; annoport[video] decodes them from its original, if there is one"
    )
    decoded = has_original and video.can_decode()
    assert str(caught.value) == (f"{no_film} input: '<none>'" if decoded else no_stream)
    assert not [one for one in server.requests if "GetFrame" in one.path]
