"""The tables that the fake keeps."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from annoport.testing.tator.errors import TatorError, not_found

if TYPE_CHECKING:
    from collections.abc import Iterator

Row: TypeAlias = dict[str, Any]
"""A row as the server sends it, plus fields of our own whose names begin with `_`."""

_NAMES = uuid.UUID("0b0f5f0e-5a0e-4b7e-9c46-3f0d1e6f7a21")


def now_text() -> str:
    """Return the present time as Tator writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def stable_uuid(*parts: object) -> str:
    """Return a UUID that is the same on every run for the same parts."""
    return str(uuid.uuid5(_NAMES, "/".join(map(str, parts))))


def shown(row: Row) -> Row:
    """Return what the server sends of a row."""
    return {key: value for key, value in row.items() if not key.startswith("_")}


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
        return [
            row for row in self if all(row[key] == wanted for key, wanted in fields.items())
        ]

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


def _table(entity: str, *, missing: str | None = None) -> Table:
    return attrs.field(factory=lambda: Table(entity, missing=missing))


@attrs.define
class Tables:
    """All that the platform remembers, without the bytes of files."""

    users: Table = _table("User", missing="User matching query does not exist.")
    organizations: Table = _table("Organization")
    projects: Table = _table("Project")
    memberships: Table = _table("Membership")
    versions: Table = _table("Version")
    media_types: Table = _table("MediaType")
    localization_types: Table = _table("LocalizationType")
    state_types: Table = _table("StateType")
    leaf_types: Table = _table("LeafType")
    file_types: Table = _table("FileType")
    sections: Table = _table("Section")
    media: Table = _table("Media")
    localizations: Table = _table("Localization")
    states: Table = _table("State")
    leaves: Table = _table("Leaf")
    files: Table = _table("File")
    temporary_files: Table = _table("TemporaryFile")
    algorithms: Table = _table("Algorithm")
