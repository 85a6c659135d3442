"""The clients of the generated packages."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import pytest

import annoport_cvat
from annoport import testing
from annoport.core.contract.operation import Operation
from annoport.core.errors import ConfigurationError
from annoport.core.http.request import accept

PACKAGES = ("annoport_cvat", "annoport_ecotaxa", "annoport_tator")


@pytest.fixture(params=[(name, kind) for name in PACKAGES for kind in ("Client", "AsyncClient")])
def client_class(request: pytest.FixtureRequest) -> Any:
    package, name = request.param
    return getattr(importlib.import_module(package), name)


def test_cvat_answers_with_pictures() -> None:
    with testing.serve("cvat") as server, annoport_cvat.Client(server.url, token=server.token) as c:
        task = next(task for task in c.tasks.list() if task.size)
        picture = c.tasks.retrieve_preview(task.id)
        assert picture is not None
        assert picture.startswith(b"\xff\xd8")


def test_cvat_can_satisfy_every_accept_header() -> None:
    """It weighs the header before it knows that an answer is a file."""
    known = [getattr(annoport_cvat.operations, name) for name in dir(annoport_cvat.operations)]
    operations: list[Operation[Any]] = [value for value in known if isinstance(value, Operation)]
    assert len(operations) == 212
    for operation in operations:
        offered = {part.partition(";")[0].strip() for part in accept(operation).split(",")}
        assert offered & {"*/*", "application/vnd.cvat+json"}, operation.id


def test_resources_belong_to_the_client_with_their_options(client_class: Any) -> None:
    client = client_class("http://localhost:1")
    client.note = "kept"
    before = client.jobs
    strict = client.with_options(strict=True)
    assert strict.note == "kept"
    assert strict.jobs._client is strict
    assert client.jobs is before


def test_from_env(client_class: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    prefix = client_class._platform.env_prefix
    monkeypatch.setenv(f"{prefix}_URL", "https://annotate.example.org")
    monkeypatch.setenv(f"{prefix}_TOKEN", "of-the-environment")
    client = client_class.from_env(max_retries=0)
    assert client.base.url == "https://annotate.example.org"
    assert client.options.max_retries == 0
    sent = client._session.auth.headers("GET", client.base.origin)
    assert sent["Authorization"].endswith(" of-the-environment")
    other = client_class.from_env("https://other.example.org", token="given")
    assert other.base.url == "https://other.example.org"
    assert other._session.auth.headers("GET", other.base.origin)["Authorization"].endswith(" given")


def test_from_env_without_an_address(client_class: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(f"{client_class._platform.env_prefix}_URL", raising=False)
    with pytest.raises(ConfigurationError, match="_URL"):
        client_class.from_env()


def test_from_env_takes_what_the_class_takes(client_class: Any) -> None:
    made = inspect.signature(client_class).parameters
    assert list(inspect.signature(client_class.from_env).parameters) == list(made)
