"""Fetching a spec from a server that is healthy, changed, slow, broken, endless or down."""

from __future__ import annotations

import gzip
import socket
from pathlib import Path

import pytest

from generator.contract import fetch as fetching
from generator.contract.fetch import fetch
from generator.errors import GeneratorError, UnreachableError
from tests.generator.spec_server import Page, SpecServer

JSON = "application/json"


def test_gives_content_and_tag_and_asks_with_the_accept_header(live: SpecServer) -> None:
    url = live.add("/spec", Page(body=b"abc", etag='"v1"'))
    fetched = fetch(url, accept="application/vnd.oai.openapi")
    assert (fetched.content, fetched.etag) == (b"abc", '"v1"')
    assert live.seen[0]["accept"] == "application/vnd.oai.openapi"
    assert "if-none-match" not in live.seen[0]


def test_a_known_tag_fetches_nothing(live: SpecServer) -> None:
    url = live.add("/spec", Page(body=b"abc", etag='"v1"'))
    assert fetch(url, accept=JSON, etag='"v1"').content is None
    assert fetch(url, accept=JSON, etag='"v0"').content == b"abc"


def test_passing_faults_are_tried_again(live: SpecServer) -> None:
    page = Page(body=b"abc", statuses=[503, 429, 200], headers={"Retry-After": "0"})
    assert fetch(live.add("/spec", page), accept=JSON).content == b"abc"
    assert len(live.seen) == 3


@pytest.mark.parametrize(("status", "requests"), [(404, 1), (401, 1), (503, 3)])
def test_error_statuses_are_unreachable(live: SpecServer, status: int, requests: int) -> None:
    page = Page(statuses=[status], headers={"Retry-After": "0"})
    with pytest.raises(UnreachableError, match=f"answered {status}"):
        fetch(live.add("/spec", page), accept=JSON)
    assert len(live.seen) == requests


def test_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/spec"
        with pytest.raises(UnreachableError, match=r"127\.0\.0\.1"):
            fetch(url, accept=JSON)


def test_no_answer_in_time(live: SpecServer) -> None:
    url = live.add("/spec", Page(body=b"abc", pause=30))
    with pytest.raises(UnreachableError, match=r"within 0\.3 seconds"):
        fetch(url, accept=JSON, timeout=0.3)


def test_a_drip_is_cut_by_the_total_time(live: SpecServer) -> None:
    url = live.add("/spec", Page(body=b"x" * 1000, pieces=1000, pause=0.05))
    with pytest.raises(UnreachableError, match=r"within 0\.4 seconds"):
        fetch(url, accept=JSON, timeout=0.4)
    # A body that trickles in would do so again.
    assert len(live.seen) == 1


def test_a_cut_connection_is_unreachable(live: SpecServer) -> None:
    page = Page(body=b"abc", headers={"Content-Length": "1000"})
    with pytest.raises(UnreachableError):
        fetch(live.add("/spec", page), accept=JSON)


def test_too_large_is_refused_before_it_is_all_here(live: SpecServer) -> None:
    url = live.add("/spec", Page(body=b"x" * 2**20, endless=True))
    with pytest.raises(GeneratorError, match="larger than 50 MiB") as caught:
        fetch(url, accept=JSON)
    assert not isinstance(caught.value, UnreachableError)


def test_a_compressed_bomb_is_refused(live: SpecServer) -> None:
    body = gzip.compress(b"\0" * (fetching.MAX_BYTES + 1))
    assert len(body) < 2**20
    url = live.add("/spec", Page(body=body, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(GeneratorError, match="larger than"):
        fetch(url, accept=JSON)


def test_endless_redirects_are_unreachable(live: SpecServer) -> None:
    url = live.add("/spec", Page(statuses=[302], headers={"Location": "/spec"}))
    with pytest.raises(UnreachableError, match="redirect"):
        fetch(url, accept=JSON)


def test_a_redirect_to_a_file_is_not_followed(live: SpecServer, tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text("{}")
    url = live.add("/spec", Page(statuses=[302], headers={"Location": secret.as_uri()}))
    with pytest.raises(UnreachableError):
        fetch(url, accept=JSON)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://[::1", "http://***"),
        ("https://", "https://***"),
        ("https:/one/slash?key=hunter2", "https://***"),
        ("http://127.0.0.1:99999/spec?key=hunter2", "http://***"),
        ("http://hunter2?2@127.0.0.1/spec", "http://***"),
        ("http://hunter2#2@127.0.0.1/spec", "http://***"),
        ("http://a b/?key=hunter2", "http://***"),
        ("http://\u2603/?key=hunter2", "http://\u2603/?***"),
    ],
)
def test_what_is_no_url_is_not_asked_for(url: str, name: str) -> None:
    with pytest.raises(GeneratorError, match="not a URL") as caught:
        fetch(url, accept=JSON)
    assert not isinstance(caught.value, UnreachableError)
    assert str(caught.value).startswith(f"{name}: ")


def test_messages_hide_what_a_url_may_keep_secret(live: SpecServer) -> None:
    url = f"{live.url}/none?sig=hunter2&format=json#hunter2"
    with pytest.raises(UnreachableError) as caught:
        fetch(url, accept=JSON)
    assert str(caught.value) == f"{live.url}/none?***: the server answered 404"
    page = Page(body=b"x" * 2**20, endless=True)
    with pytest.raises(GeneratorError) as too_large:
        fetch(live.add("/big?sig=hunter2", page), accept=JSON)
    assert "hunter2" not in str(too_large.value)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    for name in (str(tmp_path), "x" * 5000, "a\0b"):
        with pytest.raises(GeneratorError, match=r"no such file|cannot be read"):
            fetch(name, accept=JSON)


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "spec.json"
    path.write_bytes(b"abc")
    assert fetch(str(path), accept=JSON).content == b"abc"
    with pytest.raises(GeneratorError, match="no such file"):
        fetch(str(tmp_path / "other.json"), accept=JSON)
    with path.open("wb") as file:
        file.truncate(200 * 2**20)
    with pytest.raises(GeneratorError, match="larger than 50 MiB"):
        fetch(str(path), accept=JSON)
