"""`python -m generator history`: which releases of which editions know what.

It reads the contracts of many releases and writes `releases.yaml`, so that nothing later depends
on them. A contract that knows less than a server's own document, because it was recovered from
something else, counts for the names in it only.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from generator.contract import canonical, untrusted
from generator.contract.repair import Repair
from generator.errors import GeneratorError
from generator.spec import effective, releases
from generator.spec.facts import Fact, Key, facts
from generator.spec.releases import ONLY, Edition

_SUFFIXES = frozenset({".json", ".yaml", ".yml"})
_Named = tuple[str, list[Path]]


@attrs.frozen(kw_only=True)
class Corpus:
    """The contracts of the releases of one edition.

    Attributes:
        documents: Files called after releases, such as 1.5.0.yaml, and folders of them.
        names: The same, for contracts that count for the names in them only.
    """

    documents: tuple[Path, ...] = ()
    names: tuple[Path, ...] = ()


def add_parser(commands: Any) -> None:
    """Add the command to the maintainers' tool."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "history", help="write specs/PLATFORM/releases.yaml from the contracts of many releases"
    )
    parser.add_argument("platform", metavar="PLATFORM")
    for option, text in (
        ("--corpus", "files called after releases, such as 1.5.0.yaml, or folders of them"),
        ("--names", "the same, for documents of which only the names in them are right"),
    ):
        parser.add_argument(
            option,
            action="append",
            nargs="+",
            default=[],
            metavar=("[EDITION=]PATH", "PATH"),
            help=text,
        )
    parser.set_defaults(run=_run, parser=parser)


def _run(options: argparse.Namespace) -> int:
    if not options.corpus:
        options.parser.error("--corpus is missing: the contracts of the releases of an edition")
    platform = effective.checked_platform(options.platform)
    editions = write(platform, corpora(options.corpus, options.names))
    for name, edition in editions.items():
        print(
            f"{platform} {name}: {len(edition.releases)} releases, "
            f"{len(edition.having)} facts that not all of them have"
        )
    return 0


def corpora(documents: Iterable[list[str]], names: Iterable[list[str]]) -> dict[str, Corpus]:
    """Return the corpora by edition, from options such as `open-source=DIR`."""
    found: dict[str, Corpus] = {}
    for edition, paths in map(_named, documents):
        before = found.get(edition, Corpus())
        found[edition] = attrs.evolve(before, documents=(*before.documents, *paths))
    for edition, paths in map(_named, names):
        before = found.get(edition, Corpus())
        found[edition] = attrs.evolve(before, names=(*before.names, *paths))
    return found


def _named(words: list[str]) -> _Named:
    first, *rest = words
    edition, equals, path = first.rpartition("=")
    return edition if equals else ONLY, [Path(path), *map(Path, rest)]


def write(
    platform: str, corpora: Mapping[str, Corpus], *, specs: Path = effective.SPECS
) -> dict[str, Edition]:
    """Compute which releases know what, and write it.

    Args:
        platform: The platform's name.
        corpora: Edition -> the contracts of its releases.
        specs: The folder with one folder for each platform.

    Raises:
        GeneratorError: There are no documents, one cannot be read, or two are of one release.
    """
    repair = Repair.of(specs / platform)
    read = {name: _read(corpus, repair) for name, corpus in corpora.items()}
    names = {
        name: frozenset(path.stem for path in _files(corpus.names))
        for name, corpus in corpora.items()
    }
    found = survey(read, names=names)
    releases.save(specs / platform, found)
    return found


def survey(
    contracts: Mapping[str, Mapping[str, Mapping[str, Any]]],
    *,
    names: Mapping[str, frozenset[str]] | None = None,
) -> dict[str, Edition]:
    """Return which releases know what.

    Args:
        contracts: Edition -> release -> its contract.
        names: Edition -> the releases of which only the names are known.
    """
    named = names or {}
    read = {
        edition: {
            release: [
                fact
                for fact in facts(contract)
                if fact.kind not in releases.OF_VALUES or release not in named.get(edition, ())
            ]
            for release, contract in documents.items()
        }
        for edition, documents in contracts.items()
    }
    universe = _universe(listed for documents in read.values() for listed in documents.values())
    return {
        edition: releases.surveyed(
            documents, names=named.get(edition, frozenset()), universe=universe
        )
        for edition, documents in read.items()
    }


def _universe(documents: Iterable[list[Fact]]) -> list[Fact]:
    """Return each fact once."""
    found: dict[Key, Fact] = {}
    for listed in documents:
        for fact in listed:
            found.setdefault(fact.key, fact)
    return list(found.values())


def _read(corpus: Corpus, repair: Repair) -> dict[str, dict[str, Any]]:
    paths: dict[str, Path] = {}
    for path in _files((*corpus.documents, *corpus.names)):
        if path.stem in paths:
            raise GeneratorError(f"{paths[path.stem]} and {path} are of one release; leave one out")
        paths[path.stem] = path
    return {release: _contract(path, repair) for release, path in paths.items()}


def _files(places: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        if not place.is_dir():
            yield place
            continue
        found = sorted(path for path in place.iterdir() if path.suffix in _SUFFIXES)
        if not found:
            raise GeneratorError(
                f"{place}: no specs in this folder; expected files such as 1.5.0.yaml"
            )
        yield from found


def _contract(path: Path, repair: Repair) -> dict[str, Any]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise GeneratorError(f"{path}: {error.strerror or error}") from error
    mended, _ = repair.tried(untrusted.parsed(content, origin=str(path)))
    return canonical.canonicalize(untrusted.judged(mended, origin=str(path)))
