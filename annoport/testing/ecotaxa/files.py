"""The files that users of the fake EcoTaxa upload, and the imports that read them."""

from __future__ import annotations

import csv
import io
import posixpath
import zipfile
from typing import TYPE_CHECKING

import attrs

from annoport.testing.ecotaxa.jobs import Asked, Done, Job, ReportedError
from annoport.testing.ecotaxa.state import Project, State, Thing, now

if TYPE_CHECKING:
    from annoport.testing.ecotaxa.answers import Json

_IMAGE_MAGIC = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM")
_STATUS = {"validated": "V", "predicted": "P", "dubious": "D"}
_TSV = (".tsv", ".txt")


@attrs.define
class Folder:
    """The files of one user, by path; directories are made on the way."""

    root: str  # what the server puts before a path that it returns
    files: dict[str, bytes] = attrs.field(factory=dict[str, bytes])
    directories: set[str] = attrs.field(factory=set[str])

    def add(self, path: str, content: bytes) -> str:
        """Store an upload; a zip is unpacked, and an unknown type is dropped."""
        path = path.strip("/")
        self._make(posixpath.dirname(path))
        if path.endswith(".zip"):
            self._unpack(path.removesuffix(".zip"), content)
        elif content.startswith(_IMAGE_MAGIC) or _is_table(path, content):
            self.files[path] = content
        return f"{self.root}/{path}"

    def _unpack(self, target: str, content: bytes) -> None:
        self._make(target)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/")]
            own = f"{posixpath.basename(target)}/"
            inside = all(name.startswith(own) for name in names)
            for name in names:
                path = f"{target}/{name.removeprefix(own) if inside else name}"
                self._make(posixpath.dirname(path))
                self.files[path] = archive.read(name)

    def _make(self, path: str) -> None:
        while path:
            self.directories.add(path)
            path = posixpath.dirname(path)

    def make(self, path: str) -> bool:
        """Make a directory; False if there is one."""
        path = path.strip("/")
        if path in self.directories:
            return False
        self._make(path)
        return True

    def known(self, path: str) -> bool:
        """Tell whether there is such a file or directory."""
        return path.strip("/") in self.files or path.strip("/") in self.directories

    def remove(self, path: str) -> None:
        """Remove a file, or a directory with all that is in it."""
        path = path.strip("/")
        inside = f"{path}/"
        self.files = {
            name: content
            for name, content in self.files.items()
            if name != path and not name.startswith(inside)
        }
        self.directories = {
            name for name in self.directories if name != path and not name.startswith(inside)
        }

    def move(self, source: str, target: str) -> None:
        """Give a file or a directory another path."""
        source, target = source.strip("/"), target.strip("/")
        self.files = {_moved(name, source, target): c for name, c in self.files.items()}
        self.directories = {_moved(name, source, target) for name in self.directories}

    def entries(self, path: str) -> list[Json]:
        """List a directory; sizes and times are never told."""
        folder = f"{path}/" if path else ""
        found: list[Json] = []
        for kind, names in (("D", sorted(self.directories)), ("F", list(self.files))):
            for name in names:
                rest = name.removeprefix(folder)
                if name.startswith(folder) and rest and "/" not in rest:
                    found.append({"name": rest, "type": kind, "size": 0, "mtime": ""})
        return found

    def below(self, path: str) -> dict[str, bytes]:
        """Return all files in a directory and in those inside it."""
        folder = f"{path}/"
        return {n: content for n, content in self.files.items() if n.startswith(folder)}


def _moved(name: str, source: str, target: str) -> str:
    if name == source or name.startswith(f"{source}/"):
        return target + name.removeprefix(source)
    return name


def _is_table(path: str, content: bytes) -> bool:
    head = content.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0]
    return path.endswith(_TSV) and (b"object_" in head or b"img_" in head)


def import_tables(state: State, folder: Folder, project: Project, job: Job) -> Done | Asked:
    """Import the tables of a directory; ask for users and taxa that are not known.

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
        if not job.answered():
            return Asked(question)
        users |= job.reply["users"]
        taxa |= job.reply["taxa"]
    for path, row in rows:
        _add(state, project, row, (folder, posixpath.dirname(path)), (users, taxa))
    job.write("API_operations.imports.Import", f"{len(rows)} rows")
    return Done(result={"rowcount": len(rows)})


def _rows(folder: Folder, source: str) -> list[tuple[str, dict[str, str]]]:
    found: list[tuple[str, dict[str, str]]] = []
    for path, content in folder.below(source).items():
        name = posixpath.basename(path)
        if name.startswith("ecotaxa") and name.endswith(_TSV):
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
    """Import the images of a directory with the same values for all of them."""
    wanted = job.params["req"]
    values: dict[str, str] = wanted["values"]
    images = {
        path: content
        for path, content in folder.below(wanted["source_path"]).items()
        if content.startswith(_IMAGE_MAGIC)
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
