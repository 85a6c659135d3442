"""The address and the login of a client, as people write them, on the fakes of all platforms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import annoport.testing
from annoport import cvat, ecotaxa, tator
from annoport.errors import AuthenticationError, CutBaseUrlWarning


@pytest.mark.parametrize(
    ("module", "name", "title", "prefix"),
    [(cvat, "cvat", "CVAT", "/api"), (tator, "tator", "Tator", "/rest")],
)
def test_what_all_paths_begin_with_is_cut_from_the_address(
    module: Any, name: str, title: str, prefix: str
) -> None:
    with annoport.testing.serve(name) as server:
        with pytest.warns(CutBaseUrlWarning) as caught:
            client = module.Client(f"{server.url}{prefix}/", token=server.token)
        with client:
            assert next(iter(client.projects.list())).id
        assert len(caught) == 1
        assert str(caught[0].message) == (
            f"base_url is {server.url}{prefix}, but the paths of {title} begin with {prefix} "
            f"anyway: {server.url} is used"
        )
        assert caught[0].filename == __file__


def test_the_api_of_ecotaxa_is_part_of_its_address() -> None:
    with annoport.testing.serve("ecotaxa") as server:
        assert server.url.endswith("/api")
        with ecotaxa.Client(server.url, token=server.token) as client:
            assert client.users.show_current_user().id


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(AuthenticationError) as caught:
        call()
    return str(caught.value)


def test_who_gives_no_credentials_to_cvat_is_told_how() -> None:
    with annoport.testing.serve("cvat") as server, cvat.Client(server.url) as client:
        assert refusal(lambda: client.projects.retrieve(1)) == (
            "projects_retrieve: 401 Authentication credentials were not provided. (the client has "
            "no credentials: pass token= or access_token= or username= and password=, or set "
            "CVAT_TOKEN or CVAT_ACCESS_TOKEN or CVAT_USERNAME and CVAT_PASSWORD and use "
            "from_env())"
        )


def test_who_gives_no_credentials_to_tator_is_told_how() -> None:
    with annoport.testing.serve("tator") as server, tator.Client(server.url) as client:
        assert refusal(lambda: client.projects.retrieve(1)) == (
            "GetProject: 400 Authentication credentials were not provided. (the client has no "
            "credentials: pass token= or username= and password=, or set TATOR_TOKEN or "
            "TATOR_USERNAME and TATOR_PASSWORD and use from_env())"
        )


def test_who_gives_no_credentials_to_ecotaxa_is_told_how() -> None:
    with annoport.testing.serve("ecotaxa") as server, ecotaxa.Client(server.url) as client:
        assert refusal(client.users.show_current_user) == (
            "show_current_user: 403 Not authenticated (the client has no credentials: pass token= "
            "or username= and password=, or set ECOTAXA_TOKEN or ECOTAXA_USERNAME and "
            "ECOTAXA_PASSWORD and use from_env())"
        )
