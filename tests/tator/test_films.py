"""Frames of videos of a fake Tator, decoded from their files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from annoport import errors, tator
from annoport.tator.films import Fragment, fragments
from annoport.tator.sources import TatorSource
from annoport.testing import FakeServer, serve
from annoport.testing.tator import FakeTator
from annoport.vision import Dataset, Sample
from tests.vision import films

VIDEO, COUNT = 15, 90


@pytest.fixture
def server() -> Iterator[FakeServer[FakeTator]]:
    with serve("tator") as running:
        yield running


@pytest.fixture
def client(server: FakeServer[FakeTator]) -> Iterator[tator.Client]:
    with tator.Client(server.url, token=server.token, max_retries=0) as made:
        yield made


STREAM = films.film(range(COUNT), options=films.FRAGMENTED)
ORIGINAL = films.film(range(COUNT), b_frames=3)


def one_less(listed: bytes) -> bytes:
    """A list in which the first fragment has a frame less than it has, and the others follow."""
    said = json.loads(listed)
    moofs = [box for box in said["segments"] if box["name"] == "moof"]
    moofs[0]["frame_samples"] -= 1
    for box in moofs[1:]:
        box["frame_start"] -= 1
    return json.dumps(said).encode()


def put(
    server: FakeServer[FakeTator],
    *,
    stream: bytes | None = STREAM,
    listed: bytes | None = None,
    original: bytes = ORIGINAL,
) -> None:
    """Give the video real files."""
    fake = server.fake
    files = fake.tables.media.get(VIDEO)["media_files"]
    fake.store.put(files["archival"][0]["path"], original)
    if stream is None:
        del files["streaming"]
    else:
        fake.store.put(files["streaming"][0]["path"], stream)
        info = films.segments(stream) if listed is None else listed
        fake.store.put(files["streaming"][0]["segment_info"], info)


def paths(server: FakeServer[FakeTator]) -> list[str]:
    return [one.path for one in server.requests if one.path.startswith("/rest/GetFrame")]


def number_of(sample: Sample) -> int:
    return films.number_in(sample.content)


def source(client: tator.Client) -> TatorSource:
    return tator.media(client, VIDEO)


def test_from_the_fragments_of_the_stream(
    server: FakeServer[FakeTator], client: tator.Client
) -> None:
    put(server)
    dataset = Dataset(source(client), images="all")
    assert [number_of(sample) for sample in dataset] == list(range(COUNT))
    assert paths(server) == []


def test_from_the_original_if_there_is_no_stream(
    server: FakeServer[FakeTator], client: tator.Client
) -> None:
    put(server, stream=None)
    dataset = Dataset(source(client), images="all")
    assert [number_of(sample) for sample in dataset] == list(range(COUNT))
    assert paths(server) == []


@pytest.mark.parametrize("has_stream", [True, False], ids=["stream", "original"])
def test_several_threads_read_one_video(
    server: FakeServer[FakeTator], client: tator.Client, *, has_stream: bool
) -> None:
    """As a function is given pictures; none of them may have those of another."""
    # Larger than what is read of a file at a time.
    large = films.film(range(COUNT), b_frames=3, noise=250)
    put(server, stream=STREAM if has_stream else None, original=large)
    (part,) = source(client).open(source(client).describe()).parts
    frames = part.media_of(part.fetch_media()).frames

    def read(start: int) -> list[tuple[int, int]]:
        return [
            (one.frame, films.number_in(one.content))
            for one in part.read_block(0, frames[start : start + 15])
        ]

    with ThreadPoolExecutor(6) as pool:
        found = [one for each in pool.map(read, range(0, COUNT, 15)) for one in each]
    assert found == [(number, number) for number in range(COUNT)]
    assert paths(server) == []


def test_only_the_bytes_of_the_block(server: FakeServer[FakeTator], client: tator.Client) -> None:
    put(server)
    (part,) = source(client).open(source(client).describe()).parts
    wanted = [frame for frame in part.media_of(part.fetch_media()).frames if frame.block == 1]
    found = list(part.read_block(1, wanted))
    assert [(one.frame, films.number_in(one.content)) for one in found] == [
        (number, number) for number in range(64, COUNT)
    ]


def test_a_url_that_has_expired_is_renewed(
    server: FakeServer[FakeTator], client: tator.Client
) -> None:
    put(server)
    (part,) = source(client).open(source(client).describe()).parts
    frames = part.media_of(part.fetch_media()).frames
    list(part.read_block(0, frames[:10]))
    server.fake.store.expire_urls()
    server.fake.urls.clear()
    found = list(part.read_block(0, frames[30:40]))
    assert [films.number_in(one.content) for one in found] == list(range(30, 40))
    assert paths(server) == []


def test_a_file_that_changes_is_no_mixture(
    server: FakeServer[FakeTator], client: tator.Client
) -> None:
    put(server)
    (part,) = source(client).open(source(client).describe()).parts
    frames = part.media_of(part.fetch_media()).frames
    list(part.read_block(0, frames[:10]))
    put(server, stream=films.film(range(COUNT), options=films.FRAGMENTED, group=10))
    with pytest.raises(errors.ChangedDuringDownloadError) as caught:
        list(part.read_block(0, frames[:10]))
    assert str(caught.value) == "medium 15: the file has changed in the store"


def test_a_single_frame_comes_from_the_server(
    server: FakeServer[FakeTator], client: tator.Client
) -> None:
    put(server)
    dataset = Dataset(source(client), images="demand")
    server.requests.clear()
    assert dataset[7].content
    assert [(one.path, one.query) for one in server.requests] == [
        (f"/rest/GetFrame/{VIDEO}", "frames=7")
    ]


@pytest.mark.parametrize(
    "listed",
    [
        films.segments(films.film(range(COUNT), options=films.FRAGMENTED, group=5)),
        films.segments(films.film(range(20), options=films.FRAGMENTED)),
        one_less(films.segments(STREAM)),
        b'{"segments": [{"frame_start": 0, "frame_samples": 90}]}',
        b"nothing",
    ],
)
def test_a_list_that_lies_leaves_it_to_the_server(
    server: FakeServer[FakeTator],
    client: tator.Client,
    caplog: pytest.LogCaptureFixture,
    listed: bytes,
) -> None:
    put(server, listed=listed)
    (part,) = source(client).open(source(client).describe()).parts
    frames = part.media_of(part.fetch_media()).frames
    assert len(list(part.read_block(0, frames[:26]))) == 26
    assert len(paths(server)) == 26
    assert "frames come from the server, one by one: medium 15: " in caplog.text


def test_fragments() -> None:
    found = fragments(films.segments(STREAM))
    first, second, *_ = found
    assert first == Fragment(first=0, count=second.first, start=first.start, stop=second.start)
    assert STREAM[first.start + 4 : first.start + 8] == b"moof"
    assert found[-1].first + found[-1].count == COUNT
