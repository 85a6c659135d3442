"""`python -m generator`: the maintainers' commands."""

from __future__ import annotations

import argparse
import gc
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from generator.errors import GeneratorError, UnreachableError
from generator.output.regen import regenerate, stale
from generator.spec import effective
from generator.spec.extensions_schema import SCHEMA_FILE, extensions_schema

_UNREADABLE, _UNREACHABLE = 3, 4
# An internal error: no code that could be about a spec (EX_SOFTWARE of sysexits.h).
_FAULT = 70
_LISTED = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        options = _parser(words).parse_args(words)
        code: int = options.run(options)
    except UnreachableError as error:
        print(f"error: {error}", file=sys.stderr)
        return _UNREACHABLE
    except GeneratorError as error:
        print(f"error: {error}", file=sys.stderr)
        return _UNREADABLE
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not look like drift
        traceback.print_exc()
        command = " ".join(["python -m generator", *words[:1]])
        said = "".join(traceback.format_exception_only(error)).strip()
        print(f"error: {command}: internal error, please report it: {said}", file=sys.stderr)
        return _FAULT
    return code


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """Return a parser that knows the command given first, or all of them if none is.

    The others stay unknown because their libraries are slow to import.
    """
    parser = argparse.ArgumentParser(
        prog="python -m generator", description="Vendored specs in, typed Python clients out."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, add in _COMMANDS.items():
        if name in words[:1] or not set(words[:1]) & set(_COMMANDS):
            add(commands)
    return parser


def _add_generate(commands: Any) -> None:
    parser = commands.add_parser("generate", help="write generated/ from specs/ and templates/")
    parser.add_argument("platforms", nargs="*", metavar="PLATFORM", help="default: all")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 if files are stale"
    )
    parser.set_defaults(run=_generate)


def _add_lint(commands: Any) -> None:
    parser = commands.add_parser("lint", help="check the effective specs and their extensions")
    parser.add_argument("platforms", nargs="*", metavar="PLATFORM", help="default: all")
    parser.add_argument(
        "--words",
        action="store_true",
        help="check nothing; print an overlay to fill in for what has no words of ours",
    )
    parser.set_defaults(run=_lint)


def _add_vendor(commands: Any) -> None:
    parser = commands.add_parser("vendor", help="take over an upstream spec as specs/PLATFORM")
    parser.add_argument("platform", metavar="PLATFORM")
    parser.add_argument("--from", dest="source", metavar="FILE|URL", help="default: the live URL")
    parser.add_argument(
        "--release", metavar="VERSION", help="the server's version, if the spec does not state it"
    )
    parser.set_defaults(run=_vendor)


def _add_drift(commands: Any) -> None:
    from generator.drift import command

    command.add_parser(commands)


def _add_update(commands: Any) -> None:
    from generator import update

    update.add_parser(commands)


def _add_history(commands: Any) -> None:
    from generator import history

    history.add_parser(commands)


def _add_docs(commands: Any) -> None:
    from generator.docs import command

    command.add_parser(commands)


_COMMANDS: dict[str, Callable[[Any], None]] = {
    "generate": _add_generate,
    "lint": _add_lint,
    "vendor": _add_vendor,
    "drift": _add_drift,
    "update": _add_update,
    "history": _add_history,
    "docs": _add_docs,
}


def _generate(options: argparse.Namespace) -> int:
    platforms = options.platforms or effective.platforms()
    if options.check:
        differing = stale(platforms)
        if differing:
            names = ", ".join(differing[:_LISTED])
            more = f" and {len(differing) - _LISTED} more" if len(differing) > _LISTED else ""
            print(
                f"these differ from what `make regen` writes: {names}{more}\n"
                "Run `make regen` and commit what it changes. Delete files that differ even then: "
                "nothing generates them any more.",
                file=sys.stderr,
            )
        return 1 if differing else 0
    for counts in regenerate(platforms):
        state = "nothing changed" if counts["fresh"] else "written"
        print(
            f"{counts['platform']:8} {counts['operations']:4} operations, "
            f"{counts['resources']:3} resources, {counts['models']:4} models: {state}"
        )
    SCHEMA_FILE.write_text(extensions_schema(), encoding="utf-8")
    return 0


def _lint(options: argparse.Namespace) -> int:
    from generator.spec import lint

    platforms: list[str] = options.platforms or effective.platforms()
    if options.words:
        _print_wordless(platforms)
        return 0
    faults = [fault for platform in platforms for fault in lint.lint(platform)]
    if SCHEMA_FILE.read_text(encoding="utf-8") != extensions_schema():
        faults.append(f"{SCHEMA_FILE.name} is out of date; run `make regen`")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def _print_wordless(platforms: Sequence[str]) -> None:
    from generator import documents
    from generator.spec import wordless

    for platform in platforms:
        found = wordless.overlay_to_fill(platform, effective.load(platform))
        count = len(found["actions"])
        print(f"# {platform}: {count or 'no'} operations, parameters and models without words")
        if count:
            print(documents.dump(found), end="")


def _vendor(options: argparse.Namespace) -> int:
    from generator.contract import vendor

    record = vendor.vendor(options.platform, options.source, release=options.release)
    print(vendor.summary(options.platform, record, options.source))
    for line in vendor.unheard(effective.contract(options.platform)):
        print(f"note: {line}")
    return 0


if __name__ == "__main__":
    # Most objects live until the end: collecting garbage would take a fifth of the time.
    gc.disable()
    sys.exit(main())
