"""The profiles that a platform's own program keeps, which are read and never written."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import attrs
import msgspec

from annoport.core.contract.extensions import OtherProfiles
from annoport.core.errors import ConfigurationError
from annoport.core.http.private_files import read_private
from annoport.core.values.pointers import resolve
from annoport.core.values.type_guards import is_mapping


@attrs.frozen
class Found:
    """What is in the file.

    Attributes:
        profiles: Name of a profile -> keyword of the client -> text.
        default: The name of the profile that is meant where none is named, if there is one.
    """

    profiles: dict[str, dict[str, str]] = attrs.field(factory=dict[str, dict[str, str]], repr=False)
    default: str | None = None


def path_of(rules: OtherProfiles) -> Path:
    """Return the path of the file, which need not exist.

    Args:
        rules: Where the program keeps it.
    """
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
        folder = Path(local) / rules.author
    elif sys.platform == "darwin":
        folder = Path.home() / "Library" / "Application Support"
    else:
        folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return folder / rules.folder / rules.file


def read_other(rules: OtherProfiles | None) -> Found:
    """Return the profiles of the program; those that lack an address or a secret are left out.

    Args:
        rules: Where they are, and how they are written; None if the platform has no such program.

    Raises:
        ConfigurationError: The file is damaged or of another version, or others can read it.
    """
    content = None if rules is None else read_private(path_of(rules))
    if rules is None or content is None:
        return Found()
    path = path_of(rules)
    try:
        document = msgspec.json.decode(content)
    except msgspec.DecodeError as error:
        raise ConfigurationError(
            f"{path}, in which {rules.program} keeps its profiles, is damaged ({error})"
        ) from None
    version = resolve(document, rules.version)
    if version != rules.known_version:
        raise ConfigurationError(
            f"{path}, in which {rules.program} keeps its profiles, is of version {version}: "
            f"this annoport knows version {rules.known_version}"
        )
    given = resolve(document, rules.profiles)
    named = dict(given) if is_mapping(given) else {}
    profiles = {name: _settings(rules, one) for name, one in named.items()}
    default = resolve(document, rules.default)
    return Found(
        {name: one for name, one in profiles.items() if one},
        default if isinstance(default, str) and profiles.get(default) else None,
    )


def _settings(rules: OtherProfiles, profile: Any) -> dict[str, str]:
    """Return the keyword arguments of a client; none if something is missing."""
    pointers = {"base_url": rules.url, **rules.credentials}
    found = {keyword: resolve(profile, pointer) for keyword, pointer in pointers.items()}
    texts = {keyword: text for keyword, text in found.items() if isinstance(text, str) and text}
    return texts if len(texts) == len(pointers) else {}
