"""Files of media come to disk: the right one of each, under names of their own, each once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from annoport import tator
from annoport.errors import InvalidArgumentError, NotFoundError, TargetExistsError
from annoport.filters import F
from annoport.testing import FakeServer
from annoport.testing.tator import FakeTator
from tests.flows import Seen


@pytest.fixture
def video(client: tator.Client, fake: FakeTator) -> tator.models.Media:
    """A video in several qualities and codecs."""
    row = client.media.list(1, name="dive_1.mp4").first()
    assert row
    assert row.media_files
    assert row.media_files.streaming
    known = fake.tables.media.get(row.id)
    for height, codec in ((480, "h264"), (720, "h264"), (720, "av1")):
        key = f"1/1/{row.id}/{height}_{codec}.mp4"
        fake.store.put(key, f"{height} {codec}".encode())
        known["media_files"]["streaming"].append(
            {
                "path": key,
                "codec": codec,
                "resolution": [height, 16],
                "size": 8,
                "reference_only": 0,
            }
        )
    return client.media.retrieve(row.id)


@pytest.mark.parametrize(
    "case",
    [
        ({}, "original.mp4"),
        ({"role": "archival"}, "original.mp4"),
        ({"role": "streaming", "codec": "av1"}, "720_av1.mp4"),
        ({"role": "streaming", "quality": 500}, "480_h264.mp4"),
        ({"role": "streaming", "quality": 100}, "480.mp4"),
        ({"role": "streaming"}, "720_h264.mp4"),
    ],
)
def test_the_file_that_is_wanted(
    case: tuple[dict[str, Any], str],
    flows: Any,
    fake: FakeTator,
    video: tator.models.Media,
    tmp_path: Path,
) -> None:
    options, name = case
    path = flows.download_media(video.id, tmp_path / "one.mp4", **options)
    assert path == tmp_path / "one.mp4"
    assert path.read_bytes() == fake.store.objects[f"1/1/{video.id}/{name}"].payload.read()
    folder = tmp_path / "made"
    again = flows.download_media(video, f"{folder}/", **options)
    assert again == folder / f"{video.id}_dive_1.mp4"
    assert again.read_bytes() == path.read_bytes()


def test_many_at_once_by_names_that_never_clash(
    flows: Any, client: tator.Client, server: FakeServer[FakeTator], tmp_path: Path
) -> None:
    rows = client.media.list(1, dtype="image").all()
    seen = Seen()
    paths = flows.download_media(rows, tmp_path / "all", at_once=3, progress=seen)
    stems = [Path(str(row.name).replace("/", "_")).stem for row in rows]
    assert len({path.name for path in paths}) == len(rows)
    assert paths[0].name == f"{rows[0].id}_{stems[0]}.png"
    assert sorted(path.name for path in (tmp_path / "all").iterdir() if path.name[0] != ".") == (
        sorted(path.name for path in paths)
    )
    size = sum(path.stat().st_size for path in paths)
    assert seen[-1] == (size, size)
    assert seen == sorted(seen, key=lambda one: one[0])
    signed = [one for one in server.requests if "DownloadInfo" in one.path]
    assert len(signed) == 1
    by_id = flows.download_media([row.id for row in rows], tmp_path / "all")
    assert by_id == paths
    pager = flows.client.media.list(1, dtype="image")
    assert flows.download_media(pager, tmp_path / "all") == paths


def test_run_again_it_fetches_what_is_missing(
    flows: Any, client: tator.Client, server: FakeServer[FakeTator], tmp_path: Path
) -> None:
    rows = client.media.list(1, dtype="image").all()
    paths = flows.download_media(rows, tmp_path)
    paths[2].unlink()
    before = paths[3].stat().st_mtime_ns
    server.requests.clear()
    assert flows.download_media(rows, tmp_path) == paths
    assert paths[2].is_file()
    assert paths[3].stat().st_mtime_ns == before


def test_what_failed_goes_on(
    flows: Any, client: tator.Client, fake: FakeTator, tmp_path: Path
) -> None:
    rows = client.media.list(1, dtype="image").all()
    key = f"1/1/{rows[-1].id}/image.png"
    lost = fake.store.objects.pop(key)
    with pytest.raises(NotFoundError):
        flows.download_media(rows, tmp_path, at_once=1)
    fake.store.objects[key] = lost
    there = [path for path in tmp_path.iterdir() if path.name[0] != "."]
    assert len(there) == len(rows) - 1
    assert len(flows.download_media(rows, tmp_path)) == len(rows)


def test_urls_that_expire_are_renewed_and_others_are_fetched(
    flows: Any, client: tator.Client, fake: FakeTator, video: tator.models.Media, tmp_path: Path
) -> None:
    key = f"1/1/{video.id}/original.mp4"
    whole = fake.store.objects[key].payload.read()
    # What a medium refers to may be elsewhere, at a URL that needs no signature of Tator's.
    elsewhere = client.transfers.get_download_info(1, body={"keys": [key]})[0].url
    fake.tables.media.get(video.id)["media_files"]["archival"][0]["path"] = elsewhere
    assert flows.download_media(video.id, tmp_path / "a.mp4").read_bytes() == whole
    fake.tables.media.get(video.id)["media_files"]["archival"][0]["path"] = key
    fake.fail_next(403, path=key)
    assert flows.download_media(video.id, tmp_path / "b.mp4").read_bytes() == whole


def test_media_without_such_a_file(
    flows: Any, client: tator.Client, server: FakeServer[FakeTator], tmp_path: Path
) -> None:
    rows = client.media.list(1, dtype="video").all()
    server.requests.clear()
    with pytest.raises(InvalidArgumentError) as caught:
        flows.download_media(rows, tmp_path)
    assert str(caught.value) == (
        f"medium {rows[2].id} 'dive_3.mp4' has no file to download; it has no files at all; "
        "skip_missing=True leaves it out"
    )
    with pytest.raises(InvalidArgumentError) as other:
        flows.download_media(rows, tmp_path, role="image")
    assert str(other.value) == (
        f"medium {rows[0].id} 'dive_1.mp4' has no image file; it has archival, streaming; "
        "skip_missing=True leaves it out"
    )
    with pytest.raises(InvalidArgumentError) as codec:
        flows.download_media(rows[0], tmp_path, codec="vp9")
    assert str(codec.value) == (
        f"medium {rows[0].id} 'dive_1.mp4': no file of it has codec 'vp9'; there is 'h264'"
    )
    assert server.requests == []
    assert len(flows.download_media(rows, tmp_path, skip_missing=True)) == 2


def name_of(medium: tator.models.Media) -> str:
    return str(medium.name)


def way_out(medium: tator.models.Media) -> str:
    """A name that leads out of the folder."""
    return f"../../{medium.id}.png"


def test_names_of_ones_own(
    flows: Any, client: tator.Client, server: FakeServer[FakeTator], tmp_path: Path
) -> None:
    rows = client.media.list(1, dtype="image").all()
    server.requests.clear()
    with pytest.raises(InvalidArgumentError) as caught:
        flows.download_media(rows, tmp_path, name=name_of)
    twins = [row for row in rows if row.name == "whale_0000.png"]
    assert str(caught.value) == (
        f"medium {twins[1].id} 'whale_0000.png' and medium {twins[0].id} 'whale_0000.png' would "
        "both be called 'whale_0000.png': give each a name of its own"
    )
    assert server.requests == []
    paths = flows.download_media(rows[:2], tmp_path, name=way_out)
    assert [path.name for path in paths] == [f"{row.id}.png" for row in rows[:2]]
    assert {path.parent for path in paths} == {tmp_path}


def test_what_is_no_medium(flows: Any, tmp_path: Path) -> None:
    for wrong in ("dive.mp4", 1.5):
        with pytest.raises(InvalidArgumentError) as caught:
            flows.download_media(wrong, tmp_path)
        assert str(caught.value) == (f"media: expected a medium, an id or several, got {wrong!r}")
    with pytest.raises(InvalidArgumentError) as inside:
        flows.download_media([None], tmp_path)
    assert str(inside.value) == "media: expected a medium or its id, got None"
    with pytest.raises(NotFoundError):
        flows.download_media(98765, tmp_path)
    with pytest.raises(InvalidArgumentError) as many:
        flows.download_media([1], tmp_path, at_once=0)
    assert str(many.value) == "at_once is 0: expected 1 to 32"
    (tmp_path / "there.png").touch()
    with pytest.raises(TargetExistsError):
        flows.download_media(1, tmp_path / "there.png", overwrite="error")


# ------------------------------------------------------------------------------- sections


def test_a_section_by_name(flows: Any, client: tator.Client, tmp_path: Path) -> None:
    rows = client.media.list(1, section=2).all()
    ids = [row.id for row in rows if row.media_files]
    paths = flows.download_section(1, "July 2026", tmp_path, skip_missing=True)
    assert [int(path.name.partition("_")[0]) for path in paths] == ids
    videos = flows.download_section(
        1, 2, tmp_path / "small", dtype="video", role="streaming", quality=480
    )
    assert [path.name.partition("_")[2] for path in videos] == ["dive_2.mp4"]
    search = F["label"] == "nothing"
    assert flows.download_section(1, 2, tmp_path, search=search) == []


def test_a_section_that_is_not_there(
    flows: Any, server: FakeServer[FakeTator], tmp_path: Path
) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        flows.download_section(1, "july 2026", tmp_path)
    assert str(caught.value) == (
        "section 'july 2026': project 1 has none such; it has 'July 2026' (2), 'June' (1)"
    )
    with pytest.raises(InvalidArgumentError) as misspelt:
        flows.download_section(1, "June", tmp_path, search=F["lable"] == "x")
    assert str(misspelt.value) == (
        "'lable' is no attribute of media in project 1; did you mean 'label'?"
    )
    assert list(tmp_path.iterdir()) == []
