"""What the fake EcoTaxa makes of uploaded files: objects with their images."""

from __future__ import annotations

import posixpath
from typing import TypeAlias

from annoport.testing.ecotaxa.answers import Json
from annoport.testing.ecotaxa.background import Asked, CrashedError, Done, Job, ReportedError
from annoport.testing.ecotaxa.import_tables import (
    STATUS,
    Row,
    Table,
    faults,
    free_columns,
    number_of,
    read_tables,
)
from annoport.testing.ecotaxa.state import Picture, Project, State, Taxon, Thing, User, now
from annoport.testing.ecotaxa.user_files import IMAGE_MAGIC, Folder

Ids: TypeAlias = dict[str, int]


def import_tables(state: State, folder: Folder, project: Project, job: Job) -> Done | Asked:
    """Import the tables in a directory; ask for unknown users and taxa.

    Raises ReportedError if there is nothing to import, or something is wrong in a table.
    """
    wanted: Json = job.params["req"]
    tables = _tables(folder, wanted["source_path"])
    things = [] if wanted["skip_existing_objects"] else state.things_of(project.id)
    known = {(thing.orig_id, "") for thing in things}  # with any image
    found = [fault for table in tables for fault in faults(table, folder, known)]
    if found:
        raise ReportedError(*found)
    rows = [(table, row) for table in tables for row in table.rows]
    users, taxa = _users(state, rows), _taxa(state)
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
    for table in tables:
        free_columns(table, project)
    _write(state, project, rows, _Names(folder, users, taxa), wanted)
    job.write("API_operations.imports.Import", f"{len(rows)} rows")
    return Done(result={"rowcount": len(rows)})


def _tables(folder: Folder, source: str) -> list[Table]:
    tables = read_tables(folder, source)
    if not tables:
        raise ReportedError(
            "No object to import.<br>* No .txt or .tsv file was found, of which name starts with "
            "'ecotaxa'."
        )
    if not any(table.rows for table in tables):
        sentence = "No object to import.<br>*  TSV file(s) might be empty."
        raise ReportedError(sentence)
    return tables


def _users(state: State, rows: list[tuple[Table, Row]]) -> Ids:
    """Return the users of the rows by the names there: by e-mail, then by name."""
    by_email = {user.email.lower(): user.id for user in state.users.values()}
    found = {user.name.lower(): user.id for user in state.users.values()}
    for _, row in rows:
        email = row.get("object_annotation_person_email", "").lower()
        if email in by_email:
            found[row.get("object_annotation_person_name", "").lower()] = by_email[email]
    return found


def _taxa(state: State) -> Ids:
    """Return the taxa by their display names, and by their own where only one has it."""
    by_name: dict[str, list[Taxon]] = {}
    for taxon in state.taxa.values():
        by_name.setdefault(taxon.name.lower(), []).append(taxon)
    own = {name: taxa[0].id for name, taxa in by_name.items() if len(taxa) == 1}
    return own | {taxon.display_name.lower(): taxon.id for taxon in state.taxa.values()}


def _unknown(rows: list[tuple[Table, Row]], name: str, known: Ids) -> list[str]:
    values = {row.get(name, "").lower() for _, row in rows} - {""}
    return sorted(value for value in values if value not in known)


class _Names:
    """What the names in tables stand for."""

    def __init__(self, folder: Folder, users: Ids, taxa: Ids) -> None:
        self.folder, self.users, self.taxa = folder, users, taxa

    def annotation(self, state: State, row: Row) -> tuple[int | None, str | None, User | None]:
        """Return the taxon, status and annotator of a row; a prediction has no annotator."""
        taxon = self.taxa.get(row.get("object_annotation_category", "").lower())
        status = STATUS.get(row.get("object_annotation_status", "").lower())
        who = self.users.get(row.get("object_annotation_person_name", "").lower())
        return taxon, status, None if status in ("P", None) else state.users.get(who or 0)


def _write(
    state: State, project: Project, rows: list[tuple[Table, Row]], names: _Names, wanted: Json
) -> None:
    before = {thing.orig_id: thing for thing in state.things_of(project.id)}
    made: dict[str, Thing] = {}
    for table, row in rows:
        number = row["object_id"]
        if number in before:
            if wanted["update_mode"] in ("Yes", "Cla"):  # any other mode changes nothing
                _measure(project, before[number], row)
            if wanted["update_mode"] == "Cla":
                thing = before[number]
                thing.taxon, thing.status, thing.annotator = names.annotation(state, row)
        elif number in made:
            made[number].further.append(_picture(state, table, row, names.folder))
        else:
            made[number] = _add(state, project, row, table, names)


def _picture(state: State, table: Table, row: Row, folder: Folder) -> Picture:
    name = row.get("img_file_name", "")
    content = folder.files.get(posixpath.join(posixpath.dirname(table.path), name), b"")
    return Picture(state.new_id("picture", 1_000), name, content, 1, 1)


def _add(state: State, project: Project, row: Row, table: Table, names: _Names) -> Thing:
    latitude, longitude = (number_of(row, name) or 0.0 for name in ("object_lat", "object_lon"))
    sample = state.new_sample(project, row.get("sample_id") or "sample", latitude, longitude)
    for prefix, columns, values in (
        ("sample_", project.sample_columns, sample.free),
        ("acq_", project.acquisition_columns, sample.acquisition_free),
        ("process_", project.process_columns, sample.process_free),
    ):
        values.update({name: row.get(f"{prefix}{name}", "") for name in columns})
    taxon, status, annotator = names.annotation(state, row)
    picture = _picture(state, table, row, names.folder)
    thing = Thing(
        id=state.new_id("thing", 200_000_001),
        sample=sample,
        orig_id=row["object_id"],
        taxon=taxon,
        status=status,
        annotator=annotator,
        image_name=picture.name,
        image=picture.content,
        width=1,
        height=1,
        date=_dashed(row.get("object_date", ""), "-", 4) or "2024-01-01",
        time=_dashed(row.get("object_time", ""), ":", 2) or "00:00:00",
        classified=None if taxon is None else now(),
    )
    _measure(project, thing, row)
    state.things[thing.id] = thing
    return thing


def _measure(project: Project, thing: Thing, row: Row) -> None:
    for name in ("depth_min", "depth_max"):
        found = number_of(row, f"object_{name}")
        setattr(thing, name, getattr(thing, name) if found is None else found)
    for name in project.free_columns:
        found = number_of(row, f"object_{name}")
        if found is not None:
            thing.free[name] = found
    for name in project.free_texts:
        if f"object_{name}" in row:
            thing.texts[name] = row[f"object_{name}"]


def _dashed(digits: str, sign: str, first: int) -> str:
    """Return a date or time of a table as the server shows it."""
    return sign.join((digits[:first], digits[first : first + 2], digits[first + 2 :])).strip(sign)


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
        _add(state, project, row, Table(path, [], []), _Names(folder, {}, {}))
    return Done(result={"nb_images": len(images)})
