"""`python -m generator`: the maintainers' commands."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from generator import effective, history, spec_lint, update
from generator.drift import command as drift
from generator.errors import GeneratorError, UnreachableError
from generator.regen import regenerate, stale
from generator.vendor import vendor


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; give its exit code."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except UnreachableError as error:
        print(f"error: {error}", file=sys.stderr)
        return drift.UNREACHABLE
    except GeneratorError as error:
        print(f"error: {error}", file=sys.stderr)
        return drift.UNREADABLE
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m generator", description="Vendored specs in, typed Python clients out."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    generate = commands.add_parser("generate", help="write generated/ from specs/ and templates/")
    generate.add_argument("platforms", nargs="*", metavar="PLATFORM", help="default: all")
    generate.add_argument("--check", action="store_true", help="write nothing; 1 if stale")
    generate.set_defaults(run=_generate)
    lint = commands.add_parser("lint", help="check the effective specs and their annotations")
    lint.set_defaults(run=_lint)
    fetch = commands.add_parser("vendor", help="take over an upstream spec as specs/PLATFORM")
    fetch.add_argument("platform", metavar="PLATFORM")
    fetch.add_argument("--from", dest="source", metavar="FILE|URL", help="default: the live URL")
    fetch.add_argument("--release", metavar="VERSION", help="where the spec does not say it")
    fetch.set_defaults(run=_vendor)
    drift.add_parser(commands)
    update.add_parser(commands)
    releases = commands.add_parser("history", help="write specs/PLATFORM/history.yaml")
    releases.add_argument("platforms", nargs="*", metavar="PLATFORM", help="default: all")
    releases.add_argument(
        "--corpus",
        type=Path,
        default=effective.SPECS.parent.parent / "shared" / "upstream",
        metavar="DIR",
        help="has PLATFORM/VERSION.yaml or .json for each release",
    )
    releases.set_defaults(run=_history)
    return parser


def _generate(options: argparse.Namespace) -> int:
    platforms = options.platforms or effective.platforms()
    if options.check:
        differing = stale(platforms)
        for name in differing:
            print(f"{name} is not what `make regen` writes", file=sys.stderr)
        return 1 if differing else 0
    for figures in regenerate(platforms):
        state = "nothing changed" if figures["fresh"] else "written"
        print(
            f"{figures['platform']:8} {figures['operations']:4} operations, "
            f"{figures['resources']:3} resources, {figures['models']:4} models: {state}"
        )
    spec_lint.SCHEMA_FILE.write_text(spec_lint.annotations_schema(), encoding="utf-8")
    return 0


def _lint(options: argparse.Namespace) -> int:
    del options
    faults = [fault for platform in effective.platforms() for fault in spec_lint.lint(platform)]
    if spec_lint.SCHEMA_FILE.read_text(encoding="utf-8") != spec_lint.annotations_schema():
        faults.append(f"{spec_lint.SCHEMA_FILE.name} is stale; `make regen` writes it anew")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def _vendor(options: argparse.Namespace) -> int:
    record = vendor(options.platform, options.source, release=options.release)
    print(f"{options.platform}: {record['version']}, sha256 {record['sha256'][:12]}")
    return 0


def _history(options: argparse.Namespace) -> int:
    for platform in options.platforms or effective.platforms():
        marks = history.write(platform, options.corpus)
        print(f"{platform:8} {len(marks):4} marks")
    return 0


if __name__ == "__main__":
    sys.exit(main())
