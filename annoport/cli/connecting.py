"""The client that a command uses."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from typing import Any

from annoport.cli.options import Settings
from annoport.core.contract.extensions import Platform
from annoport.core.errors import ConfigurationError
from annoport.core.http.environment import address_from_environment
from annoport.core.http.other_profiles import read_other
from annoport.core.http.profiles import DEFAULT, read_profiles


def described(platform: str) -> Platform:
    """Return the core's description of a platform.

    Args:
        platform: The name of the platform.
    """
    found: Platform = importlib.import_module(f"annoport_{platform}._platform").PLATFORM
    return found


def connect(
    platform: str, settings: Settings, *, server: str | None = None, client_class: Any = None
) -> Any:
    """Return a client of a platform.

    What the command line says comes first, then a profile that it or `ANNOPORT_PROFILE` names, then
    the environment, then the profile "default", and last the default of the profiles that the
    platform's own program keeps.

    Args:
        platform: The name of the platform.
        settings: What the command line says of the connection.
        server: The address of the server that a job is on: of the profiles, one for it is used.
        client_class: The class of the client; the platform's own by default.

    Raises:
        ConfigurationError: The address is not known, or a setting cannot work.
    """
    client = client_class or importlib.import_module(f"annoport_{platform}").Client
    rules = described(platform)
    name = profile_for(rules, settings, server)
    if name is None:
        if settings.url is None and not address_from_environment(rules):
            raise ConfigurationError(
                f"no server is known: `annoport login {platform} URL` remembers one, "
                f"{rules.env_prefix}_URL and --url name one (such as {rules.example_url})"
            )
        return client.from_env(settings.url, verify=not settings.insecure, **settings.headers)
    return client.from_profile(
        name, base_url=settings.url, verify=not settings.insecure, **settings.headers
    )


def profile_for(platform: Platform, settings: Settings, server: str | None = None) -> str | None:
    """Return the name of the profile that a command uses; None if the environment counts.

    Args:
        platform: The platform.
        settings: What the command line says of the connection.
        server: The address of the server that it is about, if that is known.

    Raises:
        ConfigurationError: The file of profiles cannot be read.
    """
    named = settings.profile or os.environ.get("ANNOPORT_PROFILE")
    if named:
        return named
    wanted = settings.url or server
    address = address_from_environment(platform)
    if address and (server is None or _same(address, server)):
        return None
    return _fitting(read_profiles(platform), DEFAULT, wanted) or _of_others(platform, wanted)


def _of_others(platform: Platform, wanted: str | None) -> str | None:
    """Return the name of a profile of the platform's own program; None if none fits."""
    others = read_other(platform.other_profiles)
    return _fitting(others.profiles, others.default, wanted)


def _fitting(
    stored: Mapping[str, Mapping[str, str]], default: str | None, wanted: str | None
) -> str | None:
    """Return the name of the profile to use for a server, or for any; None if none fits."""
    if wanted is None:
        return default if default in stored else None
    fitting = [name for name, one in stored.items() if _same(one["base_url"], wanted)]
    return default if default in fitting else next(iter(fitting), None)


def _same(one: str, other: str) -> bool:
    return one.rstrip("/") == other.rstrip("/")
