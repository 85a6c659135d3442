"""The address of a platform, and what belongs to it."""

from __future__ import annotations

import attrs
import pytest

from annoport.core.http.origin import BaseUrl


@pytest.mark.parametrize(
    ("base", "url", "path"),
    [
        ("https://toy.test", "https://toy.test/api/files/1?a=b", "/api/files/1?a=b"),
        ("https://toy.test/api", "https://toy.test/api/files/1?a=b", "/files/1?a=b"),
        ("https://toy.test/api", "http://10.0.0.7:8080/api/files/1", "/files/1"),
        ("https://toy.test/api", "https://toy.test/api", "/"),
        ("https://toy.test/api", "https://toy.test/media/1.png", "/media/1.png"),
        ("https://toy.test/api", "https://toy.test/apium/1", "/apium/1"),
        ("https://toy.test/api", "files/1", "/files/1"),
    ],
)
def test_the_path_of_a_url_below_the_address(base: str, url: str, path: str) -> None:
    assert BaseUrl.parse(base).path_of(url) == path


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("toy.example.org", "https://toy.example.org"),
        (" Toy.example.org/api/ ", "https://Toy.example.org/api"),
        ("//toy.example.org", "https://toy.example.org"),
        ("localhost:8080/api", "https://localhost:8080/api"),
        ("[::1]:8080", "https://[::1]:8080"),
        ("toy", "https://toy"),
    ],
)
def test_https_is_taken_for_a_bare_host(given: str, url: str) -> None:
    base = BaseUrl.parse(given)
    assert (base.url, base.assumed_https) == (url, True)
    assert BaseUrl.parse(url) == attrs.evolve(base, assumed_https=False)


def test_the_end_of_an_address() -> None:
    base = BaseUrl.parse("https://toy.test/sub/api/")
    assert base.without_suffix("/api") == BaseUrl.parse("https://toy.test/sub")
    assert base.without_suffix("/pi") is None
    assert base.without_suffix("") is None
    assert BaseUrl.parse("https://toy.test/api").without_suffix("/api") == BaseUrl.parse(
        "https://toy.test"
    )
