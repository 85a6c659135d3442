"""A folder of tables and images, as an import of EcoTaxa takes it: checked, and packed."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
import shutil
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from attrs import define, field, frozen

from annoport.core.support.local_paths import files_below
from annoport.ecotaxa.table_rules import (
    ENDINGS,
    MARK,
    PREFIXES,
    START,
    TYPES,
    decoded,
    fault_of,
    is_table_name,
)
from annoport.errors import InvalidArgumentError

_ID, _IMAGE = "object_id", "img_file_name"
_USER, _EMAIL, _TAXON = (
    "object_annotation_person_name",
    "object_annotation_person_email",
    "object_annotation_category",
)
_BLOCK = 1024 * 1024


@frozen
class BundleProblem:
    """Something that an import would refuse, or read otherwise than it is meant.

    Attributes:
        file (str): The file, below the folder; "" for the folder itself.
        line (int): The line of a table, counted from 1; 0 if it is no matter of a line.
        column (str): The column; "" if it is no matter of a column.
        rule (str): What is wrong.
    """

    file: str
    line: int
    column: str
    rule: str

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        return ": ".join(part for part in (place, self.column, self.rule) if part)


@frozen
class Bundle:
    """What a folder holds for an import.

    Attributes:
        folder (Path): The folder.
        tables (tuple[str, ...]): Its tables, below the folder.
        images (tuple[str, ...]): The images that the tables name, below the folder.
        objects (int): How many objects the tables have.
        users (tuple[str, ...]): Names of the people who annotated.
        taxa (tuple[str, ...]): Names of taxa.
        problems (tuple[BundleProblem, ...]): What an import would refuse, or lose.
        notes (tuple[BundleProblem, ...]): What an import of the folder as it is would misread;
            `import_folder` puts it right on the way.
    """

    folder: Path
    tables: tuple[str, ...]
    images: tuple[str, ...]
    objects: int
    users: tuple[str, ...]
    taxa: tuple[str, ...]
    problems: tuple[BundleProblem, ...]
    notes: tuple[BundleProblem, ...]


def check_bundle(folder: str | os.PathLike[str]) -> Bundle:
    """Check a folder before it is imported; no server is asked.

    An import takes the tables of the folder and of those in it whose name begins with "ecotaxa",
    and the images beside each of them. It reads the line after the names as types, even if it is
    an object.

    Args:
        folder: The folder.

    Returns:
        What it holds, and all that is wrong with it.

    Raises:
        InvalidArgumentError: There is no such folder.
    """
    root = Path(folder)
    if not root.is_dir():
        raise InvalidArgumentError(f"folder is {str(folder)!r}: there is no such folder")
    checked = _Check(root)
    for path in sorted(map(root.joinpath, files_below(root, hidden=True))):
        if is_table_name(path.name):
            checked.table(path)
    return checked.bundle()


@define
class _Check:
    """Goes through the tables of a folder."""

    root: Path
    tables: list[str] = field(factory=list[str])
    images: dict[str, None] = field(factory=dict[str, None])
    objects: set[str] = field(factory=set[str])
    users: dict[str, None] = field(factory=dict[str, None])
    taxa: dict[str, None] = field(factory=dict[str, None])
    problems: list[BundleProblem] = field(factory=list[BundleProblem])
    notes: list[BundleProblem] = field(factory=list[BundleProblem])
    _seen: dict[tuple[str, str], str] = field(factory=dict[tuple[str, str], str])

    def bundle(self) -> Bundle:
        """Return what was found."""
        if not self.tables:
            rule = (
                f"there is no table: its name begins with {START!r} and ends with "
                f"{' or '.join(ENDINGS)}"
            )
            self.problems.append(BundleProblem("", 0, "", rule))
        return Bundle(
            folder=self.root,
            tables=tuple(self.tables),
            images=tuple(self.images),
            objects=len(self.objects),
            users=tuple(self.users),
            taxa=tuple(self.taxa),
            problems=tuple(self.problems),
            notes=tuple(self.notes),
        )

    def table(self, path: Path) -> None:
        """Check a table."""
        name = path.relative_to(self.root).as_posix()
        self.tables.append(name)
        text, misread = decoded(path.read_bytes())
        if misread:
            rule = "is UTF-8 without a byte order mark, which the server reads as Latin-1"
            self.notes.append(BundleProblem(name, 0, "", rule))
        lines = csv.reader(io.StringIO(text, newline=""), delimiter="\t")
        names = next(lines, list[str]())
        if not self._names(name, names):
            return
        kinds = next(lines, list[str]())
        if len(kinds) != len(names) or not all(cell in TYPES for cell in kinds):
            rule = "expected a type for each column, [t] or [f]; an import takes any line for it"
            self._tell(name, 2, "", rule)
            return
        types, count = dict(zip(names, kinds, strict=True)), 0
        for cells in lines:
            if cells:
                count += 1
                self._row(path, name, lines.line_num, types, cells)
        if not count:
            self._tell(name, 0, "", "has no objects")

    def _names(self, name: str, names: Sequence[str]) -> bool:
        """Check the names of columns; return whether rows can be read by them."""
        for column, times in Counter(names).items():
            if times > 1:
                self._tell(name, 1, column, f"there are {times} such columns")
            if not column.startswith(PREFIXES) or column in PREFIXES:
                rule = f"an import knows columns that begin with {', '.join(PREFIXES)} only"
                self._tell(name, 1, column, rule)
        for column in (_ID, _IMAGE):
            if column not in names:
                self._tell(name, 1, column, "is missing; an import needs it")
        return len(set(names)) == len(names) and {_ID, _IMAGE} <= set(names)

    def _row(
        self, path: Path, name: str, line: int, types: Mapping[str, str], cells: Sequence[str]
    ) -> None:
        if len(cells) != len(types):
            self._tell(name, line, "", f"has {len(cells)} cells for {len(types)} columns")
            return
        row = {column: cell.strip() for column, cell in zip(types, cells, strict=True)}
        for column, cell in row.items():
            fault = fault_of(column, types[column], cell)
            if fault is not None:
                self._tell(name, line, column, fault)
        for column, found in ((_TAXON, self.taxa), (_USER, self.users)):
            if row.get(column):
                found[row[column]] = None
        if not row[_ID]:
            self._tell(name, line, _ID, "is empty")
        self.objects.add(row[_ID])
        self._image(path, name, line, row)

    def _image(self, path: Path, name: str, line: int, row: Mapping[str, str]) -> None:
        image = row[_IMAGE]
        if not image:
            self._tell(name, line, _IMAGE, "is empty; each object needs an image")
            return
        inside = Path(os.path.normpath(path.parent / image))
        if not inside.is_relative_to(self.root):
            self._tell(name, line, _IMAGE, f"{image!r} is outside of the folder")
        elif not inside.is_file():
            self._tell(name, line, _IMAGE, f"there is no file {image!r} beside the table")
        else:
            self.images[inside.relative_to(self.root).as_posix()] = None
        before = self._seen.setdefault((row[_ID], image), f"{name}, line {line}")
        if before != f"{name}, line {line}":
            rule = f"{row[_ID]!r} with image {image!r} is there already: {before}"
            self._tell(name, line, _ID, rule)

    def _tell(self, name: str, line: int, column: str, rule: str) -> None:
        self.problems.append(BundleProblem(name, line, column, rule))


def pack(bundle: Bundle, target: Path) -> None:
    """Put the tables and images of a folder into a zip, each table with its byte order mark.

    Args:
        bundle: The folder, checked.
        target: The zip to write.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in bundle.tables:
            text, misread = decoded(content := (bundle.folder / name).read_bytes())
            archive.writestr(_member(name), MARK + text.encode() if misread else content)
        for name in bundle.images:
            # Images are compressed already.
            with (
                (bundle.folder / name).open("rb") as source,
                archive.open(_member(name, zipfile.ZIP_STORED), "w", force_zip64=True) as member,
            ):
                shutil.copyfileobj(source, member, _BLOCK)


def _member(name: str, kind: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.compress_type = kind
    member.external_attr = 0o644 << 16
    return member


def name_on_server(bundle: Bundle) -> str:
    """Return what to call an upload: the same for a folder that holds the same."""
    found = hashlib.sha256()
    for part in _contents(bundle):
        found.update(part)
    # In letters that any file system and any form takes.
    own = re.sub(r"[^\w-]+", "_", bundle.folder.resolve().name, flags=re.ASCII).strip("_")
    return f"{own or 'import'}_{found.hexdigest()[:12]}"


def _contents(bundle: Bundle) -> Iterator[bytes]:
    for name in (*bundle.tables, *bundle.images):
        path = bundle.folder / name
        yield f"{name}\0{path.stat().st_size}\0".encode()
        if name in bundle.tables:
            yield path.read_bytes()
