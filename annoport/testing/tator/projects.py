"""Projects, their versions, sections and members, and the types of what they hold."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

import attrs

from annoport.testing.tator.attributes import attribute
from annoport.testing.tator.calls import Call, Routes, copy_known, reply, said
from annoport.testing.tator.errors import TatorError
from annoport.testing.tator.rows import Row, Table, Tables, now_text, shown, stable_uuid

if TYPE_CHECKING:
    from starlette.responses import Response


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
    """Return the fields of a membership with every right."""
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
    """Return the section of this name; it is made if there is none."""
    found = tables.sections.where(project=project, name=name)
    if found:
        return found[0]
    return tables.sections.add(new_section(project, name, user=user, created=now_text()))


# --------------------------------------------------------------------------- projects


def _list_projects(call: Call) -> Response:
    mine = {row["project"] for row in call.tables.memberships.where(user=call.me["id"])}
    organization = call.integer("organization")
    rows = [
        row
        for row in call.tables.projects
        if row["id"] in mine and organization in (None, row["organization"])
    ]
    return reply([shown(row) for row in rows])


def _create_project(call: Call) -> Response:
    if call.user is None:
        raise TatorError(
            "Field 'id' expected a number but got "
            "<django.contrib.auth.models.AnonymousUser object at 0x7f0000000000>.",
            details="Cannot cast AnonymousUser to int. Are you trying to use it in place of User?",
        )
    body = call.fields("name", "organization")
    call.tables.organizations.get(body["organization"])
    row = call.tables.projects.add(
        new_project(
            body["name"], body["organization"], summary=body.get("summary", ""), created=now_text()
        )
    )
    call.tables.memberships.add(new_membership(row["id"], call.me))
    call.tables.versions.add(new_version(row["id"], "Baseline", 0, description="Initial version"))
    return said(f"Project {row['name']} created!", 201, id=row["id"], object=shown(row))


def _get_project(call: Call) -> Response:
    return reply(shown(call.member_of(call.number())))


def _update_project(call: Call) -> Response:
    row = call.member_of(call.number())
    copy_known(row, call.fields(), ("name", "summary", "enable_downloads", "extended_info"))
    return said(f"Project {row['id']} updated successfully!", object=shown(row))


def _delete_project(call: Call) -> Response:
    row = call.member_of(call.number())
    call.tables.projects.remove(row["id"])
    return said(f"Project {row['id']} deleted successfully!")


def _list_memberships(call: Call) -> Response:
    return reply([shown(row) for row in call.tables.memberships.where(project=_project_id(call))])


# --------------------------------------------------------------------------- versions, sections


def _project_id(call: Call) -> int:
    project_id: int = call.project()["id"]
    return project_id


def _list_versions(call: Call) -> Response:
    return reply([shown(row) for row in call.tables.versions.where(project=_project_id(call))])


def _create_version(call: Call) -> Response:
    project = _project_id(call)
    body = call.fields("name")
    row = new_version(
        project,
        body["name"],
        len(call.tables.versions.where(project=project)),
        description=body.get("description", ""),
        bases=body.get("bases", []),
        created_by=call.me["id"],
    )
    return said("Created version successfully!", 201, id=call.tables.versions.add(row)["id"])


def _list_sections(call: Call) -> Response:
    rows = call.tables.sections.where(project=_project_id(call))
    for name in ("name", "elemental_id"):
        wanted = call.text(name)
        if wanted is not None:
            rows = [row for row in rows if row[name] == wanted]
    return reply([shown(row) for row in rows])


def _create_section(call: Call) -> Response:
    project = _project_id(call)
    body = call.fields("name")
    if call.tables.sections.where(project=project, name=body["name"]):
        raise TatorError("Section with this name already exists!")
    row = section_named(call.tables, project, body["name"], user=call.me["id"])
    copy_known(row, body, ("path", "dtype", "attributes", "object_search", "visible", "media"))
    return said(f"Section {row['name']} created!", 201, id=row["id"])


def _owned(call: Call, table: Table) -> Row:
    row = table.get(call.number())
    call.member_of(row["project"])
    return row


def _get_owned(call: Call, *, table: str) -> Response:
    return reply(shown(_owned(call, call.tables.named(table))))


def _update_section(call: Call) -> Response:
    row = _owned(call, call.tables.sections)
    copy_known(row, call.fields(), ("name", "path", "attributes", "object_search", "visible"))
    return said(f"Section {row['id']} updated successfully!")


def _delete_section(call: Call) -> Response:
    row = _owned(call, call.tables.sections)
    call.tables.sections.remove(row["id"])
    return said(f"Section {row['id']} deleted successfully!")


# --------------------------------------------------------------------------- types


@attrs.frozen(kw_only=True)
class _Kind:
    """A family of types.

    single, plural: the names in the paths. title: the name in messages.
    table, instances: names of tables. extra: fields beyond those that all types have.
    required: fields that a new type must have.
    """

    single: str
    title: str
    table: str
    instances: str
    extra: Row
    required: tuple[str, ...] = ("name",)
    numbered_update: bool = False

    @property
    def plural(self) -> str:
        return f"{self.single}s"


_MEDIA_EXTRA: Row = {
    "file_format": None,
    "default_volume": 0,
    "visible": True,
    "archive_config": None,
    "streaming_config": None,
    "overlay_config": None,
    "default_box": None,
    "default_line": None,
    "default_dot": None,
    "effective_permission": 0,
}
_LOCALIZATION_EXTRA: Row = {
    "color_map": None,
    "line_width": 3,
    "visible": True,
    "drawable": True,
    "grouping_default": True,
    "effective_permission": 0,
    "media": [],
}
_STATE_EXTRA: Row = {
    "interpolation": "latest",
    "association": "Frame",
    "visible": True,
    "grouping_default": True,
    "delete_child_localizations": False,
    "default_localization": None,
    "extended_info": {},
    "effective_permission": 0,
    "media": [],
}
_KINDS = (
    _Kind(
        single="MediaType",
        title="Media type",
        table="media_types",
        instances="media",
        extra={"dtype": "image", **_MEDIA_EXTRA},
        required=("name", "dtype"),
    ),
    _Kind(
        single="LocalizationType",
        title="Localization type",
        table="localization_types",
        instances="localizations",
        extra={"dtype": "box", **_LOCALIZATION_EXTRA},
        required=("name", "dtype", "media_types"),
    ),
    _Kind(
        single="StateType",
        title="State type",
        table="state_types",
        instances="states",
        extra={"dtype": "state", **_STATE_EXTRA},
        required=("name", "media_types", "association"),
    ),
    _Kind(
        single="LeafType",
        title="Leaf type",
        table="leaf_types",
        instances="leaves",
        extra={"dtype": "leaf", "visible": True},
        numbered_update=True,
    ),
    _Kind(single="FileType", title="File type", table="file_types", instances="files", extra={}),
)
_BY_TABLE = {kind.table: kind for kind in _KINDS}


def new_type(table: str, project: int, name: str, **more: object) -> Row:
    """Return the fields of a type for one of the `..._types` tables."""
    kind = _BY_TABLE[table]
    row: Row = {"project": project, "name": name, "description": "", "attribute_types": []}
    identity = {"elemental_id": stable_uuid(table, project, name)}
    return {**row, **kind.extra, **identity, **more}


def _list_types(call: Call, *, kind: _Kind) -> Response:
    rows = call.tables.named(kind.table).where(project=_project_id(call))
    rows.sort(key=lambda row: row["name"])
    media_id = call.integers("media_id")
    if media_id and "media" in kind.extra:
        dtypes = {call.tables.media.get(found)["type"] for found in media_id}
        rows = [row for row in rows if dtypes & set(row["media"])]
    return reply([shown(row) for row in rows])


def _create_type(call: Call, *, kind: _Kind) -> Response:
    project = _project_id(call)
    body = call.fields(*kind.required)
    row = new_type(kind.table, project, body["name"])
    copy_known(row, body, [key for key in row if key not in ("project", "elemental_id")])
    row["attribute_types"] = [attribute(**found) for found in body.get("attribute_types", [])]
    if "media_types" in body:
        row["media"] = body["media_types"]
    added = call.tables.named(kind.table).add(row)
    return said(f"{kind.title} created successfully!", 201, id=added["id"])


def _update_type(call: Call, *, kind: _Kind) -> Response:
    row = _owned(call, call.tables.named(kind.table))
    copy_known(row, call.fields(), [key for key in row if key not in ("id", "project", "media")])
    number = f" {row['id']}" if kind.numbered_update else ""
    return said(f"{kind.title}{number} updated successfully!")


def _delete_type(call: Call, *, kind: _Kind) -> Response:
    row = _owned(call, call.tables.named(kind.table))
    call.tables.named(kind.table).remove(row["id"])
    instances = call.tables.named(kind.instances)
    gone = instances.where(type=row["id"])
    for instance in gone:
        instances.remove(instance["id"])
    return said(f"{kind.title} {row['id']} (and {len(gone)} instances) deleted successfully!")


def _type_routes() -> Routes:
    routes: Routes = {}
    for kind in _KINDS:
        routes[f"/rest/{kind.plural}/{{project:int}}"] = {
            "GET": partial(_list_types, kind=kind),
            "POST": partial(_create_type, kind=kind),
        }
        routes[f"/rest/{kind.single}/{{id:int}}"] = {
            "GET": partial(_get_owned, table=kind.table),
            "PATCH": partial(_update_type, kind=kind),
            "DELETE": partial(_delete_type, kind=kind),
        }
    return routes


ROUTES: Routes = {
    "/rest/Projects": {"GET": _list_projects, "POST": _create_project},
    "/rest/Project/{id:int}": {
        "GET": _get_project,
        "PATCH": _update_project,
        "DELETE": _delete_project,
    },
    "/rest/Memberships/{project:int}": {"GET": _list_memberships},
    "/rest/Versions/{project:int}": {"GET": _list_versions, "POST": _create_version},
    "/rest/Version/{id:int}": {"GET": partial(_get_owned, table="versions")},
    "/rest/Sections/{project:int}": {"GET": _list_sections, "POST": _create_section},
    "/rest/Section/{id:int}": {
        "GET": partial(_get_owned, table="sections"),
        "PATCH": _update_section,
        "DELETE": _delete_section,
    },
    **_type_routes(),
}
