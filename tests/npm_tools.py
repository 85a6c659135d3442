"""Tools from npm that check our work, in pinned versions; npm installs them on first use."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from filelock import FileLock

from tests.shared import ROOT

PINNED = {"@stoplight/prism-cli": "5.14.2", "@stdy/cli": "0.22.2", "openapi-diff": "0.24.1"}
_FOLDER = ROOT / ".cache" / "npm"
_MODULES = _FOLDER / "node_modules"
_OPTIONS = ("--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error")


class NpmError(Exception):
    """npm could not install the tools."""


def install() -> None:
    """Install all tools that are missing."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    with FileLock(_FOLDER / "lock"):  # several processes run the tests
        _install_missing()


def _install_missing() -> None:
    if all(_installed(name) == version for name, version in PINNED.items()):
        return
    wanted = [f"{name}@{version}" for name, version in PINNED.items()]
    try:
        subprocess.run(["npm", "install", *_OPTIONS, "--prefix", _FOLDER, *wanted], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NpmError(f"npm could not install {' and '.join(wanted)}: {error}") from error


def package(name: str) -> Path:
    """Return the folder of a tool's package."""
    return _MODULES / name


def command(name: str) -> Path:
    """Return the command that a tool's package provides."""
    return _MODULES / ".bin" / name


def _installed(name: str) -> str | None:
    try:
        text = (package(name) / "package.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    return str(json.loads(text)["version"])
