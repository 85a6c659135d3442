"""The fields of new rows, for each table except those of types."""

from __future__ import annotations

import re
import secrets
import time

from annoport.testing.tator.attributes import for_create
from annoport.testing.tator.state import Row, Tables, now_text, stable_uuid

COCO_ALGORITHM = "Export COCO"
CSV_ALGORITHM = "Export CSV"
SHAPE = ("x", "y", "width", "height", "u", "v", "points", "frame", "parent")
"""The fields that say where a localization is."""


def new_project(name: str, organization: int, *, summary: str = "", created: str) -> Row:
    """Return the fields of a project."""
    return {
        "name": name,
        "summary": summary,
        "organization": organization,
        "enable_downloads": True,
        "bucket": None,
        "upload_bucket": None,
        "backup_bucket": None,
        "elemental_id": stable_uuid("project", name),
        "thumb": None,
        "created": created,
        "num_files": 0,
        "size": 0,
        "duration": 0,
        "usernames": [],
        "attribute_types": [],
        "extended_info": {},
        "effective_permission": 0,
        "permission": "Creator",
    }


def new_membership(project: int, user: Row) -> Row:
    """Return the fields of a membership with all permissions."""
    return {
        "project": project,
        "user": user["id"],
        "default_version": None,
        "username": user["username"],
        "first_name": user["first_name"],
        "last_name": user["last_name"],
        "email": user["email"],
        "permission": "Full Control",
    }


def new_version(project: int, name: str, number: int, **more: object) -> Row:
    """Return the fields of a version (a layer of annotations)."""
    row: Row = {
        "name": name,
        "description": "",
        "show_empty": True,
        "elemental_id": stable_uuid("version", project, name),
        "number": number,
        "project": project,
        "created_by": None,
        "effective_permission": 0,
        "bases": [],
    }
    return {**row, **more}


def new_section(project: int, name: str, *, user: int | None, created: str) -> Row:
    """Return the fields of a section (a folder of media)."""
    return {
        "project": project,
        "name": name,
        "path": re.sub(r"\W+", "_", name),
        "dtype": "folder",
        "tator_user_sections": stable_uuid("section", project, name),
        "object_search": None,
        "visible": True,
        "elemental_id": stable_uuid("section row", project, name),
        "attributes": {},
        "explicit_listing": False,
        "created_datetime": created,
        "created_by": user,
        "related_search": None,
        "media": [],
    }


def section_named(tables: Tables, project: int, name: str, *, user: int) -> Row:
    """Return the section with this name; it is made if there is none."""
    found = tables.sections.where(project=project, name=name)
    if found:
        return found[0]
    return tables.sections.add(new_section(project, name, user=user, created=now_text()))


def new_media(media_type: Row, name: str, *, user: int, created: str, **more: object) -> Row:
    """Return the fields of a medium."""
    project: int = media_type["project"]
    row: Row = {
        "name": name,
        "media_files": None,
        "last_edit_start": None,
        "last_edit_end": None,
        "attributes": {},
        "elemental_id": stable_uuid("media", project, name, created, time.monotonic_ns()),
        "primary_section": None,
        "project": project,
        "type": media_type["id"],
        "created_datetime": created,
        "created_by": user,
        "modified_datetime": created,
        "modified_by": user,
        "md5": "0" * 32,
        "num_frames": None,
        "fps": None,
        "codec": None,
        "width": None,
        "height": None,
        "summary_level": None,
        "gid": None,
        "uid": None,
        "archive_state": "live",
        "archive_status_date": created,
        "effective_permission": 0,
    }
    return {**row, **more}


def new_localization(
    localization_type: Row, medium: int, *, user: int, version: int, created: str, **shape: object
) -> Row:
    """Return the fields of a localization.

    shape: x, y, width, height, u, v or points, relative to the medium; and other fields.
    """
    row: Row = {
        "project": localization_type["project"],
        "type": localization_type["id"],
        "media": medium,
        "thumbnail_image": None,
        "version": version,
        "attributes": {},
        "created_by": user,
        "modified_by": user,
        "user": user,
        "variant_deleted": False,
        **dict.fromkeys(SHAPE),
        "mark": 0,
        "effective_permission": 0,
        "created_datetime": created,
        "modified_datetime": created,
        "elemental_id": stable_uuid("localization", secrets.token_hex(8)),
        "_latest": True,
    }
    return {**row, **shape}


def new_state(
    state_type: Row, media: list[int], *, user: int, version: int, created: str, **more: object
) -> Row:
    """Return the fields of a state.

    more: localizations (ids), segments (pairs of frames), frame, attributes, elemental_id.
    """
    row: Row = {
        "type": state_type["id"],
        "segments": None,
        "attributes": {},
        "modified_by": user,
        "created_by": user,
        "variant_deleted": False,
        "version": version,
        "frame": None,
        "parent": None,
        "mark": 0,
        "effective_permission": 0,
        "created_datetime": created,
        "modified_datetime": created,
        "elemental_id": stable_uuid("state", secrets.token_hex(8)),
        "localizations": [],
        "media": media,
        "_project": state_type["project"],
        "_latest": True,
    }
    return {**row, **more}


def new_leaf(tables: Tables, leaf_type: Row, name: str, *, parent: int | None = None) -> Row:
    """Return the fields of a leaf."""
    if parent is None:
        above = re.sub(r"\W+", "_", tables.projects.get(leaf_type["project"])["name"])
    else:
        above = tables.leaves.get(parent)["path"]
    return {
        "type": leaf_type["id"],
        "project": leaf_type["project"],
        "path": ".".join((above, re.sub(r"\W+", "_", name))),
        "name": name,
        "parent": parent,
        "attributes": for_create(None, leaf_type),
        "elemental_id": None,
    }


def new_file(project: int, file_type: Row, name: str, *, user: int, **more: object) -> Row:
    """Return the fields of a registered file, still without a path."""
    now = now_text()
    row: Row = {
        "project": project,
        "created_datetime": now,
        "created_by": user,
        "modified_datetime": now,
        "modified_by": user,
        "path": "",
        "name": name,
        "description": "",
        "attributes": {},
        "elemental_id": stable_uuid("file", project, name, secrets.token_hex(8)),
        "type": file_type["id"],
    }
    return {**row, **more}


def new_algorithm(project: int, name: str, *, user: int, files_per_job: int, **more: object) -> Row:
    """Return the fields of an algorithm."""
    row: Row = {
        "name": name,
        "project": project,
        "user": user,
        "description": "",
        "cluster": 1,
        "files_per_job": files_per_job,
        "categories": [],
        "parameters": [],
        "template": None,
        "tparams": [],
        "manifest": f"{project}/{name.lower().replace(' ', '_')}.yaml",
    }
    return {**row, **more}
