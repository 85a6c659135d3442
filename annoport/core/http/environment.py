"""The settings of a client, read from environment variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from annoport.core.contract.extensions import Platform
from annoport.core.errors import ConfigurationError


def settings_from_environment(platform: Platform, given: Mapping[str, Any]) -> dict[str, Any]:
    """The keywords of the platform's client: those of `given` that are not None, else variables.

    The variables are {PREFIX}_URL, one for each way to authenticate (the first that is set
    counts: {PREFIX}_TOKEN, say, else {PREFIX}_USERNAME and {PREFIX}_PASSWORD), and one for each
    further keyword. An empty variable counts as not set. A credential that is given replaces
    those of the environment altogether. Raises ConfigurationError when there is no URL.
    """
    overrides = {keyword: value for keyword, value in given.items() if value is not None}
    found = {
        keyword: text
        for keyword in ("url", *platform.credentials, "username", "password", *platform.headers)
        if (text := os.environ.get(_variable(platform, keyword), "").strip())
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
            f"the address of {platform.title} is not known: set {_variable(platform, 'url')} "
            f"(such as {platform.example_url}), or give base_url="
        )
    return {"base_url": url, **settings, **overrides}


def _variable(platform: Platform, keyword: str) -> str:
    return f"{platform.env_prefix}_{keyword}".upper()
