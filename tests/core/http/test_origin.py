"""The address of a platform, and what belongs to it."""

from __future__ import annotations

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
