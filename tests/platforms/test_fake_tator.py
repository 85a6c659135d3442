"""The fake Tator answers as the real server does."""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
from base64 import b64encode
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import PIL.Image
import pytest

from annoport.testing import serve
from annoport.testing.tator.answers import TatorError
from annoport.testing.tator.attributes import attribute, for_create

if TYPE_CHECKING:
    from collections.abc import Iterator

    from annoport.testing import FakeServer
    from annoport.testing.tator import FakeTator

PNG = b"\x89PNG\r\n\x1a\n"
NO_CREDENTIALS = {"message": "Authentication credentials were not provided.", "details": "None"}


@pytest.fixture
def server() -> Iterator[FakeServer[FakeTator]]:
    with serve("tator", min_part_bytes=4, job_seconds=1000, ingest_seconds=1000) as running:
        yield running


@pytest.fixture
def http(server: FakeServer[FakeTator]) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Token {server.token}"}
    with httpx.Client(base_url=f"{server.url}/rest", headers=headers) as client:
        yield client


@pytest.fixture
def anybody() -> Iterator[httpx.Client]:
    """A client without any credentials."""
    with httpx.Client() as client:
        yield client


def fetch(http: httpx.Client, path: str, **query: str | int) -> Any:
    response = http.get(path, params=query)
    assert response.status_code == 200, response.text
    return response.json()


def post(http: httpx.Client, path: str, body: object) -> Any:
    response = http.post(path, json=body)
    assert response.status_code == 201, response.text
    return response.json()


def error(response: httpx.Response, status: int = 400) -> dict[str, str]:
    assert response.status_code == status, response.text
    body: dict[str, str] = response.json()
    return body


# --------------------------------------------------------------------------- accounts


def test_login_returns_the_token(server: FakeServer[FakeTator]) -> None:
    body = {"username": server.username, "password": server.password}
    response = httpx.post(f"{server.url}/rest/Token", json=body)
    assert (response.status_code, response.json()) == (201, {"token": server.token})


def test_refresh_replaces_the_token(server: FakeServer[FakeTator], http: httpx.Client) -> None:
    body = {"username": server.username, "password": server.password, "refresh": True}
    fresh = post(http, "/Token", body)["token"]
    assert fresh == server.token
    assert error(http.get("/Projects"))["message"] == "Invalid token."


def test_bad_logins(server: FakeServer[FakeTator]) -> None:
    url = f"{server.url}/rest/Token"
    empty = error(httpx.post(url, json={}))
    assert empty["message"] == "Request body validation error"
    assert "'username' is a required property" in empty["details"]
    good = {"username": server.username, "password": server.password}
    refused = {"message": "Could not authenticate with provided credentials!", "details": "None"}
    for _ in range(3):
        assert error(httpx.post(url, json={**good, "password": "wrong"})) == refused
    assert error(httpx.post(url, json=good)) == refused  # locked
    server.fake.clock.advance(601)
    assert httpx.post(url, json=good).status_code == 201


@pytest.mark.parametrize("scheme", ["Bearer", "Basic", None])
def test_only_the_scheme_token_counts(server: FakeServer[FakeTator], scheme: str | None) -> None:
    headers = {"Authorization": f"{scheme} {server.token}"} if scheme else {}
    assert error(httpx.get(f"{server.url}/rest/Media/1", headers=headers)) == NO_CREDENTIALS
    missing = httpx.get(f"{server.url}/rest/User/GetCurrent", headers=headers)
    assert error(missing, 404) == {"message": "User matching query does not exist."}
    project = {"name": "x", "organization": 1}
    cast = httpx.post(f"{server.url}/rest/Projects", headers=headers, json=project)
    assert "AnonymousUser" in error(cast)["message"]


def test_bad_token_is_a_400(http: httpx.Client) -> None:
    for value, message in (
        ("Token wrong", "Invalid token."),
        ("Token", "Invalid token header. No credentials provided."),
        ("Token a b", "Invalid token header. Token string should not contain spaces."),
    ):
        response = http.get("/Projects", headers={"Authorization": value})
        assert error(response) == {"message": message, "details": "None"}


def test_who_am_i(server: FakeServer[FakeTator], http: httpx.Client) -> None:
    me = fetch(http, "/User/GetCurrent")
    assert me["username"] == server.username
    assert fetch(http, f"/User/{me['id']}") == me
    assert fetch(http, "/Users", username=server.username) == [me]
    assert fetch(http, "/User/Exists", username="nobody") is False


# --------------------------------------------------------------------------- errors


def test_not_found_and_forbidden_carry_only_a_message(http: httpx.Client) -> None:
    missing = {"message": "No Project matches the given query."}
    assert error(http.get("/Project/99999"), 404) == missing
    closed = {"message": "You do not have permission to perform this action."}
    for path in ("/Project/3", "/Medias/3", "/Localizations/3", "/Jobs/3"):
        assert error(http.get(path), 403) == closed


def test_wrong_method_is_a_400(server: FakeServer[FakeTator], http: httpx.Client) -> None:
    found = error(http.put("/Project/1", json={}))
    template = f"{server.url}/rest/Project/<int:id>"
    assert found["message"] == f"Operation put not found for {template}"


@pytest.mark.parametrize("path", ["/Nope/1", "/Project/abc", "/Projects/"])
def test_unrouted_address_is_an_html_404(http: httpx.Client, path: str) -> None:
    response = http.get(path)
    assert response.status_code == 404
    assert response.headers["content-type"].startswith("text/html")
    assert "<title>Not Found</title>" in response.text


def test_bad_query_and_body(http: httpx.Client) -> None:
    assert error(http.get("/Localizations/1", params={"start": "abc"})) == {
        "message": "Query parameter error: start",
        "details": "Failed to cast value to integer type: abc",
    }
    assert error(http.get("/UploadInfo/1", params={"num_parts": 0})) == {
        "message": "Invalid query parameter: num_parts",
        "details": "Value 0 not valid for schema of type integer: "
        "(<ValidationError: '0 is less than the minimum of 1'>,)",
    }
    broken = http.post("/Localizations/1", content="{bad")
    assert error(broken)["details"].endswith("application/json mimetype: {bad")
    assert error(http.put("/Medias/1", json={"ids": "x"}))["details"].endswith("array type: x")


def test_unknown_query_parameters_are_ignored(http: httpx.Client) -> None:
    assert len(fetch(http, "/Localizations/1", bogus=1, stop=1)) == 1


def test_arranged_failures(server: FakeServer[FakeTator], http: httpx.Client) -> None:
    server.fake.fail_next(502, path="/Projects")
    server.fake.throttle_next(seconds=3)
    assert error(http.get("/User/GetCurrent")) == {
        "message": "Request was throttled. Expected available in 3 seconds.",
        "details": "None",
    }
    page = http.get("/Projects")
    assert (page.status_code, page.headers["content-type"]) == (502, "text/html")
    assert http.get("/Projects").status_code == 200


def test_throttle_of_users_is_a_400() -> None:
    with serve("tator", requests_per_second=3) as server:
        headers = {"Authorization": f"Token {server.token}"}
        server.fake.clock.advance(10)
        answers = [httpx.get(f"{server.url}/rest/Projects", headers=headers) for _ in range(3)]
        assert {answer.status_code for answer in answers} == {200}
        refused = httpx.get(f"{server.url}/rest/Projects", headers=headers)
        assert error(refused)["message"].startswith("Request was throttled.")
        server.fake.clock.advance(1)
        assert httpx.get(f"{server.url}/rest/Projects", headers=headers).status_code == 200


# --------------------------------------------------------------------------- lists


@pytest.mark.parametrize("path", ["/Medias/1", "/Localizations/1", "/States/1"])
def test_lists_are_gzipped_even_when_identity_is_asked(http: httpx.Client, path: str) -> None:
    response = http.get(path, headers={"Accept-Encoding": "identity"})
    assert response.headers["content-encoding"] == "gzip"
    assert "content-length" not in response.headers
    by_id = http.put(path, json={"ids": []})
    assert "content-encoding" not in by_id.headers
    assert by_id.json() == response.json()  # an empty list of ids matches everything


def test_media_are_ordered_by_name_while_after_is_an_id(http: httpx.Client) -> None:
    rows = fetch(http, "/Medias/1")
    names = [row["name"] for row in rows]
    ids = [row["id"] for row in rows]
    assert names == sorted(names)
    assert ids != sorted(ids)
    # Following the last id through pages in name order loses media.
    seen: list[int] = []
    while page := fetch(http, "/Medias/1", after=seen[-1] if seen else 0, start=0, stop=4):
        seen.extend(row["id"] for row in page)
    assert set(seen) < set(ids)


def test_media_in_the_order_of_ids_page_well(http: httpx.Client) -> None:
    seen: list[int] = []
    while page := fetch(
        http, "/Medias/1", sort_by="$id", after=seen[-1] if seen else 0, start=0, stop=4
    ):
        seen.extend(row["id"] for row in page)
    assert seen == sorted(row["id"] for row in fetch(http, "/Medias/1"))


def test_slices_of_annotations(http: httpx.Client) -> None:
    ids = [row["id"] for row in fetch(http, "/Localizations/1")]
    assert ids == sorted(ids)
    assert len(ids) == fetch(http, "/LocalizationCount/1")
    page = fetch(http, "/Localizations/1", after=ids[2], start=1, stop=3)
    assert [row["id"] for row in page] == ids[4:6]
    assert fetch(http, "/Localizations/1", start=500, stop=503) == []
    assert fetch(http, "/Localizations/1", start=5, stop=3) == []
    last = fetch(http, "/Localizations/1", sort_by="-$id", stop=1)
    assert last[0]["id"] == ids[-1]


def test_filters(http: httpx.Client) -> None:
    assert {row["media"] for row in fetch(http, "/Localizations/1", media_id="1,3")} == {1, 3}
    orcas = fetch(http, "/Localizations/1", attribute="species::orca")
    assert {row["attributes"]["species"] for row in orcas} == {"orca"}
    ignored = fetch(http, "/Localizations/1", attribute="nope::orca")
    assert ignored == fetch(http, "/Localizations/1")
    search = {"attribute": "confidence", "operation": "gt", "value": 0.6}
    encoded = b64encode(json.dumps(search).encode()).decode()
    sure = fetch(http, "/Localizations/1", encoded_search=encoded)
    assert sure
    assert all(row["attributes"]["confidence"] > 0.6 for row in sure)
    unknown = b64encode(b'{"attribute": "nope", "operation": "eq", "value": "x"}').decode()
    assert fetch(http, "/Localizations/1", encoded_search=unknown) == []
    broken = error(http.get("/Medias/1", params={"encoded_search": "!!!"}))
    assert broken["message"] == "Expecting value: line 1 column 1 (char 0)"


def test_by_id_reads(http: httpx.Client) -> None:
    rows = http.put("/Localizations/1", json={"media_ids": [1], "ids": [1, 2, 9]}).json()
    assert [row["id"] for row in rows] == [1, 2]
    assert http.put("/LocalizationCount/1", json={"ids": [1, 2]}).json() == 2
    track = fetch(http, "/State/1")
    tracked = http.put("/Localizations/1", json={"state_ids": [1]}).json()
    assert [row["id"] for row in tracked] == track["localizations"]
    media = http.put("/Medias/1", json={"state_ids": [1]}).json()
    assert [row["id"] for row in media] == track["media"]


def test_file_list_ignores_after(server: FakeServer[FakeTator], http: httpx.Client) -> None:
    for name in ("a.pdf", "b.pdf", "c.pdf"):
        post(http, "/Files/1", {"type": 1, "name": name})
    rows = fetch(http, "/Files/1")
    assert fetch(http, "/Files/1", after=rows[-1]["id"]) == rows
    assert fetch(http, "/Files/1", start=1, stop=2) == rows[1:2]
    detail = fetch(http, f"/File/{rows[0]['id']}")
    assert (detail["meta"], detail["deleted"], "type" in detail) == (1, False, False)
    assert len(server.fake.tables.files) == 3


def test_leaves_have_only_slices(http: httpx.Client) -> None:
    rows = fetch(http, "/Leaves/1")
    assert rows[1]["path"] == "Whales_of_the_fjord.Cetacea.Megaptera_novaeangliae"
    assert fetch(http, "/Leaves/1", start=2, stop=4) == rows[2:4]
    assert fetch(http, "/LeafCount/1") == len(rows)


@pytest.mark.parametrize("cut", ["json", "gzip", "connection"])
def test_lists_can_end_early(server: FakeServer[FakeTator], http: httpx.Client, cut: Any) -> None:
    whole = http.get("/Localizations/1").json()
    server.fake.list_cuts.append(cut)
    if cut == "connection":
        with pytest.raises(httpx.RemoteProtocolError):
            http.get("/Localizations/1")
    else:
        short = http.get("/Localizations/1")
        assert short.status_code == 200
        with pytest.raises(ValueError, match="char"):
            short.json()
    assert http.get("/Localizations/1").json() == whole


def test_a_list_is_sent_as_the_server_sends_it(server: FakeServer[FakeTator]) -> None:
    """The header of gzip comes first, then chunks below 4096 bytes; the JSON has no spaces."""
    headers = {"Authorization": f"Token {server.token}"}
    with httpx.stream("GET", f"{server.url}/rest/Localizations/1", headers=headers) as answer:
        chunks = list(answer.iter_raw())
    assert chunks[0] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"
    assert all(len(chunk) <= 4090 for chunk in chunks)
    text = gzip.decompress(b"".join(chunks))
    assert text == json.dumps(json.loads(text), separators=(",", ":")).encode()


def test_the_openapi_document_needs_no_token(server: FakeServer[FakeTator]) -> None:
    assert httpx.get(f"{server.url}/schema").status_code == 404
    document = b"openapi: 3.0.3\npaths: {}\n"
    with serve("tator", schema=document) as other:
        for path in ("/schema", "/schema/"):
            answer = httpx.get(other.url + path)
            assert answer.content == document
            assert answer.headers["content-type"] == "application/vnd.oai.openapi"


# --------------------------------------------------------------------------- the dataset


def test_media_files_may_be_null_and_names_awkward(http: httpx.Client) -> None:
    rows = fetch(http, "/Medias/1")
    names = [row["name"] for row in rows]
    assert "2026/07 evening: fluke?.png" in names
    assert len(set(names)) < len(names)
    assert [row["name"] for row in rows if row["media_files"] is None] == ["dive_3.mp4"]


def test_types_and_sections(http: httpx.Client) -> None:
    assert [row["dtype"] for row in fetch(http, "/MediaTypes/1")] == ["multi", "image", "video"]
    box = next(row for row in fetch(http, "/LocalizationTypes/1") if row["name"] == "Whale")
    assert box["attribute_types"][0]["choices"] == ["humpback", "orca", "minke", "unknown"]
    associations = {row["association"] for row in fetch(http, "/StateTypes/1")}
    assert associations == {"Localization", "Frame", "Media"}
    section = fetch(http, "/Sections/1", name="June")[0]
    inside = fetch(http, "/Medias/1", section=section["id"])
    assert {row["primary_section"] for row in inside} == {section["id"]}


# --------------------------------------------------------------------------- writing


BOX = {"type": 1, "media_id": 1, "frame": 0, "x": 0.1, "y": 0.2, "width": 0.3, "height": 0.4}


def test_create_annotations(http: httpx.Client) -> None:
    unknown = {**BOX, "attributes": {"nope": 1, "species": "orca"}}
    made = post(http, "/Localizations/1", [BOX, unknown])
    assert made["message"] == "Successfully created 2 localizations!"
    row = fetch(http, f"/Localization/{made['id'][1]}")
    assert (row["media"], "media_id" in row) == (1, False)
    assert row["attributes"] == {"species": "orca", "label": "?"}
    state = {"type": 1, "media_ids": [1], "localization_ids": made["id"]}
    assert post(http, "/States/1", state)["message"] == "Successfully created 1 states!"


def test_refused_creates(http: httpx.Client) -> None:
    path = "/Localizations/1"
    empty = error(http.post(path, json=[]))
    assert empty["message"] == "Localization creation requires list of localizations!"
    assert error(http.post("/Medias/1", json=[]))["message"] == "'body'"
    many = error(http.post(path, json=[BOX] * 501))
    assert many["message"] == "Request body validation error"
    assert len(many["details"]) > 40_000  # the whole request comes back
    assert post(http, path, [BOX] * 500)["id"][-1] > 500
    partial = error(http.post(path, json=[{"type": 1, "media_id": 1}]))
    assert "is not valid under any of the given schemas" in partial["details"]
    elsewhere = error(http.post(path, json=[{**BOX, "media_id": 99999}]))
    assert elsewhere["message"] == "Media must be part of project 1, got projects []!"
    wrong = error(http.post(path, json=[{**BOX, "attributes": {"species": "cod"}}]))
    assert wrong["message"].startswith("Invalid attribute value cod for enum attribute species.")


def test_patch_of_an_annotation_gives_a_new_id(http: httpx.Client) -> None:
    before = fetch(http, "/Localization/1")
    first = http.patch("/Localization/1", json={"attributes": {"label": "A"}}).json()
    name = f"Localization {before['elemental_id']}@1/0"
    assert first["message"] == f"{name} successfully updated!"
    second = http.patch("/Localization/1", json={"x": 0.5}).json()["object"]
    assert second["id"] > first["object"]["id"] > before["id"]
    assert (second["mark"], second["x"], second["attributes"]["label"]) == (2, 0.5, "A")
    ids = [row["id"] for row in fetch(http, "/Localizations/1")]
    assert second["id"] in ids
    assert not {1, first["object"]["id"]} & set(ids)
    by_key = fetch(http, f"/Localization/1/{before['elemental_id']}")
    assert by_key["id"] == second["id"]


def test_patch_in_place_keeps_the_id(http: httpx.Client) -> None:
    changed = http.patch("/Localization/2", json={"x": 0.5, "in_place": 1}).json()["object"]
    assert (changed["id"], changed["mark"]) == (2, 0)
    unknown = error(http.patch("/Localization/2", json={"attributes": {"nope": 1}}))
    assert unknown["message"] == "Invalid attribute nope for entity type Whale"


def test_delete_and_bulk_changes(http: httpx.Client) -> None:
    gone = http.delete("/Localization/1").json()
    assert gone["message"].endswith("@@0 successfully deleted!")
    assert gone["id"] > 1
    body = {"ids": [2, 3], "attributes": {"species": "minke"}}
    updated = http.patch("/Localizations/1", params={"count": 2}, json=body).json()
    assert updated["message"] == "Successfully updated 2 localizations!"
    changed = fetch(http, "/Localization/2")
    assert (changed["mark"], changed["attributes"]["species"]) == (0, "minke")  # in place
    total = fetch(http, "/LocalizationCount/1")
    refused = error(http.delete("/Localizations/1", params={"count": 99}))
    assert refused["message"] == f"Safety check failed - expected 99 but would delete {total}"
    deleted = http.request("DELETE", "/Localizations/1", json={"ids": []}).json()
    assert deleted["message"] == f"Successfully deleted {total} localizations!"


def test_projects_and_types_can_be_created_changed_and_deleted(http: httpx.Client) -> None:
    made = post(http, "/Projects", {"name": "Porpoises", "organization": 1})
    path = f"/Project/{made['id']}"
    assert fetch(http, path) == made["object"]
    changed = http.patch(path, json={"summary": "s", "unknown": 1}).json()
    assert changed["object"]["summary"] == "s"
    kind = post(http, f"/MediaTypes/{made['id']}", {"name": "Stills", "dtype": "image"})
    deleted = http.delete(f"/MediaType/{kind['id']}").json()["message"]
    assert deleted == f"Media type {kind['id']} (and 0 instances) deleted successfully!"
    assert http.delete(path).status_code == 200
    assert http.delete(path).status_code == 404


def test_media_can_be_changed_and_deleted(http: httpx.Client) -> None:
    message = http.patch("/Media/1", json={"attributes": {"label": "good"}}).json()["message"]
    assert message == "Media 1 successfully updated!"
    assert fetch(http, "/Media/1")["attributes"]["label"] == "good"
    assert http.delete("/Media/1").json()["message"] == "Media 1 successfully deleted!"
    assert fetch(http, "/Localizations/1", media_id=1) == []


# --------------------------------------------------------------------------- uploads


def test_single_upload_becomes_an_image(
    server: FakeServer[FakeTator], http: httpx.Client, anybody: httpx.Client
) -> None:
    info = fetch(http, "/UploadInfo/1", filename="new still.png")
    assert info["upload_id"] == ""
    put = anybody.put(info["urls"][0], content=PNG)
    assert put.status_code == 200
    url = post(http, "/DownloadInfo/1", {"keys": [info["key"]]})[0]["url"]
    body = {"type": 1, "name": "new still.png", "md5": "0", "section": "New", "url": url}
    made = post(http, "/Medias/1", body)
    assert made["object"]["media_files"] == {}
    path = f"/Media/{made['id']}"
    assert fetch(http, path)["media_files"] == {}
    server.fake.clock.advance(1001)
    ready = fetch(http, path, presigned=60)["media_files"]["image"][0]
    assert anybody.get(ready["path"]).content == PNG


def test_images_in_bulk_but_no_videos(http: httpx.Client) -> None:
    items = [{"type": 1, "name": f"{n}.png", "md5": "0"} for n in range(3)]
    assert post(http, "/Medias/1", items)["message"] == "Started import of 3 images!"
    videos = [{"type": 2, "name": "a.mp4", "md5": "0"}]
    refused = error(http.post("/Medias/1", json=videos))["message"]
    assert refused.endswith("found at least one spec with dtype video")


def test_upload_in_parts(http: httpx.Client, anybody: httpx.Client) -> None:
    info = fetch(http, "/UploadInfo/1", num_parts=2, filename="a.bin")
    etags = [
        anybody.put(url, content=part).headers["etag"]
        for url, part in zip(info["urls"], (b"12345", b"6"), strict=True)
    ]
    numbered = [{"ETag": etag, "PartNumber": n} for n, etag in enumerate(etags, 1)]
    ids = {"key": info["key"], "upload_id": info["upload_id"]}
    path = "/UploadCompletion/1"
    assert error(http.post(path, json=ids))["message"] == "'parts'"
    assert error(http.post(path, json={**ids, "parts": numbered[:1]}))
    wrong = [{**numbered[0], "ETag": '"0"'}, numbered[1]]
    assert "(InvalidPart)" in error(http.post(path, json={**ids, "parts": wrong}))["message"]
    small = [numbered[1], numbered[0]]
    assert "(EntityTooSmall)" in error(http.post(path, json={**ids, "parts": small}))["message"]
    post(http, path, {**ids, "parts": numbered})
    url = post(http, "/DownloadInfo/1", {"keys": [info["key"]]})[0]["url"]
    whole = anybody.get(url)
    assert whole.content == b"123456"
    assert whole.headers["etag"].endswith('-2"')


# --------------------------------------------------------------------------- the object store


@pytest.fixture
def video_url(http: httpx.Client) -> str:
    """Return a presigned URL of the streaming file of a video."""
    row = fetch(http, "/Medias/1", name="dive_1.mp4", presigned=3600)[0]
    url: str = row["media_files"]["streaming"][0]["path"]
    return url


def test_store_is_another_origin_and_refuses_the_token(
    server: FakeServer[FakeTator], video_url: str, anybody: httpx.Client
) -> None:
    assert urlsplit(video_url).hostname != urlsplit(server.url).hostname
    leak = {"Authorization": f"Token {server.token}"}
    refused = anybody.get(video_url, headers=leak)
    assert refused.status_code == 400
    assert "<Code>InvalidArgument</Code>" in refused.text
    assert anybody.get(video_url).status_code == 200
    assert anybody.get(video_url.partition("?")[0]).status_code == 403
    platform_url = video_url.replace("localhost", "127.0.0.1")
    assert anybody.get(platform_url).headers["content-type"].startswith("text/html")


def test_ranges_of_the_store(video_url: str, anybody: httpx.Client) -> None:
    whole = anybody.get(video_url)
    assert whole.headers["accept-ranges"] == "bytes"
    assert int(whole.headers["content-length"]) == len(whole.content) == 40_000
    etag = whole.headers["etag"]
    for header, expected in (("100-199", slice(100, 200)), ("39990-", slice(39_990, None))):
        part = anybody.get(video_url, headers={"Range": f"bytes={header}", "If-Range": etag})
        assert part.status_code == 206
        assert part.content == whole.content[expected]
        assert part.headers["content-range"].endswith("/40000")
    changed = anybody.get(video_url, headers={"Range": "bytes=10-", "If-Range": '"other"'})
    assert changed.status_code == 200
    past = anybody.get(video_url, headers={"Range": "bytes=999999-"})
    assert past.status_code == 416
    assert "<ActualObjectSize>40000</ActualObjectSize>" in past.text


def test_urls_expire(
    server: FakeServer[FakeTator], http: httpx.Client, anybody: httpx.Client
) -> None:
    def fresh(seconds: int) -> str:
        body = {"keys": ["1/1/1/image.png"]}
        answer = http.post("/DownloadInfo/1", params={"expiration": seconds}, json=body)
        url: str = answer.json()[0]["url"]
        return url

    url = fresh(60)
    server.fake.clock.advance(61)
    expired = anybody.get(url)
    assert (expired.status_code, expired.headers["content-type"]) == (403, "application/xml")
    assert "<Message>Request has expired</Message>" in expired.text
    url = fresh(60)
    assert anybody.get(url).status_code == 200
    server.fake.expire_urls()
    assert anybody.get(url).status_code == 403
    assert anybody.get(fresh(60)).status_code == 200


def test_long_lived_urls_are_cached(server: FakeServer[FakeTator], http: httpx.Client) -> None:
    def lifetime(seconds: int) -> str:
        row = fetch(http, "/Media/1", presigned=seconds)
        found = re.search(r"X-Amz-Expires=(\d+)", row["media_files"]["image"][0]["path"])
        assert found is not None
        return found[1]

    assert lifetime(3600) == "3600"
    assert lifetime(7200) == "7200"
    assert lifetime(86400) == "7200"
    server.fake.clock.advance(3601)
    assert lifetime(86400) == "86400"


def test_keys_of_others_and_unknown_keys(http: httpx.Client, anybody: httpx.Client) -> None:
    assert http.post("/DownloadInfo/1", json={"keys": ["1/3/1/a.mp4"]}).status_code == 403
    assert post(http, "/DownloadInfo/1", {"keys": []}) == []
    url = post(http, "/DownloadInfo/1", {"keys": ["1/1/9999/nope.bin"]})[0]["url"]
    missing = anybody.get(url)
    assert missing.status_code == 404
    assert "<Code>NoSuchKey</Code>" in missing.text
    forged = url.replace("nope.bin", "else.bin")
    assert "SignatureDoesNotMatch" in anybody.get(forged).text


def test_dropped_download(
    server: FakeServer[FakeTator], video_url: str, anybody: httpx.Client
) -> None:
    server.fake.link.cuts.append(1000)
    with pytest.raises(httpx.RemoteProtocolError):
        anybody.get(video_url)
    assert len(anybody.get(video_url).content) == 40_000


def test_permalink_redirects_with_a_json_body(http: httpx.Client) -> None:
    response = http.get("/Permalink/1", params={"element": "image"})
    assert (response.status_code, response.json()) == (301, "")
    assert urlsplit(response.headers["location"]).hostname == "localhost"
    assert http.get("/Permalink/99999").status_code == 403


# --------------------------------------------------------------------------- jobs


def start(http: httpx.Client, algorithm: str, media_ids: list[int]) -> Any:
    return post(http, "/Jobs/1", {"algorithm_name": algorithm, "media_ids": media_ids})


def test_phases_of_a_job(server: FakeServer[FakeTator], http: httpx.Client) -> None:
    made = start(http, "Export COCO", [1, 2])
    job = made["object"][0]
    assert (job["project"], job["user"], job["status"], job["nodes"]) == ("1", "1", "Running", [])
    path = f"/Job/{made['id'][0]}"
    assert fetch(http, path) == job
    server.fake.clock.advance(200)
    assert fetch(http, path)["status"] == "Pending"
    server.fake.clock.advance(200)
    running = fetch(http, path)
    assert [node["status"] for node in running["nodes"]] == ["Running", "Running"]
    assert "stop_time" not in running
    server.fake.clock.advance(700)
    done = fetch(http, path)
    assert (done["status"], "stop_time" in done) == ("Succeeded", True)


@pytest.mark.parametrize("outcome", ["failed", "error", "omitted", "skipped"])
def test_jobs_that_do_not_succeed(
    server: FakeServer[FakeTator], http: httpx.Client, outcome: Any
) -> None:
    server.fake.next_job = outcome
    uid = start(http, "Export COCO", [1])["id"][0]
    server.fake.clock.advance(1001)
    assert fetch(http, f"/Job/{uid}")["status"] == outcome.capitalize()
    assert fetch(http, "/Files/1") == []
    assert server.fake.next_job == "succeeded"


def test_stuck_and_lost_jobs(server: FakeServer[FakeTator], http: httpx.Client) -> None:
    server.fake.next_job = "stuck"
    stuck = start(http, "Export COCO", [1])["id"][0]
    server.fake.next_job = "lost"
    lost = start(http, "Export COCO", [1])["id"][0]
    assert fetch(http, f"/Job/{lost}")["status"] == "Running"
    server.fake.clock.advance(99_999)
    assert fetch(http, f"/Job/{stuck}")["status"] == "Running"
    assert error(http.get(f"/Job/{lost}"), 404) == {"message": ""}


def test_batches_share_a_gid_and_can_be_cancelled(http: httpx.Client) -> None:
    made = start(http, "Count whales", [1, 2, 3])
    gid = made["object"][0]["gid"]
    assert [job["media_ids"] for job in made["object"]] == [[1], [2], [3]]
    assert len(fetch(http, "/Jobs/1", gid=gid)) == 3
    first = f"/Job/{made['id'][0]}"
    assert http.delete(first).json()["message"] == f"Job with UID {made['id'][0]} deleted!"
    assert http.get(first).status_code == http.delete(first).status_code == 404
    deleted = http.delete("/Jobs/1", params={"gid": gid}).json()
    assert deleted["message"] == "Deleted 2 jobs for project 1!"
    assert fetch(http, "/Jobs/1") == []


def test_outages_look_like_404(server: FakeServer[FakeTator], http: httpx.Client) -> None:
    uid = start(http, "Export COCO", [1])["id"][0]
    server.fake.hidden_polls = 2
    statuses = [http.get(f"/Job/{uid}").status_code for _ in range(3)]
    assert statuses == [404, 404, 200]
    server.fake.cluster_down = True
    assert fetch(http, "/Jobs/1") == []
    body = {"algorithm_name": "Export COCO", "media_ids": [1]}
    refused = error(http.post("/Jobs/1", json=body))
    assert "Max retries exceeded" in refused["message"]
    body["algorithm_name"] = "Nope"
    assert error(http.post("/Jobs/1", json=body), 404) == {"message": ""}


def test_coco_export_leaves_a_registered_file(anybody: httpx.Client) -> None:
    with serve("tator", job_seconds=0, export_bytes=300_000) as server:
        headers = {"Authorization": f"Token {server.token}"}
        with httpx.Client(base_url=f"{server.url}/rest", headers=headers) as http:
            uid = start(http, "Export COCO", [1, 2])["id"][0]
            assert fetch(http, f"/Job/{uid}")["status"] == "Succeeded"
            left = fetch(http, "/Files/1", attribute=f"job::{uid}")
            url = post(http, "/DownloadInfo/1", {"keys": [left[0]["path"]]})[0]["url"]
        content = anybody.get(url).content
    assert len(content) >= 300_000
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        document = json.loads(archive.read("annotations.json"))
        assert archive.read("images/1.png").startswith(PNG)
    assert [image["id"] for image in document["images"]] == [1, 2]
    assert len(document["annotations"]) == 6


def test_csv_export_leaves_a_temporary_file_that_needs_the_token(
    server: FakeServer[FakeTator], http: httpx.Client, anybody: httpx.Client
) -> None:
    uid = start(http, "Export CSV", [1])["id"][0]
    server.fake.clock.advance(1001)
    rows = fetch(http, "/TemporaryFiles/1")
    left = next(row for row in rows if row["lookup"] == uid)
    assert left["path"].startswith(f"{server.url}/media/1/")
    assert anybody.get(left["path"]).status_code == 403
    whole = http.get(left["path"])
    with zipfile.ZipFile(io.BytesIO(whole.content)) as archive:
        assert archive.read("localizations.csv").startswith(b"id,media,frame")
    headers = {"Range": "bytes=10-", "If-Range": whole.headers["etag"]}
    part = http.get(left["path"], headers=headers)
    assert (part.status_code, part.content) == (206, whole.content[10:])
    server.fake.clock.advance(24 * 3600)
    assert http.get(left["path"]).status_code == 404
    assert [row["id"] for row in fetch(http, "/TemporaryFiles/1", expired=1)] == [left["id"]]


def test_transcode(server: FakeServer[FakeTator], http: httpx.Client) -> None:
    body = {"type": 2, "gid": "g-1", "uid": "u-1", "url": "http://x/y.mp4", "name": "y.mp4"}
    made = post(http, "/Transcodes/1", body)
    media = f"/Media/{made['object']['spec']['media_id']}"
    assert made["id"] == "u-1"
    work = fetch(http, "/Transcode/u-1")["job"]
    assert (work["status"], work["nodes"], work["stop_time"]) == ("pending", [], "")
    assert fetch(http, media)["media_files"] is None
    server.fake.clock.advance(1001)
    assert fetch(http, "/Transcode/u-1")["job"]["status"] == "succeeded"
    assert set(fetch(http, media)["media_files"]) == {"streaming", "archival"}
    server.fake.transcoder_down = True
    assert "Max retries exceeded" in error(http.get("/Transcode/u-1"))["message"]
    server.fake.transcoder_down = False
    assert http.delete("/Transcode/u-1").json() == {"message": "Deleted 1 jobs"}
    assert error(http.get("/Transcode/u-1"), 404) == {"message": ""}


# --------------------------------------------------------------------------- images


def test_graphics_follow_accept(http: httpx.Client) -> None:
    for kind, start_bytes in (
        ("image/png", PNG),
        ("image/jpeg", b"\xff\xd8\xff"),
        ("image/gif", b"GIF89a"),
    ):
        picture = http.get("/LocalizationGraphic/1", headers={"Accept": kind})
        assert picture.headers["content-type"] == kind
        assert picture.content.startswith(start_bytes)
    crashed = http.get("/LocalizationGraphic/1", headers={"Accept": "application/json"})
    assert crashed.status_code == 500
    assert "<title>Server Error</title>" in crashed.text


def test_frames_and_failures_are_images(http: httpx.Client) -> None:
    video = fetch(http, "/Medias/1", name="dive_1.mp4")[0]["id"]
    path = f"/GetFrame/{video}"
    assert http.get(path, params={"frames": 30}).status_code == 200
    for response in (http.get(path, params={"frames": 500}), http.get("/GetFrame/1")):
        assert (response.status_code, response.headers["content-type"]) == (400, "image/png")
        assert response.content.startswith(PNG)
    missing = http.get("/StateGraphic/999999", headers={"Accept": "image/jpeg"})
    assert (missing.status_code, missing.headers["content-type"]) == (404, "image/jpeg")


@pytest.mark.parametrize(
    ("query", "columns", "rows"),
    [
        ({"frames": "0,10"}, 2, 1),
        ({"frames": "0,10,20"}, 2, 2),
        ({"frames": "0,1,2,3,4"}, 3, 2),
        ({"frames": "0,1,2,3,4,5,6,7,8,9,10"}, 4, 3),
        ({"frames": "0,10,20", "tile": "1x3"}, 1, 3),
    ],
)
def test_several_frames_are_tiles(
    http: httpx.Client, query: dict[str, str], columns: int, rows: int
) -> None:
    video = fetch(http, "/Medias/1", name="dive_1.mp4")[0]["id"]
    width, height = picture_size(http.get(f"/GetFrame/{video}").content)
    tiled = http.get(f"/GetFrame/{video}", params=query).content
    assert picture_size(tiled) == (width * columns, height * rows)


def test_graphics_are_scaled(http: httpx.Client) -> None:
    scaled = http.get("/LocalizationGraphic/1", params={"force_scale": "10x20"}).content
    assert picture_size(scaled) == (10, 20)
    wrong = http.get("/LocalizationGraphic/1", params={"force_scale": "abc"})
    assert (wrong.status_code, wrong.headers["content-type"]) == (400, "image/png")


def picture_size(content: bytes) -> tuple[int, int]:
    assert content.startswith(PNG)
    return int.from_bytes(content[16:20]), int.from_bytes(content[20:24])


def test_clip_is_a_temporary_file(http: httpx.Client) -> None:
    video = fetch(http, "/Medias/1", name="dive_1.mp4")[0]["id"]
    clip = fetch(http, f"/GetClip/{video}", frame_ranges="0:10,20:30")
    assert clip["segment_end_frames"] == [10, 30]
    assert b"ftyp" in http.get(clip["file"]["path"]).content[:12]
    missing = error(http.get(f"/GetClip/{video}"))
    assert missing["message"] == "Missing required query parameter: frame_ranges"


def test_single_files_of_a_medium(http: httpx.Client) -> None:
    video = fetch(http, "/Medias/1", name="dive_3.mp4")[0]["id"]
    body = {"path": f"1/1/{video}/v.mp4", "codec": "h264", "resolution": [48, 64], "size": 10}
    path = f"/VideoFiles/{video}"
    refused = http.post(path, params={"role": "streaming"}, json=body)
    assert error(refused)["message"] == "'segment_info'"
    query: dict[str, str | int] = {"role": "streaming", "index": 0}
    assert fetch(http, f"/VideoFile/{video}", **query)["path"] == body["path"]  # it was stored
    wrong = error(http.get(path, params={"role": "nope"}))
    assert wrong["message"] == "Invalid query parameter: role"
    assert http.delete(f"/VideoFile/{video}", params=query).status_code == 200
    gone = error(http.get(f"/VideoFile/{video}", params=query))
    assert gone["message"] == "Supplied index 0 is larger than current array size 0"


# --------------------------------------------------------------------------- what flows lean on


@pytest.mark.parametrize(
    ("path", "item"),
    [
        ("Leaves", {"type": 1, "name": "new"}),
        ("Medias", {"type": 1, "name": "new.png", "md5": "0" * 32}),
        ("Localizations", {"media_id": 1, "type": 1, "frame": 0}),
        ("States", {"media_ids": [1], "type": 1}),
    ],
)
def test_creates_are_all_or_nothing(
    path: str, item: dict[str, Any], server: FakeServer[FakeTator], http: httpx.Client
) -> None:
    table = server.fake.tables.named({"Medias": "media"}.get(path, path.lower()))
    before = len(table)
    wrong = {**item, "attributes": {"label": 5}}
    assert "label" in error(http.post(f"/{path}/1", json=[item, wrong, item]))["message"]
    assert len(table) == before
    assert post(http, f"/{path}/1", [item, item])["id"] == [before + 1, before + 2]


@pytest.mark.parametrize(
    ("dtype", "given", "stored"),
    [
        ("int", 1.5, 1),
        ("int", "5", 5),
        ("int", 7, "7 is above maximum 5 for int attribute x!"),
        ("float", 1, 1.0),
        ("float", "abc", "Invalid attribute value abc for float attribute x"),
        ("string", 3, "Invalid attribute value 3 for string attribute x"),
        ("bool", True, True),
    ],
)
def test_values_are_stored_as_their_type_has_them(dtype: str, given: Any, stored: Any) -> None:
    definition = attribute("x", dtype, **({"maximum": 5} if dtype == "int" else {}))
    kind = {"name": "box", "attribute_types": [definition]}
    try:
        found: Any = for_create({"x": given, "dropped": 1}, kind)
    except TatorError as refused:
        found = {"x": refused.message}
    assert found == {"x": stored}


def test_leaves_are_changed_and_deleted_together(
    server: FakeServer[FakeTator], http: httpx.Client
) -> None:
    change = {"ids": [2, 3], "attributes": {"label": "seen"}}
    done = http.patch("/Leaves/1", params={"count": 2}, json=change)
    assert done.json() == {"message": "Successfully updated 2 leaves!"}
    assert fetch(http, "/Leaf/3")["attributes"] == {"label": "seen"}
    nothing = http.request("DELETE", "/Leaves/1", json={"ids": []})
    assert nothing.json() == {"message": "Successfully deleted 0 leaves!"}
    done = http.request("DELETE", "/Leaves/1", params={"count": 2}, json={"ids": [2, 3]})
    assert done.json() == {"message": "Successfully deleted 2 leaves!"}
    assert len(server.fake.tables.leaves) == 2


def test_a_manifest_is_fetched_from_its_url(
    server: FakeServer[FakeTator], http: httpx.Client
) -> None:
    key = "_uploads/2026-11-26/1/1/1/count.yaml"
    server.fake.store.put(key, b"kind: Workflow")
    url = server.fake.store.sign(key, 600)
    saved = post(http, "/SaveAlgorithmManifest/1", {"name": "count.yaml", "upload_url": url})
    assert re.fullmatch(r"1/count_[0-9a-f]{16}\.yaml", saved["url"])
    refused = http.post("/SaveAlgorithmManifest/1", json={"name": "x"})
    assert error(refused) == {"message": "'upload_url'", "details": "None"}


def test_frames_are_tiles_row_by_row(http: httpx.Client) -> None:
    whole = http.get("/GetFrame/15", params={"frames": "3,1,2", "tile": "2x2"}).content
    with PIL.Image.open(io.BytesIO(whole)) as picture:
        assert picture.size == (128, 96)
        places = ((0, 0), (64, 0), (0, 48), (64, 48))
        assert [picture.getpixel(place) for place in places] == [63, 61, 62, 0]


def test_a_transcode_fills_the_medium_that_it_is_told(
    server: FakeServer[FakeTator], http: httpx.Client
) -> None:
    before = len(server.fake.tables.media)
    server.fake.job_seconds = 0
    store = server.fake.store
    store.put("_uploads/2026-11-26/1/1/1/a.mp4", b"video")
    url = store.sign("_uploads/2026-11-26/1/1/1/a.mp4", 600)
    ids = {"gid": "6d1e52c0-6a3c-4a55-9d3b-0b1f5c6f3b7e", "uid": "a"}
    body = {**ids, "type": 2, "url": url, "name": "dive_3.mp4", "media_id": 17, "section_id": 2}
    made = post(http, "/Transcodes/1", body)
    assert made["object"]["spec"]["media_id"] == 17
    assert made["object"]["spec"]["size"] == 5
    assert fetch(http, "/Media/17")["media_files"]["streaming"]
    assert len(server.fake.tables.media) == before
