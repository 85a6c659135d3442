"""The payloads: JSON as the servers write it, the same bytes on every run."""

from __future__ import annotations

import gzip
import json
import random
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.paths import CACHE

_SEED = 20_260_101
_LAYOUT = 5  # change it with the payloads, or old files would be taken for new ones

PAGES = 100
_EVERY_POLYGON = 4

Json = dict[str, Any]


def path_of(name: str) -> Path:
    """Return the file with a payload, made on first use.

    Args:
        name: "shapes" (20,000), "tasks" (1,000), "localizations" (20,000), "objects" (a query of
            100,000 with 40 columns), "task" (one), "page-N" (100 tasks, page N out of 100), or
            "localizations-N" (N of them).
    """
    path = CACHE / f"payloads-{_LAYOUT}" / f"{name}.json"
    if not path.exists():
        kind, _, number = name.partition("-")
        made = _COUNTED[kind](int(number)) if number else _MAKERS[kind]()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(made, separators=(",", ":")), encoding="utf-8")
    return path


def gzipped(name: str) -> Path:
    """Return the file with a payload as a server sends it that compresses lists."""
    plain = path_of(name)
    path = plain.with_suffix(".json.gz")
    if not path.exists():
        path.write_bytes(gzip.compress(plain.read_bytes(), compresslevel=6, mtime=0))
    return path


def _shapes() -> Json:
    chance = random.Random(_SEED)
    shapes = [_shape(chance, number) for number in range(20_000)]
    return {"version": 0, "tags": [], "shapes": shapes, "tracks": []}


def _shape(chance: random.Random, number: int) -> Json:
    polygon = number % _EVERY_POLYGON == 0
    points = [round(chance.uniform(0, 1920), 2) for _ in range(16 if polygon else 4)]
    return {
        "id": number + 1,
        "label_id": chance.randrange(1, 40),
        "type": "polygon" if polygon else "rectangle",
        "frame": number // 10,
        "group": 0,
        "source": "manual",
        "occluded": number % 7 == 0,
        "outside": False,
        "z_order": 0,
        "rotation": 0.0,
        "points": points,
        "attributes": [{"spec_id": 55, "value": "hake"}, {"spec_id": 56, "value": "adult"}],
        "elements": [],
    }


def _tasks() -> Json:
    return {"count": 1000, "next": None, "previous": None, "results": [*map(_task, range(1000))]}


def _page(number: int) -> Json:
    last = (PAGES - number) * 100  # the highest id comes first, as in CVAT
    following = f"http://annotate.test/api/tasks?page={number + 1}" if number < PAGES else None
    results = [_task(at) for at in range(last + 99, last - 1, -1)]
    return {"count": 10_000, "next": following, "previous": None, "results": results}


def _task(number: int) -> Json:
    url = "http://annotate.test/api"
    person = {"url": f"{url}/users/1", "id": 1, "username": "ada"}
    person |= {"first_name": "", "last_name": ""}
    return {
        "url": f"{url}/tasks/{number}",
        "id": number,
        "name": f"Transect {number}",
        "project_id": number % 9,
        "mode": "annotation",
        "owner": person,
        "assignee": person if number % 2 else None,
        "bug_tracker": "",
        "created_date": "2026-01-05T03:48:40.035708Z",
        "updated_date": "2026-01-06T13:08:11.780890Z",
        "overlap": 0,
        "segment_size": 500,
        "status": "annotation",
        "data_chunk_size": 72,
        "data_original_chunk_type": "imageset",
        "data_compressed_chunk_type": "imageset",
        "data_cloud_storage_id": None,
        "guide_id": None,
        "size": 500,
        "image_quality": 70,
        "data": number,
        "dimension": "2d",
        "subset": "train",
        "organization_id": None,
        "organization": None,
        "target_storage": {"id": number, "location": "local", "cloud_storage_id": None},
        "source_storage": {"id": number, "location": "local", "cloud_storage_id": None},
        "jobs": {
            "count": 1,
            "completed": 0,
            "validation": 0,
            "url": f"{url}/jobs?task_id={number}",
        },
        "labels": {"url": f"{url}/labels?task_id={number}"},
        "assignee_updated_date": None,
        "validation_mode": None,
        "consensus_enabled": False,
    }


def _localizations(count: int = 20_000) -> list[Json]:
    chance = random.Random(_SEED)
    return [_localization(chance, number) for number in range(count)]


def _localization(chance: random.Random, number: int) -> Json:
    x, y, width, height = (round(chance.random() / 2, 6) for _ in range(4))
    return {
        "id": number + 1,
        "project": 3,
        "type": 2,
        "media": number // 50,
        "thumbnail_image": None,
        "version": 3,
        "attributes": {"label": "hake", "score": round(chance.random(), 4), "checked": True},
        "created_by": 1,
        "modified_by": 1,
        "user": 1,
        "variant_deleted": False,
        "x": x,
        "y": y,
        "width": width,
        "height": height,
        "u": None,
        "v": None,
        "points": None,
        "frame": number % 50,
        "parent": None,
        "mark": 0,
        "effective_permission": 0,
        "created_datetime": "2026-01-05T03:58:20.568Z",
        "modified_datetime": "2026-01-05T03:58:20.568Z",
        "elemental_id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
    }


OBJECT_FIELDS = (
    *("obj.orig_id", "obj.classif_qual", "obj.objdate", "obj.objtime", "obj.classif_when"),
    *("obj.classif_id", "obj.depth_min", "txo.display_name"),
    *(f"fre.f{number:02d}" for number in range(32)),
)
"""The columns of the payload "objects"."""


def _objects() -> Json:
    chance = random.Random(_SEED)
    ids = [*range(300_000_001, 300_100_001)]
    return {
        "object_ids": ids,
        "acquisition_ids": [number // 1000 for number in ids],
        "sample_ids": [number // 1000 for number in ids],
        "project_ids": [3] * len(ids),
        "details": [_object(chance, number) for number in ids],
        "total_ids": len(ids),
    }


def _object(chance: random.Random, number: int) -> list[Any]:
    classified = number % 3 != 0
    return [
        f"tow_7_{number}",
        chance.choice("PVD") if classified else None,
        "2026-06-01",
        "10:15:00",
        "2026-11-26T12:27:48.649451" if classified else None,
        chance.randrange(1, 90_000) if classified else None,
        round(chance.uniform(0, 100), 1),
        chance.choice(("Calanoida", "Copepoda", "egg<other")) if classified else None,
        *(round(chance.uniform(0, 1000), 3) for _ in range(32)),
    ]


_MAKERS: dict[str, Callable[[], Any]] = {
    "task": lambda: _task(1),
    "shapes": _shapes,
    "tasks": _tasks,
    "localizations": _localizations,
    "objects": _objects,
}
_COUNTED: dict[str, Callable[[int], Any]] = {"page": _page, "localizations": _localizations}
