"""`python -m generator update`: take over a platform's live spec, and say what that changes.

Nothing is written unless the new contract, our overlays and the generator agree. An overlay
that no longer fits is reported action by action, and the tree stays as it is.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

from generator import documents
from generator.contract import vendor
from generator.drift import api_view, overlay_view
from generator.drift.findings import Finding, Severity
from generator.errors import GeneratorError
from generator.output.regen import regenerate
from generator.paths import GENERATED
from generator.python import build
from generator.spec import effective, facts, former, overlay, page_shapes, releases, wordless

_UNNEEDED = "removal-not-needed"


@attrs.frozen(kw_only=True)
class Update:
    """The result of an update.

    Attributes:
        changes: What is different in the Python API.
        advice: Overlay actions that can be removed, and those that were.
        words: An overlay to fill in: what is new and has no words of ours.
    """

    platform: str
    before: str
    after: str
    changes: list[Finding]
    advice: list[Finding]
    words: dict[str, Any]


def add_parser(commands: Any) -> None:
    """Add the command to the maintainers' tool."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "update", help="take over a live spec, regenerate, and print the changelog lines"
    )
    parser.add_argument("platform", metavar="PLATFORM")
    parser.add_argument("--from", dest="source", metavar="FILE|URL", help="default: the live URL")
    parser.add_argument(
        "--release", metavar="VERSION", help="the server's version, if the spec does not state it"
    )
    parser.set_defaults(run=_run, parser=parser)


def _run(options: argparse.Namespace) -> int:
    known = effective.platforms()
    if options.platform not in known:
        options.parser.error(f"no platform {options.platform!r}; there are {', '.join(known)}")
    done = update(options.platform, options.source, release=options.release)
    print("\n".join(changelog(done)))
    record = vendor.read_record(effective.SPECS / options.platform)
    print(f"\n{vendor.summary(options.platform, record, options.source)}")
    for line in vendor.unheard(effective.contract(options.platform)):
        print(f"note: {line}")
    for finding in done.advice:
        done_already = " (the action was taken out)" if finding.kind == _UNNEEDED else ""
        print(f"note: {finding.message}{done_already}")
    if count := len(done.words["actions"]):
        print(
            f"\n# {count} operations, parameters, models and fields are new and have no words; "
            f"fill them in and add them to specs/{options.platform}/docs.yaml:"
        )
        print(documents.dump(done.words), end="")
    return 0


def update(
    platform: str,
    source: str | None = None,
    *,
    release: str | None = None,
    specs: Path = effective.SPECS,
    output: Path = GENERATED,
) -> Update:
    """Vendor a new contract, bring releases.yaml up to date, and regenerate the package.

    Args:
        platform: The platform's name.
        source: A file or URL; by default the recorded live URL.
        release: The platform's version, where the document does not say it.
        specs: The folder with one folder for each platform.
        output: The folder of the generated packages.

    Raises:
        GeneratorError: An overlay does not fit the new contract; nothing was written.
    """
    folder = specs / platform
    before = documents.load(folder / "openapi.yaml")
    version = str(vendor.read_record(folder).get("version", "?"))
    vendored = vendor.prepare(platform, source, release=release, specs=specs)
    after, now = vendored.contract, str(vendored.record["version"])
    if not vendor.is_release(now):
        raise GeneratorError(
            f"{platform}: the spec calls itself {now!r}, which is not a release; "
            "pass --release VERSION"
        )
    whole = effective.restored(before, folder)
    kept = former.lacking(whole, after, platform)
    overlays = overlay_view.compare(folder, whole, former.restored(after, kept))
    _check(platform, _faults(overlays))
    old = effective.load(platform, specs)
    # Whatever does not fit together is told here, before anything is written.
    with tempfile.TemporaryDirectory() as scratch:
        staged = Path(scratch) / platform
        shutil.copytree(folder, staged)
        vendored.write(staged)
        former.save(staged, kept)
        releases.save(staged, _extended(folder, (version, whole), (now, after)))
        _clear(staged / effective.CORRECTIONS, overlays.unneeded)
        spec = effective.load(platform, Path(scratch))
        _check(platform, list(page_shapes.faults(spec)))
        build.build(platform, spec, release=now)
        shutil.copytree(staged, folder, dirs_exist_ok=True)
    if kept is None:
        former.save(folder, None)
    regenerate([platform], specs=specs, output=output)
    words = wordless.overlay_to_fill(platform, spec, fields=True)
    known = wordless.overlay_to_fill(platform, old, fields=True)["actions"]
    words["actions"] = [action for action in words["actions"] if action not in known]
    return Update(
        platform=platform,
        before=version,
        after=now,
        changes=api_view.compare(platform, overlays.old, overlays.new),
        advice=[
            finding
            for finding in overlays.findings
            if finding.severity < Severity.BREAKING or finding.kind == _UNNEEDED
        ],
        words=words,
    )


def _faults(overlays: overlay_view.OverlayView) -> list[str]:
    return [
        finding.message
        for finding in overlays.findings
        if finding.severity is Severity.BREAKING and finding.kind != _UNNEEDED
    ]


def _check(platform: str, faults: list[str]) -> None:
    if faults:
        listed = "\n  ".join(faults)
        raise GeneratorError(
            f"{platform}: the overlays do not fit the new contract; nothing was written. "
            f"Edit specs/{platform}/ and run the update again:\n  {listed}"
        )


def _clear(path: Path, unneeded: list[int]) -> None:
    """Take out of the overlay the removals of what the new contract does not have any more."""
    if unneeded:
        text = overlay.without(path.read_text(encoding="utf-8"), unneeded)
        path.write_text(text, encoding="utf-8", newline="\n")


def _extended(
    folder: Path, old: tuple[str, dict[str, Any]], new: tuple[str, dict[str, Any]]
) -> dict[str, releases.Edition]:
    """Return which releases know what, now that there is one more."""
    known = releases.load(folder)
    edition = vendor.read_record(folder).get("edition", next(iter(known), releases.ONLY))
    before, after = ((release, facts.facts(contract)) for release, contract in (old, new))
    return releases.extended(known, edition, before, after)


def changelog(done: Update) -> Iterator[str]:
    """Yield the lines that a maintainer would write into the changelog."""
    yield f"## annoport-{done.platform}: {done.before} to {done.after}"
    if not done.changes:
        yield from ("", "Nothing changes in the Python API.")
    sections: dict[str, list[Finding]] = {"Added": [], "Removed": [], "Changed": []}
    for finding in done.changes:
        if finding.kind.endswith("added"):
            sections["Added"].append(finding)
        elif finding.kind.endswith("removed"):
            sections["Removed"].append(finding)
        else:
            sections["Changed"].append(finding)
    for title, findings in sections.items():
        if findings:
            yield from ("", f"### {title}", "")
            yield from (f"- {_line(finding)}" for finding in findings)


def _line(finding: Finding) -> str:
    breaks = " (breaks callers)" if finding.severity is Severity.BREAKING else ""
    return f"{finding.message}{breaks}."
