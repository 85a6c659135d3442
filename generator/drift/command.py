"""`python -m generator drift`: compare live specs with the vendored contracts."""

from __future__ import annotations

import argparse
import datetime
import sys
from pathlib import Path
from typing import Any

from generator import documents
from generator.contract import canonical, untrusted, vendor
from generator.contract.fetch import DEFAULT_TIMEOUT, fetch, masked
from generator.contract.repair import Repair
from generator.drift import accepted, api_view, contract_diff, overlay_view
from generator.drift.findings import Finding, Severity
from generator.drift.platform_report import PlatformReport
from generator.drift.report import FORMATS
from generator.drift.wording import printable
from generator.errors import GeneratorError, UnreachableError
from generator.json_values import equal
from generator.spec import editions, effective, former, releases

NONE, DRIFT, UNREADABLE, UNREACHABLE = 0, 1, 3, 4
_THRESHOLDS = {"breaking": Severity.BREAKING, "any": Severity.INFO}


def add_parser(commands: Any) -> None:
    """Add the command to the maintainers' tool."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "drift",
        help="compare live specs with the vendored ones",
        description="Exit codes: 0 no drift at the threshold, 1 drift, 2 wrong usage, 3 a spec "
        "cannot be read, 4 a live spec cannot be reached, 70 an internal error.",
    )
    parser.add_argument("platforms", nargs="*", metavar="PLATFORM", help="default: all")
    parser.add_argument("--live", metavar="URL|FILE", help="instead of the platform's live URL")
    parser.add_argument(
        "--edition",
        metavar="NAME",
        help="the edition of the server that --live is of: what it lacks is no drift",
    )
    parser.add_argument("--format", choices=sorted(FORMATS), default="text")
    parser.add_argument("--fail-on", choices=sorted(_THRESHOLDS), default="any")
    parser.add_argument(
        "--timeout", type=_seconds, default=DEFAULT_TIMEOUT, help="seconds for one live spec"
    )
    parser.add_argument("--specs", type=Path, default=effective.SPECS, help=argparse.SUPPRESS)
    parser.set_defaults(run=run, parser=parser)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"expected seconds above 0, found {text!r}")
    return value


def run(options: argparse.Namespace) -> int:
    """Compare the platforms, print the report and return the exit code."""
    known = effective.platforms(options.specs)
    platforms: list[str] = options.platforms or known
    for platform in platforms:
        if platform not in known:
            options.parser.error(f"no platform {platform!r}; there are {', '.join(known)}")
    if options.live and len(platforms) != 1:
        options.parser.error("--live needs exactly one PLATFORM")
    if options.edition and len(platforms) != 1:
        options.parser.error("--edition needs exactly one PLATFORM")
    reports = [
        _report(
            platform,
            options.specs,
            live=options.live,
            edition=options.edition,
            timeout=options.timeout,
        )
        for platform in platforms
    ]
    sys.stdout.write(FORMATS[options.format](reports))
    for report in reports:
        if report.error:
            print(f"error: {printable(report.head)}", file=sys.stderr)
    return max((_code(report, options.fail_on) for report in reports), default=NONE)


def _code(report: PlatformReport, fail_on: str) -> int:
    if report.code:
        return report.code
    if report.recovered:
        return NONE
    threshold = _THRESHOLDS[fail_on]
    return DRIFT if any(f.severity >= threshold for f in report.findings) else NONE


def _report(
    platform: str, specs: Path, *, live: str | None, edition: str | None, timeout: float
) -> PlatformReport:
    folder = specs / platform
    record = vendor.read_record(folder)
    version = str(record.get("version", "?"))
    source = masked(live or str(record.get("live", "")))
    try:
        return compare(platform, folder, live=live, edition=edition, timeout=timeout)
    except GeneratorError as error:
        code = UNREACHABLE if isinstance(error, UnreachableError) else UNREADABLE
        # The report names the platform anyway.
        said = str(error).removeprefix(f"{platform}: ")
        return PlatformReport(
            platform=platform, live=source, vendored_version=version, error=said, code=code
        )


def compare(
    platform: str,
    folder: Path,
    *,
    live: str | None = None,
    edition: str | None = None,
    timeout: float = DEFAULT_TIMEOUT,
) -> PlatformReport:
    """Fetch a platform's live spec and compare it with the vendored contract, in three views.

    Args:
        platform: The platform's name.
        folder: The platform's folder under specs/.
        live: A URL or file to use in place of the recorded URL.
        edition: The edition of the server that publishes it, if that is not the vendored one.
        timeout: Seconds for the live spec.

    Raises:
        UnreachableError: The live spec cannot be fetched.
        GeneratorError: A document cannot be read.
    """
    record = vendor.read_record(folder)
    source = live or vendor.live_url(platform, record)
    # The entity tag comes from the recorded URL and means nothing elsewhere.
    etag = record.get("etag") if source == record.get("live") else None
    accept = record.get("accept", "application/json")
    fetched = fetch(source, accept=accept, etag=etag, timeout=timeout)
    version = str(record.get("version", "?"))
    live_version, findings, notes = version, list[Finding](), list[str]()
    if fetched.content is not None:
        sent = untrusted.parsed(fetched.content, origin=masked(source))
        # The live document may have been mended where the vendored one needed it.
        mended, notes = Repair.of(folder).tried(sent)
        document = untrusted.judged(mended, origin=masked(source))
        live_version = vendor.release_of(document)
        # One that was vendored by an older generator may be in another form.
        vendored = canonical.canonicalize(documents.load(folder / "openapi.yaml"))
        new = canonical.canonicalize(document)
        if edition is None:
            findings, more = views(platform, folder, vendored, new)
            notes += more
        else:
            # Our overlays and the Python API are about all editions together.
            whole = effective.restored(vendored, folder)
            own = editions.of_edition(whole, releases.load(folder), edition)
            findings = contract_diff.compare(own, new, old_name=edition, new_name="live spec")
    sorted_ = accepted.sort(findings, accepted.load(folder), _today())
    return PlatformReport(
        platform=platform,
        live=masked(source),
        vendored_version=version,
        live_version=live_version,
        findings=sorted_.counted,
        silenced=sorted_.silenced,
        notes=[*notes, *sorted_.notes],
        recovered=str(record.get("recovered", "")) if source == record.get("live") else "",
    )


def views(
    platform: str, folder: Path, old: dict[str, Any], new: dict[str, Any]
) -> tuple[list[Finding], list[str]]:
    """Return the findings of all three views, and notes; equal contracts need only one of them."""
    try:
        return _views(platform, folder, old, new)
    except RecursionError:
        raise GeneratorError(f"{platform}: the live spec is nested too deep") from None


def _views(
    platform: str, folder: Path, old: dict[str, Any], new: dict[str, Any]
) -> tuple[list[Finding], list[str]]:
    findings = contract_diff.compare(old, new, old_name="vendored spec", new_name="live spec")
    if equal(old, new):
        return findings, []
    # An update would keep what the live spec lacks, for older servers.
    before = effective.restored(old, folder)
    kept = former.lacking(before, new, platform)
    overlays = overlay_view.compare(folder, before, former.restored(new, kept))
    try:
        surface = api_view.surface(platform, overlays.old)
    except GeneratorError as error:
        return findings, [_older(platform, error)]
    changes = api_view.compare_with(platform, surface, overlays.new)
    return [*changes, *overlays.findings, *findings], []


def _older(platform: str, error: GeneratorError) -> str:
    """Return why there is one view only."""
    head, *rest = str(error).removeprefix(f"{platform}: ").splitlines()
    said = " ".join([head, "; ".join(line.strip() for line in rest)]).strip()
    return (
        "only the contract is compared, and neither the Python API nor our overlays, because the "
        f"vendored contract is older or newer than specs/{platform}/overlay.yaml ({said}); "
        f"`make update PLATFORM={platform}` takes over the live spec"
    )


def _today() -> datetime.date:
    return datetime.datetime.now(tz=datetime.UTC).date()
