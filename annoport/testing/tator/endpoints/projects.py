"""Endpoints for projects and their members, versions and sections."""

from __future__ import annotations

from starlette.responses import Response

from annoport.testing.tator.answers import TatorError, reply, said
from annoport.testing.tator.call import Call, Routes
from annoport.testing.tator.records import new_membership, new_project, new_version, section_named
from annoport.testing.tator.state import copy_known, now_text, shown


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
    return reply([shown(row) for row in call.tables.memberships.where(project=call.project_id())])


def _list_versions(call: Call) -> Response:
    return reply([shown(row) for row in call.tables.versions.where(project=call.project_id())])


def _create_version(call: Call) -> Response:
    project = call.project_id()
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


def _get_version(call: Call) -> Response:
    return reply(shown(call.owned(call.tables.versions)))


def _list_sections(call: Call) -> Response:
    rows = call.tables.sections.where(project=call.project_id())
    for name in ("name", "elemental_id"):
        wanted = call.text(name)
        if wanted is not None:
            rows = [row for row in rows if row[name] == wanted]
    return reply([shown(row) for row in rows])


def _create_section(call: Call) -> Response:
    project = call.project_id()
    body = call.fields("name")
    if call.tables.sections.where(project=project, name=body["name"]):
        raise TatorError("Section with this name already exists!")
    row = section_named(call.tables, project, body["name"], user=call.me["id"])
    copy_known(row, body, ("path", "dtype", "attributes", "object_search", "visible", "media"))
    return said(f"Section {row['name']} created!", 201, id=row["id"])


def _get_section(call: Call) -> Response:
    return reply(shown(call.owned(call.tables.sections)))


def _update_section(call: Call) -> Response:
    row = call.owned(call.tables.sections)
    copy_known(row, call.fields(), ("name", "path", "attributes", "object_search", "visible"))
    return said(f"Section {row['id']} updated successfully!")


def _delete_section(call: Call) -> Response:
    row = call.owned(call.tables.sections)
    call.tables.sections.remove(row["id"])
    return said(f"Section {row['id']} deleted successfully!")


ROUTES: Routes = {
    "/rest/Projects": {"GET": _list_projects, "POST": _create_project},
    "/rest/Project/{id:int}": {
        "GET": _get_project,
        "PATCH": _update_project,
        "DELETE": _delete_project,
    },
    "/rest/Memberships/{project:int}": {"GET": _list_memberships},
    "/rest/Versions/{project:int}": {"GET": _list_versions, "POST": _create_version},
    "/rest/Version/{id:int}": {"GET": _get_version},
    "/rest/Sections/{project:int}": {"GET": _list_sections, "POST": _create_section},
    "/rest/Section/{id:int}": {
        "GET": _get_section,
        "PATCH": _update_section,
        "DELETE": _delete_section,
    },
}
