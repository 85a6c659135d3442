"""Files become media once, with their annotations, whatever happens on the way."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from annoport import tator, vision
from annoport.errors import (
    ApiError,
    InvalidAnnotationError,
    InvalidArgumentError,
    JobFailedError,
    JobTimeoutError,
    UnsentError,
)
from annoport.tator.fingerprints import HEAD
from annoport.tator.uploads import image_size
from annoport.testing import FakeServer
from annoport.testing.images import png
from annoport.testing.tator import FakeTator
from annoport.testing.tator.videos import mp4
from tests.flows import Seen

BOX = vision.Box(
    label="Whale", left=16, top=12, right=32, bottom=24, attributes={"species": "orca"}
)
DOT = {"type": 2, "x": 0.5, "y": 0.25}
_ANNOTATIONS = [BOX, DOT]


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "fluke.png"
    path.write_bytes(png(64, 48, shade=77))
    return path


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "dive.mp4"
    path.write_bytes(b"not really a video" * 1000)
    return path


def media(client: tator.Client, path: Path) -> list[tator.models.Media]:
    """The media that the project has of a file."""
    return client.media.list(1, md5=tator.fingerprint(path)).all()


def drawn(client: tator.Client, medium: int) -> list[int]:
    return [row.id for row in client.localizations.list(1, media_id=[medium])]


def posts(server: FakeServer[FakeTator]) -> list[str]:
    return [one.path for one in server.requests if one.method in ("POST", "PUT", "PATCH")]


@pytest.mark.parametrize("name", ["media_id", "media"])
def test_annotations_of_another_medium_are_refused(
    flows: Any, server: FakeServer[FakeTator], image: Path, name: str
) -> None:
    with pytest.raises(InvalidAnnotationError) as caught:
        flows.upload_media(1, image, annotations=[BOX, {**DOT, name: 1}])
    assert str(caught.value) == (
        f"annotations[1]: {name}: is 1, but the medium is the one that this call makes: leave it "
        "out, or make it 0; for a medium that is there, use create_localizations"
    )
    assert posts(server) == []


def test_a_localization_spec_without_a_medium_is_one_of_the_new_medium(
    flows: Any, client: tator.Client, image: Path
) -> None:
    spec = tator.models.LocalizationSpec(media_id=0, type=2, frame=0, x=0.5, y=0.25)
    made = flows.upload_media(1, image, annotations=[spec])
    assert drawn(client, made.id) == list(made.annotations)


def test_an_image_becomes_a_medium(flows: Any, client: tator.Client, image: Path) -> None:
    sent = Seen()
    made = flows.upload_media(
        1,
        image,
        section="Flukes",
        attributes={"label": "left"},
        annotations=_ANNOTATIONS,
        progress=sent,
    )
    row = client.media.retrieve(made.id)
    assert (row.name, row.type, row.md5) == ("fluke.png", 1, tator.fingerprint(image))
    assert row.attributes
    assert row.attributes["label"] == "left"
    assert client.sections.list(1, name="Flukes")[0].id == row.primary_section
    assert (made.job, made.existed, made.medium.media_files) == (None, False, row.media_files)
    assert row.media_files
    assert row.media_files.image
    assert tator.download_media(client, row, image.with_name("again.png")).read_bytes() == (
        image.read_bytes()
    )
    assert sent[-1] == (image.stat().st_size, image.stat().st_size)
    box, dot = (client.localizations.retrieve(number) for number in made.annotations)
    assert (box.type, box.x, box.y, box.width, box.height) == (1, 0.25, 0.25, 0.25, 0.25)
    assert (dot.type, dot.x, dot.y, dot.media) == (2, 0.5, 0.25, made.id)


def test_a_video_is_transcoded(flows: Any, client: tator.Client, video: Path) -> None:
    made = flows.upload_media(1, video, section=2, name="Dive 7.mp4", attributes={"label": "deep"})
    row = client.media.retrieve(made.id)
    assert (row.name, row.type, row.primary_section) == ("Dive 7.mp4", 2, 2)
    assert row.attributes
    assert row.attributes["label"] == "deep"
    assert row.media_files
    assert row.media_files.streaming
    assert made.medium == row
    assert made.job.id == row.uid
    assert str(made.job.status).lower() == "succeeded"


def test_without_waiting_the_job_goes_on(
    flows: Any, client: tator.Client, fake: FakeTator, video: Path
) -> None:
    fake.job_seconds = 1000
    made = flows.upload_media(1, video, wait=False)
    assert made.medium.media_files is None
    assert client.job(made.job.id, kind="transcode").id == made.job.id
    # It goes on with the transcode that runs, and starts no other.
    again = flows.upload_media(1, video, wait=False)
    assert (again.id, again.job.id, again.existed) == (made.id, made.job.id, True)
    fake.clock.advance(1000)
    assert flows.upload_media(1, video).medium.media_files.streaming


@pytest.mark.parametrize("kind", ["image", "video"])
def test_run_again_nothing_is_there_twice(
    kind: str,
    flows: Any,
    client: tator.Client,
    server: FakeServer[FakeTator],
    request: pytest.FixtureRequest,
) -> None:
    path: Path = request.getfixturevalue(kind)
    caplog: pytest.LogCaptureFixture = request.getfixturevalue("caplog")
    first = flows.upload_media(1, path, annotations=_ANNOTATIONS)
    before = posts(server)
    with caplog.at_level(logging.INFO, "annoport.transfers"):
        again = flows.upload_media(1, path, annotations=_ANNOTATIONS)
    assert (again.id, again.existed, again.annotations) == (first.id, True, first.annotations)
    assert [one for one in posts(server)[len(before) :] if "Localizations" not in one] == []
    assert len(media(client, path)) == 1
    assert drawn(client, first.id) == list(first.annotations)
    assert caplog.messages == [
        f"{path.name}: the project has this file already, as medium {first.id} {path.name!r}"
    ]
    with pytest.raises(InvalidArgumentError) as caught:
        flows.upload_media(1, path, duplicates="error")
    assert str(caught.value) == (
        f"{path.name!r}: project 1 has this file already, as medium {first.id} {path.name!r}: "
        "duplicates='skip' takes that, and 'allow' makes another one"
    )
    other = flows.upload_media(1, path, duplicates="allow", annotations=_ANNOTATIONS)
    assert other.id != first.id
    assert not set(other.annotations) & set(first.annotations)


def test_lost_answers_double_nothing(
    flows: Any, client: tator.Client, fake: FakeTator, image: Path, video: Path
) -> None:
    fake.lose_next(path="/rest/Medias/1", method="POST")
    fake.lose_next(path="/rest/Transcodes/1", method="POST")
    fake.lose_next(path="/rest/Localizations/1", method="POST")
    first = flows.upload_media(1, image, annotations=_ANNOTATIONS)
    second = flows.upload_media(1, video)
    assert [row.id for row in media(client, image)] == [first.id]
    assert [row.id for row in media(client, video)] == [second.id]
    assert drawn(client, first.id) == list(first.annotations)


@pytest.mark.parametrize("place", ["UploadInfo", "tator/_uploads", "DownloadInfo", "/rest/Medias/"])
def test_a_call_that_failed_goes_on(
    place: str, flows: Any, client: tator.Client, fake: FakeTator, image: Path
) -> None:
    fake.fail_next(400, path=place)
    with pytest.raises(ApiError):
        flows.upload_media(1, image)
    made = flows.upload_media(1, image)
    assert [row.id for row in media(client, image)] == [made.id]


@pytest.mark.parametrize(
    "failure",
    [
        (409, "call again with the same arguments"),
        (
            400,
            (
                "put right what was refused, then call again: with duplicates='skip' it is not "
                "uploaded again"
            ),
        ),
    ],
)
def test_annotations_that_failed_are_made_good(
    flows: Any, client: tator.Client, fake: FakeTator, image: Path, failure: tuple[int, str]
) -> None:
    status, again = failure
    fake.fail_next(status, times=9, path="/rest/Localizations/1")
    with pytest.raises(tator.MediumWriteError) as caught:
        flows.upload_media(1, image, annotations=_ANNOTATIONS)
    fake.faults.clear()
    error = caught.value
    (row,) = media(client, image)
    assert (error.medium, error.done, error.left) == (row.id, (), 2)
    assert str(error) == (
        f"medium {row.id} 'fluke.png' is there, but 2 of its 2 annotations are not: {again}; "
        f"{type(error.__cause__).__name__}: {error.__cause__}"
    )
    made = flows.upload_media(1, image, annotations=_ANNOTATIONS)
    assert (made.id, drawn(client, made.id)) == (row.id, list(made.annotations))


def test_a_box_beyond_a_video_is_refused_when_its_size_is_known(
    flows: Any, client: tator.Client, server: FakeServer[FakeTator], video: Path
) -> None:
    beyond = vision.Box(label="Whale", left=1, top=1, right=10**6, bottom=9)
    with pytest.raises(InvalidAnnotationError) as caught:
        flows.upload_media(1, video, annotations=[DOT, beyond])
    (row,) = media(client, video)
    assert row.width
    assert str(caught.value) == (
        f"Box 'Whale' on frame 0: right: 1000000.0 is not within the picture of {row.width} x "
        f"{row.height} pixels; medium {row.id} 'dive.mp4' is there, without annotations of "
        "this call; put this right and call again: with duplicates='skip' it is not uploaded again"
    )
    assert [path for path in posts(server) if "/Localizations/" in path] == []
    made = flows.upload_media(1, video, annotations=[DOT, BOX])
    assert (made.id, drawn(client, made.id)) == (row.id, list(made.annotations))


def test_a_picture_that_a_camera_turned_is_measured_by_the_server(tmp_path: Path) -> None:
    image = Image.new("RGB", (64, 48))
    image.save(tmp_path / "plain.jpg")
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(tmp_path / "turned.jpg", exif=exif)
    image.save(tmp_path / "film.tiff")
    (tmp_path / "torn.png").write_bytes(png(64, 48)[:20])
    names = ("plain.jpg", "turned.jpg", "film.tiff", "torn.png")
    assert [image_size(tmp_path / name) for name in names] == [(64, 48), None, None, None]


def test_what_was_made_is_shown_in_short(flows: Any, image: Path) -> None:
    made = flows.upload_media(1, image, annotations=_ANNOTATIONS)
    assert repr(made) == (f"<{type(made).__name__} medium {made.id} 'fluke.png', annotations=2>")


def test_a_transcode_that_failed_is_done_again_for_the_same_medium(
    flows: Any, client: tator.Client, fake: FakeTator, video: Path
) -> None:
    fake.next_job = "failed"
    with pytest.raises(JobFailedError):
        flows.upload_media(1, video)
    (row,) = media(client, video)
    assert row.media_files is None
    made = flows.upload_media(1, video)
    assert (made.id, made.existed) == (row.id, True)
    assert [one.id for one in media(client, video) if one.media_files] == [row.id]


def test_an_image_that_the_server_does_not_read(
    flows: Any, client: tator.Client, fake: FakeTator, image: Path
) -> None:
    fake.ingest_seconds = 1000
    with pytest.raises(JobTimeoutError) as caught:
        flows.upload_media(1, image, timeout=0)
    (row,) = media(client, image)
    assert str(caught.value) == (
        f"medium {row.id} 'fluke.png': the server has not read the image in after 0 s: it may be "
        "no image that Tator knows; call again to wait on"
    )
    fake.clock.advance(1000)
    assert flows.upload_media(1, image).id == row.id


def test_a_server_that_is_gone(flows: Any, server: FakeServer[FakeTator], image: Path) -> None:
    flows.client = flows.client.with_options(max_retries=0)
    server.stop()
    with pytest.raises(UnsentError):
        flows.upload_media(1, image)


HAS = "it has 'Multi views' (3), 'Stills' (1), 'Videos' (2)"
BAD: list[tuple[str, dict[str, Any], type[Exception], str]] = [
    (
        "gone.png",
        {},
        InvalidArgumentError,
        "file: '{gone.png}' does not exist: expected the path of a file",
    ),
    ("", {}, InvalidArgumentError, "file: '{}' is a folder: expected the path of a file"),
    ("empty.png", {}, InvalidArgumentError, "file: '{empty.png}' is empty"),
    (
        "notes.txt",
        {},
        InvalidArgumentError,
        f"'notes.txt' is neither an image nor a video by its name: pass type=; {HAS}",
    ),
    (
        "fluke.png",
        {"type": "Photos"},
        InvalidArgumentError,
        f"type 'Photos': project 1 has none such; {HAS}",
    ),
    (
        "fluke.png",
        {"type": 2},
        InvalidArgumentError,
        "type 'Videos' is for videos, but not 'fluke.png'",
    ),
    (
        "fluke.png",
        {"type": "Multi views"},
        InvalidArgumentError,
        "type 'Multi views' is for multi media, not for files",
    ),
    (
        "fluke.png",
        {"attributes": {"lable": "x"}},
        InvalidAnnotationError,
        (
            "medium 'fluke.png': attributes['lable']: type 'Stills' has no such attribute, and "
            "Tator would drop it; it has 'label'"
        ),
    ),
    ("fluke.png", {"section": " "}, InvalidArgumentError, "section: the name is empty"),
    (
        "fluke.png",
        {"annotations": [vision.Polygon(label="Whale", points=[(1, 1), (2, 1), (2, 2)])]},
        InvalidAnnotationError,
        "Polygon 'Whale' on frame 0: label: 'Whale' is for box, not for polygon",
    ),
    (
        "fluke.png",
        {"annotations": [DOT, vision.Box(label="Whale", left=96, top=1, right=100, bottom=9)]},
        InvalidAnnotationError,
        ("Box 'Whale' on frame 0: left: 96.0 is not within the picture of 64 x 48 pixels"),
    ),
    (
        "fluke.png",
        {"annotations": [{**DOT, "y": 12}]},
        InvalidAnnotationError,
        ("localizations[0]: y: 12 is not in 0..1; it is a fraction of the picture, not pixels"),
    ),
    (
        "fluke.png",
        {"annotations": [{**DOT, "type": 9}]},
        InvalidAnnotationError,
        (
            "localizations[0]: type: the project has no type 9; it has 'Blow' (2), 'Fluke outline' "
            "(4), 'Heading' (3), 'Whale' (1)"
        ),
    ),
    (
        "fluke.png",
        {"annotations": ["crab"]},
        InvalidArgumentError,
        "annotations[0]: expected a shape, a LocalizationSpec or a dict, got str",
    ),
    (
        "fluke.png",
        {"annotations": [DOT], "wait": False},
        InvalidArgumentError,
        "annotations need a medium that is whole: leave out wait",
    ),
    (
        "fluke.png",
        {"duplicates": "ignore"},
        InvalidArgumentError,
        "duplicates is 'ignore': expected 'skip', 'error' or 'allow'",
    ),
]


@pytest.mark.parametrize("case", BAD, ids=lambda case: f"{case[0]}-{'-'.join(case[1])}")
def test_what_is_wrong_is_refused_before_anything_is_sent(
    case: tuple[str, dict[str, Any], type[Exception], str],
    calm_flows: Any,
    calm_server: FakeServer[FakeTator],
    image: Path,
) -> None:
    calm_server.requests.clear()
    name, options, kind, message = case
    folder = image.parent
    (folder / "empty.png").touch()
    (folder / "notes.txt").write_text("seen")
    with pytest.raises(kind) as caught:
        calm_flows.upload_media(1, folder / name, **options)
    for one in ("gone.png", "empty.png", ""):
        message = message.replace(f"{{{one}}}", str(folder / one))
    assert str(caught.value) == message
    assert posts(calm_server) == []


def test_a_project_without_types(flows: Any, image: Path) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        flows.upload_media(2, image)
    assert str(caught.value) == (
        "type: project 2 has no type for images such as 'fluke.png': make one first; there is none "
        "at all"
    )
    with pytest.raises(InvalidArgumentError) as wrong:
        flows.upload_media(1, 3)
    assert str(wrong.value) == "file: expected the path of a file, got int"


# ------------------------------------------------------------------------------- by URL


@pytest.mark.parametrize("kind", ["image", "video"])
def test_a_file_of_a_url_becomes_a_medium(
    kind: str, flows: Any, client: tator.Client, request: pytest.FixtureRequest
) -> None:
    path: Path = request.getfixturevalue(kind)
    key = client.transfers.upload_file(2, path, filename=path.name)
    url = client.transfers.get_download_info(2, body={"keys": [key]})[0].url
    made = flows.import_media(1, url, name=path.name, section="June", annotations=_ANNOTATIONS)
    row = client.media.retrieve(made.id)
    assert (row.name, row.md5, row.primary_section) == (path.name, tator.fingerprint(path), 1)
    assert row.media_files
    assert (made.job is None) == (kind == "image")
    assert drawn(client, made.id) == list(made.annotations)
    assert flows.import_media(1, url, name=path.name).id == made.id
    assert flows.upload_media(1, path).id == made.id
    other = flows.import_media(1, url, md5="0" * 31 + "f", duplicates="error")
    assert other.medium.name == Path(key).name
    assert other.medium.md5 == "0" * 31 + "f"


def test_of_a_large_file_only_the_beginning_is_read(
    flows: Any, client: tator.Client, fake: FakeTator, tmp_path: Path
) -> None:
    payload = mp4(HEAD + 20_000_000, seed="large")
    fake.store.put("_uploads/2026-11-26/1/1/1/large.mp4", payload)
    url = fake.store.sign("_uploads/2026-11-26/1/1/1/large.mp4", 600)
    made = flows.import_media(1, url, wait=False)
    path = tmp_path / "large.mp4"
    path.write_bytes(payload.read())
    assert made.medium.md5 == tator.fingerprint(path)
    (transcode,) = client.transcodes.list(1, uid=made.job.id)
    assert transcode.spec.size == HEAD + 20_000_000


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("_uploads/1/2/a.png", "url: expected one that begins with http, got '_uploads/1/2/a.png'"),
        ("https://example.org/", "url: '/' ends with no file name: pass name="),
    ],
)
def test_what_is_no_url(url: str, message: str, flows: Any, server: FakeServer[FakeTator]) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        flows.import_media(1, url)
    assert str(caught.value) == message
    assert posts(server) == []
