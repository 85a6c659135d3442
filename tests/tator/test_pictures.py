"""Frames and localizations of tracks come as pictures, each cut out of the server's tiles."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import PIL.Image
import pytest

from annoport import tator
from annoport.errors import DecodeError, InvalidArgumentError, NotFoundError
from annoport.tator import tiles
from annoport.testing import FakeServer
from annoport.testing.tator import FakeTator


@pytest.fixture
def video(client: tator.Client) -> tator.models.Media:
    row = client.media.list(1, name="dive_1.mp4").first()
    assert row
    return row


def shades(pictures: list[PIL.Image.Image]) -> list[int]:
    """The grey that each picture consists of."""
    found: list[int] = []
    for picture in pictures:
        low, high = picture.convert("L").getextrema()
        assert low == high
        found.append(int(low))  # type: ignore[arg-type]  # of a picture in greys, it is a number
    return found


@pytest.mark.parametrize("count", [1, 2, 3, 5, 7, 11])
@pytest.mark.parametrize("per_request", [1, 4, 30])
def test_frames_come_in_the_order_asked_for(
    count: int, per_request: int, flows: Any, server: FakeServer[FakeTator], video: Any
) -> None:
    wanted = [(7 * number) % 90 for number in range(count)][::-1]
    server.requests.clear()
    pictures = flows.items("frames", video, iter(wanted), per_request=per_request)
    assert shades(pictures) == [60 + frame for frame in wanted]
    assert {picture.size for picture in pictures} == {(64, 48)}
    assert len(server.requests) == -(-count // per_request)


def test_parts_and_sizes_of_frames(flows: Any, video: Any) -> None:
    half = flows.items("frames", video.id, [3, 4, 5], roi=(0.5, 0.0, 0.5, 0.25))
    assert {picture.size for picture in half} == {(32, 12)}
    large = flows.items("frames", video.id, [3, 4, 5], size=(200, 10), quality=480)
    assert {picture.size for picture in large} == {(200, 10)}
    assert shades(half) == shades(large) == [63, 64, 65]


def test_the_localizations_of_a_track(
    flows: Any, client: tator.Client, server: FakeServer[FakeTator], video: Any
) -> None:
    track = client.states.list(1, media_id=[video.id], type=1).first()
    assert track
    assert track.localizations
    pictures = flows.items("state_images", track.id)
    assert shades(pictures) == [60 + one % 150 for one in track.localizations]
    assert {picture.size for picture in pictures} == {(224, 224)}
    row = server.fake.tables.states.get(track.id)
    row["localizations"] = [row["localizations"][0]] * 61
    server.requests.clear()
    assert len(flows.items("state_images", client.states.retrieve(track.id), size=(8, 4))) == 61
    graphics = [one.query for one in server.requests if "Graphic" in one.path]
    assert [query.partition("length=")[2] for query in graphics] == [
        "30&offset=0",
        "30&offset=30",
        "1&offset=60",
    ]


def test_what_is_not_in_the_video(flows: Any, server: FakeServer[FakeTator], video: Any) -> None:
    def refused(name: str, *arguments: Any, **options: Any) -> str:
        with pytest.raises(InvalidArgumentError) as caught:
            flows.items(name, *arguments, **options)
        return str(caught.value)

    server.requests.clear()
    here = f"medium {video.id} 'dive_1.mp4'"
    assert refused("frames", video, [0, 90]) == f"frames: {here} has the frames 0 to 89, not 90"
    assert refused("frames", video, [-1]) == f"frames: {here} has the frames 0 to 89, not -1"
    assert refused("frames", video, ["3"]) == "frames: expected whole numbers, got '3'"
    assert refused("frames", video, []) == (
        "frames is empty: pass the numbers of the frames that you want"
    )
    assert refused("frames", video, [0], per_request=0) == "per_request is 0: expected 1 or more"
    assert refused("frames", video, [0], size=(0, 3)) == (
        "size is 0 x 3: expected 1 x 1 pixels or more"
    )
    assert refused("frames", video, [0], roi=(0.5, 0, 0.6, 1)) == (
        "roi is (0.5, 0, 0.6, 1): expected left, top, width and height as fractions within 0..1"
    )
    assert server.requests == []
    state = flows.client.states.list(1, type=2)
    empty = flows.shell.run(state.first())
    assert refused("state_images", empty) == (
        f"state {empty.id} has no localizations, so it has no pictures"
    )
    with pytest.raises(NotFoundError):
        flows.items("state_images", 98765)


def test_what_is_no_such_picture() -> None:
    with pytest.raises(
        DecodeError, match=r"^the answer of the server: the picture cannot be decoded: "
    ):
        list(tiles.cut(b"<html>", 1, 1, 1))
    out = io.BytesIO()
    PIL.Image.new("L", (64, 48)).save(out, "PNG")
    with pytest.raises(DecodeError) as caught:
        list(tiles.cut(out.getvalue(), 5, 5, 1))
    assert str(caught.value) == (
        "the server sent a picture of 64 x 48 pixels, which cannot be 5 x 1 pictures of one size"
    )


def test_without_pillow_the_error_says_what_to_install(
    flows: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError) as caught:
        flows.items("frames", 1, [0])
    assert str(caught.value) == (
        "pictures need Pillow, which is not installed: pip install 'annoport[images]'"
    )
