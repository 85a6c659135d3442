"""Profiles: the address and the login of servers, in a file that only their user can read."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from annoport.core.contract.extensions import Platform
from annoport.core.errors import ConfigurationError
from annoport.core.http.other_profiles import read_other
from annoport.core.http.private_files import read_private
from annoport.core.support.small_files import write_whole

DEFAULT: Final = "default"
"""The profile that is meant where none is named."""

_OWN_FILE, _OWN_FOLDER = 0o600, 0o700


class _Content(msgspec.Struct, kw_only=True):
    """What is in the file: platform -> name of a profile -> keyword of the client -> text."""

    format: int = 1
    profiles: dict[str, dict[str, dict[str, str]]] = {}


def profiles_file() -> Path:
    """Return the path of the file: in `ANNOPORT_CONFIG`, or the user's folder for settings."""
    given = os.environ.get("ANNOPORT_CONFIG")
    return (Path(given) if given else _settings_folder()) / "profiles.json"


def _settings_folder() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "annoport"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "annoport"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "annoport"


def read_profiles(platform: Platform) -> dict[str, dict[str, str]]:
    """Return the profiles of a platform: name -> keyword of the client -> text.

    Args:
        platform: The platform.

    Raises:
        ConfigurationError: The file is damaged, or others can read it.
    """
    return _read().profiles.get(_key(platform), {})


def write_profile(platform: Platform, name: str, settings: Mapping[str, str] | None) -> None:
    """Write a profile in place of another of the same name, or remove it.

    Args:
        platform: The platform.
        name: The name of the profile.
        settings: Keyword of the client -> text; None removes the profile.

    Raises:
        ConfigurationError: The file is damaged, or others can read it.
        OSError: It cannot be written.
    """
    content = _read()
    own = content.profiles.setdefault(_key(platform), {})
    if settings is None:
        own.pop(name, None)
    else:
        own[name] = dict(settings)
    path = profiles_file()
    path.parent.mkdir(mode=_OWN_FOLDER, parents=True, exist_ok=True)
    write_whole(path, msgspec.json.format(msgspec.json.encode(content)), mode=_OWN_FILE)


def settings_from_profile(
    platform: Platform, name: str, given: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the keyword arguments of a platform's client, completed from a profile.

    A profile of ours counts before one of the same name that the platform's own program keeps. A
    credential in `given` replaces that of the profile, and so does an address: what is stored for
    one server is sent to no other.

    Args:
        platform: The platform.
        name: The name of the profile.
        given: Keyword arguments of the caller; those that are not None take precedence.

    Raises:
        ConfigurationError: There is no such profile, or it is of another server.
    """
    stored = read_profiles(platform)
    if name not in stored:  # those of another program are read only if they matter
        stored = {**read_other(platform.other_profiles).profiles, **stored}
    if name not in stored:
        known = f"; there are {', '.join(map(repr, sorted(stored)))}" if stored else ""
        raise ConfigurationError(
            f"there is no profile {name!r} for {platform.title}{known}: "
            f"annoport login {_key(platform)} URL --profile {name} makes it"
        )
    settings: dict[str, Any] = dict(stored[name])
    overrides = {keyword: value for keyword, value in given.items() if value is not None}
    address = overrides.get("base_url")
    if address is not None and address.rstrip("/") != settings["base_url"].rstrip("/"):
        raise ConfigurationError(
            f"the profile {name!r} is for {settings['base_url']}, not for {address}: "
            "its login is sent to no other server"
        )
    ways = {*platform.credentials, "username", "password", "auth"}
    if not ways.isdisjoint(overrides):
        settings = {keyword: text for keyword, text in settings.items() if keyword not in ways}
    return {**settings, **overrides}


def _key(platform: Platform) -> str:
    return platform.env_prefix.lower()


def _read() -> _Content:
    path = profiles_file()
    content = read_private(path)
    if content is None:
        return _Content()
    try:
        return msgspec.json.decode(content, type=_Content)
    except msgspec.DecodeError as error:  # it names places, not what is there
        raise ConfigurationError(
            f"{path} is damaged ({error}): remove it and log in again"
        ) from None
