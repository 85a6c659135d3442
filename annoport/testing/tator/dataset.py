"""What the fake holds when it starts: whales of an invented fjord."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING

import attrs

from annoport.testing.images import png
from annoport.testing.tator.attributes import attribute
from annoport.testing.tator.exports import COCO_ALGORITHM, CSV_ALGORITHM
from annoport.testing.tator.footage import footage
from annoport.testing.tator.jobs import new_algorithm
from annoport.testing.tator.leaves import new_leaf
from annoport.testing.tator.marks import new_localization, new_state
from annoport.testing.tator.media import add_image, new_media
from annoport.testing.tator.projects import (
    new_membership,
    new_project,
    new_section,
    new_type,
    new_version,
)
from annoport.testing.tator.rows import Row, Tables, stable_uuid

if TYPE_CHECKING:
    from annoport.testing.tator.fake import FakeTator

PROJECT = 1
USER = 1

_SPECIES = ("humpback", "orca", "minke", "unknown")
_WIDTH, _HEIGHT = 64, 48
_SHADES = 8
_FRAMES = 90
_FPS = 30.0
_TRACKS = ("A", "B", "C")
# Two stills share a name, and one has a name that no file system should see as it is.
_AWKWARD_NAMES = ("whale_0000.png", "2026/07 evening: fluke?.png")


@attrs.frozen(kw_only=True)
class _Kinds:
    """The types that the rows below are of."""

    still: Row
    video: Row
    box: Row
    dot: Row
    track: Row
    behaviour: Row


def _time(minute: int) -> str:
    hours, minutes = divmod(minute, 60)
    days, hours = divmod(hours, 24)
    return f"2026-06-{1 + days % 28:02d}T{hours:02d}:{minutes:02d}:00.000Z"


def fill(fake: FakeTator, *, stills: int, boxes_per_still: int, video_bytes: int) -> None:
    """Put the data set into the tables and the store."""
    tables = fake.tables
    _add_people(tables, fake.username)
    _add_projects(tables)
    kinds = _add_types(tables)
    for name in ("June", "July 2026"):
        tables.sections.add(new_section(PROJECT, name, user=USER, created=_time(0)))
    _add_stills(fake, kinds, stills, boxes_per_still)
    _add_videos(fake, kinds, video_bytes)
    _add_leaves(tables)
    for name, files_per_job in ((COCO_ALGORITHM, 1000), (CSV_ALGORITHM, 1000), ("Count whales", 1)):
        tables.algorithms.add(new_algorithm(PROJECT, name, user=USER, files_per_job=files_per_job))


def _add_people(tables: Tables, username: str) -> None:
    for name, first, last in ((username, "Ada", "Berg"), ("olaf", "Olaf", "Dahl")):
        tables.users.add(
            {
                "username": name,
                "first_name": first,
                "last_name": last,
                "email": f"{name}@example.org",
                "is_staff": False,
                "elemental_id": stable_uuid("user", name),
                "profile": {},
            }
        )
    tables.organizations.add(
        {
            "name": "Fjord Whale Watch",
            "default_membership_permission": "No Access",
            "thumb": None,
            "effective_permission": 0,
            "permission": "Admin",
        }
    )


def _add_projects(tables: Tables) -> None:
    """Add two projects of the user's and one that is closed to her."""
    for number, name in enumerate(("Whales of the fjord", "Harbour seals", "Closed archive"), 1):
        tables.projects.add(new_project(name, 1, created=_time(number)))
        tables.versions.add(new_version(number, "Baseline", 0, description="Initial version"))
    ada, olaf = tables.users.get(1), tables.users.get(2)
    for project, user in ((1, ada), (2, ada), (1, olaf), (3, olaf)):
        tables.memberships.add(new_membership(project, user))
    tables.versions.add(new_version(PROJECT, "Reviewed", 1, bases=[1], created_by=USER))


def _add_types(tables: Tables) -> _Kinds:
    label = attribute("label", "string", default="?")
    score = attribute("confidence", "float")
    species = attribute("species", "enum", choices=list(_SPECIES), default="unknown")
    still = tables.media_types.add(
        new_type("media_types", PROJECT, "Stills", dtype="image", attribute_types=[label])
    )
    video = tables.media_types.add(
        new_type("media_types", PROJECT, "Videos", dtype="video", attribute_types=[label])
    )
    tables.media_types.add(new_type("media_types", PROJECT, "Multi views", dtype="multi"))
    media = [still["id"], video["id"]]

    def shape(name: str, dtype: str, attributes: list[Row]) -> Row:
        row = new_type("localization_types", PROJECT, name, dtype=dtype, media=media)
        return tables.localization_types.add({**row, "attribute_types": attributes})

    def state(name: str, association: str, attributes: list[Row]) -> Row:
        row = new_type("state_types", PROJECT, name, association=association, media=media)
        return tables.state_types.add({**row, "attribute_types": attributes})

    box, dot = shape("Whale", "box", [species, score, label]), shape("Blow", "dot", [label])
    shape("Heading", "line", [label])
    shape("Fluke outline", "poly", [label])
    track = state("Track", "Localization", [species, label])
    behaviour = state("Behaviour", "Frame", [label])
    state("Weather", "Media", [label])
    tables.leaf_types.add(new_type("leaf_types", PROJECT, "Taxon", attribute_types=[label]))
    kinds_of_file = [attribute("format", "string"), attribute("job", "string")]
    tables.file_types.add(new_type("file_types", PROJECT, "Export", attribute_types=kinds_of_file))
    return _Kinds(still=still, video=video, box=box, dot=dot, track=track, behaviour=behaviour)


@functools.lru_cache(maxsize=_SHADES)
def _still(number: int) -> bytes:
    return png(_WIDTH, _HEIGHT, shade=120 + 12 * number)


def _still_names(count: int) -> list[str]:
    """Return names whose order is not the order of the ids: even numbers were uploaded first."""
    numbers = [*range(0, count, 2), *range(1, count, 2)]
    return [f"whale_{number:04d}.png" for number in numbers]


def _add_stills(fake: FakeTator, kinds: _Kinds, count: int, boxes: int) -> None:
    for index, name in enumerate([*_still_names(count), *_AWKWARD_NAMES]):
        section = fake.tables.sections.get(1 + index % 2)
        row = fake.tables.media.add(
            new_media(
                kinds.still,
                name,
                user=USER,
                created=_time(index),
                width=_WIDTH,
                height=_HEIGHT,
                md5=f"{index:032x}",
                primary_section=section["id"],
                elemental_id=stable_uuid("still", index),
                attributes={
                    "label": "still",
                    "tator_user_sections": section["tator_user_sections"],
                },
            )
        )
        add_image(fake, row, _still(index % _SHADES), mime="image/png")
        for number in range(boxes):
            fake.tables.localizations.add(_box(kinds, row["id"], index, number))


def _box(kinds: _Kinds, medium: int, index: int, number: int) -> Row:
    place = index * 7 + number * 3
    return new_localization(
        kinds.box,
        medium,
        user=USER,
        version=1,
        created=_time(index),
        frame=0,
        x=round(0.05 + place % 10 * 0.05, 3),
        y=round(0.1 + place % 7 * 0.05, 3),
        width=0.25,
        height=0.2,
        elemental_id=stable_uuid("box", index, number),
        attributes={
            "species": _SPECIES[place % len(_SPECIES)],
            "confidence": round(0.5 + place % 50 / 100, 2),
            "label": f"still {index}, whale {number}",
        },
    )


def _add_videos(fake: FakeTator, kinds: _Kinds, size: int) -> None:
    """Add two videos with files and one whose upload failed: its `media_files` is null."""
    for number, name in enumerate(("dive_1.mp4", "dive_2.mp4", "dive_3.mp4")):
        section = fake.tables.sections.get(1 + number % 2)
        row = fake.tables.media.add(
            new_media(
                kinds.video,
                name,
                user=USER,
                created=_time(600 + number),
                width=_WIDTH,
                height=_HEIGHT,
                num_frames=_FRAMES,
                fps=_FPS,
                codec="h264",
                primary_section=section["id"],
                elemental_id=stable_uuid("video", number),
                attributes={"label": "dive", "tator_user_sections": section["tator_user_sections"]},
            )
        )
        if number < 2:
            add_video_files(fake, row, size)
            _add_tracks(fake.tables, kinds, row["id"])


def add_video_files(fake: FakeTator, row: Row, size: int) -> None:
    """Put the streaming and the archival file of a video into the store."""
    organization = fake.tables.projects.get(row["project"])["organization"]
    folder = f"{organization}/{row['project']}/{row['id']}"
    keys = {name: f"{folder}/{name}" for name in ("480.mp4", "480_segments.json", "original.mp4")}
    fake.store.put(keys["480.mp4"], footage(size, seed=f"{row['name']} streaming"))
    fake.store.put(keys["original.mp4"], footage(2 * size, seed=f"{row['name']} archival"))
    segments = {"file": {"start": 0}, "segments": [{"frame_start": 0, "frame_samples": _FRAMES}]}
    fake.store.put(keys["480_segments.json"], json.dumps(segments).encode())
    common = {
        "codec": "h264",
        "codec_mime": 'video/mp4; codecs="avc1.64001e"',
        "resolution": [_HEIGHT, _WIDTH],
    }
    row["num_frames"], row["fps"], row["codec"] = _FRAMES, _FPS, "h264"
    row["width"], row["height"] = _WIDTH, _HEIGHT
    row["media_files"] = {
        "streaming": [
            {
                "path": keys["480.mp4"],
                "size": size,
                **common,
                "segment_info": keys["480_segments.json"],
                "reference_only": 0,
            }
        ],
        "archival": [
            {"path": keys["original.mp4"], "size": 2 * size, **common, "reference_only": 0}
        ],
    }


def _add_tracks(tables: Tables, kinds: _Kinds, medium: int) -> None:
    """Add a track of boxes for each whale of a dive, a blow, and a behaviour."""
    created = _time(700 + medium)
    for number, label in enumerate(_TRACKS):
        ids: list[int] = []
        for frame in range(0, _FRAMES, 30):
            row = _box(kinds, medium, medium * 10 + number, frame)
            ids.append(tables.localizations.add({**row, "frame": frame})["id"])
        tables.states.add(
            new_state(
                kinds.track,
                [medium],
                user=USER,
                version=1,
                created=created,
                localizations=ids,
                segments=[[0, 60]],
                attributes={"species": _SPECIES[number], "label": label},
                elemental_id=stable_uuid("track", medium, label),
            )
        )
    tables.localizations.add(
        new_localization(
            kinds.dot, medium, user=USER, version=1, created=created, frame=12, x=0.5, y=0.4
        )
    )
    tables.states.add(
        new_state(
            kinds.behaviour,
            [medium],
            user=USER,
            version=1,
            created=created,
            frame=12,
            attributes={"label": "breathing"},
        )
    )


def _add_leaves(tables: Tables) -> None:
    taxon = tables.leaf_types.get(1)
    root = tables.leaves.add(new_leaf(tables, taxon, "Cetacea"))
    for name in ("Megaptera novaeangliae", "Orcinus orca", "Balaenoptera acutorostrata"):
        tables.leaves.add(new_leaf(tables, taxon, name, parent=root["id"]))
