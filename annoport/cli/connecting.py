"""The client that a command uses."""

from __future__ import annotations

import importlib
from typing import Any

from annoport.cli.options import Settings


def connect(platform: str, settings: Settings) -> Any:
    """Return a client of a platform, as the command line and the environment say.

    Args:
        platform: The name of the platform.
        settings: What the command line says of the connection.

    Raises:
        ConfigurationError: The address is not known, or a setting cannot work.
    """
    package = importlib.import_module(f"annoport_{platform}")
    return package.Client.from_env(settings.url, **settings.headers)
