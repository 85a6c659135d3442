"""All pages of the site: those in docs/, those for maintainers, and the reference."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

from generator.docs import library, names, packages, releases, words
from generator.output.regen import release
from generator.paths import ROOT, SCRATCH
from generator.python.build import build
from generator.spec import effective
from generator.spec import releases as release_facts

PAGES = ROOT / "docs"
_AS_THEY_ARE = ("conf.py", "**/*.ipynb", "_static/*")
"""What Sphinx gets besides pages: its settings, notebooks, and style sheets."""
# Written for readers of the repository; the site shows them, too.
_OF_THE_ROOT = {
    "ARCHITECTURE.md": "maintain/architecture.md",
    "CONTRIBUTING.md": "maintain/contributing.md",
}
_LINK = re.compile(r"(?<!!)\[([^\]\n]+)\]\((?!https?:|#|mailto:)([^)\s]+)\)")


def sources() -> dict[str, str]:
    """Return the Markdown of each page by its path."""
    texts = written()
    places = library.labels(texts)
    result = {name: library.expand(text, places) for name, text in texts.items()}
    platforms: list[releases.Platform] = []
    for platform in effective.platforms():
        spec = effective.load(platform)
        package = build(platform, spec, release=release(platform, effective.SPECS))
        client = library.entry(package.module, "Client")
        result |= packages.files(package, places, client)
        known = release_facts.load(effective.SPECS / platform)
        platforms.append(releases.Platform(package=package, spec=spec, known=known))
    result = {name: releases.expand(text, platforms) for name, text in result.items()}
    made = [platform.package for platform in platforms]
    return {name: words.expand(names.expand(text, made)) for name, text in result.items()}


def write(folder: Path) -> int:
    """Write everything that Sphinx needs, in place of what is there; return the number of pages."""
    texts = sources()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=folder.parent) as scratch:
        fresh = Path(scratch) / folder.name
        fresh.mkdir()
        for pattern in _AS_THEY_ARE:
            for path in PAGES.glob(pattern):
                _copy(path, fresh / path.relative_to(PAGES))
        for name, text in texts.items():
            path = fresh / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        if folder.exists():
            folder.rename(Path(scratch) / "stale")
        fresh.rename(folder)
    return len(texts)


def _copy(path: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, to)


def written() -> dict[str, str]:
    """Return the hand-written pages."""
    result = {
        path.relative_to(PAGES).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(PAGES.rglob("*.md"))
    }
    for name, page in _OF_THE_ROOT.items():
        result[page] = _without_files((ROOT / name).read_text(encoding="utf-8"))
    return result


def _without_files(text: str) -> str:
    """Return a page of the repository without links into it, since the site has no such files."""

    def shown(found: re.Match[str]) -> str:
        page = _OF_THE_ROOT.get(found[2])
        return f"[{found[1]}]({Path(page).name})" if page else found[1]

    return _LINK.sub(shown, text)
