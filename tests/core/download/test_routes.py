"""Where a redirect may lead."""

from __future__ import annotations

import pytest

from annoport.core.download.routes import Route
from annoport.core.errors import DownloadError
from annoport.core.http.origin import BaseUrl
from annoport.core.http.request import Request

PLATFORM = BaseUrl.parse("https://cvat.example.org")


def redirected(asked: str, location: str, *, base: BaseUrl = PLATFORM) -> Route:
    """Return the route after a redirect."""
    route = Route(request=Request("GET", asked, {}, None, "x"), secured=True)
    return route.redirected(base.join(asked), location, base, "x")


def test_a_redirect_stays_or_goes() -> None:
    stays = redirected("/a/b", "c?d=1")
    assert (stays.request.url, stays.secured) == ("https://cvat.example.org/a/c?d=1", True)
    goes = redirected("/a/b", "https://store.example.org/c")
    assert (goes.request.url, goes.secured) == ("https://store.example.org/c", False)


@pytest.mark.parametrize("location", ["http://cvat.example.org/c", "http://store.example.org/c"])
@pytest.mark.parametrize("asked", ["/a/b", "https://store.example.org/a"])
def test_a_redirect_never_gives_up_encryption(asked: str, location: str) -> None:
    with pytest.raises(DownloadError, match="from https to plain http"):
        redirected(asked, location)


def test_a_redirect_may_begin_to_encrypt() -> None:
    plain = BaseUrl.parse("http://cvat.example.org")
    route = redirected("/a", "https://cvat.example.org/b", base=plain)
    assert (route.request.url, route.secured) == ("https://cvat.example.org/b", False)
    assert redirected("/a", "http://cvat.example.org/b", base=plain).secured
