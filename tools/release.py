"""Prepare a release, or check that a tag may be published.

    python tools/release.py 0.2.0           set the version everywhere, gather the changelog
    python tools/release.py --check v0.2.0  fail unless the tag names what the tree holds

The version stands in pyproject.toml, from where the generated packages take it, and in a
module, which tells it faster.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

_VERSION = re.compile(r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?")
_PLACES = {
    "pyproject.toml": re.compile(r'^(version = )"[^"]+"$', re.MULTILINE),
    "annoport/core/support/version.py": re.compile(r'^(VERSION: Final = )"[^"]+"$', re.MULTILINE),
}


def main(arguments: list[str] | None = None) -> int:
    """Run; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("version", metavar="VERSION", help="such as 0.2.0, 1.0.0rc1, or v0.2.0")
    parser.add_argument("--check", action="store_true", help="change nothing, fail on a mismatch")
    options = parser.parse_args(arguments)
    version: str = options.version.removeprefix("v")
    faults = list(_mismatches(version) if options.check else _obstacles(version))
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    if faults:
        return 1
    if not options.check:
        _prepare(version)
        print(f"Commit this, push it, and tag it v{version} once CI has passed.")
    return 0


def _obstacles(version: str) -> Iterator[str]:
    """Why a release of that version cannot be prepared."""
    if not _VERSION.fullmatch(version):
        yield f"{version!r} is not a version: expected one such as 0.2.0 or 1.0.0rc1"
    if _is_in_changelog(version):
        yield f"CHANGELOG.md has a section {version}: choose a later version"
    if not _fragments():
        yield "changelog.d/ has no fragments: there is nothing to release"


def _mismatches(version: str) -> Iterator[str]:
    """Why a tag of that version must not be published."""
    for path in [ROOT / "pyproject.toml", *sorted(ROOT.glob("generated/*/pyproject.toml"))]:
        found = tomllib.loads(path.read_text(encoding="utf-8"))["project"]["version"]
        if found != version:
            yield f"{path.relative_to(ROOT).as_posix()} says {found}, the tag says {version}"
    if not _is_in_changelog(version):
        yield f"CHANGELOG.md has no section {version}: run tools/release.py {version}"
    for path in _fragments():
        yield f"changelog.d/{path.name} is not in CHANGELOG.md: run tools/release.py {version}"


def _prepare(version: str) -> None:
    for name, line in _PLACES.items():
        path = ROOT / name
        text, count = line.subn(rf'\g<1>"{version}"', path.read_text(encoding="utf-8"))
        if count != 1:
            raise SystemExit(f"error: {path.name} has {count} lines with a version: expected one")
        path.write_text(text, encoding="utf-8", newline="\n")
    _run("generator", "generate")
    _run("towncrier", "build", "--yes", "--version", version)


def _run(module: str, *arguments: str) -> None:
    command = [sys.executable, "-m", module, *arguments]
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
        said = " ".join(["python -m", module, *arguments])
        raise SystemExit(f"error: `{said}` failed: `git restore .` undoes what was written so far")


def _is_in_changelog(version: str) -> bool:
    return f"\n## {version} (" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def _fragments() -> list[Path]:
    return sorted(path for path in ROOT.glob("changelog.d/*.md") if path.name != "README.md")


if __name__ == "__main__":
    sys.exit(main())
