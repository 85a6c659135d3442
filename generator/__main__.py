"""`python -m generator`: the maintainers' commands."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from generator import effective
from generator.errors import GeneratorError
from generator.regen import regenerate
from generator.vendor import vendor


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; give its exit code."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except GeneratorError as error:
        print(f"error: {error}", file=sys.stderr)
        return 3
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m generator", description="Vendored specs in, typed Python clients out."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    generate = commands.add_parser("generate", help="write generated/ from specs/ and templates/")
    generate.add_argument("platforms", nargs="*", metavar="PLATFORM", help="default: all")
    generate.set_defaults(run=_generate)
    fetch = commands.add_parser("vendor", help="take over an upstream spec as specs/PLATFORM")
    fetch.add_argument("platform", metavar="PLATFORM")
    fetch.add_argument("--from", dest="source", metavar="FILE|URL", help="default: the live URL")
    fetch.add_argument("--release", metavar="VERSION", help="where the spec does not say it")
    fetch.set_defaults(run=_vendor)
    return parser


def _generate(options: argparse.Namespace) -> int:
    for figures in regenerate(options.platforms or effective.platforms()):
        state = "nothing changed" if figures["fresh"] else "written"
        print(
            f"{figures['platform']:8} {figures['operations']:4} operations, "
            f"{figures['resources']:3} resources, {figures['models']:4} models: {state}"
        )
    return 0


def _vendor(options: argparse.Namespace) -> int:
    record = vendor(options.platform, options.source, release=options.release)
    print(f"{options.platform}: {record['version']}, sha256 {record['sha256'][:12]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
