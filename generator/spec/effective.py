"""The effective spec: a platform's contract with its overlays applied."""

from __future__ import annotations

import keyword
import re
from pathlib import Path
from typing import Any

from generator import documents, paths
from generator.errors import GeneratorError
from generator.spec import former, overlay, release_marks, releases
from generator.spec.walk import SCHEMA_KINDS, walk

SPECS = paths.SPECS

CORRECTIONS, WORDS = "overlay.yaml", "docs.yaml"
OVERLAYS = (CORRECTIONS, WORDS)
"""Written by hand, and applied in this order; only the first is required."""


def platforms(specs: Path = SPECS) -> list[str]:
    """Return the names of all platforms that have a contract."""
    names = sorted(path.parent.name for path in specs.glob("*/openapi.yaml"))
    return [checked_platform(name) for name in names]


def checked_platform(platform: str) -> str:
    """Return the name, if a package and a folder can have it.

    Raises:
        GeneratorError: It is not a name for a platform.
    """
    if not re.fullmatch("[a-z]([a-z0-9_]*[a-z0-9])?", platform) or keyword.iskeyword(platform):
        raise GeneratorError(
            f"{platform!r} is not a platform name (a folder in specs/); expected lower-case ASCII "
            "letters, digits and _, a letter first, no _ last, and not a Python keyword"
        )
    return platform


def load(platform: str, specs: Path = SPECS) -> dict[str, Any]:
    """Read a platform's contract and apply its overlays.

    Raises:
        GeneratorError: There is no such platform, or its contract or an overlay is faulty.
    """
    known = platforms(specs)
    if platform not in known:
        raise GeneratorError(
            f"{platform}: no such platform; expected one of {', '.join(known)}, "
            "or vendor its contract first"
        )
    return apply_overlays(contract(platform, specs), specs / platform)


def contract(platform: str, specs: Path = SPECS) -> dict[str, Any]:
    """Read a platform's contract, without its overlays."""
    return documents.load(specs / platform / "openapi.yaml")


def apply_overlays(contract: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return a contract with the overlays of a platform's folder applied."""
    if not (folder / CORRECTIONS).exists():
        raise GeneratorError(
            f"{folder / CORRECTIONS}: no such file; a platform needs an overlay that sets at least "
            "x-annoport-platform on the root"
        )
    return complete(restored(contract, folder), folder, releases.load(folder))


def restored(contract: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return a contract with what former ones had."""
    return former.restored(contract, former.load(folder))


def complete(contract: dict[str, Any], folder: Path, known: releases.Releases) -> dict[str, Any]:
    """Return a restored contract with our corrections, the marks of what is known, our words."""
    spec = _with_any(corrected(contract, folder))
    release_marks.marked(spec, known)
    return null_beside_references(_applied(spec, folder, WORDS))


def _with_any(spec: dict[str, Any]) -> dict[str, Any]:
    """Say of the fields without a schema that they hold any value, so that words can be added."""
    for node in walk(spec):
        if node.kind == "property" and not node.data:
            node.data["x-annoport-type"] = "any"
    return spec


def corrected(contract: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return a restored contract with our corrections, without marks and words."""
    return _applied(contract, folder, CORRECTIONS)


def _applied(spec: dict[str, Any], folder: Path, name: str) -> dict[str, Any]:
    path = folder / name
    if not path.exists():
        return spec
    return overlay.apply(spec, documents.load(path), origin=f"{folder.name}/{name}")


def null_beside_references(spec: dict[str, Any]) -> dict[str, Any]:
    """Return a spec that says of a reference that null is allowed too, where that counts; in place.

    OpenAPI 3.0 ignores what stands beside a reference, but an overlay means what it says.
    """
    for node in walk(spec):
        if node.kind in SCHEMA_KINDS and "$ref" in node.data and node.data.get("nullable"):
            node.data["allOf"] = [{"$ref": node.data.pop("$ref")}]
    return spec
