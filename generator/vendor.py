"""`python -m generator vendor`: an upstream document becomes the canonical contract."""

from __future__ import annotations

import datetime
import hashlib
import re
from pathlib import Path
from typing import Any

from generator import contract, documents, effective
from generator.errors import GeneratorError
from generator.fetch import fetch, is_url


def vendor(
    platform: str,
    source: str | None = None,
    *,
    release: str | None = None,
    specs: Path = effective.SPECS,
) -> dict[str, Any]:
    """Write `openapi.yaml` and `source.yaml` of a platform; give what source.yaml says.

    source: a file or URL; without one, the live URL that source.yaml already names.
    release: the platform's version, where the document does not say it.
    """
    folder = specs / platform
    record = documents.load(folder / "source.yaml") if (folder / "source.yaml").exists() else {}
    place = source or record.get("live")
    if place is None:
        raise GeneratorError(
            f"{platform}: specs/{platform}/source.yaml names no live URL; give --from FILE|URL"
        )
    fetched = fetch(place, accept=record.get("accept", "application/json"))
    content = fetched.content or b""
    document = documents.parse(content, origin=place)
    check_openapi(document, place)
    canonical = contract.canonicalize(document)
    if is_url(place):
        record["live"] = place
    digest = hashlib.sha256(content).hexdigest()
    if record.get("sha256") != digest:
        # The date says when the content changed, so that vendoring again changes no byte.
        record["date"] = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    record |= {"version": release or _release(document), "sha256": digest}
    folder.mkdir(parents=True, exist_ok=True)
    order = ("live", "accept", "version", "date", "sha256")
    record = {key: record[key] for key in order if key in record}
    (folder / "openapi.yaml").write_text(documents.dump(canonical), encoding="utf-8", newline="\n")
    (folder / "source.yaml").write_text(documents.dump(record), encoding="utf-8", newline="\n")
    return record


def _release(document: dict[str, Any]) -> str:
    """The version that the document says, without words around it ("2.72.0 (2.0)")."""
    text = str(document["info"]["version"])
    found = re.match(r"\d+(\.\d+)+", text)
    return found.group() if found else text


def check_openapi(document: dict[str, Any], origin: str) -> None:
    """Raise if a document has not the outline of an OpenAPI 3.0 spec."""
    version = document.get("openapi")
    if not isinstance(version, str) or not version.startswith("3.0"):
        raise GeneratorError(f"{origin}: expected an OpenAPI 3.0 document, found {version!r}")
    for key in ("info", "paths"):
        if not isinstance(document.get(key), dict):
            raise GeneratorError(f"{origin}: an OpenAPI document needs an object under {key!r}")
    if "version" not in document["info"]:
        raise GeneratorError(f"{origin}: the spec does not say its version")
