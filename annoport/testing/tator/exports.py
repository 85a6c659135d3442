"""What the export algorithms leave behind: zip files."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

from annoport.testing.payloads import Payload, zip_payload
from annoport.testing.tator.files import add_temporary_file, new_file
from annoport.testing.tator.marks import current
from annoport.testing.tator.rows import media_files, members

if TYPE_CHECKING:
    from collections.abc import Iterator

    from annoport.testing.tator.fake import FakeTator
    from annoport.testing.tator.rows import Row

COCO_ALGORITHM = "Export COCO"
CSV_ALGORITHM = "Export CSV"

_COLUMNS = ("id", "media", "frame", "x", "y", "width", "height")


def make_export(fake: FakeTator, job: Row) -> None:
    """Leave the file that the algorithm of a job makes, if it makes one.

    The COCO algorithm leaves a registered file in the object store whose attribute `job` is the
    job's uid; the CSV algorithm a temporary file on the platform's host whose `lookup` is it.
    """
    algorithm = fake.tables.algorithms.rows.get(job["alg_id"])
    if algorithm is None:
        return
    if algorithm["name"] == COCO_ALGORITHM:
        _leave_coco(fake, job)
    elif algorithm["name"] == CSV_ALGORITHM:
        _leave_csv(fake, job)


def _zipped(fake: FakeTator, job: Row, files: Iterator[tuple[str, bytes]]) -> Payload:
    return zip_payload(files, pad_to=fake.export_bytes, seed=job["uid"])


def _leave_coco(fake: FakeTator, job: Row) -> None:
    project = fake.tables.projects.get(int(job["project"]))
    file_type = fake.tables.file_types.where(project=project["id"])[0]
    name = f"coco_{job['uid']}.zip"
    row = fake.tables.files.add(
        new_file(
            project["id"],
            file_type,
            name,
            user=int(job["user"]),
            attributes={"format": "COCO", "job": job["uid"]},
        )
    )
    row["path"] = f"{project['organization']}/{project['id']}/files/{row['id']}/{name}"
    fake.store.put(row["path"], _zipped(fake, job, _coco_files(fake, job)))


def _coco_files(fake: FakeTator, job: Row) -> Iterator[tuple[str, bytes]]:
    media = [fake.tables.media.get(found) for found in job["media_ids"]]
    types = fake.tables.localization_types.where(project=int(job["project"]))
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
        "annotations": [_coco_annotation(fake, row) for row in _boxes(fake, job)],
    }
    yield "annotations.json", json.dumps(document, indent=1).encode()
    for row in media:
        for image in members(media_files(row), "image"):
            yield f"images/{row['id']}.png", fake.store.objects[image["path"]].payload.read()


def _boxes(fake: FakeTator, job: Row) -> list[Row]:
    wanted = set(job["media_ids"])
    rows = current(fake.tables.localizations, int(job["project"]))
    return [row for row in rows if row["media"] in wanted and row["width"] is not None]


def _coco_annotation(fake: FakeTator, row: Row) -> Row:
    medium = fake.tables.media.get(row["media"])
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


def _leave_csv(fake: FakeTator, job: Row) -> None:
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow((*_COLUMNS, "species"))
    for row in _boxes(fake, job):
        species = row["attributes"].get("species", "")
        writer.writerow([*(row[column] for column in _COLUMNS), species])
    files = iter([("localizations.csv", table.getvalue().encode())])
    add_temporary_file(
        fake,
        int(job["project"]),
        f"localizations_{job['uid']}.zip",
        _zipped(fake, job, files),
        user=int(job["user"]),
        lookup=job["uid"],
    )
