"""The settings of a client, read from environment variables."""

from __future__ import annotations

from collections.abc import Mapping

from annoport.core.annotations import Platform
from annoport.core.errors import ConfigurationError


def read(
    platform: Platform, environ: Mapping[str, str], overrides: Mapping[str, object]
) -> dict[str, object]:
    """The keywords of the platform's client, from `environ` and, first of all, `overrides`.

    The variables are {PREFIX}_URL, one for each way to authenticate (the first that is set
    counts: {PREFIX}_TOKEN, say, else {PREFIX}_USERNAME and {PREFIX}_PASSWORD), and one for each
    further keyword. An empty variable counts as not set. Credentials among the overrides
    replace those of the environment altogether.
    """
    found: dict[str, object] = {
        keyword: text
        for keyword in ("url", *_ways(platform), "username", "password", *platform.headers)
        if (text := environ.get(_variable(platform, keyword), "").strip())
    }
    ways = {*_ways(platform), "username", "password", "auth"}
    if not ways.isdisjoint(overrides):
        kept: set[str] = set()
    else:
        first = next((keyword for keyword in _ways(platform) if keyword in found), None)
        kept = {first} if first else {"username", "password"}
    settings = {keyword: text for keyword, text in found.items() if keyword not in ways - kept}
    url = settings.pop("url", None)
    if url is None and "base_url" not in overrides:
        raise ConfigurationError(
            f"the address of {platform.title} is not known: set {_variable(platform, 'url')} "
            f"(such as {platform.example_url}), or give base_url="
        )
    return {"base_url": url, **settings, **overrides}


def _ways(platform: Platform) -> tuple[str, ...]:
    return tuple(platform.credentials)


def _variable(platform: Platform, keyword: str) -> str:
    return f"{platform.env_prefix}_{keyword}".upper()
