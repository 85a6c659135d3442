"""What the real Tator does differently from what one would expect, and what we say then."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from annoport import tator
from annoport.errors import (
    AuthenticationError,
    DownloadError,
    InvalidArgumentError,
    InvalidBodyError,
    JobFailedError,
    NotFoundError,
    PermissionDeniedError,
    ValidationError,
)
from annoport.testing import FakeServer, serve
from annoport.testing.tator import FakeTator
from annoport_tator import resources

BOX = {"type": 1, "media_id": 1, "frame": 0, "x": 0.1, "y": 0.2, "width": 0.3, "height": 0.4}


@pytest.fixture(scope="module")
def server() -> Iterator[FakeServer[FakeTator]]:
    with serve("tator", job_seconds=0) as running:
        yield running


@pytest.fixture
def client(server: FakeServer[FakeTator]) -> Iterator[tator.Client]:
    with tator.Client(server.url, token=server.token) as made:
        yield made


# --------------------------------------------------------------------------- messages


def test_a_refused_body_says_why_after_its_repetition(client: tator.Client) -> None:
    rows = [BOX] * 399 + [{**BOX, "x": -0.1}]
    with pytest.raises(ValidationError) as caught:
        client.localizations.create(1, body=rows)
    assert caught.value.message == (
        "Request body validation error: Value [{'type': 1, 'media_id': 1, 'frame': 0, 'x': 0.1, "
        "'y': 0.2, 'width': 0.3, 'height': 0.4}, {'type': 1, 'media_id ... t': 0.4}, {'type': 1, "
        "'media_id': 1, 'frame': 0, 'x': -0.1, 'y': 0.2, 'width': 0.3, 'height': 0.4}] is not "
        'valid under any of the given schemas">,)'
    )
    assert caught.value.body["details"].endswith('is not valid under any of the given schemas">,)')


def test_a_wrong_argument_is_named_with_its_reason(client: tator.Client) -> None:
    with pytest.raises(ValidationError) as caught:
        client.transfers.get_upload_info(1, num_parts=0)
    assert str(caught.value) == (
        "GetUploadInfo: 400 Invalid query parameter: num_parts: Value 0 not valid for schema of "
        "type integer: (<ValidationError: '0 is less than the minimum of 1'>,)"
    )


def test_whoami_without_a_login(server: FakeServer[FakeTator], client: tator.Client) -> None:
    with tator.Client(server.url) as anonymous:
        with pytest.raises(AuthenticationError) as caught:
            anonymous.users.whoami()
        assert str(caught.value) == (
            "Whoami: 404 User matching query does not exist. (the client has no credentials: pass "
            "token= or username= and password=, or set TATOR_TOKEN or TATOR_USERNAME and "
            "TATOR_PASSWORD and use from_env())"
        )
    with pytest.raises(NotFoundError) as missing:
        client.users.retrieve(999)
    assert type(missing.value) is NotFoundError


def test_the_variable_of_the_official_client_names_the_server(
    server: FakeServer[FakeTator], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TATOR_URL", raising=False)
    monkeypatch.setenv("TATOR_HOST", server.url)
    monkeypatch.setenv("TATOR_TOKEN", server.token)
    with tator.Client.from_env() as client:
        assert client.users.whoami().username == server.username
    monkeypatch.setenv("TATOR_URL", "https://tator.example.org")
    assert tator.Client.from_env().base.url == "https://tator.example.org"


# --------------------------------------------------------------------------- jobs

WORK = {"algorithm_name": "Count whales", "media_ids": [1]}


def test_a_failed_job_names_its_step(server: FakeServer[FakeTator], client: tator.Client) -> None:
    server.fake.next_job = "failed"
    job = client.jobs.create(1, body=WORK)[0]
    with pytest.raises(JobFailedError) as caught:
        job.wait()
    assert str(caught.value) == f"job {job.id} (job) failed: step 'work': Failed"
    assert caught.value.errors == ("step 'work': Failed",)


def test_a_transcode_makes_no_file(client: tator.Client) -> None:
    job = client.job("of-nobody", kind="transcode")
    with pytest.raises(DownloadError) as caught:
        job.download("exports/")  # refused before anything is asked
    assert str(caught.value) == (
        "job of-nobody (transcode): jobs of this kind make no file to download: result() returns "
        "the id of the medium that it made, whose files tator.download_media() downloads"
    )


def test_result_and_wait_agree(client: tator.Client) -> None:
    job = client.jobs.create(1, body=WORK)[0]
    state = job.result()
    assert isinstance(state, tator.models.Job)
    assert (state, state.uid) == (job.wait(), job.id)


# --------------------------------------------------------------------------- what is not sent

TOO_MANY = "has 501 items, and the server takes at most 500 at once: send them in parts"


def test_more_items_than_it_takes(server: FakeServer[FakeTator], client: tator.Client) -> None:
    before = len(server.fake.tables.leaves)
    leaf = {"type": 1, "name": "x"}
    with pytest.raises(InvalidBodyError) as caught:
        client.leaves.create(1, body=[leaf] * 501)
    assert str(caught.value) == f"CreateLeafList: the body {TOO_MANY}"
    assert len(server.fake.tables.leaves) == before
    for create in (client.localizations.create, client.states.create, client.media.create):
        with pytest.raises(InvalidBodyError, match="the body has 501 items"):
            create(1, body=[leaf] * 501)
    with pytest.raises(InvalidArgumentError) as cloned:
        client.media.clone(1, media_id=range(501), body={"dest_project": 2, "dest_type": 1})
    assert str(cloned.value) == f"CloneMediaList: argument 'media_id' {TOO_MANY}"


def test_arguments_in_the_wrong_order(client: tator.Client) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        client.leaves.suggestion(1, "Cetacea", query="h")  # type: ignore[arg-type] # what is tested
    assert str(caught.value) == (
        "LeafSuggestion: argument 'project': expected a whole number, got 'Cetacea'"
    )


KEY = "_uploads/2026-11-26/1/12/1/im0_xzgeqipAWx.png"


@pytest.mark.parametrize("field", ["url", "thumbnail_url"])
@pytest.mark.parametrize("key", [KEY, "1/12/39/thumb.jpg"])
def test_a_key_in_place_of_the_url_of_a_medium(client: tator.Client, field: str, key: str) -> None:
    medium: dict[str, Any] = {"type": 1, "name": "a.png", "md5": "0" * 32, field: key}
    bodies: tuple[tuple[str, Any], ...] = (("$", medium), ("$[0]", [medium]))
    for place, body in bodies:
        with pytest.raises(InvalidBodyError) as caught:
            client.media.create(1, body=body)
        assert str(caught.value) == (
            f"CreateMediaList: {place}.{field}: {key!r} is refused: it is the key of an object in "
            "the store, and the server fetches only from URLs; expected a URL, such as "
            "transfers.get_download_info() makes of a key"
        )


def test_a_key_in_place_of_another_url(client: tator.Client) -> None:
    file = tator.models.TemporaryFileSpec(name="a.txt", lookup="a", url=KEY)
    with pytest.raises(InvalidBodyError, match=r"CreateTemporaryFile: \$\.url: '_uploads/"):
        client.temporary_files.create(1, body=file)
    other: Any = {"name": "a.html", "upload_url": KEY}
    for save in (client.files.save_generic, client.algorithms.save_manifest):
        with pytest.raises(InvalidBodyError, match=r"\$\.upload_url: '_uploads/.+ is refused"):
            save(1, body=other)


# --------------------------------------------------------------------------- files


def test_clips_and_temporary_files_come_from_its_own_host(
    server: FakeServer[FakeTator], client: tator.Client, tmp_path: Path
) -> None:
    video = client.media.list(1, name="dive_1.mp4").first()
    assert video
    made = client.media.get_clip(video.id, frame_ranges=["0:20"]).file
    assert made
    whole = client.file_at(made.path).download(tmp_path / "clip.mp4").read_bytes()
    path = urlsplit(made.path).path
    assert client.file_at(path).read() == whole

    async def fetched() -> bytes:
        async with tator.AsyncClient(server.url, token=server.token) as other:
            found = await other.temporary_files.retrieve(made.id)
            return await other.file_at(found.path).read()

    assert asyncio.run(fetched()) == whole
    with tator.Client(server.url) as anonymous, pytest.raises(PermissionDeniedError):
        anonymous.file_at(path).read()


@pytest.mark.parametrize("size", [0, 5, 100 * 1024 * 1024 + 7])
def test_the_fingerprint_of_a_file(tmp_path: Path, size: int) -> None:
    path = tmp_path / "dive.mp4"
    with path.open("wb") as file:
        file.write(b"video"[:size])
        file.truncate(size)
    head = path.read_bytes()[: 100 * 1024 * 1024]
    text = hashlib.md5(head, usedforsecurity=False).hexdigest() + str(size)
    expected = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    assert tator.fingerprint(path) == expected


# --------------------------------------------------------------------------- words


def methods() -> dict[str, Any]:
    """Return every method of the resources, under all of its names."""
    found: dict[str, Any] = {}
    for name in dir(resources):
        value = getattr(resources, name)
        if isinstance(value, type) and not name.startswith("Async"):
            found |= vars(value)
    return found


def test_changes_that_need_a_whole_body_say_so() -> None:
    whole = (
        *("algorithm", "hosted_template", "job_cluster"),
        *("audio_file", "auxiliary_file", "image_file", "video_file"),
    )
    for name in whole:
        words = " ".join(methods()[f"update_{name}"].__doc__.split())
        assert "with all that it requires, even if only a part of it changes." in words
    assert "The ancestor comes first" in methods()["leaf_suggestion"].__doc__


def test_an_object_key_is_told_from_a_url() -> None:
    words = " ".join(methods()["upload_file"].__doc__.split())
    assert words.startswith(
        "Upload a file to a project. The object key is the path that files of media and of "
        "projects take. Where a URL of an uploaded file is wanted, as for a new image, a transcode "
        "or a temporary file, the key is none: `transfers.get_download_info` makes one of it."
    )
