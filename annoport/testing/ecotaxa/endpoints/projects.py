"""Endpoints for projects."""

from __future__ import annotations

from starlette.responses import Response

from annoport.testing.ecotaxa.answers import Json, answer
from annoport.testing.ecotaxa.call import Call, Routes
from annoport.testing.ecotaxa.endpoints.objects import remove
from annoport.testing.ecotaxa.filters import comparable
from annoport.testing.ecotaxa.state import Project, may_manage, may_read, taxo_stats, taxon_of

_COLUMNS = ("projid", "title", "instrument", "comments", "status", "access")
_KEPT = frozenset(("title", "instrument", "access", "status", "comments", "bodc_variables"))
_SETTINGS: Json = {
    "classifsettings": None,
    "classiffieldlist": None,
    "popoverfieldlist": None,
    "formulae": None,
    "init_classif_list": [],
    "annotators": [],
    "viewers": [],
}
"""Settings, and what becomes of one that is not sent."""


async def projects(call: Call) -> Response:
    """GET /projects."""
    wanted = call.ids("project_ids")
    found = [p for p in _listed(call) if not wanted or p.id in wanted]
    shown = [call.state.show_project(project, call.visitor) for project in found]
    return answer(call.page(_ordered(call, shown)))


async def search_projects(call: Call) -> Response:
    """GET /projects/search."""
    title = call.query.get("title_filter", "").lower()
    instrument = call.query.get("instrument_filter", "").lower()
    found = [
        call.state.show_project(project, call.visitor)
        for project in _listed(call)
        if title in project.title.lower() and instrument in project.instrument.lower()
    ]
    if call.query.get("fields") == "summary":
        found = [{"projid": shown["projid"], "title": shown["title"]} for shown in found]
    return answer(call.page(_ordered(call, found)))


def _listed(call: Call) -> list[Project]:
    visitor = call.visitor
    others = any(call.query.get(n, "").lower() == "true" for n in ("not_granted", "also_others"))
    managing = call.query.get("for_managing", "").lower() == "true"
    if visitor is not None and managing and not others:
        return [p for p in call.state.projects.values() if may_manage(p, visitor)]
    return [p for p in call.state.projects.values() if may_read(p, visitor)]


def _ordered(call: Call, shown: list[Json]) -> list[Json]:
    """Sort by a field; an unknown one is ignored silently. Equal projects are in any order."""
    order = call.query.get("order_field", "")
    name = order.removeprefix("-")
    found = call.unordered(shown)
    if any(name not in one for one in found):
        return found
    return sorted(found, key=lambda one: comparable(one[name]), reverse=order.startswith("-"))


async def project(call: Call) -> Response:
    """GET /projects/{project_id}."""
    return answer(call.state.show_project(call.project(call.number("project_id")), call.visitor))


async def create_project(call: Call) -> Response:
    """POST /projects/create: the answer is the bare id."""
    owner = call.user
    given = await call.body("title")
    number = call.state.new_id("project")
    made = Project(
        id=number,
        title=given["title"],
        managers=[owner],
        instrument=given.get("instrument") or "",
        access=given.get("access") or "1",
    )
    model = call.state.projects.get(given.get("clone_of_id") or 0)
    if model is not None:
        made.bodc_variables, made.instrument = model.bodc_variables, model.instrument
    call.state.projects[number] = made
    return answer(number)


async def update_project(call: Call) -> Response:
    """PUT /projects/{project_id}: takes the whole project and answers null."""
    found = call.managed(call.number("project_id"))
    given = await call.body("projid", "title", "access")
    for name in _KEPT & given.keys():
        setattr(found, name, given[name])
    found.settings |= {name: given.get(name, lost) for name, lost in _SETTINGS.items()}
    found.comments = given.get("comments")
    if "managers" in given:
        found.managers = [call.state.users[user["id"]] for user in given["managers"]]
    return answer(None)


async def remove_project(call: Call) -> Response:
    """DELETE /projects/{project_id}: answers four counts."""
    found = call.managed(call.number("project_id"))
    counts = remove(call, call.state.things_of(found.id))
    if call.query.get("only_objects", "").lower() != "true":
        for sample in call.state.samples_of(found.id):
            del call.state.samples[sample.id]
        del call.state.projects[found.id]
    return answer(counts)


async def project_stats(call: Call) -> Response:
    """GET /projects/{project_id}/stats: lines of text, not numbers."""
    found = call.project(call.number("project_id"))
    lines = [found.title, str(call.state.show_project(found, None)["obj_free_cols"])]
    for sample in call.state.samples_of(found.id):
        count = sum(thing.sample is sample for thing in call.state.things_of(found.id))
        lines.append(f"acq_{sample.orig_id} ({count}): ")
    return answer([*lines, f"Total: {len(call.state.things_of(found.id))} objects"])


async def project_columns(call: Call) -> Response:
    """GET /project_set/projects: unknown columns are left out."""
    names = call.query.get("fields", ",".join(_COLUMNS)).split(",")
    found = [call.project(number) for number in call.ids("ids")]
    rows: list[Json] = []
    for project_ in found:
        shown = call.state.show_project(project_, call.visitor)
        known = [name for name in names if name in _COLUMNS] if "fields" not in call.query else []
        values = [shown[name] for name in known]
        rows.append({"projid": project_.id, "columns": known, "values": values})
    return answer(rows)


async def project_set_stats(call: Call) -> Response:
    """GET /project_set/taxo_stats: with taxa, a row for each of them that has objects."""
    call.needed("ids")
    every, wanted = call.query.get("taxa_ids") == "all", call.ids("taxa_ids")
    rows: list[Json] = []
    for number in call.ids("ids"):
        things = call.state.things_of(call.project(number).id)
        groups = [things]
        if every or wanted:
            taxa = sorted({taxon_of(one) for one in things})
            shown = [taxon for taxon in taxa if every or taxon in wanted]
            groups = [[one for one in things if taxon_of(one) == taxon] for taxon in shown]
        rows += [{"projid": number, **taxo_stats(group)} for group in groups]
    return answer(rows)


async def instruments(call: Call) -> Response:
    """GET /instruments/: of projects, or all that are in use."""
    every = call.needed("project_ids") == "all"
    wanted = call.ids("project_ids")
    found = {one.instrument for one in call.state.projects.values() if every or one.id in wanted}
    return answer(sorted(found - {""}))


ROUTES: Routes = {
    "/projects": {"GET": projects},
    "/projects/search": {"GET": search_projects},
    "/projects/create": {"POST": create_project},
    "/projects/{project_id}": {"GET": project, "PUT": update_project, "DELETE": remove_project},
    "/projects/{project_id}/stats": {"GET": project_stats},
    "/instruments/": {"GET": instruments},
    "/project_set/projects": {"GET": project_columns},
    "/project_set/taxo_stats": {"GET": project_set_stats},
}
