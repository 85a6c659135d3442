"""Random work on the fake Tator, and what it leaves there, in a form that JSON can hold."""

from __future__ import annotations

import hashlib
import json
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

from annoport import tator
from annoport.testing import FakeServer, serve
from annoport.testing.images import png
from annoport.testing.tator import FakeTator

Json = dict[str, Any]

PROJECT = 1
_NOT_COMPARED = (
    *("id", "elemental_id", "gid", "uid"),
    *("created_datetime", "modified_datetime", "archive_status_date"),
)
"""Ids and times, which no two calls have in common."""
_SHOWN = 6
_SPECIES = ("humpback", "orca", "minke", "unknown")

Work = Callable[[Json, FakeServer[FakeTator]], None]
"""Does what a case says on a server."""


@attrs.frozen
class Kind:
    """A kind of case.

    Attributes:
        make: Returns a random case, which JSON can hold.
        ours: Does it with ours.
        state: Returns what is left on the server.
    """

    make: Callable[[random.Random], Json]
    ours: Work
    state: Callable[[FakeTator], Json]


def left_by(kind: Kind, work: Work, case: Json) -> Json:
    """Return what a piece of work leaves on a fresh server."""
    with serve("tator", job_seconds=0.0, ingest_seconds=0.0) as server:
        work(case, server)
        with tator.Client(server.url, token=server.token) as client:
            client.media.list(PROJECT).all()  # so that the server ends what it has begun
        found: Json = json.loads(json.dumps(kind.state(server.fake)))
        return found


def file_of(case: Json, folder: str) -> Path:
    """Write the file of a case, and return its path."""
    path = Path(folder, str(case["file"]))
    content = png(16, 12, shade=case["shade"]) if path.suffix == ".png" else b"video"
    path.write_bytes(content + bytes([case["shade"]]) * case["more"])
    return path


# --------------------------------------------------------------------------- localizations


def _box(dice: random.Random) -> Json:
    place = {name: round(dice.random(), 3) for name in ("x", "y")}
    figures: dict[int, Json] = {
        1: {**place, "width": round(dice.random(), 3), "height": round(dice.random(), 3)},
        2: place,
        3: {**place, "u": round(dice.uniform(-1, 1), 3), "v": round(dice.uniform(-1, 1), 3)},
        4: {"points": [[round(dice.random(), 3) for _ in "xy"] for _ in range(dice.randint(3, 5))]},
    }
    kind = dice.choice([1, 1, 2, 3, 4])
    attributes: Json = {} if dice.random() < 0.3 else {"label": dice.choice(["", "ä", "x" * 40])}
    if kind == 1 and dice.random() < 0.8:
        attributes["species"] = dice.choice(_SPECIES)
        attributes["confidence"] = dice.choice([0, 1, 0.25])
    spec = {"media_id": dice.randint(1, 14), "type": kind, "frame": 0, **figures[kind]}
    if dice.random() < 0.3:
        spec["version"] = dice.choice([1, 4])
    return spec | ({"attributes": attributes} if attributes or dice.random() < 0.5 else {})


def _boxes(dice: random.Random) -> Json:
    boxes = [_box(dice) for _ in range(dice.randint(1, 6))]
    return {"boxes": boxes, "times": dice.choice([1, 1, 1, 250])}


def _create(case: Json, server: FakeServer[FakeTator]) -> None:
    with tator.Client(server.url, token=server.token) as client:
        tator.create_localizations(client, PROJECT, case["boxes"] * case["times"])


def _localizations(fake: FakeTator) -> Json:
    rows = [_compared(row) for row in fake.tables.localizations]
    text = json.dumps(rows, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return {"count": len(rows), "rows": rows[-_SHOWN:], "sha256": digest}


# --------------------------------------------------------------------------- uploads


def _upload_case(dice: random.Random) -> Json:
    is_image = dice.random() < 0.5
    return {
        "file": dice.choice(["a", "ä b", "dive.1"]) + (".png" if is_image else ".mp4"),
        "type": 1 if is_image else 2,
        "shade": dice.randrange(256),
        "more": dice.choice([0, 1, 5000]),
        "section": dice.choice([None, "June", "Dive 8"]),
        "name": dice.choice([None, "other.png" if is_image else "other.mp4"]),
        "attributes": dice.choice([None, {}, {"label": "deep"}]),
    }


def _upload(case: Json, server: FakeServer[FakeTator]) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        tator.Client(server.url, token=server.token) as client,
    ):
        tator.upload_media(
            client,
            PROJECT,
            file_of(case, folder),
            type=case["type"],
            section=case["section"],
            name=case["name"],
            attributes=case["attributes"],
        )


def _media(fake: FakeTator) -> Json:
    *_, row = fake.tables.media
    sections = {one["id"]: one["name"] for one in fake.tables.sections}
    files = json.dumps(row["media_files"]).replace(f"/{row['id']}/", "/ID/")
    sizes = sorted(
        [key.rpartition("/")[2], stored.payload.size]
        for key, stored in fake.store.objects.items()
        if f"/{row['id']}/" in key
    )
    return {
        **_compared(row),
        "media_files": json.loads(files),
        "primary_section": sections[row["primary_section"]],
        "media": len(fake.tables.media),
        "sections": list(sections.values()),
        "stored": sizes,
    }


def _compared(row: Json) -> Json:
    return {
        name: value
        for name, value in row.items()
        if name not in _NOT_COMPARED and not name.startswith("_")
    }


KINDS: dict[str, Kind] = {
    "localizations": Kind(_boxes, _create, _localizations),
    "uploads": Kind(_upload_case, _upload, _media),
}
