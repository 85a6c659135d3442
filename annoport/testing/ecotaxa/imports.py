"""What the fake EcoTaxa makes of uploaded files: objects with their images."""

from __future__ import annotations

import csv
import io
import posixpath

from annoport.testing.ecotaxa.background import Asked, CrashedError, Done, Job, ReportedError
from annoport.testing.ecotaxa.state import Project, State, Thing, now
from annoport.testing.ecotaxa.user_files import IMAGE_MAGIC, TABLE_SUFFIXES, Folder

_STATUS = {"validated": "V", "predicted": "P", "dubious": "D"}


def import_tables(state: State, folder: Folder, project: Project, job: Job) -> Done | Asked:
    """Import the tables in a directory; ask for unknown users and taxa.

    Raises ReportedError if there is nothing to import.
    """
    rows = _rows(folder, job.params["req"]["source_path"])
    users = {user.name.lower(): user.id for user in state.users.values()}
    taxa = {taxon.name.lower(): taxon.id for taxon in state.taxa.values()}
    question = {
        "missing_users": _unknown(rows, "object_annotation_person_name", users),
        "missing_taxa": _unknown(rows, "object_annotation_category", taxa),
    }
    if any(question.values()):
        job.question = question
        if job.reply and "taxa" not in job.reply:
            kind = "KeyError"
            raise CrashedError(kind, "'taxa'")
        if not job.answered():
            return Asked(question)
        users |= job.reply["users"]
        taxa |= job.reply["taxa"]
    known = {thing.orig_id: thing for thing in state.things_of(project.id)}
    if not job.params["req"]["skip_existing_objects"]:
        _refuse_known(rows, known)
    for path, row in rows:
        if row["object_id"] not in known:
            _add(state, project, row, (folder, posixpath.dirname(path)), (users, taxa))
        elif job.params["req"]["update_mode"] in ("Yes", "Cla"):  # any other mode changes nothing
            _change(known[row["object_id"]], row)
    job.write("API_operations.imports.Import", f"{len(rows)} rows")
    return Done(result={"rowcount": len(rows)})


def _refuse_known(rows: list[tuple[str, dict[str, str]]], known: dict[str, Thing]) -> None:
    for path, row in rows:
        if row["object_id"] in known:
            name = f"(Object '{row['object_id']}', Image '{row.get('img_file_name')}')"
            raise ReportedError(
                f"In [base]/{path.partition('/')[2]}:",
                f" - line 3: {name} is already in EcoTaxa or being imported.",
            )


def _change(thing: Thing, row: dict[str, str]) -> None:
    thing.depth_min = float(row.get("object_depth_min") or thing.depth_min)
    thing.depth_max = float(row.get("object_depth_max") or thing.depth_max)


def _rows(folder: Folder, source: str) -> list[tuple[str, dict[str, str]]]:
    found: list[tuple[str, dict[str, str]]] = []
    for path, content in folder.below(source).items():
        name = posixpath.basename(path)
        if name.startswith("ecotaxa") and name.endswith(TABLE_SUFFIXES):
            table = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter="\t")
            rows = [row for row in table if not (row.get("object_id") or "").startswith("[")]
            found += [(path, row) for row in rows]
    if not found:
        sentence = "No object to import.<br>* There is no table whose name starts with 'ecotaxa'."
        raise ReportedError(sentence)
    return found


def _unknown(rows: list[tuple[str, dict[str, str]]], name: str, known: dict[str, int]) -> list[str]:
    values = {(row.get(name) or "").lower() for _, row in rows} - {""}
    return sorted(value for value in values if value not in known)


def _add(
    state: State,
    project: Project,
    row: dict[str, str],
    place: tuple[Folder, str],
    numbers: tuple[dict[str, int], dict[str, int]],
) -> None:
    folder, directory = place
    users, taxa = numbers
    latitude, longitude = (float(row.get(name) or 0) for name in ("object_lat", "object_lon"))
    sample = state.new_sample(project, row.get("sample_id") or "sample", latitude, longitude)
    image = row.get("img_file_name") or ""
    who = users.get((row.get("object_annotation_person_name") or "").lower())
    thing = Thing(
        id=state.new_id("thing", 200_000_001),
        sample=sample,
        orig_id=row["object_id"],
        taxon=taxa.get((row.get("object_annotation_category") or "").lower()),
        status=_STATUS.get(row.get("object_annotation_status") or ""),
        annotator=state.users.get(who or 0),
        image_name=image,
        image=folder.files.get(f"{directory}/{image}", b""),
        width=1,
        height=1,
        depth_min=float(row.get("object_depth_min") or 0),
        depth_max=float(row.get("object_depth_max") or 0),
        date=row.get("object_date") or "2024-01-01",
        time=row.get("object_time") or "00:00:00",
        classified=now(),
    )
    state.things[thing.id] = thing


def import_images(state: State, folder: Folder, project: Project, job: Job) -> Done:
    """Import the images in a directory, with the same values for all of them."""
    wanted = job.params["req"]
    values: dict[str, str] = wanted["values"]
    images = {
        path: content
        for path, content in folder.below(wanted["source_path"]).items()
        if content.startswith(IMAGE_MAGIC)
    }
    for path in images:
        row = {
            "object_id": posixpath.splitext(posixpath.basename(path))[0],
            "img_file_name": posixpath.basename(path),
            "object_lat": values.get("latitude", ""),
            "object_lon": values.get("longitude", ""),
        }
        _add(state, project, row, (folder, posixpath.dirname(path)), ({}, {}))
    return Done(result={"nb_images": len(images)})
