"""The small dataset that the fake Tator starts with: whales of an invented fjord."""

from __future__ import annotations

import functools

import attrs

from annoport.testing.images import png
from annoport.testing.tator.attributes import attribute
from annoport.testing.tator.media_files import (
    FPS,
    FRAMES,
    HEIGHT,
    WIDTH,
    add_image,
    add_video_files,
)
from annoport.testing.tator.object_store import ObjectStore
from annoport.testing.tator.records import (
    COCO_ALGORITHM,
    CSV_ALGORITHM,
    new_algorithm,
    new_leaf,
    new_localization,
    new_media,
    new_membership,
    new_project,
    new_section,
    new_state,
    new_version,
)
from annoport.testing.tator.state import Row, Tables, stable_uuid
from annoport.testing.tator.type_families import new_type

_PROJECT = 1
_USER = 1
_SPECIES = ("humpback", "orca", "minke", "unknown")
_SHADES = 8
_TRACKS = ("A", "B", "C")
# One name is taken already, and the other one is not fit to be a file name.
_AWKWARD_NAMES = ("whale_0000.png", "2026/07 evening: fluke?.png")


@attrs.frozen(kw_only=True)
class _Kinds:
    """The types of the rows below."""

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


def fill(
    tables: Tables,
    store: ObjectStore,
    *,
    username: str,
    stills: int,
    boxes_per_still: int,
    video_bytes: int,
) -> None:
    """Put the data set into the tables and the store."""
    _add_people(tables, username)
    _add_projects(tables)
    kinds = _add_types(tables)
    for name in ("June", "July 2026"):
        tables.sections.add(new_section(_PROJECT, name, user=_USER, created=_time(0)))
    _add_stills(tables, store, kinds, stills, boxes_per_still)
    _add_videos(tables, store, kinds, video_bytes)
    _add_leaves(tables)
    for name, files_per_job in ((COCO_ALGORITHM, 1000), (CSV_ALGORITHM, 1000), ("Count whales", 1)):
        tables.algorithms.add(
            new_algorithm(_PROJECT, name, user=_USER, files_per_job=files_per_job)
        )


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
    """Add two projects of the user's, and one that she is not a member of."""
    for number, name in enumerate(("Whales of the fjord", "Harbour seals", "Closed archive"), 1):
        tables.projects.add(new_project(name, 1, created=_time(number)))
        tables.versions.add(new_version(number, "Baseline", 0, description="Initial version"))
    ada, olaf = tables.users.get(1), tables.users.get(2)
    for project, user in ((1, ada), (2, ada), (1, olaf), (3, olaf)):
        tables.memberships.add(new_membership(project, user))
    tables.versions.add(new_version(_PROJECT, "Reviewed", 1, bases=[1], created_by=_USER))


def _add_types(tables: Tables) -> _Kinds:
    label = attribute("label", "string", default="?")
    score = attribute("confidence", "float")
    species = attribute("species", "enum", choices=list(_SPECIES), default="unknown")
    still = tables.media_types.add(
        new_type("media_types", _PROJECT, "Stills", dtype="image", attribute_types=[label])
    )
    video = tables.media_types.add(
        new_type("media_types", _PROJECT, "Videos", dtype="video", attribute_types=[label])
    )
    tables.media_types.add(new_type("media_types", _PROJECT, "Multi views", dtype="multi"))
    media = [still["id"], video["id"]]

    def shape(name: str, dtype: str, attributes: list[Row]) -> Row:
        row = new_type("localization_types", _PROJECT, name, dtype=dtype, media=media)
        return tables.localization_types.add({**row, "attribute_types": attributes})

    def state(name: str, association: str, attributes: list[Row]) -> Row:
        row = new_type("state_types", _PROJECT, name, association=association, media=media)
        return tables.state_types.add({**row, "attribute_types": attributes})

    box, dot = shape("Whale", "box", [species, score, label]), shape("Blow", "dot", [label])
    shape("Heading", "line", [label])
    shape("Fluke outline", "poly", [label])
    track = state("Track", "Localization", [species, label])
    behaviour = state("Behaviour", "Frame", [label])
    state("Weather", "Media", [label])
    tables.leaf_types.add(new_type("leaf_types", _PROJECT, "Taxon", attribute_types=[label]))
    kinds_of_file = [attribute("format", "string"), attribute("job", "string")]
    tables.file_types.add(new_type("file_types", _PROJECT, "Export", attribute_types=kinds_of_file))
    return _Kinds(still=still, video=video, box=box, dot=dot, track=track, behaviour=behaviour)


@functools.lru_cache(maxsize=_SHADES)
def _still(number: int) -> bytes:
    return png(WIDTH, HEIGHT, shade=120 + 12 * number)


def _still_names(count: int) -> list[str]:
    """Return names in an order of their own: those with even numbers were uploaded first."""
    numbers = [*range(0, count, 2), *range(1, count, 2)]
    return [f"whale_{number:04d}.png" for number in numbers]


def _add_stills(tables: Tables, store: ObjectStore, kinds: _Kinds, count: int, boxes: int) -> None:
    for index, name in enumerate([*_still_names(count), *_AWKWARD_NAMES]):
        section = tables.sections.get(1 + index % 2)
        row = tables.media.add(
            new_media(
                kinds.still,
                name,
                user=_USER,
                created=_time(index),
                width=WIDTH,
                height=HEIGHT,
                md5=f"{index:032x}",
                primary_section=section["id"],
                elemental_id=stable_uuid("still", index),
                attributes={
                    "label": "still",
                    "tator_user_sections": section["tator_user_sections"],
                },
            )
        )
        add_image(tables, store, row, _still(index % _SHADES), mime="image/png")
        for number in range(boxes):
            tables.localizations.add(_box(kinds, row["id"], index, number))


def _box(kinds: _Kinds, medium: int, index: int, number: int) -> Row:
    place = index * 7 + number * 3
    return new_localization(
        kinds.box,
        medium,
        user=_USER,
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


def _add_videos(tables: Tables, store: ObjectStore, kinds: _Kinds, size: int) -> None:
    """Add two videos with files, and one whose upload failed: its `media_files` is null."""
    for number, name in enumerate(("dive_1.mp4", "dive_2.mp4", "dive_3.mp4")):
        section = tables.sections.get(1 + number % 2)
        row = tables.media.add(
            new_media(
                kinds.video,
                name,
                user=_USER,
                created=_time(600 + number),
                width=WIDTH,
                height=HEIGHT,
                num_frames=FRAMES,
                fps=FPS,
                codec="h264",
                primary_section=section["id"],
                elemental_id=stable_uuid("video", number),
                attributes={"label": "dive", "tator_user_sections": section["tator_user_sections"]},
            )
        )
        if number < 2:
            add_video_files(tables, store, row, size)
            _add_tracks(tables, kinds, row["id"])


def _add_tracks(tables: Tables, kinds: _Kinds, medium: int) -> None:
    """Add a track of boxes for each whale of a dive, a blow, and a behaviour."""
    created = _time(700 + medium)
    for number, label in enumerate(_TRACKS):
        ids: list[int] = []
        for frame in range(0, FRAMES, 30):
            row = _box(kinds, medium, medium * 10 + number, frame)
            ids.append(tables.localizations.add({**row, "frame": frame})["id"])
        tables.states.add(
            new_state(
                kinds.track,
                [medium],
                user=_USER,
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
            kinds.dot, medium, user=_USER, version=1, created=created, frame=12, x=0.5, y=0.4
        )
    )
    tables.states.add(
        new_state(
            kinds.behaviour,
            [medium],
            user=_USER,
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
