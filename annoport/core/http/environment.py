"""Reading the settings of a client from environment variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from annoport.core.contract.extensions import Platform
from annoport.core.errors import ConfigurationError


def settings_from_environment(platform: Platform, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keyword arguments of a platform's client, completed from the environment.

    The variables are {PREFIX}_URL, those of each way to authenticate, and one for each further
    keyword; where one is unset, those that `platform.environment` names for its keyword. Of the
    ways to authenticate, only the first that is set counts: {PREFIX}_TOKEN, say, else
    {PREFIX}_USERNAME and {PREFIX}_PASSWORD. A credential in `given` replaces all those of the
    environment. An empty variable counts as unset.

    Args:
        platform: Names the keywords and the prefix of the variables.
        given: Keyword arguments of the caller; those that are not None take precedence.

    Raises:
        ConfigurationError: Neither `given` nor the environment has the URL.
    """
    overrides = {keyword: value for keyword, value in given.items() if value is not None}
    found = {
        keyword: text
        for keyword in ("url", *platform.credentials, "username", "password", *platform.headers)
        if (text := _setting(platform, keyword))
    }
    ways = {*platform.credentials, "username", "password", "auth"}
    if not ways.isdisjoint(overrides):
        kept: set[str] = set()
    else:
        first = next((keyword for keyword in platform.credentials if keyword in found), None)
        kept = {first} if first else {"username", "password"}
    settings = {keyword: text for keyword, text in found.items() if keyword not in ways - kept}
    url = settings.pop("url", None)
    if url is None and "base_url" not in overrides:
        raise ConfigurationError(
            f"the address of {platform.title} is not known: set "
            f"{' or '.join(_variables(platform, 'url'))} (such as {platform.example_url}) "
            "or pass base_url="
        )
    return {"base_url": url, **settings, **overrides}


def address_from_environment(platform: Platform) -> str:
    """Return the address that the environment has for a platform; empty if it has none.

    Args:
        platform: Names the prefix of the variables.
    """
    return _setting(platform, "url")


def _setting(platform: Platform, keyword: str) -> str:
    values = (os.environ.get(name, "").strip() for name in _variables(platform, keyword))
    return next(filter(None, values), "")


def _variables(platform: Platform, keyword: str) -> tuple[str, ...]:
    """Return the variables for a keyword in the order of precedence."""
    ours = f"{platform.env_prefix}_{keyword}".upper()
    return (ours, *platform.environment.get(keyword, ()))
