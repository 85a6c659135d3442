"""Files that the export algorithms of the fake Tator make."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

from annoport.testing.payloads import Payload, zip_payload
from annoport.testing.tator.backend import Backend
from annoport.testing.tator.records import COCO_ALGORITHM, CSV_ALGORITHM, new_file
from annoport.testing.tator.state import Row, current, media_files, members

_COLUMNS = ("id", "media", "frame", "x", "y", "width", "height")


def make_export(backend: Backend, job: Row) -> None:
    """Store the file that the algorithm of a job makes, if it makes one.

    The COCO algorithm makes a registered file in the object store whose attribute `job` is the
    job's uid; the CSV algorithm makes a temporary file on the platform's host whose `lookup` is
    the uid.
    """
    algorithm = backend.tables.algorithms.rows.get(job["alg_id"])
    if algorithm is None:
        return
    if algorithm["name"] == COCO_ALGORITHM:
        _leave_coco(backend, job)
    elif algorithm["name"] == CSV_ALGORITHM:
        _leave_csv(backend, job)


def _zipped(backend: Backend, job: Row, files: Iterator[tuple[str, bytes]]) -> Payload:
    return zip_payload(files, pad_to=backend.export_bytes, seed=job["uid"])


def _leave_coco(backend: Backend, job: Row) -> None:
    project = backend.tables.projects.get(int(job["project"]))
    file_type = backend.tables.file_types.where(project=project["id"])[0]
    name = f"coco_{job['uid']}.zip"
    row = backend.tables.files.add(
        new_file(
            project["id"],
            file_type,
            name,
            user=int(job["user"]),
            attributes={"format": "COCO", "job": job["uid"]},
        )
    )
    row["path"] = f"{project['organization']}/{project['id']}/files/{row['id']}/{name}"
    backend.store.put(row["path"], _zipped(backend, job, _coco_files(backend, job)))


def _coco_files(backend: Backend, job: Row) -> Iterator[tuple[str, bytes]]:
    media = [backend.tables.media.get(found) for found in job["media_ids"]]
    types = backend.tables.localization_types.where(project=int(job["project"]))
    document = {
        "images": [
            {
                "id": row["id"],
                "file_name": f"images/{row['id']}.png",
                "width": row["width"],
                "height": row["height"],
            }
            for row in media
        ],
        "categories": [{"id": row["id"], "name": row["name"]} for row in types],
        "annotations": [_coco_annotation(backend, row) for row in _boxes(backend, job)],
    }
    yield "annotations.json", json.dumps(document, indent=1).encode()
    for row in media:
        for image in members(media_files(row), "image"):
            yield f"images/{row['id']}.png", backend.store.objects[image["path"]].payload.read()


def _boxes(backend: Backend, job: Row) -> list[Row]:
    wanted = set(job["media_ids"])
    rows = current(backend.tables.localizations, int(job["project"]))
    return [row for row in rows if row["media"] in wanted and row["width"] is not None]


def _coco_annotation(backend: Backend, row: Row) -> Row:
    medium = backend.tables.media.get(row["media"])
    width, height = medium["width"] or 1, medium["height"] or 1
    box = [row["x"] * width, row["y"] * height, row["width"] * width, row["height"] * height]
    return {
        "id": row["id"],
        "image_id": row["media"],
        "category_id": row["type"],
        "bbox": [round(side, 2) for side in box],
        "area": round(box[2] * box[3], 2),
        "iscrowd": 0,
    }


def _leave_csv(backend: Backend, job: Row) -> None:
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow((*_COLUMNS, "species"))
    for row in _boxes(backend, job):
        species = row["attributes"].get("species", "")
        writer.writerow([*(row[column] for column in _COLUMNS), species])
    files = iter([("localizations.csv", table.getvalue().encode())])
    backend.add_temporary_file(
        int(job["project"]),
        f"localizations_{job['uid']}.zip",
        _zipped(backend, job, files),
        user=int(job["user"]),
        lookup=job["uid"],
    )
