"""The effective spec: a platform's contract with its overlays applied."""

from __future__ import annotations

import keyword
import re
from pathlib import Path
from typing import Any

from generator import documents, paths
from generator.errors import GeneratorError
from generator.spec import overlay

SPECS = paths.SPECS

# Applied in this order; only the first is required. History holds computed server versions.
OVERLAYS = ("overlay.yaml", "history.yaml", "docs.yaml")


def platforms(specs: Path = SPECS) -> list[str]:
    """The names of all platforms that have a contract."""
    names = sorted(path.parent.name for path in specs.glob("*/openapi.yaml"))
    return [checked(name) for name in names]


def checked(platform: str) -> str:
    """The name itself; a GeneratorError if no package and no folder can be called so."""
    if not re.fullmatch("[a-z]([a-z0-9_]*[a-z0-9])?", platform) or keyword.iskeyword(platform):
        raise GeneratorError(
            f"{platform!r} is no name for a platform (a folder in specs/); expected small ASCII "
            "letters, digits and _, a letter first and no _ last, and no keyword of Python"
        )
    return platform


def load(platform: str, specs: Path = SPECS) -> dict[str, Any]:
    """Read a platform's contract and apply its overlays."""
    known = platforms(specs)
    if platform not in known:
        raise GeneratorError(
            f"{platform}: no such platform; expected one of {', '.join(known)}, "
            "or vendor its contract first"
        )
    folder = specs / platform
    return apply_overlays(documents.load(folder / "openapi.yaml"), folder)


def apply_overlays(contract: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Apply the overlays found in a platform's folder to a contract."""
    spec = contract
    if not (folder / OVERLAYS[0]).exists():
        raise GeneratorError(
            f"{folder / OVERLAYS[0]}: no such file; a platform needs an overlay that sets at least "
            "x-annoport-platform on the root"
        )
    for name in OVERLAYS:
        path = folder / name
        if path.exists():
            spec = overlay.apply(spec, documents.load(path), origin=f"{folder.name}/{name}")
    return spec
