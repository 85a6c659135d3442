"""Endpoints for organizations and their members."""

from __future__ import annotations

import re

from starlette.responses import Response

from annoport.testing.cvat.answers import Json, answer, refuse_field, unknown
from annoport.testing.cvat.call import Call, Routes
from annoport.testing.cvat.lists import listed
from annoport.testing.cvat.state import Organization, now


async def organizations(call: Call) -> Response:
    """GET /api/organizations."""
    shown = [found.show(call.base) for found in call.state.organizations.values()]
    return listed(call, shown, simple=("slug", "name", "owner"), search=("slug", "name"))


async def organization(call: Call) -> Response:
    """GET /api/organizations/{id}."""
    return answer(call.find(call.state.organizations, "Organization").show(call.base))


async def create_organization(call: Call) -> Response:
    """POST /api/organizations."""
    given = await call.body()
    slug = given.get("slug")
    if not slug:
        refuse_field("slug", "This field is required.")
    if not re.fullmatch(r"[-\w]+", slug, re.ASCII):
        refuse_field(
            "slug", 'Enter a valid "slug" consisting of letters, numbers, underscores or hyphens.'
        )
    if any(known.slug == slug for known in call.state.organizations.values()):
        refuse_field("slug", "organization with this slug already exists.")
    made = Organization(
        id=call.state.new_id("organization"),
        slug=slug,
        name=given.get("name") or slug,
        description=given.get("description", ""),
        contact=given.get("contact", {}),
        owner=call.user,
    )
    call.state.organizations[made.id] = made
    return answer(made.show(call.base), 201)


async def update_organization(call: Call) -> Response:
    """PATCH /api/organizations/{id}."""
    found = call.find(call.state.organizations, "Organization")
    given = await call.body()
    for name in ("name", "description", "contact"):
        if name in given:
            setattr(found, name, given[name])
    found.updated = now()
    return answer(found.show(call.base))


async def remove_organization(call: Call) -> Response:
    """DELETE /api/organizations/{id}."""
    found = call.find(call.state.organizations, "Organization")
    del call.state.organizations[found.id]
    return Response(status_code=204)


async def memberships(call: Call) -> Response:
    """GET /api/memberships: the owners of the organizations."""
    return listed(call, [_membership(call, n) for n in call.state.organizations])


async def membership(call: Call) -> Response:
    """GET /api/memberships/{id}."""
    if call.number() not in call.state.organizations:
        unknown("Membership")
    return answer(_membership(call, call.number()))


def _membership(call: Call, number: int) -> Json:
    found = call.state.organizations[number]
    return {
        "id": number,
        "user": found.owner.basic(call.base),
        "organization": found.id,
        "is_active": True,
        "joined_date": found.created,
        "role": "owner",
        "invitation": None,
    }


ROUTES: Routes = {
    "organizations": {"GET": organizations, "POST": create_organization},
    "organizations/{id:int}": {
        "GET": organization,
        "PATCH": update_organization,
        "DELETE": remove_organization,
    },
    "memberships": {"GET": memberships},
    "memberships/{id:int}": {"GET": membership},
}
