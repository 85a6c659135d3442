"""`python -m generator vendor`: turn an upstream document into the canonical contract."""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

from generator import documents
from generator.contract import canonical, untrusted
from generator.contract.fetch import DEFAULT_TIMEOUT, fetch, is_url, masked
from generator.contract.repair import Repair
from generator.errors import GeneratorError
from generator.spec import effective

_RECORD_ORDER = ("live", "accept", "etag", "edition", "version", "recovered", "date", "sha256")
_RELEASE = r"\d+(\.\d+)+"


@attrs.frozen(kw_only=True)
class Vendored:
    """A contract, and the record of where it came from."""

    contract: dict[str, Any]
    record: dict[str, Any]

    def write(self, folder: Path) -> None:
        """Write `openapi.yaml` and `source.yaml`."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, document in (("openapi.yaml", self.contract), ("source.yaml", self.record)):
            (folder / name).write_text(documents.dump(document), encoding="utf-8", newline="\n")


def vendor(
    platform: str,
    source: str | None = None,
    *,
    release: str | None = None,
    specs: Path = effective.SPECS,
) -> dict[str, Any]:
    """Write `openapi.yaml` and `source.yaml` of a platform.

    Args:
        platform: The platform's name, which is also that of its folder.
        source: A file or URL; by default the live URL that source.yaml names. The first URL becomes
            the live one, unless it has a query, which may be secret.
        release: The platform's version, where the document does not say it.
        specs: The folder with one folder for each platform.

    Returns:
        The content of `source.yaml`.

    Raises:
        GeneratorError: The document cannot be fetched or read.
    """
    vendored = prepare(platform, source, release=release, specs=specs)
    vendored.write(specs / platform)
    return vendored.record


def prepare(
    platform: str,
    source: str | None = None,
    *,
    release: str | None = None,
    specs: Path = effective.SPECS,
    timeout: float = DEFAULT_TIMEOUT,
) -> Vendored:
    """Return what `vendor` would write; see there for the arguments."""
    effective.checked_platform(platform)
    record = read_record(specs / platform)
    location = source or live_url(platform, record)
    fetched = fetch(location, accept=record.get("accept", "application/json"), timeout=timeout)
    content = fetched.content or b""
    sent = untrusted.parsed(content, origin=masked(location))
    mended = Repair.of(specs / platform).applied(sent)
    document = untrusted.judged(mended, origin=masked(location))
    if is_url(location) and masked(location) == location:
        record.setdefault("live", location)
    # The entity tag belongs to the live document: one from elsewhere has none.
    record.pop("etag", None)
    if fetched.etag and location == record.get("live"):
        record["etag"] = fetched.etag
    digest = hashlib.sha256(content).hexdigest()
    if record.get("sha256") != digest:
        # The date of the last change, so that vendoring the same document again changes no byte.
        record["date"] = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
        # Words about another document.
        record.pop("recovered", None)
    record |= {"version": release or release_of(document), "sha256": digest}
    return Vendored(
        contract=canonical.canonicalize(document),
        record={key: record[key] for key in _RECORD_ORDER if key in record},
    )


def summary(platform: str, record: dict[str, Any], source: str | None) -> str:
    """Describe what is recorded now, for the maintainer who named the source."""
    live = masked(str(record["live"])) if "live" in record else "none"
    lines = [f"{platform}: {record['version']}, sha256 {record['sha256'][:12]}, live URL {live}"]
    if source and is_url(source) and source != record.get("live"):
        lines.append(
            f"note: {masked(source)} is not recorded as the live URL, because there is one already "
            "or because it has a query, which may be secret; to change it, edit `live` in "
            f"specs/{platform}/source.yaml"
        )
    if source and not is_url(source) and "recovered" not in record:
        lines.append(
            "note: the document is a file; if no server gave it as it is, say under `recovered` in "
            f"specs/{platform}/source.yaml how it came about"
        )
    return "\n".join(lines)


def unheard(contract: dict[str, Any]) -> Iterator[str]:
    """Yield what a contract has and no client can call, for the maintainer to know."""
    if names := sorted(contract.get("x-webhooks", ())):
        yield (
            f"webhooks are kept, and no code is made for them, since it is the server that calls: "
            f"{', '.join(names)}"
        )


def read_record(folder: Path) -> dict[str, Any]:
    """Return the content of a platform's source.yaml; nothing if there is none yet."""
    path = folder / "source.yaml"
    return documents.load(path) if path.exists() else {}


def live_url(platform: str, record: dict[str, Any]) -> str:
    """Return where the platform publishes its spec."""
    if "live" not in record:
        raise GeneratorError(
            f"{platform}: specs/{platform}/source.yaml records no live URL; name a file or URL"
        )
    return str(record["live"])


def release_of(document: dict[str, Any]) -> str:
    """Return the version that the document states, without the words around it ("2.72.0 (2.0)").

    Not every platform states its release there: Tator has said "v1" for years.
    """
    text = str(document["info"]["version"])
    found = re.match(_RELEASE, text)
    return found.group() if found else text


def is_release(version: str) -> bool:
    """Whether a version names one release of a server."""
    return re.fullmatch(_RELEASE, version) is not None
