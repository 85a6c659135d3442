"""The client that a command uses."""

from __future__ import annotations

import importlib
import os
from typing import Any

from annoport.cli.options import Settings
from annoport.core.contract.extensions import Platform
from annoport.core.errors import ConfigurationError
from annoport.core.http.environment import address_from_environment
from annoport.core.http.profiles import DEFAULT, read_profiles


def described(platform: str) -> Platform:
    """Return the core's description of a platform.

    Args:
        platform: The name of the platform.
    """
    found: Platform = importlib.import_module(f"annoport_{platform}._platform").PLATFORM
    return found


def connect(platform: str, settings: Settings, *, server: str | None = None) -> Any:
    """Return a client of a platform.

    What the command line says comes first, then a profile that it or `ANNOPORT_PROFILE` names, then
    the environment, and last the profile "default".

    Args:
        platform: The name of the platform.
        settings: What the command line says of the connection.
        server: The address of the server that a job is on: of the profiles, one for it is used.

    Raises:
        ConfigurationError: The address is not known, or a setting cannot work.
    """
    client = importlib.import_module(f"annoport_{platform}").Client
    rules = described(platform)
    name = profile_for(rules, settings, server)
    if name is None:
        if settings.url is None and not address_from_environment(rules):
            raise ConfigurationError(
                f"no server is known: `annoport login {platform} URL` remembers one, "
                f"{rules.env_prefix}_URL and --url name one (such as {rules.example_url})"
            )
        return client.from_env(settings.url, **settings.headers)
    return client.from_profile(name, base_url=settings.url, **settings.headers)


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
    stored = read_profiles(platform)
    if wanted is not None:
        fitting = [name for name, one in stored.items() if _same(one["base_url"], wanted)]
        return DEFAULT if DEFAULT in fitting else next(iter(fitting), None)
    return DEFAULT if DEFAULT in stored else None


def _same(one: str, other: str) -> bool:
    return one.rstrip("/") == other.rstrip("/")
