"""Settings from environment variables."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from annoport.core import settings_from_environment
from annoport.core.errors import ConfigurationError
from tests.core.both_shells import PLATFORM

VARIABLES = {
    "TOY_URL": "https://toy.example.org",
    "TOY_TOKEN": "token-of-env",
    "TOY_USERNAME": "ada",
    "TOY_PASSWORD": "hidden",
    "TOY_TEAM": "red",
}


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in VARIABLES.items():
        monkeypatch.setenv(name, text)


def read(**given: Any) -> dict[str, Any]:
    return settings_from_environment(PLATFORM, given)


def test_the_first_way_to_authenticate_counts() -> None:
    expected = {"base_url": "https://toy.example.org", "token": "token-of-env", "team": "red"}
    assert read(base_url=None, token=None, key=None) == expected


def test_what_is_given_replaces_the_environment() -> None:
    expected = {"base_url": "http://localhost", "key": "k", "team": "red"}
    assert read(base_url="http://localhost", key="k") == expected
    assert read(team="blue")["team"] == "blue"


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOY_TOKEN", " ")
    settings = read()
    assert (settings["username"], settings["password"]) == ("ada", "hidden")
    assert "token" not in settings


def test_there_must_be_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOY_URL")
    with pytest.raises(
        ConfigurationError, match=r"set TOY_URL \(such as https://toy\.example\.org"
    ):
        read()


def test_other_variables_count_where_ours_is_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("TOYBOX_HOST", "OLD_TOY_HOST")
    platform = msgspec.structs.replace(PLATFORM, environment={"url": names})
    monkeypatch.setenv("TOYBOX_HOST", " ")
    monkeypatch.setenv("OLD_TOY_HOST", "https://old.example.org")
    ours = settings_from_environment(platform, {})
    assert ours["base_url"] == "https://toy.example.org"
    monkeypatch.delenv("TOY_URL")
    assert settings_from_environment(platform, {})["base_url"] == "https://old.example.org"
    monkeypatch.delenv("OLD_TOY_HOST")
    with pytest.raises(ConfigurationError) as caught:
        settings_from_environment(platform, {})
    assert str(caught.value) == (
        "the address of Toy is not known: set TOY_URL or TOYBOX_HOST or OLD_TOY_HOST (such as "
        "https://toy.example.org) or pass base_url="
    )
