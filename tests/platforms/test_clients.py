"""The clients of the generated packages."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import pytest

from annoport.core.errors import ConfigurationError

PACKAGES = ("annoport_cvat", "annoport_ecotaxa", "annoport_tator")


@pytest.fixture(params=[(name, kind) for name in PACKAGES for kind in ("Client", "AsyncClient")])
def client_class(request: pytest.FixtureRequest) -> Any:
    package, name = request.param
    return getattr(importlib.import_module(package), name)


def test_from_env(client_class: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    prefix = client_class._platform.env_prefix
    monkeypatch.setenv(f"{prefix}_URL", "https://annotate.example.org")
    monkeypatch.setenv(f"{prefix}_TOKEN", "of-the-environment")
    client = client_class.from_env(max_retries=0)
    assert client.base.url == "https://annotate.example.org"
    assert client.options.max_retries == 0
    sent = client._sender.auth.headers("GET", client.base.origin)
    assert sent["Authorization"].endswith(" of-the-environment")
    other = client_class.from_env("https://other.example.org", token="given")
    assert other.base.url == "https://other.example.org"
    assert other._sender.auth.headers("GET", other.base.origin)["Authorization"].endswith(" given")


def test_from_env_without_an_address(client_class: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(f"{client_class._platform.env_prefix}_URL", raising=False)
    with pytest.raises(ConfigurationError, match="_URL"):
        client_class.from_env()


def test_from_env_takes_what_the_class_takes(client_class: Any) -> None:
    made = inspect.signature(client_class).parameters
    assert list(inspect.signature(client_class.from_env).parameters) == list(made)
