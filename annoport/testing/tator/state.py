"""What the fake Tator stores: tables of rows, as the server sends them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, TypeAlias

from annoport.testing.tator.answers import TatorError, not_found

Row: TypeAlias = dict[str, Any]
"""A row as the server sends it, plus fields of our own whose names begin with `_`."""
_NAMES = uuid.UUID("0b0f5f0e-5a0e-4b7e-9c46-3f0d1e6f7a21")


def now_text() -> str:
    """Return the current time as Tator writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def second_text(at: datetime) -> str:
    """Return a time as Tator writes it in jobs."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def stable_uuid(*parts: object) -> str:
    """Return a UUID that depends on nothing but the parts."""
    return str(uuid.uuid5(_NAMES, "/".join(map(str, parts))))


def shown(row: Row) -> Row:
    """Return the fields of a row that the server sends."""
    return {key: value for key, value in row.items() if not key.startswith("_")}


def members(row: Row, name: str) -> list[Any]:
    """Return the list under `name`, empty if it is absent or null."""
    found: list[Any] | None = row.get(name)
    return found or []


def media_files(medium: Row) -> Row:
    """Return the files of a medium by role, empty where the server says null."""
    found: Row | None = medium["media_files"]
    return found or {}


def copy_known(target: Row, source: Row, names: Iterable[str]) -> None:
    """Copy the named fields; others are ignored."""
    for name in names:
        if name in source:
            target[name] = source[name]


def project_of(row: Row) -> int:
    """Return the project of an annotation, which the server does not send for states."""
    found: int = row["_project"] if "_project" in row else row["project"]
    return found


def current(table: Table, project: int) -> list[Row]:
    """Return a project's annotations that are neither deleted nor superseded."""
    return [
        row
        for row in table
        if row["_latest"] and not row["variant_deleted"] and project_of(row) == project
    ]


class Table:
    """Rows of one kind, by id."""

    def __init__(self, entity: str, *, missing: str | None = None) -> None:
        """Start empty.

        entity: the server's name of the kind.
        missing: the message for an unknown id, where it is not the usual one.
        """
        self.entity = entity
        self.rows: dict[int, Row] = {}
        self._missing = missing
        self._last = 0

    def add(self, fields: Row) -> Row:
        """Add a row under the next id and return it."""
        self._last += 1
        row: Row = {"id": self._last, **fields}
        self.rows[self._last] = row
        return row

    def get(self, row_id: int) -> Row:
        """Return the row; TatorError (404) if there is none."""
        row = self.rows.get(row_id)
        if row is not None:
            return row
        if self._missing is not None:
            raise TatorError(self._missing, status=404)
        raise not_found(self.entity)

    def where(self, **fields: object) -> list[Row]:
        """Return the rows with these values, by id."""
        return [row for row in self if all(row[key] == wanted for key, wanted in fields.items())]

    def remove(self, row_id: int) -> Row:
        """Take the row out; TatorError (404) if there is none."""
        row = self.get(row_id)
        del self.rows[row_id]
        return row

    def __iter__(self) -> Iterator[Row]:
        """Go through the rows, by id."""
        return iter(list(self.rows.values()))

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.rows)


class Tables:
    """All that the platform stores, without the bytes of files."""

    def __init__(self) -> None:
        """Start with empty tables."""
        self.users = Table("User", missing="User matching query does not exist.")
        self.organizations = Table("Organization")
        self.projects = Table("Project")
        self.memberships = Table("Membership")
        self.versions = Table("Version")
        self.media_types = Table("MediaType")
        self.localization_types = Table("LocalizationType")
        self.state_types = Table("StateType")
        self.leaf_types = Table("LeafType")
        self.file_types = Table("FileType")
        self.sections = Table("Section")
        self.media = Table("Media")
        self.localizations = Table("Localization")
        self.states = Table("State")
        self.leaves = Table("Leaf")
        self.files = Table("File")
        self.temporary_files = Table("TemporaryFile")
        self.algorithms = Table("Algorithm")

    def named(self, name: str) -> Table:
        """Return the table in the attribute `name`."""
        table: Table = getattr(self, name)
        return table
